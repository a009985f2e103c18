// The typing rules of instructions. Source: spec, Validation, Instructions.
#include "engine/binary/decode.hpp"
#include "engine/testing/verdict.hpp"
#include "engine/valid/module.hpp"
#include "engine/valid/signature.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>

namespace detent {

using namespace testing;

namespace {

/// A module with everything an index can name: three types, two tables, a memory, globals, segments, and one function
/// of the type asked for, whose locals are of each type.
Bytes surroundings(const std::vector<ValType>& results, const Bytes& instructions) {
    ModuleBuilder b;
    const auto type = b.type({}, results);
    const auto unary = b.type({kI32}, {kI64});
    b.type({kI32, kF32}, {kF64, kI32});
    const auto callee = b.import_function("m", "unary", unary);
    b.table(kFuncRef, 1);
    b.table(kExternRef, 1);
    b.memory(1);
    b.global(kI32, true, code(Op::i32_const, 0));
    b.declared_elements({callee});
    b.passive_data({1});
    b.function(type, {{1, kI32}, {1, kI64}, {1, kF32}, {1, kF64}, {1, kFuncRef}, {1, kExternRef}}, instructions);
    return b.build();
}

bool is_valid(const Bytes& instructions, const std::vector<ValType>& results = {}) {
    const std::optional<Error> error = refusal(surroundings(results, instructions));
    // Whatever is wrong in this file is a matter of types.
    if (error) CHECK(error->code == ErrorCode::type_mismatch);
    return !error;
}

Bytes get(ValType type) {
    const ValType order[] = {kI32, kI64, kF32, kF64, kFuncRef, kExternRef};
    for (std::uint32_t i = 0; i < std::size(order); ++i) {
        if (order[i] == type) return code(Op::local_get, i);
    }
    throw std::logic_error("no local of that type");
}

Bytes get_all(const std::vector<ValType>& types) {
    Bytes out;
    for (const ValType type : types)
        append(out, get(type));
    return out;
}

/// The immediates of a plain instruction, all zero: index 0, alignment 0, constant 0.
Bytes zero_immediates(Immediate immediate) {
    switch (immediate) {
    case Immediate::none: return {};
    case Immediate::table:
    case Immediate::local:
    case Immediate::global:
    case Immediate::elem:
    case Immediate::data:
    case Immediate::memory:
    case Immediate::i32:
    case Immediate::i64: return {0};
    case Immediate::mem_8:
    case Immediate::mem_16:
    case Immediate::mem_32:
    case Immediate::mem_64:
    case Immediate::mem_128:
    case Immediate::table_table:
    case Immediate::elem_table:
    case Immediate::memory_memory:
    case Immediate::data_memory: return {0, 0};
    case Immediate::f32: return Bytes(4);
    case Immediate::f64: return Bytes(8);
    case Immediate::select_types: return {1, 0x7F};
    case Immediate::block_type:
    case Immediate::label:
    case Immediate::label_table:
    case Immediate::func:
    case Immediate::type:
    case Immediate::type_table:
    case Immediate::mem_8_lane:
    case Immediate::mem_16_lane:
    case Immediate::mem_32_lane:
    case Immediate::mem_64_lane:
    case Immediate::lane_16:
    case Immediate::lane_8:
    case Immediate::lane_4:
    case Immediate::lane_2:
    case Immediate::lanes_16:
    case Immediate::v128:
    case Immediate::heap_type:
    case Immediate::cast:
    case Immediate::type_field:
    case Immediate::type_count:
    case Immediate::type_data:
    case Immediate::type_elem:
    case Immediate::type_type:
    case Immediate::tag:
    case Immediate::try_table: break;
    }
    throw std::logic_error("not the immediate of a plain instruction");
}

/// `t`, where every index is 0: the type of local 0 and global 0, and of the annotation; or of table 0.
ValType bound_of(Op op) {
    const Immediate immediate = row(op).immediate;
    return immediate == Immediate::table ? kFuncRef : kI32;
}

std::vector<ValType> types_of(std::span<const Slot> slots, Op op) {
    std::vector<ValType> types;
    for (const Slot slot : slots)
        types.push_back(type_of(slot, Bindings{bound_of(op)}));
    return types;
}

bool is_tested_here(Op op) {
    return signature(op).is_plain && profile1().features.has(row(op).feature) && op != Op::drop && op != Op::select;
}

ValType another(ValType type) { return type == kI32 ? kF64 : kI32; }

} // namespace

TEST_CASE("valid-instr: each plain instruction takes what its row says, and nothing else") {
    std::size_t tested = 0;
    for (std::size_t i = 0; i < kOpCount; ++i) {
        const Op op = static_cast<Op>(i);
        if (!is_tested_here(op)) continue;
        ++tested;
        INFO(to_text(op));
        const std::vector<ValType> parameters = types_of(signature(op).parameters(), op);
        const std::vector<ValType> results = types_of(signature(op).results(), op);
        const Bytes instruction = code(op, zero_immediates(row(op).immediate));
        CHECK(is_valid(code(get_all(parameters), instruction), results));
        CHECK(is_valid(code(Op::unreachable, instruction), results));
        for (std::size_t wrong = 0; wrong < parameters.size(); ++wrong) {
            std::vector<ValType> given = parameters;
            given[wrong] = another(given[wrong]);
            CHECK_FALSE(is_valid(code(get_all(given), instruction), results));
        }
        for (std::size_t wrong = 0; wrong < results.size(); ++wrong) {
            std::vector<ValType> wanted = results;
            wanted[wrong] = another(wanted[wrong]);
            CHECK_FALSE(is_valid(code(get_all(parameters), instruction), wanted));
        }
        if (parameters.empty()) continue;
        const std::vector<ValType> fewer(parameters.begin() + 1, parameters.end());
        CHECK_FALSE(is_valid(code(get_all(fewer), instruction), results));
    }
    // Of 1.0: nop, 5 for variables, 14 loads, 9 stores, 2 for memory, 4 constants, 123 numeric. Then 5 sign extensions,
    // 8 conversions, 7 of bulk memory, 5 for tables, and select with types.
    CHECK(tested == 1 + 5 + 14 + 9 + 2 + 4 + 123 + 5 + 8 + 7 + 5 + 1);
}

TEST_CASE("valid-drop: drop takes any type, select without types numbers only") {
    for (const ValType type : {kI32, kI64, kF32, kF64, kFuncRef, kExternRef}) {
        INFO(to_text(type).c_str());
        CHECK(is_valid(code(get(type), Op::drop)));
        const Bytes selected = code(get(type), get(type), Op::i32_const, 1, Op::select);
        CHECK(is_valid(selected, {type}) == !is_reference(type));
        const Bytes typed = code(get(type), get(type), Op::i32_const, 1, Op::select_t, 1, type);
        CHECK(is_valid(typed, {type}));
    }
    CHECK_FALSE(is_valid(code(get(kI32), get(kI64), Op::i32_const, 1, Op::select, Op::drop)));
    CHECK_FALSE(is_valid(code(get(kI32), get(kI32), get(kI64), Op::select, Op::drop)));
    CHECK(is_valid(code(Op::unreachable, get(kF32), Op::i32_const, 1, Op::select), {kF32}));
    CHECK(is_valid(code(Op::unreachable, Op::select, Op::drop)));
    CHECK_FALSE(is_valid(code(Op::unreachable, get(kF32), Op::i32_const, 1, Op::select), {kF64}));
    CHECK_FALSE(is_valid(code(Op::unreachable, get(kFuncRef), Op::i32_const, 1, Op::select, Op::drop)));
}

TEST_CASE("valid-ref.is_null: references only", "[feature:reference-types]") {
    CHECK(is_valid(code(get(kFuncRef), Op::ref_is_null), {kI32}));
    CHECK(is_valid(code(get(kExternRef), Op::ref_is_null), {kI32}));
    CHECK_FALSE(is_valid(code(get(kI32), Op::ref_is_null), {kI32}));
    CHECK(is_valid(code(Op::unreachable, Op::ref_is_null), {kI32}));
    CHECK(is_valid(code(Op::ref_null, kExternRef), {kExternRef}));
    CHECK_FALSE(is_valid(code(Op::ref_null, kExternRef), {kFuncRef}));
    CHECK(is_valid(code(Op::ref_func, 0), {kFuncRef}));
}

TEST_CASE("valid-block: a block has its own operands, and its parameters", "[feature:mvp][feature:multi-value]") {
    CHECK(is_valid(code(Op::block, kI32, get(kI32), Op::end), {kI32}));
    CHECK_FALSE(is_valid(code(get(kI32), Op::block, kI32, Op::end), {kI32}));
    CHECK_FALSE(is_valid(code(Op::block, kI32, get(kI32), get(kI32), Op::end), {kI32}));
    CHECK(is_valid(code(get(kI32), Op::block, 1, Op::drop, get(kI64), Op::end), {kI64}));
    CHECK_FALSE(is_valid(code(get(kI64), Op::block, 1, Op::drop, get(kI64), Op::end), {kI64}));
    CHECK_FALSE(is_valid(code(get(kI32), Op::block, kEmptyBlock, Op::drop, Op::end)));
    CHECK(is_valid(code(Op::loop, kI32, get(kI32), Op::end), {kI32}));
}

TEST_CASE("valid-if: both arms make the results, and without else the parameters are the results") {
    const Bytes then = code(get(kI32), Op::if_, kI64, get(kI64));
    CHECK(is_valid(code(then, Op::else_, get(kI64), Op::end), {kI64}));
    CHECK_FALSE(is_valid(code(then, Op::else_, get(kI32), Op::end), {kI64}));
    CHECK_FALSE(is_valid(code(then, Op::else_, Op::end), {kI64}));
    CHECK_FALSE(is_valid(code(then, Op::end), {kI64}));
    CHECK(is_valid(code(get(kI32), Op::if_, kEmptyBlock, Op::end)));
    CHECK_FALSE(is_valid(code(get(kI64), Op::if_, kEmptyBlock, Op::end)));
    const Bytes changes = code(get(kI32), get(kI32), Op::if_, 1, Op::drop, get(kI64));
    CHECK(is_valid(code(changes, Op::else_, Op::drop, get(kI64), Op::end), {kI64}));
    CHECK_FALSE(is_valid(code(changes, Op::end), {kI64}));
    CHECK(is_valid(code(then, Op::br, 0, Op::else_, Op::unreachable, Op::end), {kI64}));
}

TEST_CASE("valid-br: a branch needs the types of its label; of a loop, its parameters") {
    CHECK(is_valid(code(Op::block, kI32, get(kI64), get(kI32), Op::br, 0, Op::end), {kI32}));
    CHECK_FALSE(is_valid(code(Op::block, kI32, get(kI64), Op::br, 0, Op::end), {kI32}));
    CHECK_FALSE(is_valid(code(Op::block, kI32, Op::br, 0, Op::end), {kI32}));
    CHECK(is_valid(code(Op::loop, kI32, Op::br, 0, Op::end), {kI32}));
    CHECK(is_valid(code(get(kI32), Op::loop, 1, Op::br, 0, Op::end), {kI64}));
    CHECK_FALSE(is_valid(code(get(kI32), Op::loop, 1, Op::drop, Op::br, 0, Op::end), {kI64}));
    CHECK(is_valid(code(get(kI64), Op::br, 0), {kI64}));
    CHECK_FALSE(is_valid(code(get(kI32), Op::br, 0), {kI64}));
}

TEST_CASE("valid-br_if: the operands stay, with the types of the label") {
    CHECK(is_valid(code(Op::block, kI32, get(kI32), get(kI32), Op::br_if, 0, Op::end), {kI32}));
    CHECK_FALSE(is_valid(code(Op::block, kI32, get(kI32), get(kI64), Op::br_if, 0, Op::end), {kI32}));
    CHECK_FALSE(is_valid(code(Op::block, kI32, get(kI32), Op::br_if, 0, Op::end), {kI32}));
    // In code that is not reached, what stays is no longer of any type.
    CHECK_FALSE(is_valid(code(Op::block, kI32, Op::unreachable, Op::br_if, 0, Op::i64_eqz, Op::end), {kI32}));
    CHECK(is_valid(code(Op::block, kI32, Op::unreachable, Op::br_if, 0, Op::i32_eqz, Op::end), {kI32}));
}

TEST_CASE("valid-br_table: all labels have as many types, and the operands fit each") {
    const Bytes two_blocks = code(Op::block, kI32, Op::block, kI32);
    CHECK(is_valid(code(two_blocks, get(kI32), get(kI32), Op::br_table, 1, 0, 1, Op::end, Op::end), {kI32}));
    const Bytes of_two_types = code(Op::block, kI32, Op::block, kI64);
    CHECK_FALSE(
        is_valid(code(of_two_types, get(kI64), get(kI32), Op::br_table, 1, 0, 1, Op::end, Op::drop, get(kI32), Op::end),
                 {kI32}));
    const Bytes of_two_counts = code(Op::block, kI32, Op::block, kEmptyBlock);
    CHECK_FALSE(is_valid(code(of_two_counts, get(kI32), get(kI32), Op::br_table, 1, 0, 1, Op::end, get(kI32), Op::end),
                         {kI32}));
    CHECK_FALSE(is_valid(code(of_two_counts, get(kI32), get(kI32), Op::br_table, 1, 1, 0, Op::end, get(kI32), Op::end),
                         {kI32}));
    CHECK_FALSE(is_valid(code(two_blocks, get(kI32), get(kI64), Op::br_table, 1, 0, 1, Op::end, Op::end), {kI32}));
    // An operand of any type fits labels of different types.
    CHECK(is_valid(code(of_two_types, Op::unreachable, Op::br_table, 1, 0, 1, Op::end, Op::drop, get(kI32), Op::end),
                   {kI32}));
    CHECK_FALSE(
        is_valid(code(of_two_counts, Op::unreachable, Op::br_table, 1, 0, 1, Op::end, get(kI32), Op::end), {kI32}));
}

TEST_CASE("valid-call: a call takes the parameters and gives the results") {
    CHECK(is_valid(code(get(kI32), Op::call, 0), {kI64}));
    CHECK_FALSE(is_valid(code(get(kI64), Op::call, 0), {kI64}));
    CHECK_FALSE(is_valid(code(get(kI32), Op::call, 0), {kI32}));
    CHECK(is_valid(code(get(kI32), get(kF32), Op::i32_const, 0, Op::call_indirect, 2, 0), {kF64, kI32}));
    CHECK_FALSE(is_valid(code(get(kF32), get(kI32), Op::i32_const, 0, Op::call_indirect, 2, 0), {kF64, kI32}));
    CHECK_FALSE(is_valid(code(get(kI32), get(kI64), Op::call_indirect, 1, 0), {kI64}));
    CHECK_FALSE(is_valid(code(get(kI32), Op::i32_const, 0, Op::call_indirect, 1, 1), {kI64}));
    CHECK(is_valid(code(get(kI64), Op::return_, Op::i32_add), {kI64}) == false);
    CHECK(is_valid(code(get(kI64), Op::return_), {kI64}));
    CHECK_FALSE(is_valid(code(get(kI32), Op::return_), {kI64}));
}

TEST_CASE("valid-table.copy: tables and segments of one type", "[feature:bulk-memory][feature:reference-types]") {
    const Bytes three = code(Op::i32_const, 0, Op::i32_const, 0, Op::i32_const, 0);
    CHECK(is_valid(code(three, Op::table_copy, 0, 0)));
    CHECK_FALSE(is_valid(code(three, Op::table_copy, 0, 1)));
    CHECK_FALSE(is_valid(code(three, Op::table_copy, 1, 0)));
    CHECK(is_valid(code(three, Op::table_init, 0, 0)));
    CHECK_FALSE(is_valid(code(three, Op::table_init, 0, 1)));
    CHECK(is_valid(code(Op::i32_const, 0, get(kExternRef), Op::table_set, 1)));
    CHECK_FALSE(is_valid(code(Op::i32_const, 0, get(kExternRef), Op::table_set, 0)));
}

TEST_CASE("valid-unreachable: behind a transfer operands are of any type, above it of theirs") {
    for (const Bytes& transfer :
         {code(Op::unreachable), code(Op::br, 0), code(Op::return_), code(Op::i32_const, 0, Op::br_table, 0, 0)}) {
        CHECK(is_valid(code(transfer, Op::i32_add, Op::drop)));
        CHECK(is_valid(code(transfer, get(kI32), Op::i32_add, Op::drop)));
        CHECK_FALSE(is_valid(code(transfer, get(kI64), Op::i32_add, Op::drop)));
        CHECK_FALSE(is_valid(code(transfer, get(kI64))));
        CHECK_FALSE(is_valid(code(transfer, Op::i32_add, Op::i64_eqz, Op::drop)));
        // A block begins with operands of its own.
        CHECK_FALSE(is_valid(code(transfer, Op::block, kEmptyBlock, Op::drop, Op::end)));
        CHECK(is_valid(code(Op::block, kI32, transfer, Op::end, Op::drop)) ==
              (transfer[0] != 0x0C && transfer[0] != 0x41));
    }
}

TEST_CASE("valid-unreachable: of several operands, those that are there are the last") {
    const auto call = [](ValType there) {
        return code(Op::unreachable, get(there), Op::i32_const, 0, Op::call_indirect, 2, 0);
    };
    CHECK(is_valid(call(kF32), {kF64, kI32}));
    CHECK_FALSE(is_valid(call(kI32), {kF64, kI32}));
    CHECK(is_valid(code(Op::unreachable, get(kI32)), {kF64, kI32}));
    CHECK_FALSE(is_valid(code(Op::unreachable, get(kF64)), {kF64, kI32}));
}

TEST_CASE("valid-local.get: a local is found in the run that declares it, however long the runs") {
    ModuleBuilder b;
    const auto type = b.type({kF32, kF64}, {});
    const auto body = [](std::uint32_t index, ValType expected) {
        return code(Op::local_get, index, Op::local_set, expected == kI64 ? 2U : 5001U);
    };
    const std::vector<Locals> runs = {{5000 - 1, kI64}, {0, kF32}, {4000, kExternRef}, {0, kF64}, {1, kI64}};
    for (const auto& [index, expected] : std::vector<std::pair<std::uint32_t, ValType>>{
             {2, kI64}, {5000, kI64}, {5001, kExternRef}, {9000, kExternRef}, {9001, kI64}}) {
        INFO(index);
        ModuleBuilder one = b;
        one.function(type, runs, body(index, expected));
        CHECK(refusal(one.build()) == std::nullopt);
        ModuleBuilder other = b;
        other.function(type, runs, body(index, expected == kI64 ? kExternRef : kI64));
        CHECK(refusal(other.build()).value().code == ErrorCode::type_mismatch);
    }
    ModuleBuilder past = b;
    past.function(type, runs, code(Op::local_get, 9002, Op::drop));
    CHECK(refusal(past.build()).value().code == ErrorCode::unknown_local);
}

TEST_CASE("valid-constant: what constant expressions may hold") {
    const auto global = [](ValType type, const Bytes& initializer, const Profile& profile = profile1()) {
        ModuleBuilder b;
        b.import_global("m", "g", kI64, false);
        b.function(b.type({}, {}), {}, {});
        b.global(type, false, initializer);
        return refusal(b.build(), profile);
    };
    CHECK(global(kI64, code(Op::global_get, 0)) == std::nullopt);
    CHECK(global(kF64, code(Op::f64_const, 0.5)) == std::nullopt);
    CHECK(global(kFuncRef, code(Op::ref_func, 0)) == std::nullopt);
    CHECK(global(kExternRef, code(Op::ref_null, kExternRef)) == std::nullopt);
    CHECK(global(kI32, code(Op::global_get, 0)).value().code == ErrorCode::type_mismatch);
    CHECK(global(kI32, code(Op::nop, Op::i32_const, 0)).value().code == ErrorCode::constant_expression_required);
    CHECK(global(kI32, code(Op::block, kI32, Op::i32_const, 0, Op::end)).value().code ==
          ErrorCode::constant_expression_required);
    const Bytes sum = code(Op::i32_const, 2, Op::i32_const, 3, Op::i32_add);
    CHECK(global(kI32, sum).value().code == ErrorCode::feature_off);
    CHECK(global(kI32, sum, with_feature(Feature::extended_const)) == std::nullopt);
}

TEST_CASE("valid-ref.func: a function may be named that an export, a global or a segment names, and no other") {
    const auto module = [](const std::function<void(ModuleBuilder&)>& declare) {
        ModuleBuilder b;
        const auto type = b.type({}, {});
        b.function(type, {}, code(Op::ref_func, 1, Op::drop));
        b.function(type, {}, {});
        declare(b);
        return refusal(b.build());
    };
    CHECK(module([](ModuleBuilder&) {}).value().code == ErrorCode::undeclared_function_reference);
    CHECK(module([](ModuleBuilder& b) { b.start(1); }).value().code == ErrorCode::undeclared_function_reference);
    CHECK(module([](ModuleBuilder& b) { b.export_function("f", 1); }) == std::nullopt);
    CHECK(module([](ModuleBuilder& b) { b.global(kFuncRef, false, code(Op::ref_func, 1)); }) == std::nullopt);
    CHECK(module([](ModuleBuilder& b) { b.declared_elements({0, 1}); }) == std::nullopt);
    CHECK(module([](ModuleBuilder& b) { b.passive_elements(kFuncRef, {code(Op::ref_func, 1)}); }) == std::nullopt);
    CHECK(module([](ModuleBuilder& b) { b.passive_elements({0}); }).has_value());
}

TEST_CASE("valid-module: validating alone judges as compiling does") {
    for (const Bytes& instructions : {code(get(kI32), Op::drop), code(Op::drop), code(Op::unreachable)}) {
        const Bytes bytes = surroundings({}, instructions);
        const Result<Module> module = decode(bytes, profile1());
        REQUIRE(module.has_value());
        const Status alone = validate(module.assume_value(), profile1());
        const std::optional<Error> compiled = refusal(bytes);
        CHECK(alone.has_value() == !compiled.has_value());
        if (compiled) CHECK(alone.assume_error() == *compiled);
    }
}

} // namespace detent
