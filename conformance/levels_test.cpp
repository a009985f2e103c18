#include "conformance/levels.hpp"
#include "conformance/line_process.hpp"
#include "conformance/testing/folder.hpp"

#include <catch2/catch.hpp>

namespace detent::conformance {

namespace {

const std::string kOracle = "/usr/bin/python3 conformance/engines/python_oracle.py";
const std::string kLiar = "/usr/bin/python3 conformance/testing/lying_engine.py ";
const std::filesystem::path kCases[] = {"vectors/traps/unreachable.json", "vectors/abi/event-lengths.json"};

Claim claim_of(const std::string& command, Level level, std::chrono::milliseconds patience = std::chrono::minutes(1)) {
    return claim(command, std::span(kCases, 1), {.level = level, .patience = patience, .answer_bytes = 1 << 20});
}

/// How an engine that does not keep to the protocol is turned away.
std::string ended_by(const std::string& habit) {
    const Claim claim = claim_of(kLiar + habit, Level::L2, std::chrono::seconds(5));
    CHECK_FALSE(claim.holds());
    return failures_text(claim);
}

} // namespace

TEST_CASE("the oracle claims L2 over whole suites") {
    const std::filesystem::path suites[] = {"vectors/traps", "vectors/escrow"};
    const Claim claim = conformance::claim(kOracle, suites, {.level = Level::L2});
    CHECK(failures_text(claim) == "");
    CHECK(claim.holds());
    CHECK(claim.left_out == 0);
    CHECK(claim.verdicts.size() == vector_files(suites).size());
    CHECK(claim.assertions >= 7 * claim.verdicts.size());
}

TEST_CASE("a lie is found at the level that compares its field") {
    for (const char* field : {"status", "output", "events", "writes"}) {
        for (const Level level : {Level::L1, Level::L2}) {
            const Claim claim = claim_of(kLiar + field, level);
            INFO(field);
            CHECK_FALSE(claim.holds());
            CHECK(claim.failed == 1);
            REQUIRE(claim.verdicts[0].mismatches.size() == 1);
            CHECK(claim.verdicts[0].mismatches[0].field == field);
        }
    }
    CHECK_FALSE(claim_of(kLiar + "fuel_used", Level::L1).holds());
    CHECK(claim_of(kLiar + "receipt_hash", Level::L1).holds());
    CHECK_FALSE(claim_of(kLiar + "receipt_hash", Level::L2).holds());
    CHECK(claim_of(kLiar + "post_root", Level::L1).holds());
    CHECK_FALSE(claim_of(kLiar + "post_root", Level::L2).holds());
}

TEST_CASE("L0 leaves out what fuel decides and asks the rest") {
    const Claim fuel = claim_of(kOracle, Level::L0);
    CHECK(fuel.left_out == 1); // it names a clause of fuel
    CHECK_FALSE(fuel.holds());
    const std::filesystem::path suite[] = {"vectors/token"};
    const Claim claim = conformance::claim(kLiar + "fuel_used", suite, {.level = Level::L0});
    CHECK(failures_text(claim) == "");
    CHECK(claim.left_out > 0);
    CHECK(claim.verdicts.size() > 0);
    CHECK(claim.left_out + claim.verdicts.size() == vector_files(suite).size());
}

TEST_CASE("L3 cannot be claimed") {
    const Claim claim = claim_of(kOracle, Level::L3);
    CHECK_FALSE(claim.holds());
    CHECK(failures_text(claim) == "level L3 cannot be claimed: vectors of version 1 have no commitments to steps\n");
    CHECK(claim.verdicts.empty());
}

TEST_CASE("an engine that does not keep to the protocol is turned away") {
    CHECK(ended_by("ended") == "the engine has ended\n");
    CHECK(ended_by("endless") == "an answer of more than 1048576 bytes\n");
    CHECK(ended_by("chatty") == "the engine answered more than it was asked\n");
    CHECK(ended_by("garbage").starts_with("vectors/traps/unreachable.json: no JSON in UTF-8"));
    CHECK(ended_by("deep").find("nested deeper than 16") != std::string::npos);
    CHECK(ended_by("stranger") == "vectors/traps/unreachable.json: /name: \"traps/unreachable\" is expected\n");
}

TEST_CASE("an engine that is silent is given up and ended") {
    const auto start = std::chrono::steady_clock::now();
    const Claim claim = claim_of(kLiar + "silent", Level::L2, std::chrono::milliseconds(300));
    CHECK(failures_text(claim) == "no answer within 300 ms\n");
    CHECK_FALSE(claim.holds());
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
}

TEST_CASE("a command that cannot be started, and paths without a vector, make no claim") {
    CHECK_THAT(failures_text(claim_of("detent-no-such-engine", Level::L2)),
               Catch::StartsWith("cannot start detent-no-such-engine: "));
    CHECK(failures_text(claim_of("", Level::L2)) == "the command is empty\n");
    CHECK(failures_text(claim_of("'open", Level::L2)) == "a quote is left open in the command\n");
    const Folder empty;
    CHECK_FALSE(claim(kOracle, std::span(&empty.path(), 1), {}).holds());
}

TEST_CASE("a command is split at spaces outside of quotes") {
    CHECK(words_of("  a 'b c'  \"d 'e\"f ''") == std::vector<std::string>{"a", "b c", "d 'ef", ""});
}

TEST_CASE("levels have names") {
    CHECK(level_named("L1") == Level::L1);
    CHECK(to_text(Level::L3) == "L3");
    CHECK_FALSE(level_named("l1").has_value());
}

} // namespace detent::conformance
