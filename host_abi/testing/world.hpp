// World: a state with contracts in it, and transactions on it, for tests. Contracts are written with ModuleBuilder and
// import every host function, so that a function's index is its number.
#pragma once

#include "engine/testing/module_builder.hpp"
#include "host_abi/crypto.hpp"
#include "host_abi/host_table.hpp"
#include "host_abi/transaction.hpp"

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace detent::testing {

template <class T>
T must(Result<T>&& result) {
    if (result.has_error()) throw std::runtime_error(std::string(to_text(result.error().code)));
    return std::move(result).assume_value();
}
inline void must(const Status& status) {
    if (status.has_error()) throw std::runtime_error(std::string(to_text(status.error().code)));
}

inline const Schedule& schedule() { return *Schedule::published(1); }
inline const Profile& profile() { return *Profile::published(1); }

inline std::uint64_t base(WorkClass work_class) { return schedule().base(work_class).units(); }

inline Address address(std::uint8_t byte) {
    Address made;
    made.bytes.fill(byte);
    return made;
}

inline Bytes bytes_of(ByteView view) { return {view.begin(), view.end()}; }
inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// Pushes the arguments, by the types of the row, and calls.
inline Bytes host(HostFunction function, const std::vector<std::int64_t>& arguments = {}) {
    Bytes out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool wide = row(function).word_types[i] == kI64;
        append(out, wide ? code(Op::i64_const, arguments[i])
                         : code(Op::i32_const, static_cast<std::int32_t>(static_cast<std::uint32_t>(arguments[i]))));
    }
    append(out, code(Op::call, static_cast<std::uint32_t>(function)));
    return out;
}

/// The call, its result dropped.
inline Bytes body_of(HostFunction function, const std::vector<std::int64_t>& arguments) {
    return row(function).result ? code(host(function, arguments), Op::drop) : host(function, arguments);
}

/// Stores what `value` leaves, an i32 or an i64, at a place in memory.
inline Bytes store32(int place, const Bytes& value) { return code(Op::i32_const, place, value, Op::i32_store, 2U, 0U); }
inline Bytes store64(int place, const Bytes& value) { return code(Op::i32_const, place, value, Op::i64_store, 3U, 0U); }

/// Puts out `length` bytes of memory from `place`.
inline Bytes put_out(int place, int length) { return host(HostFunction::output, {place, length}); }

struct Data {
    int place;
    Bytes bytes;
};

struct Contract {
    Bytes call;
    std::vector<Data> data;
    std::optional<Bytes> deploy;
    bool has_memory = true;

    [[nodiscard]] Bytes build() const {
        ModuleBuilder b;
        for (const HostFunctionRow& function : kHostFunctions) {
            const FuncType type = function.type();
            b.import_function(
                kHostModule, function.name,
                b.type({type.parameters.begin(), type.parameters.end()}, {type.results.begin(), type.results.end()}));
        }
        const std::uint32_t entry = b.type({}, {});
        if (has_memory) b.memory(1);
        b.export_function("call", b.function(entry, {}, call));
        if (deploy) b.export_function("deploy", b.function(entry, {}, *deploy));
        for (const Data& one : data)
            b.active_data(code(Op::i32_const, one.place), one.bytes);
        return b.build();
    }
};

inline std::uint64_t u64_at(ByteView bytes, std::size_t place = 0) { return load_u64(bytes.subspan(place).first<8>()); }
inline std::uint32_t u32_at(ByteView bytes, std::size_t place = 0) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number |= std::uint32_t{bytes[place + i]} << (8 * i);
    return number;
}

class World {
  public:
    static constexpr std::uint64_t kPlenty = 1'000'000'000;

    State state;
    Block block{100, 1234, 7, {}};
    CodeCache cache;

    /// Puts a contract at an address, without running anything.
    void put(const Address& at, const Bytes& module, std::uint64_t balance = 0) {
        must(state.set_account(at, {balance, must(state.add_code(module))}));
    }
    void put(const Address& at, const Contract& contract, std::uint64_t balance = 0) {
        put(at, contract.build(), balance);
    }
    void fund(const Address& at, std::uint64_t balance) { must(state.set_account(at, {balance, {}})); }

    [[nodiscard]] static TransactionInput call_input(const Address& to, ByteView input = {}, std::uint64_t value = 0,
                                                     std::uint64_t limit = kPlenty) {
        TransactionInput made;
        made.from = address(0xEE);
        made.to = to;
        made.input = input;
        made.value = value;
        made.fuel_limit = Fuel(limit);
        return made;
    }
    [[nodiscard]] static TransactionInput deploy_input(ByteView module, ByteView input = {}, std::uint64_t value = 0,
                                                       std::uint64_t salt = 0, std::uint64_t limit = kPlenty) {
        TransactionInput made = call_input({}, input, value, limit);
        made.kind = TransactionInput::Kind::deploy;
        made.code = module;
        made.salt = salt;
        return made;
    }

    Receipt run(const TransactionInput& input) {
        return must(execute(state, block, input, schedule(), profile(), &cache));
    }
    Receipt call(const Address& to, ByteView input = {}, std::uint64_t value = 0, std::uint64_t limit = kPlenty) {
        return run(call_input(to, input, value, limit));
    }

    /// What a contract with this body does when it is called, alone in a fresh world.
    static Receipt run_body(const Bytes& body, const std::vector<Data>& data = {}, std::uint64_t limit = kPlenty) {
        World world;
        world.put(address(1), Contract{body, data, {}});
        return world.call(address(1), {}, 0, limit);
    }
};

} // namespace detent::testing
