// Identifiers and annotations from the name section. The expected texts are written by hand from the grammar of the
// text format and of its annotations.
#include "engine/testing/module_builder.hpp"
#include "engine/text/printer.hpp"
#include "engine/text/printer_names.hpp"
#include "engine/text/testing/round_trip.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace detent::text {

using namespace detent::testing;

namespace {

struct Named {
    std::uint32_t index;
    std::string_view name;
};

Bytes map_of(const std::vector<Named>& names) {
    Bytes out = unsigned_leb(names.size());
    for (const Named& one : names)
        append(out, code(one.index, name_bytes(one.name)));
    return out;
}

/// A subsection of the names of one owner.
Bytes owned(std::uint8_t id, std::uint32_t owner, const std::vector<Named>& names) {
    return section(id, code(1U, owner, map_of(names)));
}

Bytes space(std::uint8_t id, const std::vector<Named>& names) { return section(id, map_of(names)); }

template <class... Parts>
Bytes name_section(const Parts&... parts) {
    return section(0, code(name_bytes("name"), parts...));
}

/// Two functions with a parameter and two locals each, of which the second calls the first.
Bytes two_functions(const Bytes& behind) {
    const Bytes locals = {1, 2, 0x7F};
    const Bytes second = code(locals, Op::local_get, 2, Op::call, 0, Op::end);
    return module_bytes(vector_section(1, {{0x60, 1, 0x7F, 0}}), vector_section(3, {{0}, {0}}),
                        vector_section(10, {sized(code(locals, Op::end)), sized(second)}), behind);
}

std::string text_of(const Bytes& bytes) { return print_module(bytes).value(); }

bool has(const std::string& text, std::string_view part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("names: a section that identifiers say is not written") {
    const Bytes names = name_section(section(0, name_bytes("m")), space(1, {{0, "f"}, {1, "g(int)"}}),
                                     owned(2, 1, {{0, "p"}, {2, "x"}}));
    CHECK(text_of(two_functions(names)) == "(module $m\n"
                                           "  (type (;0;) (func (param i32)))\n"
                                           "  (func $f (;0;) (type 0) (param i32)\n"
                                           "    (local i32 i32))\n"
                                           "  (func $\"g(int)\" (;1;) (type 0) (param $p i32)\n"
                                           "    (local i32) (local $x i32)\n"
                                           "    local.get $x\n"
                                           "    call $f))\n");
}

TEST_CASE("names: what cannot be an identifier is an annotation") {
    const Bytes names =
        name_section(section(0, name_bytes("")), space(1, {{0, "f"}, {1, "f"}}), owned(2, 1, {{0, "a"}, {1, "a"}}));
    const std::string text = text_of(two_functions(names));
    has(text, "(module (@name \"\")\n");
    has(text, "(func $f (;0;) (type 0)");
    has(text, "(func (@name \"f\") (;1;) (type 0) (param $a i32)");
    has(text, "(local (@name \"a\") i32) (local i32)");
    CHECK(text.find("@custom") == std::string::npos);
}

TEST_CASE("names: of every index space and of fields") {
    const Bytes names = name_section(space(1, {{0, "f"}}), space(4, {{0, "t"}, {1, "s"}}), space(5, {{0, "tab"}}),
                                     space(6, {{0, "mem"}}), space(7, {{0, "g"}}), space(8, {{0, "e"}}),
                                     space(9, {{0, "d"}}), owned(10, 1, {{1, "y"}}), space(11, {{0, "x"}}));
    const Bytes zero = code(Op::i32_const, 0, Op::end);
    const Bytes body = code(std::uint8_t{0}, Op::struct_get, 1, 1, Op::struct_get, 1, 0, Op::global_get, 0, Op::throw_,
                            0, Op::table_get, 0, Op::data_drop, 0, Op::elem_drop, 0, Op::end);
    const std::string text = text_of(module_bytes(
        vector_section(1, {{0x60, 0, 0}, {0x5F, 2, 0x7F, 0, 0x64, 1, 1}}), vector_section(3, {{0}}),
        vector_section(4, {{0x70, 0, 0}}), vector_section(5, {{0, 0}}), vector_section(13, {{0, 0}}),
        vector_section(6, {code(Bytes{0x7F, 0}, zero)}), vector_section(7, {code(name_bytes("m"), Bytes{2, 0})}),
        section(8, {0}), vector_section(9, {{1, 0, 1, 0}}), section(12, {1}), vector_section(10, {sized(body)}),
        vector_section(11, {{1, 0}}), names));
    CHECK(text == "(module\n"
                  "  (type $t (;0;) (func))\n"
                  "  (type $s (;1;) (struct (field i32) (field $y (mut (ref $s)))))\n"
                  "  (table $tab (;0;) 0 funcref)\n"
                  "  (memory $mem (;0;) 0)\n"
                  "  (tag $x (;0;) (type $t))\n"
                  "  (global $g (;0;) i32 (i32.const 0))\n"
                  "  (export \"m\" (memory $mem))\n"
                  "  (start $f)\n"
                  "  (elem $e (;0;) func $f)\n"
                  "  (func $f (;0;) (type $t)\n"
                  "    struct.get $s $y\n"
                  "    struct.get $s 0\n"
                  "    global.get $g\n"
                  "    throw $x\n"
                  "    table.get $tab\n"
                  "    data.drop $d\n"
                  "    elem.drop $e)\n"
                  "  (data $d (;0;) \"\"))\n");
}

// Function 1 is behind function 0 without blocks: its labels are counted from its own first block.
TEST_CASE("names: a label is the innermost of its name") {
    const Bytes body = code(std::uint8_t{0}, Op::block, kEmptyBlock, Op::block, kEmptyBlock, Op::br, 0, Op::br, 1,
                            Op::end, Op::br, 0, Op::block, kEmptyBlock, Op::br, 1, Op::end, Op::end, Op::end);
    const Bytes module =
        module_bytes(vector_section(1, {{0x60, 0, 0}}), vector_section(3, {{0}}), vector_section(10, {sized(body)}),
                     name_section(owned(3, 0, {{0, "l"}, {1, "l"}})));
    CHECK(text_of(module) == "(module\n"
                             "  (type (;0;) (func))\n"
                             "  (func (;0;) (type 0)\n"
                             "    block $l\n"
                             "      block $l\n"
                             "        br $l\n"
                             "        br 1 (;@1;)\n"
                             "      end\n"
                             "      br $l\n"
                             "      block (;@2;)\n"
                             "        br $l\n"
                             "      end\n"
                             "    end))\n");
}

TEST_CASE("names: a section that identifiers do not say stays as it is, and still names for people") {
    struct Case {
        std::string_view why;
        Bytes section;
    };
    const Case cases[] = {
        {"a function that is not there", name_section(space(1, {{0, "f"}, {2, "h"}}))},
        {"a local that is not there", name_section(space(1, {{0, "f"}}), owned(2, 0, {{3, "x"}}))},
        {"a label that is not there", name_section(space(1, {{0, "f"}}), owned(3, 0, {{0, "x"}}))},
        {"a subsection that nobody knows", name_section(space(1, {{0, "f"}}), space(12, {}))},
        {"no names", name_section(space(1, {{0, "f"}}), space(4, {}))},
        {"out of order", name_section(space(1, {{1, "g"}, {0, "f"}}))},
        {"subsections out of order", name_section(space(4, {{0, "t"}}), space(1, {{0, "f"}}))},
        {"a longer encoding", name_section(Bytes{1, 0x84, 0x00, 1, 0, 1, 'f'})},
        {"two sections", code(name_section(space(1, {{0, "f"}})), name_section(space(1, {{0, "f"}})))},
        {"another section in front", code(section(0, name_bytes("a")), name_section(space(1, {{0, "f"}})))},
    };
    for (const Case& one : cases) {
        INFO(one.why);
        const std::string text = text_of(two_functions(one.section));
        CHECK(has(text, "(func $f (;0;)"));
        CHECK(has(text, "(@custom \"name\" \""));
    }
}

TEST_CASE("names: a malformed section is bytes") {
    for (const Bytes& content : {Bytes{1}, Bytes{1, 200, 1, 0}, Bytes{1, 4, 1, 0, 1, 0xFF}, Bytes{0, 2, 9, 'm'}}) {
        const std::string text = text_of(two_functions(name_section(content)));
        CHECK(has(text, "(func (;0;)"));
        CHECK(has(text, "(@custom \"name\" " + printer::quoted_bytes(content) + ")"));
    }
}

TEST_CASE("names: one without names is not lost") {
    CHECK(has(text_of(two_functions(name_section())), "(@custom \"name\" \"\")"));
}

TEST_CASE("names: a name section goes in front of the other custom sections behind the module") {
    const Bytes behind = code(name_section(space(1, {{0, "f"}})), section(0, code(name_bytes("producers"), Bytes{0})));
    const std::string text = text_of(two_functions(behind));
    CHECK(has(text, "(func $f (;0;)"));
    CHECK(has(text, "\n  (@custom \"producers\" \"\\00\"))\n"));
    CHECK(text.find("\"name\"") == std::string::npos);
}

// U+009B begins a command of a terminal, U+202E turns the text that follows, U+200B is not seen.
TEST_CASE("names: what a reader would not see, and what a terminal would obey, is escaped") {
    using namespace printer;
    CHECK(identifier("a.b$c'`|~") == "$a.b$c'`|~");
    CHECK(identifier("a b") == "$\"a b\"");
    CHECK(identifier("") == "");
    CHECK(identifier("é\xF0\x9F\x98\x80") == "$\"é\xF0\x9F\x98\x80\"");
    CHECK(quoted_name("\x1B[2J\x7F\r\t\"\\") == "\"\\1b[2J\\7f\\0d\\t\\\"\\\\\"");
    CHECK(quoted_name("\xC2\x9B") == "\"\\c2\\9b\"");
    CHECK(quoted_name("\xE2\x80\xAE") == "\"\\e2\\80\\ae\"");
    CHECK(quoted_name("\xE2\x80\x8B") == "\"\\e2\\80\\8b\"");
    CHECK(quoted_bytes(Bytes{0xC3, 0xA9, 'a', '\n'}) == "\"\\c3\\a9a\\n\"");
}

TEST_CASE("names: the round trip says what differs") {
    const Bytes module = two_functions({});
    const auto reads = [](const Bytes& bytes) {
        return [bytes](std::string_view) { return Result<std::vector<std::uint8_t>>(bytes); };
    };
    Bytes other = module;
    other[20] ^= 1;
    CHECK(!text::testing::round_trip(module, reads(module)));
    CHECK(text::testing::round_trip(module, reads(other)).value().starts_with("byte 20 is another one"));
    CHECK(text::testing::round_trip(module, reads(code(module, 0))).has_value());
    CHECK(text::testing::round_trip(Bytes{1}, reads(module)).value().starts_with("not printed: magic"));
    const auto refuses = [](std::string_view) {
        return Result<std::vector<std::uint8_t>>(Error{ErrorCode::unexpected_end, 7});
    };
    CHECK(text::testing::round_trip(module, refuses).value().starts_with("not read: unexpected end at character 7"));
}

} // namespace detent::text
