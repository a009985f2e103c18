#include "engine/text/number_text.hpp"

#include <array>
#include <bit>
#include <charconv>

namespace detent::text {

namespace {

/// What std::to_chars writes; the buffer holds any number of 64 bits.
template <class Number, class... Form>
std::string written(Number value, Form... form) {
    std::array<char, 64> buffer;
    const std::to_chars_result end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, form...);
    return {buffer.data(), end.ptr};
}

/// spec: text-float. The standard library writes the shortest decimal from which the same number is read; what it calls
/// a NaN has lost its payload, which is therefore written here.
template <class Float, unsigned Significand, class Bits>
std::string float_text(Bits bits) {
    constexpr Bits kPayload = (Bits{1} << Significand) - 1;
    constexpr Bits kCanonical = Bits{1} << (Significand - 1);
    constexpr Bits kSign = Bits{1} << (sizeof(Bits) * 8 - 1);
    const Bits magnitude = bits & ~kSign;
    const Bits payload = bits & kPayload;
    const std::string sign = (bits & kSign) != 0 ? "-" : "";
    if (magnitude <= (~kSign & ~kPayload)) return sign + written(std::bit_cast<Float>(magnitude));
    return payload == kCanonical ? sign + "nan" : sign + "nan:" + hexadecimal(payload);
}

} // namespace

std::string decimal(std::uint64_t value) { return written(value); }

std::string signed_decimal(std::int64_t value) { return written(value); }

std::string hexadecimal(std::uint64_t value, unsigned digits) {
    const std::string text = written(value, 16);
    const std::size_t zeros = text.size() < digits ? digits - text.size() : 0;
    return "0x" + std::string(zeros, '0') + text;
}

std::string f32_text(std::uint32_t bits) { return float_text<float, 23>(bits); }

std::string f64_text(std::uint64_t bits) { return float_text<double, 52>(bits); }

} // namespace detent::text
