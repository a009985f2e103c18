// The typing rules of memories and tables by their address types, of several memories and of page sizes. Source: spec,
// Validation, Instructions, Memory and Table Instructions; the custom-page-sizes proposal.
#include "engine/testing/typed_body.hpp"

#include <catch2/catch.hpp>

namespace detent {

using namespace testing;

namespace {

/// Memory 0 and table 0 have 32-bit addresses, memory 1 and table 1 have 64-bit ones.
ModuleBuilder surroundings() {
    ModuleBuilder b;
    b.memory(1);
    b.memory(MemType{{1, 0, false}, AddressType::i64, 16});
    b.table(kFuncRef, 1);
    b.table(TableType{kFuncRef, {1, 0, false}, AddressType::i64});
    b.passive_data({1});
    b.passive_elements(kFuncRef, {});
    return b;
}

bool is_valid(const TypedBody& body) { return agrees(surroundings(), body); }

ValType address_of(std::uint32_t index) { return index == 0 ? kI32 : kI64; }
ValType other_than(ValType type) { return type == kI32 ? kI64 : kI32; }
ValType lesser(std::uint32_t a, std::uint32_t b) { return a == 1 && b == 1 ? kI64 : kI32; }

/// A memarg of a memory: alignment 0, offset 0.
Bytes at_memory(std::uint32_t index) { return index == 0 ? Bytes{0, 0} : code(Bytes{0x40}, index, 0U); }

/// Whether exactly these parameters are taken, and no other number in place of any.
bool takes(const std::vector<ValType>& parameters, const Bytes& instruction, const std::vector<ValType>& results) {
    bool all_refused = true;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        std::vector<ValType> wrong = parameters;
        wrong[i] = other_than(wrong[i]);
        all_refused = all_refused && !is_valid({wrong, instruction, results});
    }
    return all_refused && is_valid({parameters, instruction, results});
}

std::optional<Error> refused_load(std::uint32_t memory, std::uint64_t offset) {
    const Bytes memarg = memory == 0 ? code(2U, offset) : code(0x42U, memory, offset);
    return refusal_of(surroundings(), {{address_of(memory)}, code(Op::i32_load, memarg, Op::drop), {}});
}

std::optional<Error> refused_memory(const MemType& type) {
    ModuleBuilder b;
    b.memory(type);
    return refusal(b.build(), all_features());
}

} // namespace

TEST_CASE("valid-load-val: addresses have the type of the memory that the memarg names", "[feature:memory64]") {
    for (const std::uint32_t memory : {0U, 1U}) {
        INFO("memory " << memory);
        const ValType address = address_of(memory);
        CHECK(takes({address}, code(Op::i64_load8_u, at_memory(memory)), {kI64}));
        CHECK(takes({address, kI32}, code(Op::i32_store16, at_memory(memory)), {}));
        CHECK(takes({}, code(Op::memory_size, memory), {address}));
        CHECK(takes({address}, code(Op::memory_grow, memory), {address}));
        CHECK(takes({address, kI32, address}, code(Op::memory_fill, memory), {}));
        CHECK(takes({address, kI32, kI32}, code(Op::memory_init, 0, memory), {}));
        CHECK(is_valid({{address}, code(Op::v128_load, at_memory(memory)), {kV128}}));
        CHECK(is_valid({{address, kV128}, code(Op::v128_load8_lane, at_memory(memory), 15), {kV128}}));
    }
}

TEST_CASE("valid-table.get: so for tables", "[feature:memory64]") {
    for (const std::uint32_t table : {0U, 1U}) {
        INFO("table " << table);
        const ValType address = address_of(table);
        CHECK(takes({address}, code(Op::table_get, table), {kFuncRef}));
        CHECK(is_valid({{address, kFuncRef}, code(Op::table_set, table), {}}));
        CHECK_FALSE(is_valid({{other_than(address), kFuncRef}, code(Op::table_set, table), {}}));
        CHECK(takes({}, code(Op::table_size, table), {address}));
        CHECK(is_valid({{kFuncRef, address}, code(Op::table_grow, table), {address}}));
        CHECK_FALSE(is_valid({{kFuncRef, address}, code(Op::table_grow, table), {other_than(address)}}));
        CHECK(is_valid({{address, kFuncRef, address}, code(Op::table_fill, table), {}}));
        CHECK(takes({address, kI32, kI32}, code(Op::table_init, 0, table), {}));
        ModuleBuilder b = surroundings();
        const auto nothing = b.type({}, {});
        CHECK(agrees(b, {{address}, code(Op::call_indirect, nothing, table), {}}));
        CHECK_FALSE(agrees(b, {{other_than(address)}, code(Op::call_indirect, nothing, table), {}}));
    }
}

