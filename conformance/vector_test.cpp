#include "conformance/runner.hpp"
#include "conformance/testing/folder.hpp"
#include "conformance/vector.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace detent::conformance {

namespace {

const std::filesystem::path kVectors[] = {"vectors"};

/// A small case that has everything a vector may have; not a case that could be run.
const std::string kFull = R"({
  "format": "contract-vector",
  "version": 1,
  "name": "suite/case-1",
  "note": [
    "Dreißig \"words\""
  ],
  "clauses": [
    "ABI-31"
  ],
  "profile": {
    "id": 1,
    "hash": "0x1111111111111111111111111111111111111111111111111111111111111111"
  },
  "schedule": {
    "id": 1,
    "hash": "0x2222222222222222222222222222222222222222222222222222222222222222"
  },
  "code": {
    "other": {
      "file": "contracts/other/other.wasm",
      "hash": "0x3333333333333333333333333333333333333333333333333333333333333333"
    },
    "tiny": {
      "hex": "0x00ff",
      "hash": "0x4444444444444444444444444444444444444444444444444444444444444444"
    }
  },
  "pre": {
    "0x5555555555555555555555555555555555555555555555555555555555555555": {
      "balance": "18446744073709551615",
      "code": "tiny",
      "storage": {
        "0x00": "0x",
        "0x0001": "0x02"
      }
    }
  },
  "steps": [
    {
      "env": {
        "height": "100",
        "time": "0",
        "chain_id": "1",
        "block_hashes": {
          "9": "0x6666666666666666666666666666666666666666666666666666666666666666",
          "10": "0x6666666666666666666666666666666666666666666666666666666666666666"
        }
      },
      "tx": {
        "kind": "deploy",
        "from": "0x5555555555555555555555555555555555555555555555555555555555555555",
        "code": "other",
        "salt": "7",
        "value": "8",
        "input": "0x09",
        "fuel_limit": "9223372036854775807"
      },
      "resume": [
        {
          "grant": "10"
        },
        {
          "limit": "20"
        }
      ],
      "expect": {
        "status": "Revert",
        "output": "0xaa",
        "fuel_used": "5",
        "events": [
          {
            "address": "0x5555555555555555555555555555555555555555555555555555555555555555",
            "topic": "0x",
            "data": "0x01"
          }
        ],
        "writes": [
          {
            "address": "0x5555555555555555555555555555555555555555555555555555555555555555",
            "balance": "1",
            "code_hash": "0x6666666666666666666666666666666666666666666666666666666666666666"
          },
          {
            "address": "0x5555555555555555555555555555555555555555555555555555555555555555",
            "key": "0x01",
            "value": null
          },
          {
            "address": "0x5555555555555555555555555555555555555555555555555555555555555556",
            "removed": true
          }
        ],
        "receipt_hash": "0x7777777777777777777777777777777777777777777777777777777777777777",
        "post_root": "0x8888888888888888888888888888888888888888888888888888888888888888"
      }
    }
  ]
}
)";

std::string refusal(const std::string& text) {
    try {
        (void)parse_vector(text);
    } catch (const FormatError& error) {
        return error.pointer() + " | " + error.reason();
    }
    return "accepted";
}

/// How the case is refused when one part of it is written otherwise.
std::string refusal_with(std::string_view from, std::string_view to) { return refusal(replaced(kFull, from, to)); }

} // namespace

TEST_CASE("a vector is read and written without a difference") {
    const Vector vector = parse_vector(kFull);
    CHECK(vector.name == "suite/case-1");
    CHECK(vector.pre.begin()->second.balance == 18446744073709551615U);
    CHECK(vector.steps[0].transaction.fuel_limit == Fuel::maximum());
    CHECK(vector.steps[0].resume[1] == Refuel{Refuel::Kind::limit, Fuel(20)});
    CHECK(to_text(vector) == kFull);
}

TEST_CASE("every committed vector is in canonical form and named as its path says") {
    const std::vector<std::filesystem::path> files = vector_files(kVectors);
    REQUIRE(files.size() >= 60);
    for (const std::filesystem::path& file : files) {
        INFO(file);
        const Vector vector = read_vector(file);
        CHECK(vector.name == case_name(file));
        CHECK(to_text(vector) == text_of(file));
    }
}

