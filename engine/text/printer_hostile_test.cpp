// Printing is total: any bytes give a text or an error, within the time and memory that their number allows. The seed
// is RapidCheck's; it is printed, and fixed by RC_PARAMS.
#include "engine/testing/module_builder.hpp"
#include "engine/testing/refused.hpp"
#include "engine/text/printer.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

namespace detent::text {

using namespace testing;

namespace {

/// Names of every kind.
Bytes rich_names() {
    const Bytes map = {1, 0, 1, 'n'};
    Bytes out = name_bytes("name");
    append(out, section(0, name_bytes("m")));
    for (std::uint8_t id = 1; id <= 11; ++id)
        append(out, section(id, id == 2 || id == 3 || id == 10 ? code(1U, 1U, map) : map));
    return section(0, out);
}

Bytes rich_body() {
    return code(Bytes{2, 1, 0x7F, 3, 0x63, 1}, Op::block, kEmptyBlock, Op::loop, 0, Op::br_table, 2, 0, 1, 7, Op::end,
                Op::if_, kI32, Op::else_, Op::br_on_cast, Bytes{3, 0, 0x6E, 1}, Op::end, Op::end, Op::try_table,
                kEmptyBlock, Bytes{2, 0, 0, 0, 3, 0}, Op::end, Op::select_t, Bytes{1, 0x7B}, Op::call_indirect, 0, 1,
                Op::i32_load, 2, 300, Op::i64_store8, 0x40, 1, 5, Op::v128_load8_lane, 0, 0, std::uint8_t{3},
                Op::v128_const, Bytes(16, 7), Op::f32_const, 1.5F, Op::f64_const, -2.5, Op::i64_const, -1LL << 40,
                Op::memory_init, 0, 0, Op::table_copy, 0, 1, Op::ref_null, 1, Op::ref_cast_null, std::uint8_t{0x6A},
                Op::struct_get, 1, 0, Op::array_new_fixed, 2, 5, Op::i64_mul_wide_u, Op::throw_, 0, Op::end);
}

/// A module with a section of every kind, and bodies with most kinds of immediates.
Bytes rich_module() {
    const Bytes zero = code(Op::i32_const, 0, Op::end);
    const Bytes f = code(name_bytes("m"), name_bytes("f"), Bytes{0, 0});
    return module_bytes(
        section(0, code(name_bytes("first"), Bytes{1, 2})),
        vector_section(1,
                       {{0x60, 1, 0x7F, 1, 0x63, 0}, {0x4E, 2, 0x50, 0, 0x5F, 1, 0x78, 1, 0x4F, 1, 1, 0x5E, 0x70, 0}}),
        vector_section(2, {f}), vector_section(3, {{0}}),
        vector_section(4, {code(Bytes{0x40, 0, 0x70, 0x05, 1, 2}, Op::ref_null, std::uint8_t{0x70}, Op::end)}),
        vector_section(5, {{0x09, 1, 2, 0}}), vector_section(13, {{0, 0}}),
        vector_section(6, {code(kI32, std::uint8_t{1}, zero)}), vector_section(7, {code(name_bytes("x"), Bytes{0, 1})}),
        section(8, {0}),
        vector_section(9, {code(6U, 0U, zero, Bytes{0x70, 1}, Op::ref_func, 0, Op::end), {3, 0, 2, 0, 1}}),
        section(12, {1}), vector_section(10, {sized(rich_body())}),
        vector_section(11, {code(2U, 0U, zero, sized(Bytes(80, 0x1B)))}), rich_names());
}

/// A text that no terminal obeys.
bool is_calm(const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == '\n' || (static_cast<std::uint8_t>(c) >= 0x20 && c != 0x7F); });
}

bool is_answer(const Bytes& bytes) {
    const Result<std::string> printed = print_module(bytes);
    if (printed.has_value()) return is_calm(printed.value());
    const ErrorKind kind = kind_of(printed.error().code);
    const bool is_refused = kind == ErrorKind::malformed || kind == ErrorKind::limit || kind == ErrorKind::unsupported;
    return is_refused && printed.error().offset <= bytes.size();
}

Bytes with_body(const Bytes& body, const Bytes& behind = {}) {
    return module_bytes(vector_section(1, {{0x60, 0, 0}}), vector_section(3, {{0}}), vector_section(10, {sized(body)}),
                        behind);
}

Error error_of(const Bytes& bytes) { return print_module(bytes).error(); }

/// One entry in a section; the entry begins at byte 11.
Error entry_error(std::uint8_t id, const Bytes& entry) { return error_of(module_bytes(vector_section(id, {entry}))); }

/// Instructions in a body without locals; `offset` is counted from the first of them.
Error body_error(const Bytes& instructions) {
    const Bytes module = with_body(code(std::uint8_t{0}, instructions));
    Error error = error_of(module);
    error.offset -= module.size() - instructions.size();
    return error;
}

