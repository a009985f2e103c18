#include "conformance/runner.hpp"
#include "conformance/testing/folder.hpp"

#include <catch2/catch.hpp>

namespace detent::conformance {

namespace {

constexpr char kCase[] = "vectors/traps/unreachable.json";
/// A head of two hashes, one code, and seven fields of one step.
constexpr std::size_t kAssertions = 10;

const std::string& case_text() {
    static const std::string text = text_of(kCase);
    return text;
}

Report run(const std::filesystem::path& path) { return run_paths(std::span(&path, 1)); }

/// The failures of a run in a temporary folder, whose own name is left out.
std::string failures_below(const Folder& folder, const std::filesystem::path& path) {
    const std::string name = folder.path().string() + "/";
    std::string text = failures_text(run(path));
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name))
        text.erase(at, name.size());
    return text;
}

std::string failures_of(const std::string& text) {
    const Folder folder;
    return failures_below(folder, folder.write("vectors/traps/unreachable.json", text));
}

std::string altered(std::string_view from, std::string_view to) { return replaced(case_text(), from, to); }

/// The committed case, but for a wrong amount of fuel.
std::string wrong_fuel() { return altered("\"fuel_used\": \"7020\"", "\"fuel_used\": \"7021\""); }

} // namespace

TEST_CASE("a vector passes with one assertion for each field that is compared") {
    const Verdict verdict = run_vector_file(kCase);
    CHECK(verdict.passed());
    CHECK(verdict.name == "traps/unreachable");
    CHECK(verdict.assertions == kAssertions);
    CHECK(verdict.receipts.size() == 1);
}

TEST_CASE("a mismatch names the vector, the step, the field, what is expected and what was got") {
    CHECK(failures_of(wrong_fuel()) == "traps/unreachable step 0 fuel_used: expected 7021, got 7020\n");
    CHECK(failures_of(altered("\"Unreachable\"", "\"Success\"")) ==
          "traps/unreachable step 0 status: expected Success, got Unreachable\n");
    CHECK(failures_of(altered("\"output\": \"0x\"", "\"output\": \"0x00\"")) ==
          "traps/unreachable step 0 output: expected 0x00, got 0x\n");
    const std::string wrong(64, '0');
    for (const char* field : {"receipt_hash", "post_root"}) {
        const std::string key = "\"" + std::string(field) + "\": \"0x";
        const std::string right = case_text().substr(case_text().find(key) + key.size(), 64);
        CHECK(failures_of(altered(key + right, key + wrong)) ==
              "traps/unreachable step 0 " + std::string(field) + ": expected 0x" + wrong + ", got 0x" + right + "\n");
    }
    const std::string event = R"({"address": "0x)" + wrong + R"(", "topic": "0x", "data": "0x"})";
    CHECK(failures_of(altered("\"events\": []", "\"events\": [" + event + "]")) ==
          "traps/unreachable step 0 events: expected [" + event + "], got []\n");
    const std::string write = R"({"address": "0x)" + wrong + R"(", "removed": true})";
    CHECK(failures_of(altered("\"writes\": []", "\"writes\": [" + write + "]")) ==
          "traps/unreachable step 0 writes: expected [" + write + "], got []\n");
}

TEST_CASE("a profile or schedule is known by its number and by its hash") {
    const std::string zero(64, '0');
    for (const char* head : {"profile", "schedule"}) {
        const std::string key = "\"" + std::string(head) + "\": {\n    \"id\": 1,\n    \"hash\": \"0x";
        const std::string right = case_text().substr(case_text().find(key) + key.size(), 64);
        CHECK(failures_of(altered(key + right, key + zero)) ==
              "traps/unreachable " + std::string(head) + ".hash: expected 0x" + zero + ", got 0x" + right + "\n");
        const std::string other = replaced(key, "\"id\": 1", "\"id\": 77");
        CHECK(failures_of(altered(key, other)) == "vectors/traps/unreachable.json: /" + std::string(head) + "/id: no " +
                                                      head + " of that number is published\n");
    }
}

