#include "conformance/wast_values.hpp"

#include "engine/syntax/type_space.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace detent::conformance {

namespace {

using text::NanPattern;
using text::ReferenceKind;

// Types

ValType type_of(text::NumberType type) noexcept {
    switch (type) {
    case text::NumberType::i32: return kI32;
    case text::NumberType::i64: return kI64;
    case text::NumberType::f32: return kF32;
    case text::NumberType::f64: return kF64;
    }
    return kI32;
}

using Abstract = HeapType::Abstract;

/// Whether a reference type is in the hierarchy below `top`. Of a type that a module defines it is not known: a
/// function, a structure or an array.
bool is_below(ValType type, Abstract top) noexcept {
    if (!is_reference(type)) return false;
    if (type.heap().is_index()) return top == Abstract::func || top == Abstract::any;
    return top_of(type.heap().abstract()) == top;
}

// Floats

constexpr bool is_single(text::NumberType type) noexcept { return type == text::NumberType::f32; }

constexpr std::uint64_t canonical_nan(bool single) noexcept { return single ? 0x7FC00000 : 0x7FF8000000000000; }

/// spec: syntax-nan. A canonical NaN has any sign; an arithmetic one has the bit set that makes it quiet.
bool is_nan_of(NanPattern pattern, std::uint64_t bits, bool single) noexcept {
    const std::uint64_t sign = single ? 0x80000000 : 0x8000000000000000;
    const std::uint64_t quiet = canonical_nan(single);
    return pattern == NanPattern::canonical ? (bits & ~sign) == quiet : (bits & quiet) == quiet;
}

// Lanes

constexpr bool is_float(text::Shape shape) noexcept {
    return shape == text::Shape::f32x4 || shape == text::Shape::f64x2;
}

using Bytes16 = std::array<std::uint8_t, 16>;

std::uint64_t lane_of(const Bytes16& bytes, text::Shape shape, unsigned lane) noexcept {
    const unsigned width = 16 / text::lanes_of(shape);
    std::uint64_t bits = 0;
    for (unsigned i = width; i-- > 0;)
        bits = bits << 8 | bytes[lane * width + i];
    return bits;
}

void set_lane(Bytes16& bytes, text::Shape shape, unsigned lane, std::uint64_t bits) noexcept {
    const unsigned width = 16 / text::lanes_of(shape);
    for (unsigned i = 0; i < width; ++i)
        bytes[lane * width + i] = static_cast<std::uint8_t>(bits >> (8 * i));
}

NanPattern nan_of(const text::Vector& vector, unsigned lane) noexcept {
    return is_float(vector.shape) ? vector.nans[lane] : NanPattern::none;
}

Bytes16 bytes_of(const Value& value) noexcept {
    Bytes16 bytes{};
    set_lane(bytes, text::Shape::i64x2, 0, value.low);
    set_lane(bytes, text::Shape::i64x2, 1, value.high);
    return bytes;
}

// References

/// The hierarchy of a heap type as it is written; nothing for an index or an identifier.
std::optional<Abstract> top_named(const std::string& heap_type) noexcept {
    for (unsigned i = 0; i < static_cast<unsigned>(Abstract::bottom); ++i) {
        if (heap_type == to_text(static_cast<Abstract>(i))) return top_of(static_cast<Abstract>(i));
    }
    return std::nullopt;
}

bool is_null_of(const text::Reference& wanted, const Value& got) noexcept {
    const std::optional<Abstract> top = top_named(wanted.heap_type);
    return got.low == 0 && (!top || is_below(got.type, *top));
}

// Matching

struct Matcher {
    const Value& got;
    const Store& store;

    bool operator()(const text::Number& wanted) const noexcept {
        if (got.type != type_of(wanted.type)) return false;
        if (wanted.nan == NanPattern::none) return got.low == wanted.bits;
        return is_nan_of(wanted.nan, got.low, is_single(wanted.type));
    }

    bool operator()(const text::Vector& wanted) const noexcept {
        if (got.type != kV128) return false;
        const Bytes16 bytes = bytes_of(got);
        for (unsigned lane = 0; lane < text::lanes_of(wanted.shape); ++lane) {
            const std::uint64_t bits = lane_of(bytes, wanted.shape, lane);
            const NanPattern nan = nan_of(wanted, lane);
            const bool same = nan == NanPattern::none ? bits == lane_of(wanted.bytes, wanted.shape, lane)
                                                      : is_nan_of(nan, bits, wanted.shape == text::Shape::f32x4);
            if (!same) return false;
        }
        return true;
    }

    bool operator()(const text::Reference& wanted) const noexcept {
        if (!is_reference(got.type)) return false;
        if (wanted.kind == ReferenceKind::null) return is_null_of(wanted, got);
        const Ref ref(got.low);
        return !ref.is_null() && is_referent(wanted, ref);
    }

    /// Of a reference that is not null.
    bool is_referent(const text::Reference& wanted, Ref ref) const noexcept {
        const bool is_internal = is_below(got.type, Abstract::any);
        const bool is_number = ref.is(RefKind::host) && wanted.number && ref.payload() == *wanted.number;
        switch (wanted.kind) {
        case ReferenceKind::null: return false;
        case ReferenceKind::func: return ref.is(RefKind::func) && !wanted.number;
        case ReferenceKind::extern_: return is_below(got.type, Abstract::extern_) && (!wanted.number || is_number);
        case ReferenceKind::host: return is_internal && is_number;
        case ReferenceKind::i31: return is_internal && ref.is(RefKind::i31);
        case ReferenceKind::eq: return is_internal && (ref.is(RefKind::i31) || ref.is(RefKind::object));
        case ReferenceKind::struct_: return is_internal && is_object(ref, CompositeKind::struct_);
        case ReferenceKind::array: return is_internal && is_object(ref, CompositeKind::array);
        case ReferenceKind::any: return is_internal && !ref.is(RefKind::func);
        case ReferenceKind::exn: return ref.is(RefKind::exception);
        }
        return false;
    }

