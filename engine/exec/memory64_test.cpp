// Memories and tables of 64-bit addresses, several memories, pages of one byte. Source: spec, Execution, Memory
// Instructions and Table Instructions; DET-10, DET-25, DET-30. Prices are counted by hand from schedule 1.
#include "engine/testing/price.hpp"

#include <catch2/catch.hpp>

using namespace detent;
using namespace detent::testing;

namespace {

constexpr std::uint64_t kMinusOne = ~std::uint64_t{0};

constexpr MemType memory_of(std::uint64_t minimum, AddressType address, std::uint8_t page_log = 16) {
    return {{minimum, 0, false}, address, page_log};
}

constexpr TableType table_of(std::uint64_t minimum, AddressType address) {
    return {kFuncRef, {minimum, 0, false}, address};
}

/// "f" over one memory, of 64-bit addresses unless it says otherwise.
Bytes over_memory(const std::vector<ValType>& parameters, const std::vector<ValType>& results, const Bytes& body,
                  const MemType& memory = memory_of(1, AddressType::i64)) {
    ModuleBuilder b;
    b.memory(memory);
    b.export_function("f", b.function(b.type(parameters, results), {}, body));
    return b.build();
}

Bytes over_table(const std::vector<ValType>& parameters, const std::vector<ValType>& results, const Bytes& body) {
    ModuleBuilder b;
    b.table(table_of(4, AddressType::i64));
    const auto f = b.function(b.type(parameters, results), {}, body);
    b.export_function("f", f);
    b.active_elements(code(Op::i64_const, 1), {f});
    return b.build();
}

Outcome call(const Bytes& module, const std::vector<Value>& arguments) {
    return FullProgram(module).call("f", arguments);
}

bool traps(const Bytes& module, const std::vector<Value>& arguments, TrapCode code) {
    const Outcome outcome = call(module, arguments);
    return outcome.ending == Ending::trapped && outcome.trap == code;
}

std::uint64_t result_of(const Bytes& module, const std::vector<Value>& arguments) {
    return call(module, arguments).results.at(0);
}

} // namespace

TEST_CASE("DET-30: an address and an offset are summed without wrapping", "[feature:memory64]") {
    const auto load = [](std::uint64_t offset) {
        return over_memory({kI64}, {kI32}, code(Op::local_get, 0, Op::i32_load8_u, 0U, offset));
    };
    CHECK(call(load(0), {Value::i64(65535)}).ending == Ending::returned);
    CHECK(call(load(65535), {Value::i64(0)}).ending == Ending::returned);
    for (const auto& [offset, address] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
             {0, 65536}, {1, 65535}, {8, kMinusOne}, {kMinusOne, 1}, {kMinusOne, kMinusOne}, {0, 1ULL << 32}}) {
        INFO(offset << " + " << address);
        CHECK(traps(load(offset), {Value::i64(address)}, TrapCode::OutOfBoundsMemoryAccess));
    }
}

