// A world in which one transaction does everything that calls can: what moves has to hold all of it.
#pragma once

#include "host_abi/testing/world.hpp"

namespace detent::testing {

// Where contracts have addresses in memory, 32 bytes each; a child's code lies behind them.
inline constexpr int kSelf = 32;
inline constexpr int kPlain = 64;
inline constexpr int kLibrary = 96;
inline constexpr int kReader = 128;
inline constexpr int kInner = 160;
inline constexpr int kReverting = 192;
inline constexpr int kEndless = 224;
inline constexpr int kChild = 512;

inline constexpr std::int64_t kStatic = 1;
inline constexpr std::int64_t kDelegate = 2;
inline constexpr std::int64_t kAllowReentry = 4;
inline constexpr std::int64_t kAllFuel = -1;

/// Calls the address at a place with 3 bytes of input from 0, and drops the outcome.
inline Bytes call_at(int to, std::int64_t flags = 0, std::int64_t value = 0, std::int64_t fuel = kAllFuel) {
    return code(host(HostFunction::call, {to, 32, value, 0, 3, fuel, flags}), Op::drop);
}

inline std::vector<Data> addresses() {
    std::vector<Data> all{{0, bytes_of("some data to work on")}};
    for (std::uint8_t i = 1; i <= 7; ++i)
        all.push_back({32 * i, bytes_of(address(i).view())});
    return all;
}

/// Sends 1 on, writes to both storages, emits and puts out.
inline Contract plain() {
    const Bytes body =
        code(body_of(HostFunction::storage_write, {0, 1, 2, 8}), body_of(HostFunction::transient_write, {0, 1, 0, 8}),
             body_of(HostFunction::event, {0, 4, 0, 3}), call_at(256, 0, 1), put_out(0, 4));
    return {body, addresses(), {}};
}

/// Its `deploy` calls another one, and leaves something.
inline Bytes child() {
    const Bytes deploy = code(body_of(HostFunction::storage_write, {5, 2, 0, 1}), call_at(kPlain, 0, 2),
                              body_of(HostFunction::event, {0, 1, 0, 0}), put_out(5, 5));
    return Contract{body_of(HostFunction::storage_remove, {5, 2}), addresses(), deploy}.build();
}

inline Bytes create_child(std::int64_t salt, std::int64_t value) {
    const auto size = static_cast<std::int64_t>(child().size());
    return code(host(HostFunction::create, {kChild, size, salt, value, 0, 4, kAllFuel, 300, 32}), Op::drop);
}

/// The first: without input it does the work; with some, which it gives itself, little.
inline Contract everything() {
    using F = HostFunction;
    const Bytes little = code(body_of(F::event, {7, 2, 0, 1}), body_of(F::storage_write, {1, 2, 0, 5}),
                              body_of(F::transient_write, {0, 1, 0, 0}), put_out(3, 2));
    const Bytes writes = code(body_of(F::storage_write, {0, 2, 0, 9}), body_of(F::storage_remove, {5, 1}),
                              body_of(F::transient_write, {0, 1, 0, 3}), body_of(F::transient_write, {0, 2, 0, 4}),
                              body_of(F::event, {0, 1, 0, 3}), put_out(0, 7));
    const Bytes walks = code(body_of(F::storage_next, {0, 0, 400, 8}), body_of(F::storage_next, {400, 2, 400, 8}),
                             body_of(F::storage_previous, {0, 0, 410, 8}), store64(420, host(F::fuel_left)));
    const Bytes calls = code(call_at(kPlain, 0, 5), call_at(kLibrary, kDelegate), call_at(kReader, kStatic, 3),
                             call_at(kSelf, kAllowReentry), call_at(kReverting, 0, 2), call_at(kEndless, 0, 4, 3000),
                             create_child(1, 7), call_at(300), create_child(2, 0));
    const Bytes work = code(writes, calls, walks, body_of(F::return_data, {430, 8}), put_out(400, 48));
    std::vector<Data> data = addresses();
    data.push_back({kChild, child()});
    return {code(host(F::input, {450, 4}), Op::if_, kEmptyBlock, little, Op::else_, work, Op::end), data, {}};
}

/// Puts them where their places say; the first has keys that are there before.
inline void populate_everything(World& world) {
    using F = HostFunction;
    world.put(address(1), everything(), 100);
    world.put(address(2), plain(), 3);
    const Bytes library = code(body_of(F::storage_write, {8, 2, 0, 2}), body_of(F::event, {0, 2, 0, 0}),
                               call_at(kPlain, 0, 1), put_out(0, 3));
    world.put(address(3), Contract{library, addresses(), {}});
    const Bytes reader = code(body_of(F::storage_read, {0, 1, 400, 8}), call_at(kInner), call_at(kInner, kDelegate),
                              store64(440, host(F::value)), put_out(400, 48));
    world.put(address(4), Contract{reader, addresses(), {}});
    world.put(address(5), Contract{code(store32(400, host(F::is_static)), put_out(400, 4)), addresses(), {}});
    const Bytes reverting =
        code(body_of(F::storage_write, {0, 1, 0, 8}), call_at(kPlain), create_child(3, 0), host(F::revert, {0, 3}));
    std::vector<Data> data = addresses();
    data.push_back({kChild, child()});
    world.put(address(6), Contract{reverting, data, {}});
    const Bytes endless = code(body_of(F::storage_write, {0, 1, 0, 8}), Op::loop, kEmptyBlock, Op::br, 0U, Op::end);
    world.put(address(7), Contract{endless, addresses(), {}});
    must(world.state.set_storage(address(1), bytes_of("d"), bytes_of("gone")));
    must(world.state.set_storage(address(1), bytes_of("zz"), bytes_of("stays")));
    world.fund(address(0xEE), 1000);
}

} // namespace detent::testing