TEST_CASE("a file that is no vector fails and names what is wrong, and the others run") {
    const Folder folder;
    (void)folder.write("vectors/a/bad.json", altered("\"version\": 1", "\"version\": 3"));
    (void)folder.write("vectors/a/good.json", case_text());
    (void)folder.write("vectors/b/empty.json", "");
    const Report report = run(folder.path() / "vectors");
    CHECK(failures_below(folder, folder.path() / "vectors") ==
          "vectors/a/bad.json: /version: the number 1 is expected\n"
          "vectors/b/empty.json: the document ends too early, at line 1, column 0\n");
    CHECK(report.suites == 2);
    CHECK(report.vectors() == 3);
    CHECK(report.assertions == kAssertions);
    CHECK(report.failed == 2);
}

TEST_CASE("code whose hash is another fails before anything runs") {
    CHECK_THAT(failures_of(altered("0x0061736d", "0x0061736e")),
               Catch::StartsWith("vectors/traps/unreachable.json: /code/contract/hash: the code has the hash 0x"));
}

TEST_CASE("a plan that raises a limit which was not reached makes no sense") {
    const std::string plan = "\"resume\": [{\"grant\": \"6000\"}, {\"limit\": \"30000000\"}],\n      \"expect\"";
    CHECK(failures_of(altered("\"expect\"", plan)) ==
          "vectors/traps/unreachable.json: step 0: the plan raises a limit that was not reached, or lowers it\n");
}

TEST_CASE("MET-15: a vector ends the same under a plan of many grants, and under one that raises the limit") {
    std::string plan = "\"resume\": [{\"grant\": \"0\"}";
    for (int grant = 1; grant < 7100; grant += 50)
        plan += ", {\"grant\": \"" + std::to_string(grant) + "\"}";
    CHECK(failures_of(altered("\"expect\"", plan + "],\n\"expect\"")) == "");
    const std::string raised = "\"resume\": [{\"limit\": \"20000000\"}],\n\"expect\"";
    CHECK(failures_of(replaced(altered("\"expect\"", raised), "\"fuel_limit\": \"20000000\"",
                               "\"fuel_limit\": \"7019\"")) == "");
}

TEST_CASE("a path that is not there is a problem, and a run of nothing asserts nothing") {
    const Report report = run("vectors/no-such-suite");
    CHECK(report.failed == 1);
    CHECK(failures_text(report) == "vectors/no-such-suite: no such file or folder\n");
    CHECK(report.assertions == 0);
    const Folder empty;
    CHECK(run(empty.path()).vectors() == 0);
    CHECK(run(empty.path()).assertions == 0);
}

TEST_CASE("a vector that is named twice runs once") {
    const std::filesystem::path paths[] = {kCase, "vectors/traps", "./vectors/traps/unreachable.json"};
    CHECK(run_paths(paths).vectors() == run("vectors/traps").vectors());
}

TEST_CASE("a control passes exactly if it fails in the field of its name") {
    const auto judge = [](const std::string& name, const std::string& text) {
        const Folder own;
        (void)own.write("vectors/controls/" + name, text);
        return failures_below(own, own.path() / "vectors");
    };
    CHECK(judge("fuel_used.json", wrong_fuel()) == "");
    CHECK(judge("fuel_used-more.json", wrong_fuel()) == "");
    CHECK(judge("fuel-used.json", wrong_fuel()) == "");
    CHECK(judge("status.json", wrong_fuel()) ==
          "controls/status control: expected fails in status, got fails in fuel_used\n");
    CHECK(judge("status.json", case_text()) == "controls/status control: expected fails in status, got passes\n");
    CHECK(judge("other.json", wrong_fuel()) ==
          "vectors/controls/other.json: a control is named for a field of expect\n");
    CHECK(judge("fuel_used.json", replaced(wrong_fuel(), "\"Unreachable\"", "\"Success\"")) ==
          "controls/fuel_used control: expected fails in fuel_used, got fails in status, fuel_used\n");
    CHECK(judge("status.json", "{}") == "vectors/controls/status.json: the key format is missing\n");
}

