#include "conformance/wast_spectest.hpp"

#include <algorithm>
#include <bit>

namespace detent::conformance {

namespace {

constexpr ValType kTypes[] = {kI32, kI64, kF32, kF64, kI32, kF32, kF64, kF64};

/// `print…` takes `count` parameters from `first` in kTypes, and has no result.
struct PrintFunction {
    std::string_view name;
    std::size_t first;
    std::size_t count;
};

constexpr PrintFunction kPrintFunctions[] = {
    {"print", 0, 0},     {"print_i32", 0, 1},     {"print_i64", 1, 1},     {"print_f32", 2, 1},
    {"print_f64", 3, 1}, {"print_i32_f32", 4, 2}, {"print_f64_f64", 6, 2},
};

struct GlobalValue {
    std::string_view name;
    Value value;
};

constexpr GlobalValue kGlobals[] = {
    {"global_i32", Value::i32(666)},
    {"global_i64", Value::i64(666)},
    {"global_f32", Value::f32_bits(std::bit_cast<std::uint32_t>(666.6F))},
    {"global_f64", Value::f64_bits(std::bit_cast<std::uint64_t>(666.6))},
};

} // namespace

template <class Address>
void Spectest::name(std::string_view name, ExternKind kind, Address address) {
    exports_.push_back({name, {kind, number(address)}});
}

Status Spectest::add_to(Store& store) {
    DETENT_CHECK(add_functions(store));
    DETENT_CHECK(add_globals(store));
    return add_tables_and_memory(store);
}

Status Spectest::add_functions(Store& store) {
    for (const PrintFunction& print : kPrintFunctions) {
        const FuncType type{std::span(kTypes).subspan(print.first, print.count), {}};
        DETENT_TRY(const FuncAddr address, store.add_host_function(*this, 0, type));
        name(print.name, ExternKind::func, address);
    }
    return ok();
}

Status Spectest::add_globals(Store& store) {
    for (const GlobalValue& global : kGlobals) {
        DETENT_TRY(const GlobalAddr address, store.add_global({global.value.type, false}, global.value));
        name(global.name, ExternKind::global, address);
    }
    return ok();
}

Status Spectest::add_tables_and_memory(Store& store) {
    constexpr Limits kTableLimits{10, 20, true};
    DETENT_TRY(const TableAddr table, store.add_table({kFuncRef, kTableLimits, AddressType::i32}, Ref()));
    name("table", ExternKind::table, table);
    DETENT_TRY(const TableAddr table64, store.add_table({kFuncRef, kTableLimits, AddressType::i64}, Ref()));
    name("table64", ExternKind::table, table64);
    DETENT_TRY(const MemAddr memory, store.add_memory(MemType{{1, 2, true}}));
    name("memory", ExternKind::memory, memory);
    return ok();
}

std::optional<ExternVal> Spectest::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(exports_, name, &Named::name);
    if (found == exports_.end()) return std::nullopt;
    return found->value;
}

HostOutcome Spectest::call(HostCall&) noexcept { return HostOutcome::returned(); }

/// Never: `call` enters nothing.
HostOutcome Spectest::leave(HostCall&, std::uint64_t, const EntryResult&) noexcept {
    return HostOutcome::failed(Error{ErrorCode::host_failed});
}

} // namespace detent::conformance
