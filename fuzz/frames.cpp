#include "fuzz/frames.hpp"

#include "engine/code/validate_again.hpp"

#include <algorithm>

namespace detent::fuzz {
namespace {

using testing::FrameWord;
using testing::TypedReference;
using testing::Words;

/// A position that validation reaches, and the types of the operands there.
struct Place {
    std::uint32_t position = 0;
    bool is_behind_call = false;
    std::vector<ValType> operands;
};

/// Notes all of them.
class PlacesSink : public NullSink {
  public:
    explicit PlacesSink(std::vector<Place>& places) : places_(places) {}

    [[nodiscard]] bool at(std::uint32_t position, const Operands& operands) noexcept {
        if (operands.is_reached()) {
            const std::span<const ValType> types = operands.types();
            places_.push_back({position, is_call_, {types.begin(), types.end()}});
        }
        is_call_ = false;
        return true;
    }
    void instruction(Op op) noexcept { is_call_ = op == Op::call || op == Op::call_indirect || op == Op::call_ref; }

  private:
    std::vector<Place>& places_;
    bool is_call_ = false;
};

/// Changes one state.
class FrameChanger {
  public:
    FrameChanger(ExecutionState& state, const Codes& codes, Random& random)
        : state_(state), codes_(codes), random_(random), references_(testing::references_of(state, codes)) {}

    void change_word() {
        const std::vector<FrameWord> all = testing::frame_words(state_, codes_);
        if (all.empty()) return;
        const FrameWord& word = all[random_.next() % all.size()];
        const std::span<std::uint64_t> place = word.in(state_);
        std::copy_n(some_value(word.type, *code_of(word.frame)).begin(), place.size(), place.begin());
    }

    void move() {
        if (state_.frames.empty()) return;
        const std::size_t i = random_.next() % state_.frames.size();
        FrameState& frame = state_.frames[i];
        const Code* const code = code_of(i);
        if (code == nullptr) return;
        if (random_.one_in(2)) frame.function = random_.below(1 + static_cast<std::uint32_t>(function_count(*code)));
        if (!testing::defines(*code, frame.function)) return;
        place(frame, *code, !is_top(i));
    }

  private:
    [[nodiscard]] const Code* code_of(std::size_t frame) const {
        return testing::code_of(state_, codes_, state_.frames[frame].instance);
    }
    [[nodiscard]] static std::size_t function_count(const Code& code) { return code.module().functions.size(); }
    [[nodiscard]] bool is_top(std::size_t i) const {
        return i + 1 == state_.frames.size() && (state_.entries.empty() || state_.entries.back().first_frame <= i);
    }

    /// Where it may stand, with locals and operands that may be there.
    void place(FrameState& frame, const Code& code, bool is_caller) {
        const FuncIdx function{frame.function};
        std::vector<Place> places;
        PlacesSink sink(places);
        if (validate_again(code, function, sink).has_error()) return;
        if (is_caller) std::erase_if(places, [](const Place& one) { return !one.is_behind_call; });
        if (places.empty()) return;
        Place& chosen = places[random_.next() % places.size()];
        frame.position = chosen.position;
        if (is_caller) chosen.operands.resize(chosen.operands.size() - awaited(frame, code));
        const std::vector<std::uint8_t> set(code.module().body(function).declared_locals, 1);
        fill(frame.locals, testing::local_types(code.module(), function, set), code);
        fill(frame.operands, chosen.operands, code);
    }

    /// How many results the call in front of a position returns.
    [[nodiscard]] static std::size_t awaited(const FrameState& frame, const Code& code) {
        FramePlace place;
        place.position = frame.position;
        place.is_caller = true;
        FrameTypes types;
        if (types.judge(code, FuncIdx{frame.function}, {&place, 1}).has_error()) throw std::bad_alloc();
        return place.called.results.size();
    }

    void fill(Buffer<std::uint64_t>& words, std::span<const ValType> types, const Code& code) {
        words.truncate(0);
        for (const ValType type : types) {
            const Words value = some_value(type, code);
            for (std::size_t i = 0; i < words_of(type); ++i) {
                if (!words.push_back(value[i])) throw std::bad_alloc();
            }
        }
    }

    /// Null where there is none, whatever the type; and now and then a reference whose type is another one.
    [[nodiscard]] Words some_value(ValType type, const Code& code) {
        if (type.is_reference() && random_.one_in(4)) return {references_[random_.next() % references_.size()].word, 0};
        const std::vector<Words> values = testing::values_of(type, code.types(), references_, random_);
        return values.empty() ? Words{} : values[random_.next() % values.size()];
    }

    ExecutionState& state_;
    const Codes& codes_;
    Random& random_;
    std::vector<TypedReference> references_;
};

} // namespace

void change_frames(ExecutionState& state, const Codes& codes, Random& random) {
    if (random.one_in(8)) {
        testing::hold_all(state);
        return;
    }
    FrameChanger changer(state, codes, random);
    if (random.one_in(2)) {
        changer.move();
    } else {
        changer.change_word();
    }
}

} // namespace detent::fuzz
