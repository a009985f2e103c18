#include "conformance/json.hpp"
#include "conformance/json_writer.hpp"
#include "conformance/testing/folder.hpp"

#include <catch2/catch.hpp>

namespace detent::conformance {

namespace {

/// Where and why a text is refused; "accepted" if it is not.
std::string refusal(std::string_view text, const JsonBounds& bounds = {}) {
    try {
        (void)parse_json(text, bounds);
    } catch (const FormatError& error) {
        return error.pointer() + " | " + error.reason();
    }
    return "accepted";
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

} // namespace

TEST_CASE("a document keeps its keys in order, and every kind of value") {
    const Json document = parse_json(R"({"b": [1, true, null], "a": {"\u00e9\ud83d\ude00": "\"\\"}})");
    REQUIRE(document.members.size() == 2);
    CHECK(document.members[0].name == "b");
    const Json& list = document.members[0].value;
    REQUIRE(list.members.size() == 3);
    CHECK(list.members[0].value.integer == 1);
    CHECK(list.members[1].value.boolean);
    CHECK(list.members[2].value.kind == Json::Kind::null);
    CHECK(document.find("a")->members[0].name == "\u00e9\U0001F600");
    CHECK(document.find("a")->members[0].value.string == "\"\\");
    CHECK(document.find("c") == nullptr);
}

TEST_CASE("the greatest integer passes, and a number that is no integer of 64 bits is refused with its place") {
    CHECK(parse_json("[18446744073709551615]").members[0].value.integer == 18446744073709551615U);
    const std::string reason = "a number that is no integer from 0 to 2^64 - 1";
    CHECK(refusal(R"({"a": [0, 18446744073709551616]})") == "/a/1 | " + reason);
    CHECK(refusal(R"({"a": -1})") == "/a | " + reason);
    CHECK(refusal("1.0") == " | " + reason);
    CHECK(refusal("[1e3]") == "/0 | " + reason);
}

TEST_CASE("a key that stands twice is refused, and a pointer escapes its steps") {
    CHECK(refusal(R"({"x": {"a/b~": 1, "c": 2, "a/b~": 1}})") == "/x/a~1b~0 | the key stands twice");
}

TEST_CASE("trailing data, truncation and text that is no JSON are told apart") {
    CHECK(refusal("{} {}") == " | more stands behind the document, at line 1, column 4");
    CHECK(refusal("{\"a\": [1,") == "/a | the document ends too early, at line 1, column 9");
    CHECK(refusal("") == " | the document ends too early, at line 1, column 0");
    CHECK(refusal("{\n  \"a\": nul}").starts_with(" | no JSON in UTF-8, at line 2, column"));
    CHECK(refusal("[01]").starts_with(" | no JSON"));
    CHECK(refusal("[1,]").starts_with(" | no JSON"));
    CHECK(refusal("[\"\xff\"]").starts_with(" | no JSON"));
    CHECK(refusal("[\"\\ud800\"]").starts_with(" | no JSON"));
    CHECK(refusal("// comment\n1").starts_with(" | no JSON"));
    CHECK(refusal("[NaN]").starts_with(" | no JSON"));
}

TEST_CASE("depth, number of values and size are bounded, each at its bound and one past it") {
    const JsonBounds bounds{.bytes = 64, .depth = 4, .values = 8};
    CHECK(refusal(nested(4), bounds) == "accepted");
    CHECK(refusal(nested(5), bounds) == "/0/0/0/0 | nested deeper than 4");
    CHECK(refusal("[1,2,3,4,5,6,7]", bounds) == "accepted");
    CHECK(refusal("[1,2,3,4,5,6,7,8]", bounds) == "/7 | more than 8 values");
    CHECK(refusal(std::string(62, ' ') + "{}", bounds) == "accepted");
    CHECK(refusal(std::string(63, ' ') + "{}", bounds) == " | more than 64 bytes");
    CHECK(refusal(nested(1000000)).ends_with("| nested deeper than 16"));
}

TEST_CASE("the writer writes what Python's json.dumps writes") {
    JsonWriter out;
    out.open_object().field("a", "\"\\\n\x01 \u00e9").key("b").open_array().integer(7).boolean(false).null();
    out.open_object().close_object().open_array().close_array().close_array().key("c").open_array().close_array();
    out.close_object();
    CHECK(out.take() ==
          "{\n  \"a\": \"\\\"\\\\\\n\\u0001 \u00e9\",\n  \"b\": [\n    7,\n    false,\n    null,\n    {},\n"
          "    []\n  ],\n  \"c\": []\n}");
    JsonWriter line(JsonWriter::Layout::line);
    line.open_object().field("a", "b").key("c").open_array().integer(1).integer(2).close_array().close_object();
    CHECK(line.take() == "{\"a\": \"b\", \"c\": [1, 2]}");
}

TEST_CASE("a file is read whole within its bound, and a folder is no file") {
    const Folder folder;
    const auto file = folder.write("some.json", "12345");
    CHECK(read_file(file, 5) == "12345");
    CHECK_THROWS_WITH(read_file(file, 4), Catch::EndsWith("has more than 4 bytes"));
    CHECK_THROWS_WITH(read_file(folder.path(), 4), Catch::EndsWith("is no file"));
    CHECK_THROWS_WITH(read_file(folder.path() / "none", 4), Catch::EndsWith("is no file"));
    CHECK_THROWS_WITH(read_file("/dev/zero", 4), Catch::EndsWith("is no file"));
}

TEST_CASE("a file is replaced whole, keeps its mode, and leaves nothing beside it") {
    const Folder folder;
    const auto file = folder.write("state.json", "old");
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto link = folder.path() / "link.json";
    std::filesystem::create_symlink("state.json", link);
    write_file(link, "new");
    CHECK(text_of(file) == "new");
    CHECK(std::filesystem::is_symlink(link));
    CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::others_read) ==
          std::filesystem::perms::none);
    const std::filesystem::directory_iterator entries(folder.path());
    CHECK(std::distance(begin(entries), end(entries)) == 2);
}

TEST_CASE("a file that cannot be replaced stays as it was") {
    const Folder folder;
    const auto occupied = folder.write("target/inside", "kept").parent_path();
    CHECK_THROWS_AS(write_file(occupied, "new"), std::runtime_error);
    CHECK(text_of(occupied / "inside") == "kept");
    CHECK_THROWS_AS(write_file(folder.path() / "no" / "folder", "new"), std::runtime_error);
    const std::filesystem::directory_iterator entries(folder.path());
    CHECK(std::distance(begin(entries), end(entries)) == 1);
}

} // namespace detent::conformance
