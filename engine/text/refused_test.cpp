// The words of proposals that are refused. Source: the proposals threads, exception handling (legacy) and custom
// descriptors, Text Format.
#include "engine/refused.hpp"
#include "engine/text/testing/marked.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

namespace detent::text {

namespace {

Error error_of(std::string_view text) {
    const Result<ParsedModule> module = parse_module(text);
    REQUIRE(module.has_error());
    return module.assume_error();
}

void check_at_mark(std::string_view text, ErrorCode code) {
    const Marked made = marked(text);
    INFO(text);
    REQUIRE(made.offset != std::string::npos);
    const Error error = error_of(made.source);
    CHECK(to_text(error.code) == to_text(code));
    CHECK(error.offset == made.offset);
}

} // namespace

TEST_CASE("refused: each word of a row is an error where it stands") {
    constexpr const char* kPlaces[] = {
        "(func ¦@)",           "(func (¦@))",
        "(func block ¦@)",     "(¦@)",
        "(memory 1 2 ¦@)",     "(memory ¦@ 1 2)",
        "(table 1 2 ¦@)",      "(type (¦@ 0 (struct)))",
        "(func (type 0) ¦@)",  "(func (param (ref ¦@)))",
        "(type (sub (¦@ 0)))", "(import \"\" \"\" (func (¦@)))",
    };
    for (const RefusedWord& row : kRefusedWords) {
        std::string word(row.pattern);
        std::replace(word.begin(), word.end(), '*', 'x');
        for (std::string text : kPlaces)
            check_at_mark(text.replace(text.find('@'), 1, word), row.error);
    }
}

TEST_CASE("refused: the instructions of threads") {
    std::vector<std::string> words = {"atomic.fence", "memory.atomic.notify", "memory.atomic.wait32",
                                      "memory.atomic.wait64"};
    for (const char* const width : {"i32.atomic.@", "i32.atomic.@8_u", "i32.atomic.@16_u", "i64.atomic.@",
                                    "i64.atomic.@8_u", "i64.atomic.@16_u", "i64.atomic.@32_u"}) {
        for (const char* const name :
             {"load", "store", "rmw.add", "rmw.sub", "rmw.and", "rmw.or", "rmw.xor", "rmw.xchg", "rmw.cmpxchg"}) {
            std::string word(width);
            words.push_back(word.replace(word.find('@'), 1, name));
        }
    }
    CHECK(words.size() == 67);
    for (const std::string& word : words)
        check_at_mark("(memory 1) (func ¦" + word + " (i32.const 0))", ErrorCode::threads_refused);
}

TEST_CASE("refused: what proposals add to the grammar is refused at its word") {
    using enum ErrorCode;
    const std::pair<const char*, ErrorCode> cases[] = {
        {"(memory 1 1 ¦shared)", threads_refused},
        {"(memory i64 1 1 ¦shared)", threads_refused},
        {"(memory $m (import \"a\" \"b\") 1 2 ¦shared)", threads_refused},
        {"(import \"a\" \"b\" (memory 1 2 ¦shared))", threads_refused},
        {"(table ¦shared 1 funcref)", threads_refused},
        {"(memory 1 1 (pagesize 1) ¦shared)", threads_refused},
        {"(func ¦try nop catch_all end)", legacy_exceptions_refused},
        {"(func (¦try (result i32) (do nop) (catch 0)))", legacy_exceptions_refused},
        {"(func (¦do))", legacy_exceptions_refused},
        {"(func block ¦rethrow 0 end)", legacy_exceptions_refused},
        {"(func ¦delegate 0)", legacy_exceptions_refused},
        {"(rec (type $a (¦descriptor $b) (struct)) (type $b (describes $a) (struct)))", custom_descriptors_refused},
        {"(type (sub final (¦describes 0) (struct)))", custom_descriptors_refused},
        {"(type $t (struct (field (ref null (¦exact $t)))))", custom_descriptors_refused},
        {"(type $t (struct (field (ref ¦exact $t))))", custom_descriptors_refused},
        {"(type $t (struct)) (func (ref.null (¦exact $t)))", custom_descriptors_refused},
        {"(type $t (struct)) (func (ref.test (ref (¦exact $t)) (ref.null $t)))", custom_descriptors_refused},
        {"(type $t (func)) (import \"\" \"\" (func (¦exact (type $t))))", custom_descriptors_refused},
        {"(type $t (func)) (func (import \"\" \"\") (¦exact (type $t)))", custom_descriptors_refused},
        {"(func ¦struct.new_desc 0)", custom_descriptors_refused},
        {"(func ¦struct.new_default_desc 0)", custom_descriptors_refused},
        {"(func ¦ref.get_desc 0)", custom_descriptors_refused},
        {"(func ¦ref.cast_desc_eq (ref 0))", custom_descriptors_refused},
        {"(func ¦br_on_cast_desc_eq 0 anyref (ref 0))", custom_descriptors_refused},
        {"(func ¦br_on_cast_desc_eq_fail 0 anyref (ref 0))", custom_descriptors_refused},
        // What the standard has too is no part of a proposal.
        {"(func ¦catch 0)", unexpected_token},
        {"(func (¦catch_all))", unexpected_token},
        {"(func (try_table nop (¦catch_all 0)))", unexpected_token},
        {"(func ¦atomic.load)", unknown_operator},
        {"(memory 1 ¦share)", unknown_operator},
    };
    for (const auto& [text, code] : cases)
        check_at_mark(text, code);
}

TEST_CASE("refused: the words stand for themselves as names, in strings and in annotations that are skipped") {
    for (const char* const text : {"(memory $shared 1) (func $try (export \"exact\") (block $do br $do))",
                                   "(@shared try)", "(func (@try do) nop)"}) {
        INFO(text);
        CHECK(parse_module(text).has_value());
    }
}

} // namespace detent::text