void check_refused(const RefusedByte& row) {
    for (const ModuleToRefuse& module : modules_with(row)) {
        INFO("byte " << int{row.byte} << " at " << module.offset);
        CHECK(error_of(module.bytes) == Error{row.error, module.offset});
    }
}

} // namespace

TEST_CASE("print: any bytes give a text or an error") {
    const Bytes rich = rich_module();
    REQUIRE(print_module(rich).has_value());
    CHECK(rc::check("bytes at random behind a header",
                    [] { RC_ASSERT(is_answer(module_bytes(*rc::gen::arbitrary<Bytes>()))); }));
    CHECK(rc::check("a body at random", [] { RC_ASSERT(is_answer(with_body(*rc::gen::arbitrary<Bytes>()))); }));
    for (std::size_t at = 0; at < rich.size(); ++at) {
        for (const unsigned change : {0x01U, 0x02U, 0x04U, 0x08U, 0x10U, 0x20U, 0x40U, 0x80U, 0x7FU, 0xFFU}) {
            Bytes other = rich;
            other[at] = static_cast<std::uint8_t>(other[at] ^ change);
            if (!is_answer(other)) FAIL("byte " << at << " changed by " << change);
        }
    }
}

TEST_CASE("print: several bytes of a module at random") {
    const Bytes rich = rich_module();
    CHECK(rc::check("mutated", [&] {
        Bytes other = rich;
        for (int left = *rc::gen::inRange(1, 9); left != 0; --left)
            other[*rc::gen::inRange<std::size_t>(8, rich.size())] = *rc::gen::arbitrary<std::uint8_t>();
        RC_ASSERT(is_answer(other));
        if (const auto printed = print_instruction(other, *rc::gen::inRange<std::uint64_t>(0, rich.size() + 9));
            printed.has_value()) {
            RC_ASSERT(is_calm(printed.value()) && printed.value().find('\n') == std::string::npos);
        }
    }));
}

TEST_CASE("print: a module that is cut off is an error") {
    const Bytes rich = rich_module();
    std::size_t texts = 0;
    for (std::size_t size = 0; size < rich.size(); ++size)
        texts += print_module(std::span(rich).first(size)).has_value() ? 1U : 0U;
    // Behind the header, the first custom section, the types and the imports; and behind the data, without the names.
    CHECK(texts == 5);
}

TEST_CASE("print: nesting takes no native stack and no square of its depth") {
    constexpr std::size_t kDeep = 200'000;
    const Bytes blocks = code(repeated(kDeep, code(Op::block, kEmptyBlock)), repeated(kDeep, code(Op::br, 0)),
                              repeated(kDeep, code(Op::end)));
    const Bytes module = with_body(code(std::uint8_t{0}, blocks, Op::end));
    const std::string text = print_module(module).value();
    CHECK(std::count(text.begin(), text.end(), '\n') == 3 * kDeep + 3);
    CHECK(text.find("br 0 (;@200000;)") != std::string::npos);
    CHECK(text.size() < 110 * module.size());
}

TEST_CASE("print: labels of one name in deep nesting are found at once") {
    constexpr std::uint32_t kDeep = 50'000;
    Bytes names = unsigned_leb(kDeep);
    for (std::uint32_t i = 0; i < kDeep; ++i)
        append(names, code(i, name_bytes("l")));
    const Bytes blocks = code(repeated(kDeep, code(Op::block, kEmptyBlock)), repeated(kDeep, code(Op::br, kDeep - 1)),
                              repeated(kDeep, code(Op::end)));
    const std::string text =
        print_module(with_body(code(std::uint8_t{0}, blocks, Op::end),
                               section(0, code(name_bytes("name"), section(3, code(1U, 0U, names))))))
            .value();
    CHECK(text.find("br 49999 (;@1;)") != std::string::npos);
}

