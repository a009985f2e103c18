#include "engine/text/script_values.hpp"

#include "engine/text/constants.hpp"

#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>

namespace detent::text {

namespace {

/// The shapes stand in the same order in both lists.
constexpr bool shapes_agree() noexcept {
    for (std::size_t i = 0; i < std::size(kLaneShapes); ++i) {
        if (lanes_of(static_cast<Shape>(i)) != kLaneShapes[i].lanes) return false;
    }
    return true;
}
static_assert(shapes_agree());

struct NumberWord {
    std::string_view word;
    NumberType type;
    unsigned bits;
    bool is_float;
};

constexpr NumberWord kNumbers[] = {
    {"i32.const", NumberType::i32, 32, false},
    {"i64.const", NumberType::i64, 64, false},
    {"f32.const", NumberType::f32, 32, true},
    {"f64.const", NumberType::f64, 64, true},
};

struct ReferenceWord {
    std::string_view word;
    ReferenceKind kind;
};

constexpr ReferenceWord kReferences[] = {
    {"ref.func", ReferenceKind::func},   {"ref.extern", ReferenceKind::extern_}, {"ref.host", ReferenceKind::host},
    {"ref.i31", ReferenceKind::i31},     {"ref.eq", ReferenceKind::eq},          {"ref.struct", ReferenceKind::struct_},
    {"ref.array", ReferenceKind::array}, {"ref.any", ReferenceKind::any},        {"ref.exn", ReferenceKind::exn},
};

/// Whether a value says what is given or what is expected; only the latter may be a pattern.
enum class Role : std::uint8_t { argument, result };

NanPattern accept_nan(Cursor& cursor, Role role) {
    if (role == Role::argument) return NanPattern::none;
    if (cursor.accept_keyword("nan:canonical")) return NanPattern::canonical;
    return cursor.accept_keyword("nan:arithmetic") ? NanPattern::arithmetic : NanPattern::none;
}

/// A number of a type or a lane; none where it is a NaN pattern instead.
std::uint64_t number_bits(Cursor& cursor, unsigned bits, bool is_float, Role role, NanPattern& nan) {
    if (!is_float) return integer_constant(cursor, bits);
    nan = accept_nan(cursor, role);
    return nan == NanPattern::none ? float_constant(cursor, bits) : 0;
}

Vector vector_value(Cursor& cursor, Role role) {
    Vector out;
    const std::size_t shape = lane_shape(cursor);
    const LaneShape& lanes = kLaneShapes[shape];
    out.shape = static_cast<Shape>(shape);
    for (unsigned i = 0; i < lanes.lanes; ++i) {
        NanPattern nan = NanPattern::none;
        put_lane(out.bytes, lanes, i, number_bits(cursor, lanes.bits, lanes.is_float, role, nan));
        if (lanes.is_float) out.nans[i] = nan;
    }
    return out;
}

std::optional<Value> accept_number(Cursor& cursor, Role role) {
    for (const NumberWord& one : kNumbers) {
        if (!cursor.accept_open(one.word)) continue;
        Number out;
        out.type = one.type;
        out.bits = number_bits(cursor, one.bits, one.is_float, role, out.nan);
        return out;
    }
    if (cursor.accept_open("v128.const")) return vector_value(cursor, role);
    return std::nullopt;
}

std::optional<Value> accept_reference(Cursor& cursor) {
    if (cursor.accept_open("ref.null")) {
        Reference out;
        if (cursor.kind() != TokenKind::close) out.heap_type = cursor.text(cursor.next());
        return out;
    }
    for (const ReferenceWord& one : kReferences) {
        if (!cursor.accept_open(one.word)) continue;
        Reference out;
        out.kind = one.kind;
        if (cursor.kind() != TokenKind::close) out.number = cursor.u32();
        return out;
    }
    return std::nullopt;
}

Value value(Cursor& cursor, Role role) {
    std::optional<Value> out = accept_number(cursor, role);
    if (!out) out = accept_reference(cursor);
    if (!out) cursor.unexpected(1);
    cursor.close();
    return *out;
}

} // namespace

std::vector<Value> script_arguments(Cursor& cursor) {
    std::vector<Value> out;
    while (cursor.kind() == TokenKind::open)
        out.push_back(value(cursor, Role::argument));
    return out;
}

std::vector<Expected> script_results(Cursor& cursor) {
    std::vector<Expected> out;
    while (cursor.kind() == TokenKind::open) {
        Expected one;
        const bool is_either = cursor.accept_open("either");
        do {
            one.choices.push_back(value(cursor, Role::result));
        } while (is_either && cursor.kind() == TokenKind::open);
        if (is_either) cursor.close();
        out.push_back(std::move(one));
    }
    return out;
}

} // namespace detent::text