TEST_CASE("controls that are named themselves run like any vector, and fail") {
    const Report below = run("vectors");
    CHECK(failures_text(below) == "");
    for (const std::filesystem::path path :
         {"vectors/controls", "vectors/controls/", "vectors/controls/../controls/"}) {
        const Report named = run(path);
        CHECK(named.vectors() >= 7);
        CHECK(named.failed == named.vectors());
    }
    CHECK(run("vectors/controls/fuel_used.json").failed == 1);
}

TEST_CASE("there is a control for each field of expect") {
    for (const char* field : {"status", "output", "fuel_used", "events", "writes", "receipt_hash", "post_root"}) {
        CHECK(std::filesystem::exists("vectors/controls/" + std::string(field) + ".json"));
    }
}

TEST_CASE(
    "the digest is the hash of all receipt hashes, in the order of names, and is compared where one is committed") {
    const Folder folder;
    (void)folder.write("vectors/b/case.json", case_text());
    (void)folder.write("vectors/a/case-1.json", text_of("vectors/traps/memory-access.json"));
    (void)folder.write("vectors/a/case.json", case_text());
    (void)folder.write("vectors/controls/fuel_used.json", wrong_fuel());
    const std::filesystem::path path = folder.path() / "vectors";
    const Report first = run(path);
    REQUIRE(failures_text(first) == "");
    CHECK(first.digest != Hash{});
    CHECK(first.digest != run(path / "a").digest);
    (void)folder.write("vectors/receipts.sha256", std::string(64, '0') + "\n");
    const Report wrong = run(path);
    CHECK(wrong.failed == 1);
    CHECK(wrong.assertions == first.assertions + 1);
    const std::string expected = path.string() + "/receipts.sha256: expected " + std::string(64, '0') + ", got ";
    const std::string text = failures_text(wrong);
    REQUIRE(text.starts_with(expected));
    (void)folder.write("vectors/receipts.sha256", text.substr(expected.size()));
    CHECK(run(path).failed == 0);
}

TEST_CASE("DET-8, DET-24: all vectors pass, and the digest over their receipts is the committed one") {
    REQUIRE(std::filesystem::exists("vectors/receipts.sha256"));
    const Report report = run("vectors");
    CHECK(failures_text(report) == "");
    CHECK(report.suites >= 6);
    CHECK(report.vectors() >= 60);
}

TEST_CASE("SAV-2, MET-15: all vectors pass where transactions move at random, by both tiers") {
    const std::filesystem::path vectors = "vectors";
    for (const RunMode& mode : {RunMode{Tier::fast, {}, 1}, RunMode{Tier::stepper, {}, 2}}) {
        const Report report = run_paths(std::span(&vectors, 1), mode);
        CHECK(failures_text(report) == "");
        CHECK(report.vectors() >= 60);
        CHECK(report.moves > 2000);
    }
}

TEST_CASE("SAV-15: all vectors have the commitments of one go, by every tier, where transactions move at random") {
    const std::filesystem::path vectors = "vectors";
    const auto committed = [&vectors](RunMode mode) {
        mode.commit_every = Fuel(700);
        const Report report = run_paths(std::span(&vectors, 1), mode);
        CHECK(failures_text(report) == "");
        std::vector<std::pair<std::string, std::vector<std::pair<Digest, std::size_t>>>> found;
        for (const Verdict& verdict : report.verdicts)
            found.emplace_back(verdict.name, verdict.commitments);
        return found;
    };
    const auto expected = committed({Tier::stepper});
    std::size_t count = 0;
    for (const auto& [_, steps] : expected) {
        for (const auto& [head, of_step] : steps)
            count += of_step;
    }
    CHECK(count > 5'000);
    for (const RunMode& mode : {RunMode{Tier::fast, {}, 1}, RunMode{Tier::stepper, {}, 2}, RunMode{Tier::adaptive},
                                RunMode{Tier::fast, {Handover::When::random, 3}}}) {
        const auto found = committed(mode);
        REQUIRE(found.size() == expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            INFO(found[i].first);
            CHECK(found[i] == expected[i]);
        }
    }
}

} // namespace detent::conformance