TEST_CASE("print: a few bytes that stand for a text without end are an error") {
    // Four thousand million locals.
    CHECK(error_of(with_body(code(1U, 0xFFFF'FFFFU, kI32, Op::end))).code == ErrorCode::text_too_long);
    CHECK(error_of(with_body(code(2U, 0U, kI32, 0xFFFF'FFFFU, kI32, Op::end))).code == ErrorCode::text_too_long);
    // A name of a megabyte for a function that calls itself a thousand times.
    const std::string name(1 << 20, 'n');
    const Bytes names = section(0, code(name_bytes("name"), section(1, code(1U, 0U, name_bytes(name)))));
    const Bytes calls = code(std::uint8_t{0}, repeated(1000, code(Op::call, 0)), Op::end);
    CHECK(error_of(with_body(calls, names)).code == ErrorCode::text_too_long);
}

// The offsets are counted by hand.
TEST_CASE("print: what is malformed is an error at its byte") {
    using enum ErrorCode;
    CHECK(error_of({}) == Error{unexpected_end, 0});
    CHECK(error_of({0, 'a', 's', 'm', 2, 0, 0, 0}) == Error{unknown_binary_version, 4});
    CHECK(error_of(module_bytes(section(14, {}))) == Error{malformed_section_id, 8});
    CHECK(error_of(module_bytes(section(3, {0}), section(1, {0}))) == Error{unexpected_content, 11});
    CHECK(error_of(module_bytes(section(1, {0, 0}))) == Error{section_size_mismatch, 11});
    CHECK(error_of(module_bytes(section(0, {1, 0xFF}))) == Error{malformed_utf8, 11});
    CHECK(error_of(module_bytes(Bytes{1, 9, 0})) == Error{length_out_of_bounds, 9});
    CHECK(error_of(module_bytes(section(1, {0xFF, 0x7F}))) == Error{length_out_of_bounds, 10});
    CHECK(error_of(module_bytes(vector_section(3, {{0}}))) == Error{function_code_mismatch, 12});
    CHECK(error_of(with_body(code(Bytes{2, 1, 0x7F}, 0xFFFF'FFFFU, kI32, Op::end))) == Error{too_many_locals, 25});
    CHECK(error_of(module_bytes(section(12, {1}))) == Error{data_count_mismatch, 11});
    CHECK(entry_error(1, {0x61}) == Error{malformed_type_form, 11});
    CHECK(entry_error(1, {0x60, 1, 0x68, 0}) == Error{malformed_value_type, 13});
    CHECK(entry_error(1, {0x5F, 1, 0x7F, 2}) == Error{malformed_mutability, 14});
    CHECK(entry_error(2, {0, 0, 5, 0}) == Error{malformed_import_kind, 13});
    CHECK(entry_error(4, {0x7F, 0, 0}) == Error{malformed_reference_type, 11});
    CHECK(entry_error(4, {0x64, 0x7F, 0, 0}) == Error{malformed_reference_type, 12});
    CHECK(entry_error(4, {0x40, 1, 0x70, 0, 0}) == Error{zero_byte_expected, 12});
    CHECK(entry_error(4, {0x70, 0x08, 0, 0}) == Error{malformed_limits_flags, 12});
    CHECK(entry_error(5, {0x12, 0}) == Error{malformed_limits_flags, 11});
    CHECK(entry_error(5, {0x08, 0, 64}) == Error{malformed_limits_flags, 13});
    CHECK(entry_error(7, {0, 5, 0}) == Error{malformed_export_kind, 12});
    CHECK(entry_error(9, {8, 0}) == Error{malformed_segment_kind, 11});
    CHECK(entry_error(9, {1, 1, 0}) == Error{malformed_element_kind, 12});
    CHECK(entry_error(11, {3, 0}) == Error{malformed_segment_kind, 11});
    CHECK(entry_error(13, {1, 0}) == Error{zero_byte_expected, 11});
}

TEST_CASE("print: each byte of a proposal that is refused is an error where it stands") {
    for (const RefusedByte& row : kRefusedBytes)
        check_refused(row);
}

TEST_CASE("print: malformed instructions are errors at their bytes") {
    using enum ErrorCode;
    CHECK(body_error({0x06, 0x40, 0x0B}) == Error{legacy_exceptions_refused, 0});
    CHECK(body_error({0x01, 0x05, 0x0B}) == Error{illegal_opcode, 1});
    CHECK(body_error({0x04, 0x40, 0x05, 0x05, 0x0B, 0x0B}) == Error{illegal_opcode, 3});
    CHECK(body_error({0x02, 0x40, 0x0B}) == Error{unexpected_end, 3});
    CHECK(body_error({0x0B, 0x0B}) == Error{section_size_mismatch, 1});
    CHECK(body_error({0x02, 0x41, 0x0B, 0x0B}) == Error{malformed_value_type, 1});
    CHECK(body_error({0x28, 0x80, 0x01, 0x00, 0x0B}) == Error{malformed_memop_flags, 1});
    CHECK(body_error({0x0E, 0x7F, 0x00, 0x0B}) == Error{length_out_of_bounds, 1});
    CHECK(body_error({0xD0, 0x40, 0x0B}) == Error{malformed_reference_type, 1});
    CHECK(body_error({0xFB, 0x18, 0x04, 0x00, 0x6E, 0x6E, 0x0B}) == Error{malformed_reference_type, 2});
    CHECK(body_error({0x1F, 0x40, 0x01, 0x04, 0x00, 0x0B, 0x0B}) == Error{illegal_opcode, 3});
    CHECK(body_error({0xFC, 0x09, 0x00, 0x0B}) == Error{data_count_required, 2});
    CHECK(body_error({0x41, 0x80, 0x80, 0x80, 0x80, 0x70, 0x0B}) == Error{integer_too_large, 5});
}

} // namespace detent::text
