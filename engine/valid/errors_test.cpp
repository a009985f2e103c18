// Every error that compiling can give, at its exact offset. A row of errors.def without a case fails.
#include "engine/testing/verdict.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

namespace detent {

using namespace testing;

namespace {

struct Case {
    std::string name;
    Bytes bytes;
    Error expected;
    Profile profile = profile1();
};

Case in_header(std::string name, const Bytes& bytes, ErrorCode code, std::uint64_t offset) {
    return {std::move(name), bytes, {code, offset}};
}

/// A module of one section; its contents begin at offset 10.
Case in_section(std::string name, std::uint8_t id, const Bytes& content, ErrorCode code, std::uint64_t offset) {
    return {std::move(name), module_bytes(section(id, content)), {code, offset}};
}

/// A module that ends with a section of one entry, `after` bytes into which the error is.
Case in_entry(std::string name, const Bytes& before, std::uint8_t id, const Bytes& entry, ErrorCode code,
              std::uint64_t after = 0) {
    const Bytes bytes = module_bytes(before, vector_section(id, {entry}));
    return {std::move(name), bytes, {code, bytes.size() - entry.size() + after}};
}

/// A body in a module with a table and a memory; `after` is counted from its first instruction.
Case in_body(std::string name, const Bytes& instructions, ErrorCode code, std::uint64_t after) {
    const WithBody made = with_body(function_table_and_memory(), instructions);
    return {std::move(name), made.bytes, {code, made.code + after}};
}

const Bytes kConstantZero = code(Op::i32_const, 0, Op::end);

std::vector<Case> malformed_modules() {
    using enum ErrorCode;
    return {
        in_header("nothing", {}, unexpected_end, 0),
        in_header("a header cut off", {0x00, 'a', 's'}, unexpected_end, 3),
        in_header("another magic", {0x00, 'a', 's', 'n', 1, 0, 0, 0}, magic_not_detected, 3),
        in_header("version 2", {0x00, 'a', 's', 'm', 2, 0, 0, 0}, unknown_binary_version, 4),
        in_section("section 14", 14, {0}, malformed_section_id, 8),
        in_section("a type section with more in it", 1, {0, 0}, section_size_mismatch, 11),
        in_header("two type sections", module_bytes(section(1, {0}), section(1, {0})), unexpected_content, 11),
        in_header("a size of six bytes", module_bytes(Bytes{1, 0x80, 0x80, 0x80, 0x80, 0x80, 0}), integer_too_long, 13),
        in_header("a size of 33 bits", module_bytes(Bytes{1, 0x80, 0x80, 0x80, 0x80, 0x10}), integer_too_large, 13),
        in_section("a name that is no UTF-8", 0, {2, 'a', 0xFF}, malformed_utf8, 12),
        in_section("an import of kind 5", 2, {1, 0, 0, 5}, malformed_import_kind, 13),
        in_section("an export of kind 5", 7, {1, 0, 5, 0}, malformed_export_kind, 12),
        in_section("a parameter of type 0x40", 1, {1, 0x60, 1, 0x40, 0}, malformed_value_type, 13),
        in_section("a table of i32", 4, {1, 0x7F, 0, 0}, malformed_reference_type, 11),
        in_section("a type of form 0x61", 1, {1, 0x61, 0, 0}, malformed_type_form, 11),
        in_section("a shared memory", 5, {1, 0x03, 1, 1}, threads_refused, 11),
        in_section("a table with flags 8", 4, {1, 0x70, 0x08, 0}, malformed_limits_flags, 12),
        in_section("a mutability of 2", 6, {1, 0x7F, 2, 0x41, 0, 0x0B}, malformed_mutability, 12),
        in_header("a function without a body", module_bytes(one_function()), function_code_mismatch, 18),
        in_entry("a body without a function", {}, 10, {2, 0, 0x0B}, function_code_mismatch,
                 static_cast<std::uint64_t>(-1)),
        in_header("a data count without data", module_bytes(section(12, {1})), data_count_mismatch, 11),
        in_header("a data count of 2 for 1", module_bytes(section(12, {2}), vector_section(11, {{1, 0}})),
                  data_count_mismatch, 13),
        in_section("elements of flags 8", 9, {1, 8}, malformed_segment_kind, 11),
        in_section("data of flags 3", 11, {1, 3}, malformed_segment_kind, 11),
        in_section("elements of kind 1", 9, {1, 1, 1, 0}, malformed_element_kind, 12),
        in_section("more types than bytes", 1, {2, 0x60}, length_out_of_bounds, 10),
    };
}

std::vector<Case> malformed_bodies() {
    using enum ErrorCode;
    const WithBody unended = with_raw_body(one_function(), {0, 0x01});
    const WithBody longer = with_raw_body(one_function(), {0, 0x0B, 0x01});
    const WithBody many = with_raw_body(one_function(), code(2U, 0xFFFF'FFFFU, kI32, 1U, kI32, Op::end));
    return {
        in_body("data.drop without a data count", code(Op::nop, Op::data_drop, 0), data_count_required, 1),
        in_body("memory.init without a data count",
                code(Op::i32_const, 0, Op::i32_const, 0, Op::i32_const, 0, Op::memory_init, 0, 0), data_count_required,
                6),
        in_body("memory.size of memory 1", code(Op::memory_size, 1, Op::drop), zero_byte_expected, 1),
        in_body("memory.copy to memory 1", code(Op::memory_copy, 1, 0), zero_byte_expected, 2),
        {"a body without its end", unended.bytes, {end_opcode_expected, unended.code + 1}},
        {"a body that goes on behind its end", longer.bytes, {section_size_mismatch, longer.code + 1}},
        in_body("else outside of an if", code(Op::nop, Op::else_), end_opcode_expected, 1),
        in_body("a second else", code(Op::i32_const, 0, Op::if_, kEmptyBlock, Op::else_, Op::else_, Op::end),
                end_opcode_expected, 5),
        in_body("an opcode that is none", code(Op::nop, Bytes{0x27}), illegal_opcode, 1),
        in_body("an atomic instruction", code(Op::nop, Bytes{0xFE, 0x03, 0x00}), threads_refused, 1),
        in_body("a legacy try", code(Op::nop, Bytes{0x06, 0x40, 0x0B}), legacy_exceptions_refused, 1),
        in_body("struct.new_desc", code(Op::nop, Bytes{0xFB, 0x20, 0x00}), custom_descriptors_refused, 1),
        {"2^32 locals", many.bytes, {too_many_locals, many.declarations + 7}},
        in_body("a memarg with flags 0x80", code(Op::i32_const, 0, Op::i32_load, 0x80U, 0, Op::drop),
                malformed_memop_flags, 3),
        in_body("a block type of -64 in two bytes", code(Op::block, Bytes{0xC0, 0x7F}, Op::end), malformed_block_type,
                1),
        in_body("a br_table with more targets than bytes", code(Op::i32_const, 0, Op::br_table, 9, 0),
                length_out_of_bounds, 3),
    };
}

std::vector<Case> invalid_modules() {
    using enum ErrorCode;
    const Bytes tables_two = code(one_function(), vector_section(4, {{0x70, 0, 1}}));
    const Bytes body = vector_section(10, {{2, 0, 0x0B}});
    const Bytes twice = vector_section(7, {{1, 'a', 0, 0}, {1, 'b', 0, 0}, {1, 'a', 0, 0}});
    const Bytes takes = code(vector_section(1, {{0x60, 1, 0x7F, 0}}), vector_section(3, {{0}}));
    return {
        {"a function of an unknown type", module_bytes(vector_section(3, {{1}}), body), {unknown_type, 11}},
        in_entry("an export of function 0", {}, 7, {1, 'f', 0, 0}, unknown_function),
        in_entry("an export of table 0", {}, 7, {1, 't', 1, 0}, unknown_table),
        in_entry("an export of memory 0", {}, 7, {1, 'm', 2, 0}, unknown_memory),
        in_entry("an export of global 0", {}, 7, {1, 'g', 3, 0}, unknown_global),
        in_entry("elements for table 0", {}, 9, code(0U, kConstantZero, 0), unknown_table),
        in_entry("elements of function 0", vector_section(4, {{0x70, 0, 1}}), 9, code(0U, kConstantZero, 2, 0, 0),
                 unknown_function, 5),
        in_entry("externref elements in a table of functions", vector_section(4, {{0x70, 0, 1}}), 9,
                 code(6U, 0, kConstantZero, kExternRef, 0), type_mismatch),
        in_entry("elements at an i64", vector_section(4, {{0x70, 0, 1}}), 9, code(0U, Op::i64_const, 0, Op::end, 0),
                 type_mismatch, 3),
        in_entry("data for memory 0", {}, 11, code(0U, kConstantZero, 0), unknown_memory),
        in_entry("a global of another type", {}, 6, code(kI32, 0, Op::f32_const, 1.0F, Op::end), type_mismatch, 7),
        in_entry("a global of two values", {}, 6, code(kI32, 0, Op::i32_const, 1, kConstantZero), type_mismatch, 6),
        in_entry("a global of no value", {}, 6, code(kI32, 0, Op::end), type_mismatch, 2),
        in_entry("a global of itself", {}, 6, code(kI32, 0, Op::global_get, 0, Op::end), unknown_global, 2),
        in_entry("a global that is computed", {}, 6, code(kI32, 0, Op::i32_const, 1, Op::i32_eqz, Op::end),
                 constant_expression_required, 4),
        in_entry("a global of a mutable import", vector_section(2, {{0, 0, 3, 0x7F, 1}}), 6,
                 code(kI32, 0, Op::global_get, 0, Op::end), constant_expression_required, 2),
        in_entry("a global of an unknown function", {}, 6, code(kFuncRef, 0, Op::ref_func, 0, Op::end),
                 unknown_function, 2),
        {"two exports of one name", module_bytes(one_function(), twice, body), {duplicate_export_name, 29}},
        in_entry("a memory of 2 pages and at most 1", {}, 5, {1, 2, 1}, minimum_over_maximum),
        in_entry("a table of 2 elements and at most 1", {}, 4, {0x70, 1, 2, 1}, minimum_over_maximum),
        in_entry("a memory of 65,537 pages", {}, 5, code(0U, 65537U), memory_too_large),
        in_entry("a memory of at most 65,537 pages", {}, 5, code(1U, 0U, 65537U), memory_too_large),
        in_entry("a table of at most 2^32 elements", {}, 4, code(kFuncRef, 1U, 0U, 0x1'0000'0000U), table_too_large),
        {"a start function that takes an i32", module_bytes(takes, section(8, {0}), body), {bad_start_function, 21}},
        in_header("an unknown start function", module_bytes(section(8, {0})), unknown_function, 10),
    };
}

std::vector<Case> invalid_bodies() {
    using enum ErrorCode;
    const Bytes constant_global = code(one_function(), vector_section(6, {code(kI32, 0, kConstantZero)}));
    const WithBody set = with_body(constant_global, code(Op::i32_const, 1, Op::global_set, 0));
    const WithBody no_table = with_body(one_function(), code(Op::i32_const, 0, Op::call_indirect, 0, 0));
    const WithBody no_memory = with_body(one_function(), code(Op::i32_const, 0, Op::i32_load, 2, 0, Op::drop));
    const Bytes externs = code(one_function(), vector_section(4, {{0x6F, 0, 0}}));
    const WithBody extern_call = with_body(externs, code(Op::i32_const, 0, Op::call_indirect, 0, 0));
    const WithBody data = with_body(code(one_function(), section(12, {0})), code(Op::data_drop, 0));
    return {
        in_body("an operand that is not there", code(Op::nop, Op::drop), type_mismatch, 1),
        in_body("an operand too many", code(Op::i32_const, 0), type_mismatch, 2),
        in_body("a block of type 1", code(Op::nop, Op::block, 1, Op::end), unknown_type, 1),
        in_body("a call_indirect of type 1", code(Op::i32_const, 0, Op::call_indirect, 1, 0), unknown_type, 2),
        in_body("a call of function 1", code(Op::nop, Op::call, 1), unknown_function, 1),
        in_body("a ref.func of function 1", code(Op::ref_func, 1, Op::drop), unknown_function, 0),
        in_body("a table.get of table 1", code(Op::i32_const, 0, Op::table_get, 1, Op::drop), unknown_table, 2),
        in_body("a table.copy to table 1", code(Op::table_copy, 1, 0), unknown_table, 0),
        {"a call_indirect without a table", no_table.bytes, {unknown_table, no_table.code + 2}},
        {"a call_indirect by externref", extern_call.bytes, {type_mismatch, extern_call.code + 2}},
        {"a load without a memory", no_memory.bytes, {unknown_memory, no_memory.code + 2}},
        in_body("a global.get of global 0", code(Op::global_get, 0, Op::drop), unknown_global, 0),
        in_body("a local.get of local 0", code(Op::nop, Op::local_get, 0, Op::drop), unknown_local, 1),
        in_body("a br two blocks out", code(Op::nop, Op::br, 1), unknown_label, 1),
        in_body("a br_table two blocks out", code(Op::i32_const, 0, Op::br_table, 1, 0, 1), unknown_label, 2),
        in_body("an elem.drop of segment 0", code(Op::elem_drop, 0), unknown_element_segment, 0),
        in_body("a table.init of segment 0",
                code(Op::i32_const, 0, Op::i32_const, 0, Op::i32_const, 0, Op::table_init, 0, 0),
                unknown_element_segment, 6),
        {"a data.drop of segment 0", data.bytes, {unknown_data_segment, data.code}},
        in_body("a ref.func of a function that nothing declares", code(Op::nop, Op::ref_func, 0, Op::drop),
                undeclared_function_reference, 1),
        in_body("a load of 4 bytes aligned to 8", code(Op::i32_const, 0, Op::i32_load, 3, 0, Op::drop),
                alignment_too_large, 2),
        {"a global.set of an immutable global", set.bytes, {immutable_global, set.code + 2}},
        in_body("a select of two types",
                code(Op::i32_const, 0, Op::i32_const, 0, Op::i32_const, 0, Op::select_t, 2, kI32, kI32, Op::drop),
                invalid_result_arity, 6),
        in_body("a load at 2^32", code(Op::i32_const, 0, Op::i32_load, 2, 0x1'0000'0000U, Op::drop),
                offset_out_of_range, 4),
        {"a vector", with_body(one_function(), code(Op::v128_const, Bytes(16), Op::drop)).bytes,
         needs(Feature::simd, with_body(one_function(), {}).code)},
        {"1,025 blocks at once", with_body(one_function(), repeated(1024, {0x02, 0x40})).bytes,
         beyond(Limit::block_depth, with_body(one_function(), repeated(1024, {0x02, 0x40})).code + 2 * 1023)},
    };
}

// What belongs to features that profile 1 leaves off.

/// With every feature on.
Case with_all(Case one) {
    one.profile = all_features();
    return one;
}

/// Function 0 has type 0; type 1 is a structure, the others are arrays, of which the first cannot be changed.
Bytes aggregate_types() {
    const std::vector<Bytes> types = {function_type({}, {}), structure_type({constant_field(kI32)}),
                                      array_type(constant_field(kI32)), array_type(packed_field(8)),
                                      array_type(mutable_field(kFuncRef))};
    const Bytes data_count = section(12, {1});
    return code(vector_section(1, types), vector_section(3, {{0}}), data_count);
}

Case with_aggregates(std::string name, const Bytes& instructions, ErrorCode code, std::uint64_t after) {
    const WithBody made = with_body(aggregate_types(), instructions);
    // One data segment, as the data count says.
    return with_all(
        {std::move(name), detent::testing::code(made.bytes, vector_section(11, {{1, 0}})), {code, made.code + after}});
}

std::vector<Case> later_modules() {
    using enum ErrorCode;
    const Bytes closed = function_type({}, {});
    const Bytes below_closed = vector_section(1, {closed, open_type(closed, 0)});
    const Bytes of_results = vector_section(1, {function_type({}, {kI32})});
    return {
        with_all(in_entry("pages of 2^64 bytes", {}, 5, {8, 0, 64}, malformed_page_size, 2)),
        with_all(in_entry("pages of 2 bytes", {}, 5, {8, 0, 1}, invalid_page_size)),
        with_all(
            in_entry("a table with an initializer of form 1", {}, 4, {0x40, 1, 0x70, 0, 0}, zero_byte_expected, 1)),
        with_all(in_entry("a tag of attribute 1", {}, 13, {1, 0}, zero_byte_expected)),
        with_all(in_entry("a tag of an unknown type", {}, 13, {0, 0}, unknown_type)),
        with_all(in_entry("a tag with a result", of_results, 13, {0, 0}, nonempty_tag_results)),
        with_all(in_entry("an export of tag 0", {}, 7, {1, 't', 4, 0}, unknown_tag)),
        with_all(in_entry("a type below two", {}, 1, {0x50, 2, 0, 0, 0x60, 0, 0}, bad_subtype, 1)),
        with_all({"a type below a final one", module_bytes(below_closed), {bad_subtype, 14}}),
        with_all(in_entry("a type below itself", {}, 1, open_type(closed, 0), unknown_type)),
        with_all(in_entry("a type that names the next one", {}, 1, function_type({nullable(HeapType(TypeIdx{1}))}, {}),
                          unknown_type)),
        with_all(in_entry("a heap type of byte 0x60", {}, 1, {0x60, 1, 0x63, 0x60, 0}, malformed_reference_type, 3)),
        with_all(in_entry("a table of references that are never null", {}, 4, {0x64, 0x70, 0, 1}, type_mismatch)),
        with_all(in_entry("a global of references to type 0", {}, 6, {0x63, 0, 0, 0xD0, 0, 0x0B}, unknown_type)),
    };
}

std::vector<Case> later_bodies() {
    using enum ErrorCode;
    const Bytes zero = code(Op::i32_const, 0);
    const Bytes local = code(1U, 1U, non_null(HeapType::Abstract::func), Op::local_get, 0, Op::drop, Op::end);
    const WithBody unset = with_raw_body(one_function(), local);
    return {
        with_all(in_body("a cast with flags 4", code(Op::br_on_cast, 4, 0, kAnyRef, kAnyRef), malformed_cast_flags, 2)),
        with_all(in_body("a catch clause of kind 4", code(Op::try_table, kEmptyBlock, 1, 4, 0, Op::end),
                         malformed_catch_clause, 3)),
        with_all(in_body("a try_table with more clauses than bytes", code(Op::try_table, kEmptyBlock, 9),
                         length_out_of_bounds, 2)),
        with_all(in_body("a throw of tag 0", code(Op::nop, Op::throw_, 0), unknown_tag, 1)),
        with_all(in_body("a catch of tag 0", code(Op::nop, Op::try_table, kEmptyBlock, 1, 0, 0, 0, Op::end),
                         unknown_tag, 1)),
        with_all({"a local that is read before it is set", unset.bytes, {uninitialized_local, unset.declarations + 4}}),
        with_all(in_body("lane 16 of 16", code(Op::v128_const, Bytes(16), Op::i8x16_extract_lane_s, 16, Op::drop),
                         invalid_lane_index, 18)),
        with_aggregates("field 1 of one", code(Op::ref_null, 1, Op::struct_get, 1, 1, Op::drop), unknown_field, 2),
        with_aggregates("a struct.set of a constant", code(Op::ref_null, 1, zero, Op::struct_set, 1, 0),
                        immutable_field, 4),
        with_aggregates("an array.set of constants", code(Op::ref_null, 2, zero, zero, Op::array_set, 2),
                        immutable_array, 6),
        with_aggregates("an array.copy of functions to bytes",
                        code(Op::ref_null, 3, zero, Op::ref_null, 4, zero, zero, Op::array_copy, 3, 4),
                        array_types_differ, 10),
        with_aggregates("an array of functions from data", code(zero, zero, Op::array_new_data, 4, 0, Op::drop),
                        array_of_references, 4),
        with_aggregates("a struct.new of an array's type", code(Op::nop, Op::struct_new, 2), type_mismatch, 1),
    };
}

std::vector<Case> all_cases() {
    std::vector<Case> all;
    for (const auto& some : {malformed_modules(), malformed_bodies(), invalid_modules(), invalid_bodies(),
                             later_modules(), later_bodies()}) {
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

} // namespace

TEST_CASE("DET-21: each error is found at its offset") {
    for (const Case& one : all_cases()) {
        INFO(one.name);
        const std::optional<Error> found = refusal(one.bytes, one.profile);
        REQUIRE(found.has_value());
        CHECK(*found == one.expected);
    }
}

TEST_CASE("DET-21: each error of decoding and validation has a case") {
    std::set<ErrorCode> covered;
    for (const Case& one : all_cases())
        covered.insert(one.expected.code);
    const auto is_covered = [&](ErrorCode code) {
        const ErrorKind kind = kind_of(code);
        const bool is_elsewhere = is_of_text(code) || is_of_state(code) || kind == ErrorKind::link ||
                                  kind == ErrorKind::usage || kind == ErrorKind::fault ||
                                  code == ErrorCode::growth_of_import; // engine/instrument
        return is_elsewhere || covered.contains(code);
    };
#define ERROR(number, identifier, kind, text)                                                                          \
    {                                                                                                                  \
        INFO(#identifier);                                                                                             \
        CHECK(is_covered(ErrorCode::identifier));                                                                      \
    }
#include "engine/base/errors.def"
#undef ERROR
}

TEST_CASE("DET-21: of two errors, the first in the order of the bytes is reported; form comes before meaning") {
    const Bytes both = module_bytes(vector_section(5, {{1, 2, 1}}), vector_section(7, {{1, 'f', 0, 0}}));
    CHECK(refusal(both) == Error{ErrorCode::minimum_over_maximum, 11});
    const Bytes form = module_bytes(vector_section(5, {{1, 2, 1}}), vector_section(7, {{1, 'f', 9, 0}}));
    CHECK(refusal(form) == Error{ErrorCode::malformed_export_kind, 19});
}

} // namespace detent