TEST_CASE("an unknown key is refused wherever it stands, with its place") {
    CHECK(refusal_with("\"version\": 1", "\"version\": 1, \"extra\": 1") == "/extra | unknown key");
    CHECK(refusal_with("\"time\": \"0\"", "\"time\": \"0\", \"day\": \"0\"") == "/steps/0/env/day | unknown key");
    CHECK(refusal_with("\"salt\": \"7\"", "\"salt\": \"7\", \"to\": \"0x\"") == "/steps/0/tx/to | unknown key");
    CHECK(refusal_with("\"fuel_used\": \"5\"", "\"fuel_used\": \"5\", \"gas\": \"5\"") ==
          "/steps/0/expect/gas | unknown key");
    CHECK(refusal_with("\"topic\": \"0x\"", "\"topic\": \"0x\", \"x\": 1") ==
          "/steps/0/expect/events/0/x | unknown key");
    CHECK(refusal_with("\"hex\": \"0x00ff\"", "\"hex\": \"0x00ff\", \"text\": \"\"") ==
          "/code/tiny/text | unknown key");
}

TEST_CASE("a key that is missing or stands twice is refused") {
    CHECK(refusal_with("\"salt\": \"7\",", "") == "/steps/0/tx | the key salt is missing");
    CHECK(refusal_with("\"kind\": \"deploy\",", "") == "/steps/0/tx | the key kind is missing");
    CHECK(refusal_with("\"salt\": \"7\"", "\"salt\": \"7\", \"salt\": \"7\"") ==
          "/steps/0/tx/salt | the key stands twice");
    CHECK(refusal_with("\"name\": \"suite/case-1\",", "") == " | the key name is missing");
}

TEST_CASE("a number is a decimal string, without sign or leading zero, that fits") {
    const std::string form = "a decimal number without sign or leading zero is expected, as a string";
    for (const char* bad : {"\"\"", "\"01\"", "\"-1\"", "\"+1\"", "\" 1\"", "\"1.0\"", "\"0x1\"", "\"1e3\""}) {
        INFO(bad);
        CHECK(refusal_with("\"100\"", bad) == "/steps/0/env/height | " + form);
    }
    CHECK(refusal_with("\"100\"", "100") == "/steps/0/env/height | a string is expected");
    CHECK(refusal_with("\"100\"", "\"18446744073709551615\"") == "accepted");
    CHECK(refusal_with("\"100\"", "\"18446744073709551616\"") == "/steps/0/env/height | more than 2^64 - 1");
    CHECK(refusal_with("\"100\"", "\"99999999999999999999999999\"") == "/steps/0/env/height | more than 2^64 - 1");
    CHECK(refusal_with("\"9\": \"0x66", "\"09\": \"0x66") == "/steps/0/env/block_hashes/09 | " + form);
    CHECK(refusal_with("\"id\": 1", "\"id\": 4294967295") == "accepted");
    CHECK(refusal_with("\"id\": 1", "\"id\": 4294967296") == "/profile/id | more than 2^32 - 1");
}

TEST_CASE("MET-16: an amount of fuel of 2^63 in a vector is refused") {
    const std::string reason = " | more than 2^63 - 1";
    CHECK(refusal_with("9223372036854775807", "9223372036854775808") == "/steps/0/tx/fuel_limit" + reason);
    CHECK(refusal_with("\"grant\": \"10\"", "\"grant\": \"9223372036854775808\"") ==
          "/steps/0/resume/0/grant" + reason);
    CHECK(refusal_with("\"fuel_used\": \"5\"", "\"fuel_used\": \"9223372036854775808\"") ==
          "/steps/0/expect/fuel_used" + reason);
}

