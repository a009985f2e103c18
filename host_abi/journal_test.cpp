#include "host_abi/journal.hpp"

#include "host_abi/testing/world.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

namespace detent::testing {

namespace {

/// A place as ABI-61 orders it: address, then the own entry, then keys.
using Place = std::tuple<Address, bool, Bytes>;
using Entries = std::map<Place, Bytes>;

/// What a journal shall do, with copies for checkpoints.
struct Model {
    Entries entries;
    Entries transient;
    std::vector<std::tuple<Address, Bytes, Bytes>> events;
};

Place place_of(const StateSlot& slot) { return {slot.address(), slot.is_storage(), bytes_of(slot.key())}; }

rc::Gen<Address> addresses() {
    return rc::gen::map(rc::gen::inRange(1, 4), [](int byte) { return address(static_cast<std::uint8_t>(byte)); });
}
rc::Gen<Bytes> keys() {
    return rc::gen::resize(
        3, rc::gen::nonEmpty(rc::gen::container<Bytes>(rc::gen::element<std::uint8_t>(0, 1, 0x80, 0xFF))));
}
rc::Gen<Bytes> values() { return rc::gen::resize(4, rc::gen::container<Bytes>(rc::gen::arbitrary<std::uint8_t>())); }

void set_account(Journal& journal, Model& model) {
    const Address at = *addresses();
    const Account account{static_cast<std::uint64_t>(*rc::gen::inRange(0, 3)),
                          Hash{address(static_cast<std::uint8_t>(*rc::gen::inRange(0, 2))).bytes}};
    must(journal.set_account(at, account));
    if (account.is_empty()) {
        model.entries.erase({at, false, {}});
    } else {
        model.entries[{at, false, {}}] = bytes_of(account.encode());
    }
}

void set_storage(Journal& journal, Model& model) {
    const auto [at, key, value] = *rc::gen::tuple(addresses(), keys(), values());
    must(journal.set_storage(at, key, value));
    model.entries[{at, true, key}] = value;
}

void remove_storage(Journal& journal, Model& model) {
    const auto [at, key] = *rc::gen::tuple(addresses(), keys());
    must(journal.remove_storage(at, key));
    model.entries.erase({at, true, key});
}

void set_transient(Journal& journal, Model& model) {
    const auto [at, key, value] = *rc::gen::tuple(addresses(), keys(), values());
    must(journal.set_transient(at, key, value));
    if (value.empty()) {
        model.transient.erase({at, true, key});
    } else {
        model.transient[{at, true, key}] = value;
    }
}

void emit(Journal& journal, Model& model) {
    const auto [at, topic, data] = *rc::gen::tuple(addresses(), values(), values());
    must(journal.emit(at, topic, data));
    model.events.emplace_back(at, topic, data);
}

void change(Journal& journal, Model& model) {
    switch (*rc::gen::inRange(0, 6)) {
    case 0: return set_account(journal, model);
    case 1: return remove_storage(journal, model);
    case 2: return set_transient(journal, model);
    case 3: return emit(journal, model);
    default: return set_storage(journal, model);
    }
}

std::optional<Bytes> owned(const std::optional<ByteView>& view) {
    return view ? std::optional(bytes_of(*view)) : std::nullopt;
}

std::optional<Bytes> value_in(const Entries& entries, const Place& place) {
    const auto found = entries.find(place);
    return found == entries.end() ? std::nullopt : std::optional(found->second);
}

/// The keys of one address, in order.
std::vector<Bytes> keys_of(const Entries& entries, const Address& at) {
    std::vector<Bytes> found;
    for (const auto& [place, value] : entries) {
        if (std::get<0>(place) == at && std::get<1>(place)) found.push_back(std::get<2>(place));
    }
    return found;
}

std::optional<Bytes> next_of(const std::vector<Bytes>& keys, const Bytes& key) {
    const auto at = std::ranges::upper_bound(keys, key);
    return at == keys.end() ? std::nullopt : std::optional(*at);
}

std::optional<Bytes> previous_of(const std::vector<Bytes>& keys, const Bytes& key) {
    const auto at = key.empty() ? keys.end() : std::ranges::lower_bound(keys, key);
    return at == keys.begin() ? std::nullopt : std::optional(*std::prev(at));
}

void compare(const Journal& journal, const Model& model) {
    const auto [at, key] = *rc::gen::tuple(addresses(), keys());
    RC_ASSERT(owned(journal.storage(at, key)) == value_in(model.entries, {at, true, key}));
    RC_ASSERT(owned(journal.transient(at, key)) == value_in(model.transient, {at, true, key}));
    const Account account = journal.account(at);
    const std::optional<Bytes> own = value_in(model.entries, {at, false, {}});
    RC_ASSERT(account == (own ? Account::decode(*own) : Account{}));
    const std::vector<Bytes> all = keys_of(model.entries, at);
    for (const Bytes& from : {key, Bytes()}) {
        RC_ASSERT(owned(journal.next_key(at, from)) == next_of(all, from));
        RC_ASSERT(owned(journal.previous_key(at, from)) == previous_of(all, from));
    }
    RC_ASSERT(journal.events().size() == model.events.size());
    for (std::size_t i = 0; i < model.events.size(); ++i) {
        const Event& event = journal.events()[i];
        RC_ASSERT(std::tuple(event.address, bytes_of(event.topic.span()), bytes_of(event.data.span())) ==
                  model.events[i]);
    }
}

/// Steps forward, and at random into a nested call that is kept or undone.
void play(Journal& journal, Model& model, int depth) {
    for (int steps = *rc::gen::inRange(0, 12); steps > 0; --steps) {
        change(journal, model);
        if (depth == 0 || *rc::gen::inRange(0, 4) != 0) continue;
        const Journal::Checkpoint checkpoint = journal.checkpoint();
        const Model before = model;
        play(journal, model, depth - 1);
        if (*rc::gen::arbitrary<bool>()) {
            journal.revert(checkpoint);
            model = before;
        }
        compare(journal, model);
    }
}

/// The differences of two models in the order of ABI-61.
std::vector<std::pair<Place, std::optional<Bytes>>> differences(const Entries& before, const Entries& after) {
    Entries all = before;
    all.insert(after.begin(), after.end());
    std::vector<std::pair<Place, std::optional<Bytes>>> found;
    for (const auto& [place, value] : all) {
        const std::optional<Bytes> now = value_in(after, place);
        if (value_in(before, place) != now) found.emplace_back(place, now);
    }
    return found;
}

void compare_end(const State& base, const Journal& journal, const Entries& before, const Entries& after) {
    const Buffer<Write> writes = must(journal.writes(base));
    const auto expected = differences(before, after);
    RC_ASSERT(writes.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        RC_ASSERT(place_of(writes[i].slot) == expected[i].first);
        RC_ASSERT(writes[i].present == expected[i].second.has_value());
        RC_ASSERT(bytes_of(writes[i].value.span()) == expected[i].second.value_or(Bytes()));
    }
    State applied = base;
    must(applied.apply(writes.span()));
    const State successor = must(journal.successor(base, writes.span()));
    RC_ASSERT(successor.root() == applied.root());
    RC_ASSERT(successor.entries().size() == after.size());
}

} // namespace

TEST_CASE("ABI-20, ABI-22, ABI-23, ABI-31, ABI-61: a journal does what copies of maps do") {
    const bool holds = rc::check([] {
        State base;
        Model model;
        {
            Journal genesis(base);
            play(genesis, model, 1);
            base = must(genesis.successor(base, must(genesis.writes(base)).span()));
        }
        const Entries before = model.entries;
        model = {before, {}, {}};
        Journal journal(base);
        play(journal, model, 3);
        compare(journal, model);
        compare_end(base, journal, before, model.entries);
    });
    REQUIRE(holds);
}

TEST_CASE("ABI-61: a value that is written and then restored is no write") {
    State base;
    must(base.set_storage(address(1), bytes_of("k"), bytes_of("v")));
    Journal journal(base);
    must(journal.set_storage(address(1), bytes_of("k"), bytes_of("other")));
    CHECK(must(journal.writes(base)).size() == 1);
    must(journal.set_storage(address(1), bytes_of("k"), bytes_of("v")));
    CHECK(must(journal.writes(base)).empty());
}

} // namespace detent::testing
