#include "engine/valid/operands.hpp"

namespace detent {

namespace {

/// Whether operands have exactly the types, one by one. Without an early end, so that it becomes vector code.
bool all_equal(const ValType* operands, std::span<const ValType> types) noexcept {
    std::uint8_t mismatches = 0;
    for (std::size_t i = 0; i < types.size(); ++i) {
        const int differs = static_cast<int>(operands[i] != types[i]) & static_cast<int>(operands[i] != kBottom);
        mismatches = static_cast<std::uint8_t>(mismatches | differs);
    }
    return mismatches == 0;
}

} // namespace

bool all_match(std::span<const ValType> list, std::span<const ValType> other, const TypeSpace& types) noexcept {
    if (all_equal(list.data(), other)) return true;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!matches(list[i], other[i], types)) return false;
    }
    return true;
}

bool Operands::reset() noexcept {
    types_.truncate(0);
    outer_.truncate(0);
    wide_ = 0;
    greatest_words_ = 0;
    base_ = {};
    set_reached(true);
    return types_.resize(kFloor);
}

Judgement Operands::push(std::span<const ValType> types) noexcept {
    if (!types_.append(types)) return Judgement::no_memory;
    wide_ += wide_among(types);
    return measured();
}

Judgement Operands::note_height() noexcept {
    if (words() > most_words_) return Judgement::too_high;
    greatest_words_ = words();
    noted_words_ = greatest_words_;
    return Judgement::valid;
}

Judgement Operands::pop_any(ValType& found) noexcept {
    if (at_base()) {
        found = kBottom;
        return base_.is_polymorphic ? Judgement::valid : Judgement::mismatch;
    }
    found = types_.back();
    wide_ -= found == kV128 ? 1U : 0U;
    types_.pop_back();
    return Judgement::valid;
}

Judgement Operands::pop(std::span<const ValType> types) noexcept {
    if (match(types) != Judgement::valid) return Judgement::mismatch;
    truncate(types_.size() - there(types.size()));
    return Judgement::valid;
}

Judgement Operands::pop(ValType expected, std::uint32_t count) noexcept {
    const std::size_t found = there(count);
    if (found < count && !base_.is_polymorphic) return Judgement::mismatch;
    const std::span<const ValType> last = types_.span().last(found);
    if (!std::ranges::all_of(last, [&](ValType type) { return fits(type, expected); })) return Judgement::mismatch;
    truncate(types_.size() - found);
    return Judgement::valid;
}

Judgement Operands::match(std::span<const ValType> types) const noexcept {
    const std::size_t found = there(types.size());
    if (found < types.size() && !base_.is_polymorphic) return Judgement::mismatch;
    const bool fit = all_match(types_.span().last(found), types.last(found), type_space_);
    return fit ? Judgement::valid : Judgement::mismatch;
}

void Operands::enter_again() noexcept {
    base_.is_polymorphic = false;
    set_reached(base_.reaches_behind);
}

void Operands::make_unreachable() noexcept {
    truncate(base_.size);
    base_.is_polymorphic = true;
    set_reached(false);
}

void Operands::truncate(std::size_t size) noexcept {
    if (wide_ != 0) wide_ -= wide_among(types_.span().subspan(size));
    types_.truncate(size);
}

} // namespace detent
