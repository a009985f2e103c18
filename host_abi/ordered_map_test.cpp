#include "host_abi/ordered_map.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <map>
#include <string>
#include <vector>

namespace detent {

namespace {

using Model = std::map<std::string, std::string>;

ByteView view(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
std::string text(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

Model contents(const OrderedMap& map) {
    Model found;
    for (auto at = map.first(); at; at = map.next(at->key))
        found.emplace_hint(found.end(), text(at->key), text(at->value));
    return found;
}

/// Short keys of few letters meet often, and are prefixes of each other.
rc::Gen<std::string> keys() {
    return rc::gen::container<std::string>(rc::gen::element('\x00', 'a', 'b', '\x7F', '\x80', '\xFF'));
}

void change(OrderedMap& map, Model& model, const std::string& key, const std::string& value, bool erases) {
    const bool done = erases ? map.erase(view(key)) : map.insert(view(key), view(value));
    RC_ASSERT(done);
    if (erases) {
        model.erase(key);
    } else {
        model[key] = value;
    }
}

std::optional<std::string> key_of(const std::optional<OrderedMap::Entry>& entry) {
    return entry ? std::optional(text(entry->key)) : std::nullopt;
}

void compare_around(const OrderedMap& map, const Model& model, const std::string& key) {
    const auto found = model.find(key);
    const std::optional<ByteView> value = map.find(view(key));
    RC_ASSERT(value.has_value() == (found != model.end()));
    if (value) RC_ASSERT(text(*value) == found->second);
    const auto next = model.upper_bound(key);
    RC_ASSERT(key_of(map.next(view(key))) == (next == model.end() ? std::nullopt : std::optional(next->first)));
    const auto at_least = model.lower_bound(key);
    const bool has_previous = at_least != model.begin();
    RC_ASSERT(key_of(map.previous(view(key))) ==
              (has_previous ? std::optional(std::prev(at_least)->first) : std::nullopt));
}

} // namespace

TEST_CASE("ABI-20: an ordered map does what std::map does, and stays balanced") {
    const bool holds = rc::check([] {
        OrderedMap map;
        Model model;
        for (int steps = *rc::gen::inRange(0, 200); steps > 0; --steps) {
            change(map, model, *keys(), *keys(), *rc::gen::inRange(0, 3) == 0);
        }
        RC_ASSERT(map.is_sound());
        RC_ASSERT(map.size() == model.size());
        RC_ASSERT(map.empty() == model.empty());
        RC_ASSERT(contents(map) == model);
        compare_around(map, model, *keys());
    });
    REQUIRE(holds);
}

TEST_CASE("ABI-20: an older version of an ordered map stays as it was") {
    const bool holds = rc::check([] {
        OrderedMap map;
        Model model;
        std::vector<std::pair<OrderedMap, Model>> versions;
        for (int steps = *rc::gen::inRange(0, 60); steps > 0; --steps) {
            versions.emplace_back(map, model);
            change(map, model, *keys(), *keys(), *rc::gen::inRange(0, 3) == 0);
        }
        for (const auto& [version, expected] : versions)
            RC_ASSERT(contents(version) == expected);
    });
    REQUIRE(holds);
}

TEST_CASE("ABI-20: ten thousand keys in order leave an ordered map of logarithmic height") {
    OrderedMap map;
    for (std::uint32_t i = 0; i < 10000; ++i) {
        const std::array<std::uint8_t, 2> key{static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
        REQUIRE(map.insert(key, {}));
    }
    CHECK(map.size() == 10000);
    CHECK(map.is_sound());
    for (std::uint32_t i = 0; i < 10000; i += 2) {
        const std::array<std::uint8_t, 2> key{static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
        REQUIRE(map.erase(key));
    }
    CHECK(map.size() == 5000);
    CHECK(map.is_sound());
}

TEST_CASE("ABI-52: an ordered map whose allocation fails has changed nothing") {
    OrderedMap map;
    for (const char* key : {"d", "b", "f", "a", "c", "e", "g"})
        REQUIRE(map.insert(view(key), view("value")));
    const Model before = contents(map);
    const auto try_each = [&](auto&& attempt) {
        for (std::uint64_t n = 1;; ++n) {
            allocation_probe() = {0, n};
            const bool done = attempt();
            allocation_probe() = {};
            if (done) return n;
            CHECK(contents(map) == before);
        }
    };
    CHECK(try_each([&] { return OrderedMap(map).insert(view("h"), view("more")); }) > 3);
    CHECK(try_each([&] { return map.erase(view("d")); }) > 1);
    CHECK(map.size() == before.size() - 1);
}

} // namespace detent