TEST_CASE("bytes are lower-case hex of the right length") {
    const std::string at = "/steps/0/tx/input | ";
    CHECK(refusal_with("\"0x09\"", "\"0xAB\"") == at + "a character that is no lower-case hex digit");
    CHECK(refusal_with("\"0x09\"", "\"0x0g\"") == at + "a character that is no lower-case hex digit");
    CHECK(refusal_with("\"0x09\"", "\"0x9\"") == at + "bytes are expected, as 0x and pairs of hex digits");
    CHECK(refusal_with("\"0x09\"", "\"09\"") == at + "bytes are expected, as 0x and pairs of hex digits");
    CHECK(refusal_with("\"0x09\"", "\"0X09\"") == at + "bytes are expected, as 0x and pairs of hex digits");
    CHECK(refusal_with("\"0x7777", "\"0x77") == "/steps/0/expect/receipt_hash | 32 bytes are expected");
    CHECK(refusal_with("\"0x00\": \"0x\"", "\"0x\": \"0x\"") ==
          "/pre/0x5555555555555555555555555555555555555555555555555555555555555555/storage/0x | "
          "from 1 to 256 bytes are expected");
}

TEST_CASE("ABI-20, ABI-23: keys, values and topics of a vector have at most the lengths of the ABI") {
    const auto hex = [](std::size_t bytes) { return "\"0x" + std::string(2 * bytes, '0') + "\""; };
    CHECK(refusal_with("\"0x0001\": ", hex(256) + ": ") == "accepted");
    CHECK_THAT(refusal_with("\"0x0001\": ", hex(257) + ": "), Catch::EndsWith("from 1 to 256 bytes are expected"));
    CHECK(refusal_with("\"0x02\"", hex(65536)) == "accepted");
    CHECK_THAT(refusal_with("\"0x02\"", hex(65537)), Catch::EndsWith("from 0 to 65536 bytes are expected"));
    CHECK(refusal_with("\"topic\": \"0x\"", "\"topic\": " + hex(64)) == "accepted");
    CHECK(refusal_with("\"topic\": \"0x\"", "\"topic\": " + hex(65)) ==
          "/steps/0/expect/events/0/topic | from 0 to 64 bytes are expected");
}

TEST_CASE("names, paths, clauses and statuses have their form") {
    const std::string name = "/name | a suite and a case are expected, as in \"token/transfer\"";
    for (const char* bad : {"case", "a/b/c", "/case", "A/b", "a/b-", "a/-b", "a/b--c", "../x", "a/b\xc3\xa9"}) {
        INFO(bad);
        CHECK(refusal_with("suite/case-1", bad) == name);
    }
    const std::string path = "/code/other/file | a path below the project's root is expected";
    for (const char* bad : {"/etc/passwd", "../x.wasm", "a/../../b", "a//b", "a/", "", "a b", "a/.hidden"}) {
        INFO(bad);
        CHECK(refusal_with("contracts/other/other.wasm", bad) == path);
    }
    CHECK(refusal_with("ABI-31", "ABI-031") == "/clauses/0 | a clause is expected, as in \"MET-5\"");
    CHECK(refusal_with("ABI-31", "ABI-") == "/clauses/0 | a clause is expected, as in \"MET-5\"");
    CHECK(refusal_with("\"ABI-31\"", "\"ABI-31\", \"ABI-31\"") == "/clauses/1 | the clause stands twice");
    CHECK(refusal_with("Revert", "Reverted") == "/steps/0/expect/status | an unknown status");
    CHECK(refusal_with("Drei", "\\u0007") == "/note/0 | a control character in a string");
    CHECK(refusal_with("contract-vector", "contract-vectors") == "/format | \"contract-vector\" is expected");
    CHECK(refusal_with("\"version\": 1", "\"version\": 2") == "/version | the number 1 is expected");
    CHECK(refusal_with("\"kind\": \"deploy\"", "\"kind\": \"send\"") ==
          "/steps/0/tx/kind | \"call\" or \"deploy\" is expected");
}

