// Inputs that mean harm: deep, long, cut off, or changed at random. Each gives a module or an error with a place in the
// text, in time that grows with its length and no faster.
#include "engine/text/script.hpp"
#include "engine/text/testing/marked.hpp"
#include "engine/text/testing/sample.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <string>

namespace detent::text {

namespace {

std::string repeated(std::string_view text, std::size_t count) {
    std::string out;
    out.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i)
        out += text;
    return out;
}

std::string nested(std::string_view open, std::string_view close, std::size_t depth) {
    return repeated(open, depth) + repeated(close, depth);
}

/// Texts that grow with a number, most of them by nesting that deep.
struct Growing {
    const char* what;
    bool is_module;
    std::function<std::string(std::size_t)> text;
};

std::string numbered(std::string_view before, std::string_view after, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out.append(before).append(std::to_string(i)).append(after);
    return out;
}

const std::vector<Growing>& growing() {
    static const std::vector<Growing> all = {
        {"open parentheses", false, [](std::size_t n) { return std::string(n, '('); }},
        {"closed parentheses", false, [](std::size_t n) { return std::string(n, ')'); }},
        {"nested parentheses", false, [](std::size_t n) { return nested("(", ")", n); }},
        {"nested modules", false, [](std::size_t n) { return nested("(module ", ")", n); }},
        {"nested comments", true, [](std::size_t n) { return nested("(;", ";)", n); }},
        {"open comments", false, [](std::size_t n) { return repeated("(;", n); }},
        {"nested annotations", true, [](std::size_t n) { return nested("(@a ", ")", n); }},
        {"nested custom annotations", true,
         [](std::size_t n) { return "(@custom \"a\" " + nested("(@a ", ")", n) + ")"; }},
        {"open annotations", false, [](std::size_t n) { return repeated("(@a ", n); }},
        {"annotations in a row", true, [](std::size_t n) { return repeated("(@custom \"a\")", n); }},
        {"hints in a row", false,
         [](std::size_t n) { return "(func " + repeated("(@metadata.code.branch_hint \"\\00\")", n) + "br_if 0)"; }},
        {"nested folded blocks", true, [](std::size_t n) { return "(func " + nested("(block ", ")", n) + ")"; }},
        {"nested folded instructions", true, [](std::size_t n) { return "(func " + nested("(drop ", ")", n) + ")"; }},
        {"nested folded ifs", true, [](std::size_t n) { return "(func " + nested("(if (then ", "))", n) + ")"; }},
        {"nested conditions", true, [](std::size_t n) { return "(func " + nested("(if ", "(then))", n) + ")"; }},
        {"nested blocks", true, [](std::size_t n) { return "(func " + nested("block ", "end ", n) + ")"; }},
        {"open blocks", false, [](std::size_t n) { return "(func " + repeated("block ", n) + ")"; }},
        {"labels of one name", true,
         [](std::size_t n) { return "(func " + nested("block $a br $a ", "br $a end $a ", n) + ")"; }},
        {"nested types", false, [](std::size_t n) { return "(func (param " + nested("(ref null ", ")", n) + "))"; }},
        {"long strings", true, [](std::size_t n) { return "(data \"" + repeated("\\00", n) + "\")"; }},
        {"unclosed strings", false, [](std::size_t n) { return "(data \"" + repeated("\\\"", n); }},
        {"long numbers", true, [](std::size_t n) { return "(func f64.const 0." + std::string(n, '7') + " drop)"; }},
        {"long numbers out of range", false,
         [](std::size_t n) { return "(func i32.const " + std::string(n, '7') + ")"; }},
        {"long words", false, [](std::size_t n) { return "(func " + std::string(n, 'a') + ")"; }},
        {"functions with identifiers", true, [](std::size_t n) { return numbered("(func $f", ")", n); }},
        {"calls ahead", true,
         [](std::size_t n) { return "(func " + numbered("call $f", " ", n) + ")" + numbered("(func $f", ")", n); }},
        {"types that are implied", true,
         [](std::size_t n) {
             std::string out;
             for (std::size_t i = 0; i < n; ++i)
                 out += "(func (param" + repeated(" i32", i % 64) + repeated(" i64", i / 64 % 64) + "))";
             return out;
         }},
        {"one long type, used often", true,
         [](std::size_t n) {
             return "(type (func (param" + repeated(" i32", n) + ")))" + repeated("(func (type 0))", n);
         }},
        {"fields by name", true,
         [](std::size_t n) {
             return "(type (struct" + numbered("(field $f", " i8)", n) + ")) (func " +
                    numbered("struct.get 0 $f", " ", n) + ")";
         }},
        {"labels in a table", true, [](std::size_t n) { return "(func br_table" + repeated(" 0", n) + ")"; }},
        {"inline elements", true, [](std::size_t n) { return repeated("(table funcref (elem 0 0))", n); }},
        {"clauses", true, [](std::size_t n) { return "(func try_table " + repeated("(catch_all 0)", n) + " end)"; }},
        {"exports in a row", true, [](std::size_t n) { return "(func " + repeated("(export \"a\")", n) + ")"; }},
        {"blanks", true, [](std::size_t n) { return std::string(n, '\n'); }},
    };
    return all;
}

double seconds_for(const std::string& text) {
    const std::clock_t begin = std::clock();
    static_cast<void>(parse_module(text));
    static_cast<void>(parse_script(text));
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

double least_seconds(const std::string& text) {
    return std::min({seconds_for(text), seconds_for(text), seconds_for(text)});
}

/// Whether the result of a text is what it must be: a module, or an error that lies in the text and can be shown.
void check_total(const std::string& text) {
    const Result<ParsedModule> module = parse_module(text, {.names = true});
    if (module.has_value()) {
        RC_ASSERT(module.assume_value().bytes.size() >= 8U);
    } else {
        const Error error = module.assume_error();
        RC_ASSERT(error.offset <= text.size());
        const ErrorKind kind = kind_of(error.code);
        RC_ASSERT(kind == ErrorKind::malformed || kind == ErrorKind::invalid || kind == ErrorKind::unsupported);
        RC_ASSERT(!describe(text, error).empty());
    }
    const Result<Script> script = parse_script(text);
    if (!script.has_value()) RC_ASSERT(script.assume_error().offset <= text.size());
}

} // namespace

TEST_CASE("text: a million of anything is read or refused") {
    // A build that is not optimised takes a tenth, for time.
#ifdef NDEBUG
    constexpr std::size_t kMany = 1'000'000;
#else
    constexpr std::size_t kMany = 100'000;
#endif
    for (const Growing& one : growing()) {
        INFO(one.what);
        const std::string text = one.text(kMany);
        const Result<ParsedModule> module = parse_module(text);
        CHECK(module.has_value() == one.is_module);
        if (!module.has_value()) CHECK(module.assume_error().offset <= text.size());
        static_cast<void>(parse_script(text));
    }
}

TEST_CASE("text: time grows with the length of the text") {
    constexpr std::size_t kSmall = 1 << 13;
    constexpr std::size_t kFactor = 8;
    for (const Growing& one : growing()) {
        INFO(one.what);
        const double small = least_seconds(one.text(kSmall));
        const double large = least_seconds(one.text(kSmall * kFactor));
        // A square would be 64 times as much. The constant keeps the clock's grain out of it.
        CHECK(large < 3 * kFactor * small + 0.02);
    }
}

TEST_CASE("text: the sample is a module") {
    const Result<ParsedModule> module = parse_module(kSample);
    INFO(describe(kSample, module.has_value() ? Error{} : module.assume_error()));
    CHECK(module.has_value());
}

TEST_CASE("text: every beginning of a text is a module or an error in it") {
    for (std::size_t size = 0; size < kSample.size(); ++size) {
        const std::string_view text = kSample.substr(0, size);
        const Result<ParsedModule> module = parse_module(text);
        if (!module.has_value()) CHECK(module.assume_error().offset <= size);
    }
}

TEST_CASE("text: texts changed at random are modules or errors") {
    CHECK(rc::check("pieces of the sample put, removed and repeated", [] {
        std::string text(kSample);
        const int changes = *rc::gen::inRange(1, 6);
        for (int i = 0; i < changes; ++i) {
            const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
            const auto from = *rc::gen::inRange<std::size_t>(0, kSample.size());
            const auto size = *rc::gen::inRange<std::size_t>(0, 12);
            text.replace(at, *rc::gen::inRange<std::size_t>(0, 12), kSample.substr(from, size));
        }
        check_total(text);
    }));
    CHECK(rc::check("bytes of the sample changed", [] {
        std::string text(kSample);
        const int changes = *rc::gen::inRange(1, 4);
        for (int i = 0; i < changes; ++i)
            text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
        check_total(text);
    }));
    CHECK(rc::check("characters of the grammar", [] {
        check_total(*rc::gen::container<std::string>(rc::gen::elementOf(std::string("()()()(;;)\"\\$@ a0.\n"))));
    }));
}

} // namespace detent::text