TEST_CASE("exec-store-val, DET-25: a store at a 64-bit address, at the end and across it", "[feature:memory64]") {
    const Bytes module = over_memory({kI64}, {kI64},
                                     code(Op::local_get, 0, Op::i64_const, 0x0123'4567'89AB'CDEF, Op::i64_store, 3U, 0U,
                                          Op::i64_const, 0, Op::i64_load, 3U, 65528U));
    CHECK(result_of(module, {Value::i64(65528)}) == 0x0123'4567'89AB'CDEF);
    CHECK(result_of(module, {Value::i64(65520)}) == 0);
    FullProgram program(module);
    CHECK(program.call("f", {Value::i64(65529)}).trap == TrapCode::OutOfBoundsMemoryAccess);
    for (const std::uint8_t byte : program.store().memory(MemAddr{0}).bytes())
        REQUIRE(byte == 0);
}

TEST_CASE("exec-memory.size, exec-memory.grow, DET-10: sizes are i64, and a refusal is -1 of 64 bits",
          "[feature:memory64]") {
    const Bytes grow =
        over_memory({kI64}, {kI64, kI64}, code(Op::local_get, 0, Op::memory_grow, 0U, Op::memory_size, 0U));
    CHECK(call(grow, {Value::i64(2)}).results == std::vector<std::uint64_t>{1, 3});
    // Beyond the store's limit, whatever the product with the page size wraps to.
    for (const std::uint64_t pages :
         {std::uint64_t{1} << 10, std::uint64_t{1} << 48, std::uint64_t{1} << 32, kMinusOne}) {
        CHECK(call(grow, {Value::i64(pages)}).results == std::vector<std::uint64_t>{kMinusOne, 1});
    }
    // Frame: 1 + 2 words: 1; entry 6; local.get 1; memory.grow 50 + 2 * 65536 / 16; memory.size 2.
    check_price(grow, {Value::i64(2)}, 59 + 8192);
    check_price(grow, {Value::i64(kMinusOne)}, 59);
}

TEST_CASE("exec-memory.grow: -1 of an i32 memory has no upper half", "[feature:multi-memory]") {
    ModuleBuilder b;
    b.memory(memory_of(1, AddressType::i64));
    b.memory(memory_of(1, AddressType::i32));
    b.export_function("f", b.function(b.type({}, {kI32}), {}, code(Op::i32_const, -1, Op::memory_grow, 1U)));
    CHECK(result_of(b.build(), {}) == 0xFFFF'FFFF);
}

TEST_CASE("exec-memory.fill, MET-6: 64-bit lengths that do not fit trap at the base price", "[feature:memory64]") {
    const Bytes fill =
        over_memory({kI64, kI64}, {}, code(Op::local_get, 0, Op::i32_const, 7, Op::local_get, 1, Op::memory_fill, 0U));
    // Frame: 2 + 3 words: 2; entry 7; three operands 3; memory.fill 10 + bytes / 32.
    check_price(fill, {Value::i64(65472), Value::i64(64)}, 22);
    for (const auto& [to, count] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
             {65472, 65}, {0, kMinusOne}, {kMinusOne, 2}, {65536, kMinusOne}, {65537, 0}}) {
        INFO(to << ", " << count);
        CHECK(traps(fill, {Value::i64(to), Value::i64(count)}, TrapCode::OutOfBoundsMemoryAccess));
        CHECK(call(fill, {Value::i64(to), Value::i64(count)}).used == 20);
    }
    CHECK(call(fill, {Value::i64(65536), Value::i64(0)}).ending == Ending::returned);
}

TEST_CASE("exec-memory.copy, DET-30: between memories of both address types the length is the narrower "
          "[feature:memory64] [feature:multi-memory]") {
    ModuleBuilder b;
    const auto narrow = b.memory(memory_of(1, AddressType::i32));
    const auto wide = b.memory(memory_of(1, AddressType::i64));
    const auto body = [](std::uint32_t to, std::uint32_t from) {
        return code(Op::local_get, 0, Op::local_get, 1, Op::local_get, 2, Op::memory_copy, to, from);
    };
    b.export_function("widen", b.function(b.type({kI64, kI32, kI32}, {}), {}, body(wide, narrow)));
    b.export_function("narrow", b.function(b.type({kI32, kI64, kI32}, {}), {}, body(narrow, wide)));
    b.export_function("within", b.function(b.type({kI64, kI64, kI64}, {}), {}, body(wide, wide)));
    b.active_data(code(Op::i32_const, 10), {1, 2, 3, 4});
    FullProgram program(b.build());
    const auto at = [&program](std::uint32_t memory, std::size_t offset) {
        return program.store().memory(MemAddr{memory}).bytes()[offset];
    };
    CHECK(program.call("widen", {Value::i64(65532), Value::i32(10), Value::i32(4)}).ending == Ending::returned);
    CHECK(at(wide, 65535) == 4);
    CHECK(program.call("within", {Value::i64(65530), Value::i64(65532), Value::i64(4)}).ending == Ending::returned);
    CHECK(at(wide, 65530) == 1);
    CHECK(at(wide, 65533) == 4);
    CHECK(program.call("narrow", {Value::i32(0), Value::i64(65530), Value::i32(2)}).ending == Ending::returned);
    CHECK(at(narrow, 1) == 2);
    const auto refused = [](const Outcome& outcome) {
        return outcome.ending == Ending::trapped && outcome.trap == TrapCode::OutOfBoundsMemoryAccess;
    };
    CHECK(refused(program.call("widen", {Value::i64(kMinusOne), Value::i32(0), Value::i32(2)})));
    CHECK(refused(program.call("narrow", {Value::i32(0), Value::i64(1ULL << 32), Value::i32(1)})));
    CHECK(refused(program.call("within", {Value::i64(0), Value::i64(1), Value::i64(kMinusOne)})));
    CHECK(at(wide, 65535) == 4);
}

TEST_CASE("exec-memory.init: into a memory of 64-bit addresses", "[feature:memory64]") {
    ModuleBuilder b;
    b.memory(memory_of(1, AddressType::i64));
    const auto data = b.passive_data({5, 6, 7});
    const auto body = code(Op::local_get, 0, Op::i32_const, 1, Op::i32_const, 2, Op::memory_init, data, 0U,
                           Op::local_get, 0, Op::i32_load8_u, 0U, 1U);
    b.export_function("f", b.function(b.type({kI64}, {kI32}), {}, body));
    CHECK(result_of(b.build(), {Value::i64(65534)}) == 7);
    CHECK(traps(b.build(), {Value::i64(65535)}, TrapCode::OutOfBoundsMemoryAccess));
    CHECK(traps(b.build(), {Value::i64(kMinusOne)}, TrapCode::OutOfBoundsMemoryAccess));
}

TEST_CASE("exec-load-val, exec-store-val: every access names its memory", "[feature:multi-memory]") {
    ModuleBuilder b;
    b.memory(1);
    const auto second = b.memory(1);
    constexpr unsigned kNamesMemory = 1U << 6;
    const auto body = code(Op::i32_const, 0, Op::i32_const, 41, Op::i32_store, 2U, 0U, Op::i32_const, 0, Op::i32_const,
                           42, Op::i32_store, 2U | kNamesMemory, second, 4U, Op::i32_const, 0, Op::i32_load, 2U, 0U,
                           Op::i32_const, 4, Op::i32_load, 2U | kNamesMemory, second, 0U);
    b.export_function("f", b.function(b.type({}, {kI32, kI32}), {}, body));
    CHECK(call(b.build(), {}).results == std::vector<std::uint64_t>{41, 42});
}

TEST_CASE("DET-10: a memory of pages of one byte ends where its size says, and grows byte by byte",
          "[feature:custom-page-sizes]") {
    const MemType bytes = memory_of(5, AddressType::i32, 0);
    const Bytes load = over_memory({kI32}, {kI32}, code(Op::local_get, 0, Op::i32_load, 0U, 0U), bytes);
    CHECK(call(load, {Value::i32(1)}).ending == Ending::returned);
    CHECK(traps(load, {Value::i32(2)}, TrapCode::OutOfBoundsMemoryAccess));
    const Bytes grow =
        over_memory({kI32}, {kI32, kI32}, code(Op::local_get, 0, Op::memory_grow, 0U, Op::memory_size, 0U), bytes);
    CHECK(call(grow, {Value::i32(3)}).results == std::vector<std::uint64_t>{5, 8});
    CHECK(call(grow, {Value::i32(0xFFFF'FFFF)}).results == std::vector<std::uint64_t>{0xFFFF'FFFF, 5});
    // Frame: 1 + 2 words: 1; entry 6; local.get 1; memory.grow 50 + 17 / 16, rounded up; memory.size 2.
    check_price(grow, {Value::i32(17)}, 61);
}

TEST_CASE("DET-10: the declared maximum and the store's limit bound pages of one byte", "[feature:custom-page-sizes]") {
    const LimitValues few = LimitValues::of(Preset::contract).with(Limit::store_memory_bytes, 10);
    const auto body = code(Op::local_get, 0, Op::memory_grow, 0U);
    MemType bounded = memory_of(5, AddressType::i32, 0);
    const Bytes by_store = over_memory({kI32}, {kI32}, body, bounded);
    CHECK(FullProgram(by_store, few).call("f", {Value::i32(5)}).results.at(0) == 5);
    CHECK(FullProgram(by_store, few).call("f", {Value::i32(6)}).results.at(0) == 0xFFFF'FFFF);
    bounded.limits.has_maximum = true;
    bounded.limits.maximum = 9;
    const Bytes by_maximum = over_memory({kI32}, {kI32}, body, bounded);
    CHECK(FullProgram(by_maximum, few).call("f", {Value::i32(4)}).results.at(0) == 5);
    CHECK(FullProgram(by_maximum, few).call("f", {Value::i32(5)}).results.at(0) == 0xFFFF'FFFF);
}

TEST_CASE("exec-table.get, exec-table.set, exec-table.size, exec-table.grow: with 64-bit indices",
          "[feature:memory64]") {
    const Bytes get = over_table({kI64}, {kI32}, code(Op::local_get, 0, Op::table_get, 0U, Op::ref_is_null));
    CHECK(result_of(get, {Value::i64(1)}) == 0);
    CHECK(result_of(get, {Value::i64(3)}) == 1);
    for (const std::uint64_t index : {std::uint64_t{4}, std::uint64_t{1} << 32 | 1, kMinusOne})
        CHECK(traps(get, {Value::i64(index)}, TrapCode::OutOfBoundsTableAccess));
    const Bytes set = over_table({kI64}, {kI32},
                                 code(Op::local_get, 0, Op::ref_func, 0U, Op::table_set, 0U, Op::local_get, 0,
                                      Op::table_get, 0U, Op::ref_is_null));
    CHECK(result_of(set, {Value::i64(3)}) == 0);
    CHECK(traps(set, {Value::i64(1ULL << 32)}, TrapCode::OutOfBoundsTableAccess));
    const Bytes grow = over_table(
        {kI64}, {kI64, kI64},
        code(Op::ref_null, HeapType::Abstract::func, Op::local_get, 0, Op::table_grow, 0U, Op::table_size, 0U));
    CHECK(call(grow, {Value::i64(3)}).results == std::vector<std::uint64_t>{4, 7});
    for (const std::uint64_t elements : {std::uint64_t{1} << 32, kMinusOne})
        CHECK(call(grow, {Value::i64(elements)}).results == std::vector<std::uint64_t>{kMinusOne, 4});
}

TEST_CASE("exec-table.fill, exec-table.copy, exec-table.init: with 64-bit indices", "[feature:memory64]") {
    const Bytes fill = over_table({kI64, kI64}, {kI32},
                                  code(Op::local_get, 0, Op::ref_func, 0U, Op::local_get, 1, Op::table_fill, 0U,
                                       Op::i64_const, 3, Op::table_get, 0U, Op::ref_is_null));
    CHECK(result_of(fill, {Value::i64(2), Value::i64(2)}) == 0);
    CHECK(result_of(fill, {Value::i64(4), Value::i64(0)}) == 1);
    CHECK(traps(fill, {Value::i64(2), Value::i64(3)}, TrapCode::OutOfBoundsTableAccess));
    CHECK(traps(fill, {Value::i64(kMinusOne), Value::i64(2)}, TrapCode::OutOfBoundsTableAccess));

    // From the table of 64-bit indices to one of 32-bit ones, and back: the length is an i32.
    ModuleBuilder b;
    const auto wide = b.table(table_of(4, AddressType::i64));
    const auto narrow = b.table(table_of(4, AddressType::i32));
    const auto g = b.function(b.type({}, {}), {}, {});
    const auto elements = b.passive_elements({g, g, g});
    const auto body = code(Op::local_get, 0, Op::i32_const, 1, Op::i32_const, 2, Op::table_init, elements, wide,
                           Op::i32_const, 2, Op::local_get, 0, Op::i32_const, 2, Op::table_copy, narrow, wide,
                           Op::i32_const, 3, Op::table_get, narrow, Op::ref_is_null);
    b.export_function("f", b.function(b.type({kI64}, {kI32}), {}, body));
    CHECK(result_of(b.build(), {Value::i64(2)}) == 0);
    CHECK(traps(b.build(), {Value::i64(3)}, TrapCode::OutOfBoundsTableAccess));
    CHECK(traps(b.build(), {Value::i64(kMinusOne)}, TrapCode::OutOfBoundsTableAccess));
}

TEST_CASE("exec-call_indirect: through a table of 64-bit indices", "[feature:memory64]") {
    ModuleBuilder b;
    b.table(table_of(4, AddressType::i64));
    const auto type = b.type({}, {kI32});
    const auto g = b.function(type, {}, code(Op::i32_const, 8));
    b.export_function("f", b.function(b.type({kI64}, {kI32}), {}, code(Op::local_get, 0, Op::call_indirect, type, 0U)));
    b.active_elements(code(Op::i64_const, 1), {g});
    CHECK(result_of(b.build(), {Value::i64(1)}) == 8);
    CHECK(traps(b.build(), {Value::i64(0)}, TrapCode::UninitializedElement));
    CHECK(traps(b.build(), {Value::i64(1ULL << 32 | 1)}, TrapCode::UndefinedElement));
    CHECK(traps(b.build(), {Value::i64(kMinusOne)}, TrapCode::UndefinedElement));
}

TEST_CASE("DET-27, DET-30: segments at 64-bit offsets", "[feature:memory64]") {
    const auto instantiated = [](std::int64_t data_offset, std::int64_t element_offset) {
        ModuleBuilder b;
        b.memory(memory_of(1, AddressType::i64));
        b.table(table_of(4, AddressType::i64));
        const auto f = b.function(b.type({}, {}), {}, {});
        b.active_elements(code(Op::i64_const, element_offset), {f});
        b.active_data(code(Op::i64_const, data_offset), {1, 2});
        Store store(LimitValues::of(Preset::contract));
        Execution made = must(Execution::instantiate(store, compiled(b.build(), full_profile()), {}, schedule(),
                                                     Fuel::maximum(), Fuel::maximum()));
        const Ending ending = must(made.run());
        return ending == Ending::trapped ? std::optional(made.trap().code) : std::nullopt;
    };
    CHECK_FALSE(instantiated(65534, 3));
    CHECK(instantiated(65535, 3) == TrapCode::OutOfBoundsMemoryAccess);
    CHECK(instantiated(-1, 3) == TrapCode::OutOfBoundsMemoryAccess);
    CHECK(instantiated(65535, 4) == TrapCode::OutOfBoundsTableAccess);
    CHECK(instantiated(0, std::int64_t{1} << 32) == TrapCode::OutOfBoundsTableAccess);
}

TEST_CASE("DET-10: a memory that its store has no room for traps LimitExceeded, at N + 1 and not at N, also where its "
          "bytes are more than a number holds",
          "[feature:memory64]") {
    const auto ends = [](const MemType& memory) {
        ModuleBuilder b;
        b.memory(memory);
        Store store(LimitValues::of(Preset::contract).with(Limit::store_memory_bytes, 2 * 65536));
        Execution made = must(Execution::instantiate(store, compiled(b.build(), full_profile()), {}, schedule(),
                                                     Fuel::maximum(), Fuel::maximum()));
        const Ending ending = must(made.run());
        return ending == Ending::trapped ? std::optional(made.trap().code) : std::nullopt;
    };
    CHECK_FALSE(ends(memory_of(2, AddressType::i64)));
    CHECK(ends(memory_of(3, AddressType::i64)) == TrapCode::LimitExceeded);
    CHECK(ends(memory_of(std::uint64_t{1} << 48, AddressType::i64)) == TrapCode::LimitExceeded);
    CHECK_FALSE(ends(memory_of(131072, AddressType::i64, 0)));
    CHECK(ends(memory_of(131073, AddressType::i64, 0)) == TrapCode::LimitExceeded);
}