TEST_CASE("valid-memory.copy: each address of its own type, the length of the narrower", "[feature:memory64]") {
    for (const std::uint32_t to : {0U, 1U}) {
        for (const std::uint32_t from : {0U, 1U}) {
            INFO(from << " to " << to);
            const std::vector<ValType> types = {address_of(to), address_of(from), lesser(to, from)};
            CHECK(takes(types, code(Op::memory_copy, to, from), {}));
            CHECK(takes(types, code(Op::table_copy, to, from), {}));
        }
    }
}

TEST_CASE("valid-memarg: an offset fits the addresses of its memory", "[feature:memory64]") {
    CHECK(refused_load(0, 0xFFFF'FFFF) == std::nullopt);
    CHECK(refused_load(0, 0x1'0000'0000).value().code == ErrorCode::offset_out_of_range);
    CHECK(refused_load(1, 0xFFFF'FFFF'FFFF'FFFF) == std::nullopt);
    CHECK(refused_load(2, 0).value().code == ErrorCode::unknown_memory);
}

TEST_CASE("valid-data: segments begin at an address of their memory's or table's type", "[feature:memory64]") {
    const auto data = [](std::uint32_t memory, const Bytes& offset) {
        ModuleBuilder b = surroundings();
        b.raw_data(code(2U, memory, offset, Op::end, 0U));
        return refusal(b.build(), all_features());
    };
    const auto elements = [](std::uint32_t table, const Bytes& offset) {
        ModuleBuilder b = surroundings();
        b.active_elements(table, offset, kFuncRef, {});
        return refusal(b.build(), all_features());
    };
    const Bytes narrow = code(Op::i32_const, 0);
    const Bytes wide = code(Op::i64_const, 0);
    CHECK(data(0, narrow) == std::nullopt);
    CHECK(data(0, wide).value().code == ErrorCode::type_mismatch);
    CHECK(data(1, wide) == std::nullopt);
    CHECK(data(1, narrow).value().code == ErrorCode::type_mismatch);
    CHECK(data(2, narrow).value().code == ErrorCode::unknown_memory);
    CHECK(elements(0, narrow) == std::nullopt);
    CHECK(elements(1, narrow).value().code == ErrorCode::type_mismatch);
    CHECK(elements(1, wide) == std::nullopt);
}

TEST_CASE("valid-memtype: the most pages, by address type and page size", "[feature:custom-page-sizes]") {
    const auto most = [](AddressType address, std::uint8_t page_log) {
        // 2^32 or 2^64 bytes, as far as a number of 64 bits can say it.
        if (page_log == 16) return address == AddressType::i32 ? std::uint64_t{1} << 16 : std::uint64_t{1} << 48;
        return address == AddressType::i32 ? std::uint64_t{0xFFFF'FFFF} : ~std::uint64_t{0};
    };
    for (const AddressType address : {AddressType::i32, AddressType::i64}) {
        for (const std::uint8_t page_log : {std::uint8_t{0}, std::uint8_t{16}}) {
            const std::uint64_t pages = most(address, page_log);
            CHECK(refused_memory({{pages, pages, true}, address, page_log}) == std::nullopt);
            if (pages == ~std::uint64_t{0}) continue;
            CHECK(refused_memory({{pages + 1, 0, false}, address, page_log}).value().code ==
                  ErrorCode::memory_too_large);
            CHECK(refused_memory({{0, pages + 1, true}, address, page_log}).value().code ==
                  ErrorCode::memory_too_large);
        }
    }
    for (const std::uint8_t page_log : {std::uint8_t{1}, std::uint8_t{15}, std::uint8_t{17}, std::uint8_t{63}})
        CHECK(refused_memory({{0, 0, false}, AddressType::i32, page_log}).value().code == ErrorCode::invalid_page_size);
}

TEST_CASE("valid-tabletype: the most elements, by address type", "[feature:memory64]") {
    const auto refused = [](std::uint64_t maximum, AddressType address) {
        ModuleBuilder b;
        b.table(TableType{kFuncRef, {0, maximum, true}, address});
        return refusal(b.build(), all_features());
    };
    CHECK(refused(0xFFFF'FFFF, AddressType::i32) == std::nullopt);
    CHECK(refused(0x1'0000'0000, AddressType::i32).value().code == ErrorCode::table_too_large);
    CHECK(refused(~std::uint64_t{0}, AddressType::i64) == std::nullopt);
}

} // namespace detent
