#include "engine/text/constants.hpp"

#include "engine/text/literals.hpp"

#include <iterator>

namespace detent::text {

std::size_t lane_shape(Cursor& cursor) {
    for (std::size_t i = 0; i < std::size(kLaneShapes); ++i) {
        if (cursor.accept_keyword(kLaneShapes[i].word)) return i;
    }
    cursor.unexpected();
}

std::uint64_t integer_constant(Cursor& cursor, unsigned bits) {
    const TokenKind kind = cursor.kind();
    if (kind != TokenKind::natural && kind != TokenKind::integer) cursor.unexpected();
    const Token& token = cursor.next();
    const std::optional<std::uint64_t> value = integer_bits(cursor.text(token), bits);
    if (!value) fail(ErrorCode::constant_out_of_range, token.begin);
    return *value;
}

std::uint64_t float_constant(Cursor& cursor, unsigned bits) {
    if (!is_number(cursor)) cursor.unexpected();
    const Token& token = cursor.next();
    std::optional<std::uint64_t> value;
    if (bits == 32) {
        value = f32_bits(cursor.text(token));
    } else {
        value = f64_bits(cursor.text(token));
    }
    if (!value) fail(ErrorCode::constant_out_of_range, token.begin);
    return *value;
}

bool is_number(const Cursor& cursor, std::uint32_t ahead) noexcept {
    const TokenKind kind = cursor.kind(ahead);
    return kind == TokenKind::natural || kind == TokenKind::integer || kind == TokenKind::real ||
           (kind == TokenKind::keyword && is_float_word(cursor.word(ahead)));
}

void put_lane(std::array<std::uint8_t, 16>& bytes, const LaneShape& shape, unsigned lane,
              std::uint64_t value) noexcept {
    const unsigned size = shape.bits / 8;
    for (unsigned i = 0; i < size; ++i)
        bytes[std::size_t{lane} * size + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::array<std::uint8_t, 16> vector_constant(Cursor& cursor) {
    const LaneShape& shape = kLaneShapes[lane_shape(cursor)];
    unsigned count = 0;
    while (count <= shape.lanes && is_number(cursor, count))
        ++count;
    const TokenKind behind = cursor.kind(count);
    const bool ends = behind == TokenKind::open || behind == TokenKind::close;
    if (count > shape.lanes || (count < shape.lanes && ends)) fail(ErrorCode::wrong_number_of_lanes, cursor.offset());
    std::array<std::uint8_t, 16> bytes{};
    for (unsigned i = 0; i < shape.lanes; ++i) {
        const std::uint64_t value =
            shape.is_float ? float_constant(cursor, shape.bits) : integer_constant(cursor, shape.bits);
        put_lane(bytes, shape, i, value);
    }
    return bytes;
}

} // namespace detent::text
