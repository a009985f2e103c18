#include "engine/code/frame_types.hpp"

#include "engine/code/validate_again.hpp"

namespace detent {
namespace {

bool is_call(Op op) noexcept { return op == Op::call || op == Op::call_indirect || op == Op::call_ref; }

/// The type of what the call at a position calls.
FuncType called_at(const Module& module, std::uint32_t position) noexcept {
    Reader in(module.bytes.span(), position, static_cast<std::uint32_t>(module.bytes.size()));
    const Op op = in.op().assume_value();
    const std::uint32_t index = in.u32().assume_value();
    return op == Op::call ? module.function_type(FuncIdx{index}) : module.func_type(TypeIdx{index});
}

/// The declared locals that begin without a value.
Status list_unset(const Module& module, FuncIdx function, Buffer<std::uint32_t>& locals) noexcept {
    const Body& body = module.body(function);
    auto index = static_cast<std::uint32_t>(module.function_type(function).parameters.size());
    for (const LocalRun& run : module.local_runs.span().subspan(body.first_run, body.runs)) {
        for (std::uint32_t i = 0; i < run.count && !is_defaultable(run.type); ++i) {
            if (!locals.push_back(index + i)) return kOutOfMemory;
        }
        index += run.count;
    }
    return ok();
}

} // namespace

/// Looks where places are.
class FrameTypesSink : public NullSink {
  public:
    FrameTypesSink(FrameTypes& types, const Module& module, FuncIdx function, std::span<FramePlace> places) noexcept
        : types_(types), module_(module), end_(module.body(function).expression.end), places_(places) {}

    [[nodiscard]] Status prepare(FuncIdx function, const SetLocals& set) noexcept {
        set_ = &set;
        return list_unset(module_, function, unset_);
    }

    [[nodiscard]] bool at(std::uint32_t position, const Operands& operands) noexcept {
        while (!places_.empty() && places_.front().position < position)
            places_ = places_.subspan(1);
        while (!places_.empty() && places_.front().position == position) {
            if (operands.is_reached() && !look(places_.front(), operands)) return false;
            places_ = places_.subspan(1);
        }
        last_ = position;
        last_op_ = Op::illegal;
        return true;
    }
    void instruction(Op op) noexcept { last_op_ = op; }

  private:
    [[nodiscard]] bool look(FramePlace& place, const Operands& operands) noexcept {
        place.is_reached = place.is_caller ? is_call(last_op_) : is_at_instruction(place.position);
        if (!place.is_reached) return true;
        std::uint32_t words = operands.words();
        std::span<const ValType> types = operands.types();
        if (place.is_caller) {
            place.called = called_at(module_, last_);
            types = types.first(types.size() - place.called.results.size());
            words -= words_of(place.called.results);
        }
        place.has_operands = words == place.words;
        return !place.has_operands || note(place, types);
    }

    /// Delimiters are none.
    [[nodiscard]] bool is_at_instruction(std::uint32_t position) const noexcept {
        constexpr std::uint8_t kElse = 0x05;
        constexpr std::uint8_t kEnd = 0x0B;
        return position < end_ && module_.bytes[position] != kElse && module_.bytes[position] != kEnd;
    }

    [[nodiscard]] bool note(FramePlace& place, std::span<const ValType> types) noexcept {
        place.first_type = types_.types_.size();
        place.type_count = types.size();
        place.first_mark = types_.marks_.size();
        return types_.types_.append(types) && std::ranges::all_of(unset_, [this](std::uint32_t local) {
                   return types_.marks_.push_back(set_->has(local) ? 1 : 0);
               });
    }

    FrameTypes& types_;
    const Module& module_;
    std::uint32_t end_;
    std::span<FramePlace> places_;
    const SetLocals* set_ = nullptr;
    Buffer<std::uint32_t> unset_;
    /// The instruction before, or a delimiter.
    std::uint32_t last_ = 0;
    Op last_op_ = Op::illegal;
};

static_assert(BodySink<FrameTypesSink>);

Status FrameTypes::judge(const Code& code, FuncIdx function, std::span<FramePlace> places) noexcept {
    types_.truncate(0);
    marks_.truncate(0);
    FrameTypesSink sink(*this, code.module(), function, places);
    return validate_again(code, function, sink, [&](const BodyValidator<FrameTypesSink>& validator) {
        return sink.prepare(function, validator.set_locals());
    });
}

} // namespace detent
