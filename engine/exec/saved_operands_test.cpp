// States in which a local or an operand has another value of its type, as the validator says it: each loads, and all
// tiers go on alike from there. What is not of the type is refused. The seed is RapidCheck's; RC_PARAMS fixes it.
#include "engine/exec/machine.hpp"
#include "engine/testing/frame_words.hpp"
#include "engine/testing/saved_cases.hpp"
#include "engine/testing/saved_soundness.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <functional>
#include <map>
#include <set>
#include <utility>

using namespace detent;
using namespace detent::testing;

namespace {

/// How often a value of each type, by its bytes in a module, was put in place of another one.
using Counts = std::map<Bytes, std::uint64_t>;

std::uint64_t sum_of(const Counts& counts) {
    std::uint64_t sum = 0;
    for (const auto& [_, count] : counts)
        sum += count;
    return sum;
}

/// An execution of "f" of a module, begun with its instance.
class Subject {
  public:
    Subject(const Bytes& module, const std::vector<std::uint64_t>& arguments)
        : code_(compiled(module, full_profile())), shelf_({code_}), surroundings_({code_}), arguments_(arguments) {}

    [[nodiscard]] std::uint64_t instantiation() const { return code_->instantiation_price(schedule()).units(); }

    /// What all of it uses, up to a limit.
    [[nodiscard]] std::uint64_t used_by_all(std::uint64_t limit) { return state_after(limit).used; }

    /// The state after so much fuel, in which the embedder holds all objects; nothing where it has ended before.
    [[nodiscard]] std::optional<format::Saved> held_after(std::uint64_t fuel) {
        const std::unique_ptr<Moving> one = after(fuel);
        if (one->execution().machine().frames().empty()) return {};
        format::Saved saved = must(format::describe(one->execution(), test_digest));
        hold_all(saved.state);
        return saved;
    }

    /// Changes in turn each word of the state's frames that is `wanted`, to `most` other values at random. False where
    /// the tiers part, or what is of the type does not load.
    bool agrees_when_changed(format::Saved& saved, std::size_t most, Random& random, Counts& counts,
                             const std::function<bool(const FrameWord&)>& wanted = is_any) {
        const Codes codes = codes_of(saved, shelf_);
        const std::vector<TypedReference> references = references_of(saved.state, codes);
        for (const FrameWord& word : frame_words(saved.state, codes)) {
            if (!wanted(word)) continue;
            std::vector<Words> values = values_of(word.type, code_->types(), references, random);
            std::erase_if(values, [&](const Words& value) {
                return std::ranges::equal(word.in(saved.state), std::span(value).first(words_of(word.type)));
            });
            while (values.size() > most)
                values.erase(values.begin() + random.below(static_cast<std::uint32_t>(values.size())));
            for (const Words& value : values) {
                ++counts[type_bytes(word.type)];
                if (!holds(written_with(saved, word, value))) return false;
            }
        }
        return true;
    }

    /// Puts each reference where it does not fit. False where one is accepted, or refused for another reason.
    bool refuses_others(format::Saved& saved, std::uint64_t& refused) {
        const Codes codes = codes_of(saved, shelf_);
        const std::vector<TypedReference> references = references_of(saved.state, codes);
        for (const FrameWord& word : frame_words(saved.state, codes)) {
            if (!word.type.is_reference()) continue;
            for (const TypedReference& one : references) {
                if (fits(one, word.type, code_->types())) continue;
                ++refused;
                const Result<Loaded> loaded = surroundings_.load(written_with(saved, word, {one.word, 0}));
                if (!loaded.has_error() || loaded.error().code != ErrorCode::state_type_mismatch) return false;
            }
        }
        return true;
    }

    static constexpr std::size_t kAll = 1000;
    static bool is_any(const FrameWord&) { return true; }

  private:
    static constexpr std::uint64_t kLimit = 1'000'000;
    static constexpr std::uint64_t kFuel = 5'000;

    std::unique_ptr<Moving> after(std::uint64_t fuel) {
        auto one = begin_moving(code_, arguments_, kLimit, surroundings_, LimitValues::of(Preset::contract));
        must(one->execution().refuel(Fuel(fuel)));
        must(one->execution().run());
        return one;
    }
    [[nodiscard]] ExecutionState state_after(std::uint64_t fuel) { return must(capture(after(fuel)->execution())); }

