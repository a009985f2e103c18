#include "conformance/record.hpp"
#include "conformance/runner.hpp"
#include "conformance/state_file.hpp"
#include "conformance/testing/folder.hpp"

#include <catch2/catch.hpp>

namespace detent::conformance {

namespace {

constexpr char kEmpty[] =
    "{\n  \"format\": \"detent-state\",\n  \"version\": 1,\n  \"code\": {},\n  \"accounts\": {}\n}\n";

/// The code is "abc", whose SHA-256 stands in FIPS 180-2.
const std::string kState = R"({
  "format": "detent-state",
  "version": 1,
  "code": {
    "code-ba7816bf8f01cfea": {
      "hex": "0x616263",
      "hash": "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }
  },
  "accounts": {
    "0x0000000000000000000000000000000000000000000000000000000000000001": {
      "balance": "0",
      "code": "code-ba7816bf8f01cfea",
      "storage": {
        "0x01": "0x",
        "0x0100": "0xff",
        "0x02": "0x00"
      }
    },
    "0x0000000000000000000000000000000000000000000000000000000000000002": {
      "balance": "18446744073709551615"
    },
    "0x0000000000000000000000000000000000000000000000000000000000000003": {
      "balance": "0",
      "storage": {
        "0x01": "0x01"
      }
    }
  }
}
)";

std::string refusal_with(std::string_view from, std::string_view to) {
    try {
        (void)parse_state(replaced(kState, from, to));
    } catch (const FormatError& error) {
        return error.pointer() + " | " + error.reason();
    }
    return "accepted";
}

std::size_t files_in(const std::filesystem::path& folder) {
    const std::filesystem::directory_iterator entries(folder);
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

} // namespace

TEST_CASE("an empty state is written and read") {
    CHECK(to_text(State()) == kEmpty);
    CHECK(parse_state(kEmpty).root() == State().root());
}

TEST_CASE("ABI-62: a state survives its text, accounts with storage alone included") {
    const State state = parse_state(kState);
    CHECK(to_text(state) == kState);
    CHECK(state.entries().size() == 6); // two own entries, four of storage
    CHECK(parse_state(to_text(state)).root() == state.root());
    CHECK(state.root() != State().root());
}

TEST_CASE("codes are named by their hashes, whatever they were called") {
    const std::string renamed =
        replaced(replaced(kState, "code-ba7816bf8f01cfea", "abc"), "code-ba7816bf8f01cfea", "abc");
    CHECK(to_text(parse_state(renamed)) == kState);
}

TEST_CASE("a state is refused with the place of what is wrong") {
    CHECK(refusal_with("\"version\": 1", "\"version\": 1, \"x\": 1") == "/x | unknown key");
    CHECK(refusal_with("detent-state", "contract-vector") == "/format | \"detent-state\" is expected");
    CHECK(refusal_with("0x616263", "0x616264").starts_with("/code/code-ba7816bf8f01cfea/hash | the code has the hash"));
    CHECK(
        refusal_with("\"code\": \"code-ba7816bf8f01cfea\"", "\"code\": \"code-0\"").ends_with("no code of that name"));
    CHECK(refusal_with("18446744073709551615", "18446744073709551616").ends_with("/balance | more than 2^64 - 1"));
    CHECK(refusal_with("\"0x02\": \"0x00\"", "\"0x01\": \"0x00\"").ends_with("/storage/0x01 | the key stands twice"));
    CHECK(refusal_with("\"0x02\"", "\"0x2\"").ends_with("bytes are expected, as 0x and pairs of hex digits"));
    CHECK(refusal_with("  }\n}\n", "") != "accepted");
}

TEST_CASE("a state file is replaced whole, and stays as it was when it cannot be") {
    const Folder folder;
    const auto file = folder.path() / "state.json";
    write_state(file, parse_state(kState));
    CHECK(text_of(file) == kState);
    write_state(file, State());
    CHECK(text_of(file) == kEmpty);
    CHECK(files_in(folder.path()) == 1);
    CHECK(read_state(file).root() == State().root());
    CHECK_THROWS(write_state(folder.path() / "none" / "state.json", State()));
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a state that its format cannot hold is not written") {
    const Folder folder;
    const auto file = folder.write("state.json", kState);
    State state;
    const ByteString code(kMaximumCodeBytes + 1, 0);
    REQUIRE(state.add_code(code).has_value());
    CHECK_THROWS_AS(write_state(file, state), FormatError);
    CHECK((text_of(file) == kState)); // not taken apart: what it would print has 32 MiB
    CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a call that is recorded runs again as a vector") {
    const Vector source = read_vector("vectors/traps/unreachable.json");
    const Codes codes{{"contract", load_code("contract", source.code.at("contract"), ".")}};
    State state = make_state(source.pre, codes);
    const State before = state;
    const TransactionRequest& request = source.steps[0].transaction;
    const Block block{100, 1700000000, 1, {}};
    TransactionInput input;
    input.from = request.from;
    input.to = std::get<CallRequest>(request.kind).to;
    input.input = request.input;
    input.fuel_limit = request.fuel_limit;
    const Schedule& schedule = *Schedule::published(1);
    const Profile& profile = *Profile::published(1);
    const Result<Receipt> receipt = execute(state, block, input, schedule, profile);
    REQUIRE(receipt.has_value());
    const Vector vector =
        record({before, block, input, schedule, profile, receipt.assume_value(), {}, {}}, "recorded/unreachable");
    CHECK(vector.steps == source.steps);
    CHECK(vector.profile == source.profile);
    CHECK(run_vector(vector, ".").passed());
    CHECK_THROWS_AS(record({before, block, input, schedule, profile, receipt.assume_value(), {}, {}}, "no name"),
                    FormatError);
}

TEST_CASE("a vector is named for its file") {
    CHECK(vector_name_for("/some/My Suite/Case_1.json") == "my-suite/case-1");
    CHECK(vector_name_for("/x.json") == "recorded/x");
    CHECK(vector_name_for("/a/---.json") == "a/call");
}

} // namespace detent::conformance