    bool is_object(Ref ref, CompositeKind kind) const noexcept {
        return ref.is(RefKind::object) && store.heap().object(ref).type->kind == kind;
    }
};

} // namespace

std::optional<Value> argument_of(const text::Value& value, ValType parameter) noexcept {
    if (const auto* number = std::get_if<text::Number>(&value)) {
        if (type_of(number->type) != parameter || number->nan != NanPattern::none) return std::nullopt;
        return Value{parameter, number->bits, 0};
    }
    if (const auto* vector = std::get_if<text::Vector>(&value)) {
        if (parameter != kV128) return std::nullopt;
        return Value{parameter, lane_of(vector->bytes, text::Shape::i64x2, 0),
                     lane_of(vector->bytes, text::Shape::i64x2, 1)};
    }
    const text::Reference& reference = std::get<text::Reference>(value);
    if (!is_reference(parameter)) return std::nullopt;
    if (reference.kind == ReferenceKind::null) return Value::ref(parameter, Ref());
    const bool is_host = (reference.kind == ReferenceKind::extern_ && is_below(parameter, Abstract::extern_)) ||
                         (reference.kind == ReferenceKind::host && is_below(parameter, Abstract::any));
    if (!is_host || !reference.number) return std::nullopt;
    return Value::ref(parameter, Ref::external(*reference.number));
}

bool matches(const text::Value& wanted, const Value& got, const Store& store) noexcept {
    return std::visit(Matcher{got, store}, wanted);
}

bool matches(const text::Expected& wanted, const Value& got, const Store& store) noexcept {
    return std::ranges::any_of(wanted.choices, [&](const text::Value& each) { return matches(each, got, store); });
}

void fix_nans(text::Value& value) noexcept {
    if (auto* number = std::get_if<text::Number>(&value)) {
        if (number->nan != NanPattern::none) number->bits = canonical_nan(is_single(number->type));
        number->nan = NanPattern::none;
    } else if (auto* vector = std::get_if<text::Vector>(&value); vector != nullptr && is_float(vector->shape)) {
        for (unsigned lane = 0; lane < text::lanes_of(vector->shape); ++lane) {
            if (std::exchange(vector->nans[lane], NanPattern::none) == NanPattern::none) continue;
            set_lane(vector->bytes, vector->shape, lane, canonical_nan(vector->shape == text::Shape::f32x4));
        }
    }
}

// Showing

namespace {

std::string hex(std::uint64_t bits) {
    char digits[24];
    std::snprintf(digits, sizeof digits, "0x%llx", static_cast<unsigned long long>(bits));
    return digits;
}

std::string shown(NanPattern nan, std::uint64_t bits) {
    switch (nan) {
    case NanPattern::none: return hex(bits);
    case NanPattern::canonical: return "nan:canonical";
    case NanPattern::arithmetic: return "nan:arithmetic";
    }
    return hex(bits);
}

constexpr const char* kShapes[] = {"i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2"};
constexpr const char* kReferences[] = {"ref.null", "ref.func",   "ref.extern", "ref.host", "ref.i31",
                                       "ref.eq",   "ref.struct", "ref.array",  "ref.any",  "ref.exn"};

std::string shown_vector(const Bytes16& bytes, text::Shape shape, const text::Vector* patterns) {
    std::string text = std::string("v128 ") + kShapes[static_cast<std::size_t>(shape)];
    for (unsigned lane = 0; lane < text::lanes_of(shape); ++lane) {
        const NanPattern nan = patterns == nullptr ? NanPattern::none : nan_of(*patterns, lane);
        text += " " + shown(nan, lane_of(bytes, shape, lane));
    }
    return text;
}

std::string shown_number(ValType type, std::uint64_t bits) {
    const std::string text = std::string(to_text(type).c_str()) + " ";
    const bool is_float = type == kF32 || type == kF64;
    return text + (is_float || bits > 9 ? hex(bits) : std::to_string(bits));
}

struct Shower {
    std::string operator()(const text::Number& number) const {
        if (number.nan == NanPattern::none) return shown_number(type_of(number.type), number.bits);
        return std::string(to_text(type_of(number.type)).c_str()) + " " + shown(number.nan, 0);
    }
    std::string operator()(const text::Vector& vector) const {
        return shown_vector(vector.bytes, vector.shape, &vector);
    }
    std::string operator()(const text::Reference& reference) const {
        std::string text = kReferences[static_cast<std::size_t>(reference.kind)];
        if (!reference.heap_type.empty()) text += " " + reference.heap_type;
        if (reference.number) text += " " + std::to_string(*reference.number);
        return text;
    }
};

} // namespace

std::string shown(const text::Value& value) { return std::visit(Shower{}, value); }

std::string shown(const text::Expected& expected) {
    std::string text;
    for (const text::Value& choice : expected.choices)
        text += (text.empty() ? "" : " or ") + shown(choice);
    return text;
}

std::string shown(const Value& value, const text::Expected* wanted) {
    if (value.type == kV128) {
        const auto* vector = wanted == nullptr || wanted->choices.empty()
                                 ? nullptr
                                 : std::get_if<text::Vector>(&wanted->choices.front());
        return shown_vector(bytes_of(value), vector == nullptr ? text::Shape::i32x4 : vector->shape, nullptr);
    }
    if (!is_reference(value.type)) return shown_number(value.type, value.low);
    return std::string(to_text(value.type).c_str()) + (value.low == 0 ? " null" : " " + hex(value.low));
}

} // namespace detent::conformance