TEST_CASE("what excludes each other does not stand together, and what is empty is left out") {
    CHECK(refusal_with("\"hex\": \"0x00ff\"", "\"hex\": \"0x00ff\", \"file\": \"a\"") ==
          "/code/tiny | either file or hex is expected");
    CHECK(refusal_with("\"grant\": \"10\"", "\"grant\": \"10\", \"limit\": \"10\"") ==
          "/steps/0/resume/0 | either grant or limit is expected");
    CHECK(refusal_with("\"removed\": true", "\"removed\": false") ==
          "/steps/0/expect/writes/2/removed | true is expected");
    CHECK(refusal_with("\"removed\": true", "\"removed\": true, \"balance\": \"1\"") ==
          "/steps/0/expect/writes/2/balance | unknown key");
    CHECK(refusal_with("\"value\": null", "\"value\": 0") == "/steps/0/expect/writes/1/value | a string is expected");
    CHECK(refusal_with("\"ABI-31\"", "") == "/clauses | an empty list: leave the key out");
    CHECK(refusal_with("\"code\": \"tiny\"", "\"code\": \"none\"") ==
          "/pre/0x5555555555555555555555555555555555555555555555555555555555555555/code | no code of that name");
    CHECK(refusal_with("\"code\": \"other\"", "\"code\": \"none\"") == "/steps/0/tx/code | no code of that name");
    CHECK(refusal("[]") == " | an object is expected");
    CHECK(refusal_with("\"steps\": [", "\"steps\": [], \"x\": [").starts_with("/x | unknown key"));
}

TEST_CASE("a vector that is cut anywhere is refused, and so is one with more behind it") {
    const std::size_t document = kFull.size() - 1; // without the line feed
    for (std::size_t size = 0; size < document; size += 7)
        CHECK(refusal(kFull.substr(0, size)) != "accepted");
    CHECK(refusal(kFull.substr(0, document)) == "accepted");
    CHECK(refusal(kFull + "{}").starts_with(" | more stands behind the document"));
    CHECK(refusal_with("\"0xaa\"", std::string(100000, '[')).ends_with("nested deeper than 16"));
}

TEST_CASE("bytes that were changed at random are read or refused, and nothing else") {
    std::mt19937_64 random(1); // NOLINT(cert-msc51-cpp): the same texts in every run
    std::size_t accepted = 0;
    for (int round = 0; round < 4000; ++round) {
        std::string text = kFull;
        for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) {
            text[random() % text.size()] = static_cast<char>(random());
        }
        const std::string verdict = refusal(text);
        if (verdict == "accepted") {
            ++accepted;
            CHECK(parse_vector(to_text(parse_vector(text))) == parse_vector(text));
        }
    }
    CHECK(accepted > 0);
    CHECK(accepted < 4000);
}

TEST_CASE("a file of more than 64 MiB is refused unread") {
    const Folder folder;
    const auto file = folder.write("large/case.json", "{");
    std::filesystem::resize_file(file, (std::size_t{64} << 20) + 1);
    CHECK_THROWS_WITH(read_vector(file), Catch::EndsWith("has more than 67108864 bytes"));
}

TEST_CASE("code is loaded from its file or place only with its hash") {
    const Folder folder;
    (void)folder.write("contracts/other/other.wasm", "abc");
    // SHA-256 of "abc", FIPS 180-2.
    Vector vector = parse_vector(replaced(kFull, "3333333333333333333333333333333333333333333333333333333333333333",
                                          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    CHECK(load_code("other", vector.code.at("other"), folder.path()) == ByteString{'a', 'b', 'c'});
    CHECK_THROWS_WITH(load_code("tiny", vector.code.at("tiny"), folder.path()),
                      Catch::StartsWith("/code/tiny/hash: the code has the hash 0x"));
    (void)folder.write("contracts/other/other.wasm", "abd");
    CHECK_THROWS_WITH(load_code("other", vector.code.at("other"), folder.path()),
                      Catch::StartsWith("/code/other/hash: the code has the hash 0x"));
    std::filesystem::resize_file(folder.path() / "contracts/other/other.wasm", kMaximumCodeBytes + 1);
    CHECK_THROWS_WITH(load_code("other", vector.code.at("other"), folder.path()), Catch::EndsWith("16777216 bytes"));
}

} // namespace detent::conformance