    /// The bytes of the state with another value there.
    [[nodiscard]] static Bytes written_with(format::Saved& saved, const FrameWord& word, const Words& value) {
        const std::span<std::uint64_t> place = word.in(saved.state);
        Words before{};
        std::ranges::copy(place, before.begin());
        std::copy_n(value.begin(), place.size(), place.begin());
        const Buffer<std::uint8_t> bytes = must(format::write(saved));
        std::copy_n(before.begin(), place.size(), place.begin());
        return {bytes.begin(), bytes.end()};
    }

    bool holds(const Bytes& bytes) {
        return surroundings_.load(bytes).has_value() && all_agree(surroundings_, bytes, kFuel);
    }

    std::shared_ptr<const Code> code_;
    CodeShelf shelf_;
    TestSurroundings surroundings_;
    std::vector<std::uint64_t> arguments_;
};

} // namespace

TEST_CASE("STA-2, STA-14: from any other values of all types, all tiers go on alike",
          "[feature:gc][feature:exceptions][feature:simd]") {
    Subject subject(ModuleOfTypes::build(), {41});
    const std::uint64_t end = subject.used_by_all(1'000'000);
    Counts counts;
    Random random(1);
    for (std::uint64_t fuel = subject.instantiation(); fuel < end; fuel += 1 + random.below(180)) {
        std::optional<format::Saved> saved = subject.held_after(fuel);
        if (!saved) continue;
        CAPTURE(fuel);
        REQUIRE(subject.agrees_when_changed(*saved, 2, random, counts));
    }
    // The locals are of so many types; instructions make more on the way.
    const auto is_tried_often = [](const auto& of_type) { return of_type.second >= 20; };
    CHECK(std::ranges::count_if(counts, is_tried_often) >= 18);
    CHECK(sum_of(counts) > 1500);
}

TEST_CASE("STA-2, STA-14: from all other values of the topmost operand of each instruction, all tiers go on alike",
          "[feature:gc][feature:exceptions][feature:simd]") {
    Subject subject(ModuleOfTypes::build(), {41});
    const std::uint64_t end = subject.used_by_all(1'000'000);
    Counts counts;
    Random random(3);
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    for (std::uint64_t fuel = subject.instantiation(); fuel < end; ++fuel) {
        std::optional<format::Saved> saved = subject.held_after(fuel);
        if (!saved) continue;
        const std::size_t top = saved->state.frames.size() - 1;
        const FrameState& frame = saved->state.frames[top];
        if (!seen.emplace(frame.function, frame.position).second) continue;
        CAPTURE(frame.function, frame.position);
        const auto is_topmost = [&](const FrameWord& word) {
            return word.is_operand && word.frame == top && word.word + words_of(word.type) == frame.operands.size();
        };
        REQUIRE(subject.agrees_when_changed(*saved, Subject::kAll, random, counts, is_topmost));
    }
    CHECK(seen.size() > 300);
    CHECK(sum_of(counts) > 2000);
}

TEST_CASE("STA-14: what is of no such type is refused at every word of the stack", "[feature:gc][feature:exceptions]") {
    Subject subject(ModuleOfTypes::build(), {41});
    const std::uint64_t end = subject.used_by_all(1'000'000);
    std::uint64_t refused = 0;
    Random random(2);
    for (std::uint64_t fuel = subject.instantiation(); fuel < end; fuel += 1 + random.below(250)) {
        std::optional<format::Saved> saved = subject.held_after(fuel);
        if (!saved) continue;
        CAPTURE(fuel);
        REQUIRE(subject.refuses_others(*saved, refused));
    }
    CHECK(refused > 2000);
}

TEST_CASE("STA-2, STA-14: from any other values in generated modules, all tiers go on alike") {
    static Counts counts;
    CHECK(rc::check("other values in states of generated modules", [](std::uint64_t seed) {
        const Case test = seed % 4 == 0 ? case_of(seed) : edge_case_of(seed);
        Subject subject(test.module, {test.arguments[0].low, test.arguments[1].low});
        Random random(seed + 7);
        const std::uint64_t end = subject.used_by_all(subject.instantiation() + 3000);
        const std::uint64_t fuel = subject.instantiation() + random.next() % (end - subject.instantiation() + 1);
        std::optional<format::Saved> saved = subject.held_after(fuel);
        if (saved) RC_ASSERT(subject.agrees_when_changed(*saved, 1, random, counts));
    }));
    CHECK(sum_of(counts) > 2500);
    CHECK(counts.size() >= 5);
}
