// The host functions that begin another frame: calls and creations.
#include "host_abi/testing/world.hpp"

#include <catch2/catch.hpp>

namespace detent::testing {

namespace {

using F = HostFunction;

// Calls.

constexpr std::int64_t kAllFuel = -1;

/// Calls the address at 0 of memory with 4 bytes from 32; the outcome goes to 64, the length of the return data to 68,
/// 32 bytes of it to 72.
Bytes calling(std::int64_t flags, std::int64_t value = 0, std::int64_t fuel = kAllFuel) {
    return code(store32(64, host(F::call, {0, 32, value, 32, 4, fuel, flags})),
                store32(68, host(F::return_data, {72, 32})), put_out(64, 40));
}

Contract caller_of(const Address& to, const Bytes& body) {
    return {body, {{0, bytes_of(to.view())}, {32, bytes_of("data")}}, {}};
}

constexpr std::int64_t kStatic = 1;
constexpr std::int64_t kDelegate = 2;
constexpr std::int64_t kAllowReentry = 4;

} // namespace

TEST_CASE("ABI-31: a call hands over input and value, and brings back output") {
    World world;
    world.put(address(1), caller_of(address(2), calling(0, 9)), 10);
    const Bytes echo = code(host(F::input, {0, 4}), Op::drop, store64(8, host(F::value)), host(F::caller, {16, 32}),
                            Op::drop, put_out(0, 20));
    world.put(address(2), Contract{echo, {}, {}}, 1);
    const Receipt receipt = world.call(address(1));
    REQUIRE(receipt.outcome == Outcome::Success);
    const ByteView out = receipt.output.span();
    CHECK(u32_at(out) == 0);
    CHECK(u32_at(out, 4) == 20);
    CHECK(bytes_of(out.subspan(8, 4)) == bytes_of("data"));
    CHECK(u64_at(out, 16) == 9);
    CHECK(out[24] == 1);
    CHECK(world.state.account(address(1)).balance == 1);
    CHECK(world.state.account(address(2)).balance == 10);
}

TEST_CASE("ABI-31, ABI-37: a callee that fails undoes its work and the transfer, and the caller goes on") {
    const std::pair<Bytes, std::uint32_t> ends[] = {
        {code(host(F::revert, {0, 2})), 1},
        {code(host(F::abort, {7})), 3},
        {code(Op::unreachable), 10},
        {code(host(F::output, {0x10000, 1})), 31},
        {code(Op::loop, kEmptyBlock, Op::br, 0U, Op::end), 2},
    };
    for (const auto& [end, number] : ends) {
        INFO("outcome " << number);
        World world;
        world.put(address(1), caller_of(address(2), code(calling(0, 3, 1'000'000), host(F::event, {0, 1, 0, 0}))), 10);
        const Bytes work = code(host(F::storage_write, {0, 1, 0, 1}), host(F::event, {0, 0, 0, 0}),
                                host(F::transient_write, {0, 1, 0, 1}), end);
        world.put(address(2), Contract{work, {{0, bytes_of("kv")}}, {}});
        const Receipt receipt = world.call(address(1));
        REQUIRE(receipt.outcome == Outcome::Success);
        CHECK(u32_at(receipt.output.span()) == number);
        CHECK(u32_at(receipt.output.span(), 4) == (number == 1 ? 2U : number == 3 ? 4U : 0U));
        CHECK(world.state.account(address(1)).balance == 10);
        CHECK(!world.state.storage(address(2), bytes_of("k")));
        CHECK(receipt.events.size() == 1);
        CHECK(receipt.events[0].address == address(1));
    }
}

TEST_CASE("ABI-31: an account without code takes the value and succeeds at once") {
    World world;
    world.put(address(1), caller_of(address(2), calling(0, 10)), 10);
    const Receipt receipt = world.call(address(1));
    CHECK(u32_at(receipt.output.span()) == 0);
    CHECK(world.state.account(address(2)).balance == 10);
    CHECK(world.state.account(address(1)).balance == 0);
}

TEST_CASE("ABI-31: value that is not there, or that does not fit, is InsufficientValue") {
    World world;
    world.put(address(1), caller_of(address(2), calling(0, 11)), 10);
    CHECK(u32_at(world.call(address(1)).output.span()) == 36);
    world.fund(address(2), ~std::uint64_t{0} - 10);
    world.put(address(1), caller_of(address(2), calling(0, 10)), 11);
    CHECK(u32_at(world.call(address(1)).output.span()) == 0);
    CHECK(world.state.account(address(2)).balance == ~std::uint64_t{0});
    world.put(address(1), caller_of(address(2), calling(0, 1)), 1);
    CHECK(u32_at(world.call(address(1)).output.span()) == 36);
}

TEST_CASE("ABI-31: value sent to oneself only has to be there") {
    World world;
    const Bytes once =
        code(host(F::call_depth), Op::if_, kEmptyBlock, Op::return_, Op::end, calling(kAllowReentry, 10));
    world.put(address(1), caller_of(address(1), once), ~std::uint64_t{0});
    CHECK(u32_at(world.call(address(1)).output.span()) == 0);
    CHECK(world.state.account(address(1)).balance == ~std::uint64_t{0});
}

TEST_CASE("ABI-32: re-entry is denied, unless every active frame of the address allows it") {
    const auto outcome = [](std::int64_t first, std::int64_t second) {
        World world;
        // 1 calls 2, which calls 1; at depth 2 it only returns.
        const Bytes once = code(host(F::call_depth), Op::if_, kEmptyBlock, Op::return_, Op::end, calling(first));
        world.put(address(1), caller_of(address(2), once));
        world.put(address(2), caller_of(address(1), calling(second)));
        return u32_at(world.call(address(1)).output.span(), 8);
    };
    CHECK(outcome(0, 0) == 35);
    CHECK(outcome(0, kAllowReentry) == 35);
    CHECK(outcome(kAllowReentry, 0) == 0);
    CHECK(outcome(kStatic, kDelegate) == 0);
    World world;
    world.put(address(1), caller_of(address(1), calling(0)));
    CHECK(u32_at(world.call(address(1)).output.span()) == 35);
}

namespace {

struct Change {
    F function;
    std::vector<std::int64_t> arguments;
};

} // namespace

TEST_CASE("ABI-21, ABI-33: a static frame changes nothing, nor do its callees") {
    const Change changes[] = {
        {F::storage_write, {0, 1, 0, 1}}, {F::storage_remove, {0, 1}},       {F::transient_write, {0, 1, 0, 1}},
        {F::event, {0, 1, 0, 1}},         {F::call, {0, 32, 1, 0, 0, 0, 0}}, {F::create, {0, 8, 0, 0, 0, 0, 0, 8, 32}},
    };
    for (const Change& change : changes) {
        INFO(row(change.function).name);
        World world;
        world.put(address(1), caller_of(address(2), calling(kStatic)));
        world.put(address(2), Contract{body_of(change.function, change.arguments), {}, {}}, 5);
        CHECK(u32_at(world.call(address(1)).output.span()) == 30);
        // By way of 3, which calls 2 without the flag.
        world.put(address(1), caller_of(address(3), calling(kStatic)));
        world.put(address(3), caller_of(address(2), calling(0)));
        CHECK(u32_at(world.call(address(1)).output.span(), 8) == 30);
    }
    World world;
    world.put(address(1), caller_of(address(2), calling(kStatic)));
    const Bytes reads =
        code(store32(0, host(F::is_static)), host(F::call, {64, 32, 0, 0, 0, 0, 0}), Op::drop, put_out(0, 4));
    world.put(address(2), Contract{reads, {}, {}});
    const Receipt receipt = world.call(address(1));
    CHECK(u32_at(receipt.output.span()) == 0);
    CHECK(u32_at(receipt.output.span(), 8) == 1);
}

TEST_CASE("ABI-7: rules of the arguments come before static, static before ranges") {
    const auto outcome = [](const Bytes& body) {
        World world;
        world.put(address(1), caller_of(address(2), calling(kStatic)));
        world.put(address(2), Contract{body, {}, {}});
        return u32_at(world.call(address(1)).output.span());
    };
    CHECK(outcome(host(F::storage_write, {70000, 0, 0, 0})) == 31);
    CHECK(outcome(host(F::storage_write, {70000, 1, 0, 0})) == 30);
    CHECK(outcome(body_of(F::storage_has, {70000, 1})) == 31);
}

TEST_CASE("ABI-11, ABI-34: a DELEGATE call runs other code in the account of the caller") {
    World world;
    world.put(address(1), caller_of(address(2), calling(kDelegate)), 50);
    const Bytes library = code(host(F::storage_write, {0, 1, 1, 1}), host(F::self_address, {8, 1}), Op::drop,
                               host(F::caller, {9, 1}), Op::drop, store64(16, host(F::value)), put_out(8, 16));
    world.put(address(2), Contract{library, {{0, bytes_of("kv")}}, {}});
    world.fund(address(0xEE), 9);
    const Receipt receipt = world.call(address(1), {}, 9);
    REQUIRE(receipt.outcome == Outcome::Success);
    CHECK(u32_at(receipt.output.span()) == 0);
    CHECK(receipt.output[8] == 1);
    CHECK(receipt.output[9] == 0xEE);
    CHECK(u64_at(receipt.output.span(), 16) == 9);
    CHECK(world.state.storage(address(1), bytes_of("k")));
    CHECK(!world.state.storage(address(2), bytes_of("k")));
}

TEST_CASE("ABI-11: return data is empty before the first call, and after a refusal") {
    World world;
    const Bytes body = code(store32(128, host(F::return_data, {0, 0})), calling(0),
                            store32(132, host(F::return_data, {0, 0})), host(F::call, {0, 32, 99, 0, 0, 0, 0}),
                            Op::drop, store32(136, host(F::return_data, {0, 0})), put_out(128, 12));
    world.put(address(1), caller_of(address(2), body));
    world.put(address(2), Contract{put_out(0, 3), {}, {}});
    const Receipt receipt = world.call(address(1));
    CHECK(u32_at(receipt.output.span(), 0) == 0);
    CHECK(u32_at(receipt.output.span(), 4) == 3);
    CHECK(u32_at(receipt.output.span(), 8) == 0);
}

TEST_CASE("MET-14: an allowance bounds the callee, and the remainder stays with the caller") {
    const auto left_in_callee = [](std::int64_t fuel) {
        World world;
        world.put(address(1), caller_of(address(2), calling(0, 0, fuel)));
        world.put(address(2), Contract{code(store64(0, host(F::fuel_left)), put_out(0, 8)), {}, {}});
        const Receipt receipt = world.call(address(1));
        REQUIRE(u32_at(receipt.output.span()) == 0);
        return u64_at(receipt.output.span(), 8);
    };
    CHECK(left_in_callee(1'000'000) < 1'000'000);
    CHECK(left_in_callee(1'000'001) == left_in_callee(1'000'000) + 1);
    CHECK(left_in_callee(kAllFuel) > 1'000'000);
    CHECK(left_in_callee(kAllFuel) < World::kPlenty);
}

TEST_CASE("MET-14: a callee that cannot pay its instantiation is out of fuel, and costs nothing") {
    World world;
    world.put(address(1), caller_of(address(2), calling(0, 0, 10)));
    const std::uint64_t without_code = world.call(address(1)).fuel_used.units();
    world.put(address(2), Contract{{}, {}, {}});
    const Receipt receipt = world.call(address(1));
    CHECK(u32_at(receipt.output.span()) == 2);
    CHECK(receipt.fuel_used.units() == without_code);
}

// Creation.

namespace {

constexpr int kCode = 256;

/// Creates the contract whose code lies at 256; the outcome goes to 0, the address to 4, the return data to 40.
Contract creator_of(const Bytes& module, std::int64_t value = 0, std::int64_t fuel = kAllFuel) {
    const Bytes body = code(
        store32(0, host(F::create, {kCode, static_cast<std::int64_t>(module.size()), 77, value, 40, 4, fuel, 4, 32})),
        store32(36, host(F::return_data, {40, 8})), put_out(0, 48));
    return {body, {{40, bytes_of("init")}, {kCode, module}}, {}};
}

Contract child(const Bytes& deploy) { return {put_out(0, 1), {}, deploy}; }

Receipt create(World& world, const Bytes& module, std::int64_t value = 0, std::int64_t fuel = kAllFuel) {
    world.put(address(1), creator_of(module, value, fuel), 100);
    return world.call(address(1));
}

} // namespace

TEST_CASE("ABI-35, ABI-36: a creation stores the code, runs deploy and writes the address") {
    World world;
    const Bytes module =
        child(code(host(F::input, {0, 4}), Op::drop, host(F::storage_write, {0, 4, 0, 4}), put_out(0, 3))).build();
    const Receipt receipt = create(world, module, 9);
    REQUIRE(receipt.outcome == Outcome::Success);
    const ByteView out = receipt.output.span();
    CHECK(u32_at(out) == 0);
    const Hash code_hash = sha256(module);
    const Address made = address_from(out.subspan(4));
    const Hash expected = sha256(
        {ByteView(bytes_of("detent/create/1")), address(1).view(), ByteView(little_endian(77, 8)), code_hash.view()});
    CHECK(made.bytes == expected.bytes);
    CHECK(world.state.account(made) == Account{9, code_hash});
    CHECK(world.state.account(address(1)).balance == 91);
    CHECK(bytes_of(*world.state.storage(made, bytes_of("init"))) == bytes_of("init"));
    CHECK(bytes_of(*world.state.code(code_hash)) == module);
    CHECK(u32_at(out, 36) == 3);
    CHECK(bytes_of(out.subspan(40, 3)) == bytes_of("ini"));
}

TEST_CASE("ABI-35: what a creation refuses, and in which order") {
    const Bytes good = Contract{{}, {}, {}}.build();
    const auto outcome = [](const Bytes& module, std::int64_t value = 0) {
        World world;
        return u32_at(create(world, module, value).output.span());
    };
    CHECK(outcome(good) == 0);
    CHECK(outcome(bytes_of("no module")) == 32);
    CHECK(outcome(bytes_of("no module"), 1000) == 32);
    CHECK(outcome(good, 101) == 36);
    ModuleBuilder no_call;
    no_call.memory(1);
    CHECK(outcome(no_call.build()) == 33);
    CHECK(outcome(no_call.build(), 1000) == 33);
    ModuleBuilder typed;
    typed.export_function("call", typed.function(typed.type({kI32}, {}), {}, {}));
    CHECK(outcome(typed.build()) == 33);
    ModuleBuilder bad_deploy;
    bad_deploy.export_function("call", bad_deploy.function(bad_deploy.type({}, {}), {}, {}));
    bad_deploy.memory(1);
    bad_deploy.export_memory("deploy", 0);
    CHECK(outcome(bad_deploy.build()) == 33);
    World twice;
    CHECK(u32_at(create(twice, good).output.span()) == 0);
    CHECK(u32_at(create(twice, good).output.span()) == 37);
    CHECK(u32_at(create(twice, good, 1000).output.span()) == 37);
}

TEST_CASE("ABI-1: an import of another module, name, type or kind is LinkError") {
    const auto outcome = [](auto&& import) {
        ModuleBuilder b;
        const std::uint32_t entry = b.type({}, {});
        import(b);
        b.export_function("call", b.function(entry, {}, {}));
        World world;
        return u32_at(create(world, b.build()).output.span());
    };
    CHECK(outcome([](ModuleBuilder& b) { b.import_function("detent_v1", "value", b.type({}, {kI64})); }) == 0);
    CHECK(outcome([](ModuleBuilder& b) { b.import_function("detent_v2", "value", b.type({}, {kI64})); }) == 33);
    CHECK(outcome([](ModuleBuilder& b) { b.import_function("detent_v1", "values", b.type({}, {kI64})); }) == 33);
    CHECK(outcome([](ModuleBuilder& b) { b.import_function("detent_v1", "value", b.type({}, {kI32})); }) == 33);
    CHECK(outcome([](ModuleBuilder& b) { b.import_function("detent_v1", "value", b.type({kI32}, {kI64})); }) == 33);
    CHECK(outcome([](ModuleBuilder& b) { b.import_memory("detent_v1", "value", 1); }) == 33);
}

TEST_CASE("ABI-35: a deploy that fails undoes the creation") {
    World world;
    const Receipt receipt =
        create(world, child(code(host(F::storage_write, {0, 1, 0, 1}), host(F::revert, {0, 0}))).build(), 9);
    CHECK(u32_at(receipt.output.span()) == 1);
    CHECK(bytes_of(receipt.output.span().subspan(4, 32)) == Bytes(32, 0));
    CHECK(world.state.account(address(1)).balance == 100);
    CHECK(world.state.entries().size() == 1);
    CHECK(world.state.codes().size() == 1);
}

TEST_CASE("ABI-35: the allowance pays activation and instantiation in one charge") {
    const Bytes module = Contract{{}, {}, {}}.build();
    const auto compiled = must(compile(module, profile()));
    const std::uint64_t price =
        (compiled->activation_price(schedule()) + compiled->instantiation_price(schedule())).units();
    World exact;
    CHECK(u32_at(create(exact, module, 0, static_cast<std::int64_t>(price)).output.span()) == 0);
    World less;
    const Receipt refused = create(less, module, 0, static_cast<std::int64_t>(price) - 1);
    CHECK(u32_at(refused.output.span()) == 2);
    World none;
    CHECK(refused.fuel_used == create(none, module, 0, 0).fuel_used);
}

TEST_CASE("ABI-31: stored code that does not pass or link ends the call with an outcome") {
    World world;
    world.put(address(2), bytes_of("no module"));
    ModuleBuilder no_call;
    no_call.memory(1);
    world.put(address(3), no_call.build());
    for (const auto& [target, number] : {std::pair<std::uint8_t, std::uint32_t>{2, 32}, {3, 33}}) {
        world.put(address(1), caller_of(address(target), calling(0, 1)), 5);
        const Receipt receipt = world.call(address(1));
        CHECK(u32_at(receipt.output.span()) == number);
        CHECK(world.state.account(address(1)).balance == 5);
        CHECK(world.call(address(target)).outcome == static_cast<Outcome>(number));
    }
}

} // namespace detent::testing
