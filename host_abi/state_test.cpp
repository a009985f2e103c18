#include "host_abi/state.hpp"

#include "host_abi/crypto.hpp"
#include "host_abi/testing/world.hpp"

#include <catch2/catch.hpp>

#include <string_view>

namespace detent::testing {

namespace {

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

struct NamedState {
    State state;

    NamedState& account(std::uint8_t at, std::uint64_t balance, std::uint8_t code) {
        must(state.set_account(address(at), {balance, Hash{address(code).bytes}}));
        return *this;
    }
    NamedState& storage(std::uint8_t at, std::string_view key, std::string_view value) {
        must(state.set_storage(address(at), view(key), view(value)));
        return *this;
    }
};

std::string hex(const Hash& hash) {
    std::string text;
    for (const std::uint8_t byte : hash.bytes) {
        for (const int digit : {byte >> 4, byte & 15})
            text += "0123456789abcdef"[digit];
    }
    return text;
}

Write write_of(const StateSlot& slot, std::string_view value) {
    Write made{slot, true, {}};
    REQUIRE(made.value.copy_from(view(value)));
    return made;
}

} // namespace

#define ACCOUNT(at, balance, code) .account(at, balance, code)
#define STORAGE(at, key, value) .storage(at, key, value)
#define STATE_ROOT(name, entries, expected)                                                                            \
    SECTION(name) { CHECK(hex(NamedState() entries.state.root()) == expected); }
TEST_CASE("ABI-63: the roots of the vectors") {
#include "host_abi/state_root_vectors.def"
}
#undef STATE_ROOT
#undef STORAGE
#undef ACCOUNT

TEST_CASE("ABI-62: an account with balance 0 and no code has no entry") {
    State state;
    must(state.set_account(address(1), {5, {}}));
    CHECK(state.entries().size() == 1);
    CHECK(state.account(address(1)).balance == 5);
    must(state.set_account(address(1), {0, {}}));
    CHECK(state.entries().empty());
    CHECK(state.root() == Hash{});
    CHECK(state.account(address(1)) == Account{});
}

TEST_CASE("ABI-62: an account's entry is its balance in 8 bytes and its code hash") {
    const Account account{0x0102030405060708, Hash{address(9).bytes}};
    const auto bytes = account.encode();
    CHECK(bytes[0] == 0x08);
    CHECK(bytes[7] == 0x01);
    CHECK(bytes[8] == 9);
    CHECK(bytes[39] == 9);
    CHECK(Account::decode(bytes) == account);
}

TEST_CASE("ABI-61: slots are ordered by address, the account's own entry first, then keys in byte order") {
    const StateSlot ordered[] = {StateSlot::account(address(1)),
                                 StateSlot::storage(address(1), view("\x01")),
                                 StateSlot::storage(address(1), view("a")),
                                 StateSlot::storage(address(1), view("ab")),
                                 StateSlot::storage(address(1), view("\xFF")),
                                 StateSlot::behind_storage(address(1)),
                                 StateSlot::account(address(2))};
    for (std::size_t i = 1; i < std::size(ordered); ++i) {
        CHECK((compare_bytes(ordered[i - 1].encoded(), ordered[i].encoded()) < 0));
    }
    const StateSlot decoded = StateSlot::decode(ordered[3].encoded());
    CHECK(decoded.address() == address(1));
    CHECK(decoded.is_storage());
    CHECK((compare_bytes(decoded.key(), view("ab")) == 0));
    CHECK(!ordered[0].is_storage());
    CHECK(ordered[0].key().empty());
}

TEST_CASE("ABI-64: a state proves an entry, and its absence") {
    State state = std::move(NamedState().account(1, 5, 0).storage(1, "k", "v").storage(2, "k", "v").state);
    const StateSlot here = StateSlot::storage(address(1), view("k"));
    const StateSlot absent = StateSlot::storage(address(1), view("other"));
    const Proof inclusion = must(state.prove(here));
    CHECK(verify(state.root(), here.path(), inclusion) == Shown::inclusion);
    CHECK(inclusion.leaf->value_hash == sha256(view("v")));
    CHECK(verify(state.root(), absent.path(), must(state.prove(absent))) == Shown::exclusion);
    must(state.remove_storage(address(1), view("k")));
    CHECK(verify(state.root(), here.path(), must(state.prove(here))) == Shown::exclusion);
    CHECK(verify(state.root(), here.path(), inclusion) == Shown::nothing);
}

TEST_CASE("ABI-61: many writes at once are as one after the other, the last of a slot counting") {
    Buffer<Write> writes;
    const StateSlot first = StateSlot::storage(address(1), view("a"));
    const StateSlot second = StateSlot::storage(address(1), view("b"));
    REQUIRE(writes.push_back(write_of(first, "1")));
    REQUIRE(writes.push_back(write_of(second, "2")));
    REQUIRE(writes.push_back(write_of(first, "3")));
    REQUIRE(writes.push_back(Write{second, false, {}}));
    State at_once;
    must(at_once.apply(writes.span()));
    CHECK(at_once.root() == NamedState().storage(1, "a", "3").state.root());
    CHECK(at_once.entries().size() == 1);
}

TEST_CASE("ABI-52: a state whose change fails for want of memory has not changed") {
    State state = std::move(NamedState().account(1, 5, 0).storage(1, "k", "v").state);
    const State before = state;
    std::uint64_t n = 1;
    for (bool done = false; !done; ++n) {
        allocation_probe() = {0, n};
        done = state.set_storage(address(1), view("key"), view("value")).has_value();
        allocation_probe() = {};
        if (!done) CHECK(state.root() == before.root());
        if (!done) CHECK(!state.storage(address(1), view("key")));
    }
    CHECK(n > 4);
    CHECK(state.storage(address(1), view("key")));
    CHECK(!before.storage(address(1), view("key")));
}

TEST_CASE("ABI-31: code is kept under its hash") {
    State state;
    const Hash hash = must(state.add_code(view("code")));
    CHECK(hash == sha256(view("code")));
    CHECK((compare_bytes(*state.code(hash), view("code")) == 0));
    CHECK(!state.code(Hash{}));
    CHECK(state.root() == Hash{});
}

} // namespace detent::testing
