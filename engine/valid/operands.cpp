#include "engine/valid/operands.hpp"

namespace detent {

namespace {

/// Whether operands match types, one by one. Without an early end, so that it becomes vector code.
bool all_match(const ValType* operands, std::span<const ValType> types) noexcept {
    std::uint8_t mismatches = 0;
    for (std::size_t i = 0; i < types.size(); ++i) {
        const int differs = static_cast<int>(operands[i] != types[i]) & static_cast<int>(operands[i] != kBottom);
        mismatches = static_cast<std::uint8_t>(mismatches | differs);
    }
    return mismatches == 0;
}

} // namespace

void Operands::reset() noexcept {
    types_.truncate(0);
    wide_ = 0;
    greatest_words_ = 0;
    base_ = 0;
    is_polymorphic_ = false;
    is_reached_ = true;
}

Judgement Operands::push(std::span<const ValType> types) noexcept {
    if (!types_.append(types)) return Judgement::no_memory;
    wide_ += wide_among(types);
    return measured();
}

Judgement Operands::pop_any(ValType& found) noexcept {
    if (types_.size() == base_) {
        found = kBottom;
        return is_polymorphic_ ? Judgement::valid : Judgement::mismatch;
    }
    found = types_.back();
    wide_ -= found == kV128 ? 1U : 0U;
    types_.pop_back();
    return Judgement::valid;
}

Judgement Operands::pop(std::span<const ValType> types) noexcept {
    if (match(types) != Judgement::valid) return Judgement::mismatch;
    truncate(types_.size() - std::min(types.size(), types_.size() - base_));
    return Judgement::valid;
}

Judgement Operands::match(std::span<const ValType> types) const noexcept {
    const std::size_t there = std::min(types.size(), types_.size() - base_);
    if (there < types.size() && !is_polymorphic_) return Judgement::mismatch;
    const bool matches = all_match(types_.end() - there, types.last(there));
    return matches ? Judgement::valid : Judgement::mismatch;
}

Operands::Base Operands::enter() noexcept {
    const Base base{types_.size(), words(), false, is_reached_};
    base_ = base.size;
    is_polymorphic_ = false;
    return base;
}

void Operands::leave(const Base& inner, const Base& outer) noexcept {
    is_reached_ = inner.reaches_behind;
    base_ = outer.size;
    is_polymorphic_ = outer.is_polymorphic;
}

void Operands::enter_again(Base& base) noexcept {
    base.is_polymorphic = false;
    is_polymorphic_ = false;
    is_reached_ = base.reaches_behind;
}

void Operands::make_unreachable(Base& base) noexcept {
    truncate(base.size);
    base.is_polymorphic = true;
    is_polymorphic_ = true;
    is_reached_ = false;
}

void Operands::truncate(std::size_t size) noexcept {
    if (wide_ != 0) wide_ -= wide_among(types_.span().subspan(size));
    types_.truncate(size);
}

} // namespace detent
