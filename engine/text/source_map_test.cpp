// From a byte of the module back to the text.
#include "engine/opcodes.hpp"
#include "engine/text/testing/marked.hpp"
#include "engine/text/testing/sample.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

namespace detent::text {

namespace {

/// What the text says where the byte of a module came from.
std::string_view text_of(std::string_view source, const ParsedModule& module, std::size_t byte) {
    const std::optional<std::size_t> offset = module.source.find(byte);
    return offset ? source.substr(*offset) : std::string_view("nothing");
}

} // namespace

TEST_CASE("text: bytes lead back to their definitions and instructions") {
    const std::string_view source =
        "(module (global i32 (i32.const 7)) (memory 1)\n"
        "(func (block (result i32) (i32.add (i32.const 1) (i32.load (i32.const 2)))) drop))";
    const Result<ParsedModule> parsed = parse_module(source);
    REQUIRE(parsed.has_value());
    const ParsedModule& module = parsed.assume_value();
    // Counted by hand: the preamble ends at 8, types at 14, functions at 18, memories at 23.
    CHECK(text_of(source, module, 0) == "nothing");
    CHECK(text_of(source, module, 22).starts_with("(memory 1)"));
    CHECK(text_of(source, module, 26).starts_with("(global i32"));
    CHECK(text_of(source, module, 28).starts_with("i32.const 7"));
    // The code: section 31 to 33, size of the body 34, locals 35, then block at 36.
    CHECK(text_of(source, module, 34).starts_with("(func"));
    CHECK(text_of(source, module, 36).starts_with("block (result"));
    CHECK(text_of(source, module, 38).starts_with("i32.const 1"));
    CHECK(text_of(source, module, 40).starts_with("i32.const 2"));
    CHECK(text_of(source, module, 42).starts_with("i32.load"));
    CHECK(text_of(source, module, 44).starts_with("i32.load"));
    CHECK(text_of(source, module, 45).starts_with("i32.add"));
    CHECK(text_of(source, module, 47).starts_with("drop"));
    CHECK(text_of(source, module, 1'000'000).starts_with("drop"));
}

TEST_CASE("text: the offsets of a source map rise, and lie in the module and in the text") {
    const Result<ParsedModule> parsed = parse_module(kSample, {.names = true});
    REQUIRE(parsed.has_value());
    const auto entries = parsed.assume_value().source.entries();
    const auto rises = [](const SourceMap::Entry& a, const SourceMap::Entry& b) {
        return a.module_offset < b.module_offset;
    };
    CHECK(entries.size() > 60);
    CHECK(std::ranges::is_sorted(entries, rises));
    for (const SourceMap::Entry& entry : entries) {
        CHECK(entry.module_offset < parsed.assume_value().bytes.size());
        CHECK(entry.text_offset < kSample.size());
    }
}

} // namespace detent::text
