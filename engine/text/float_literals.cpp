// Exact rounding of float literals. Decimal ones go through std::from_chars, which rounds exactly; hexadecimal ones are
// rounded here.
#include "engine/text/literals.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstddef>
#include <limits>
#include <string>
#include <system_error>

namespace detent::text {

namespace {

/// What tells the two formats apart.
template <class Float, class Bits, int MantissaBits>
struct Format {
    using float_type = Float;
    using bits_type = Bits;
    /// Without the leading one.
    static constexpr int kMantissaBits = MantissaBits;
    static constexpr int kExponentBits = static_cast<int>(sizeof(Bits)) * 8 - 1 - MantissaBits;
    static constexpr int kBias = (1 << (kExponentBits - 1)) - 1;
    static constexpr Bits kInfinity = static_cast<Bits>(((Bits{1} << kExponentBits) - 1) << MantissaBits);
    static constexpr Bits kQuiet = static_cast<Bits>(Bits{1} << (MantissaBits - 1));
    static constexpr Bits kSign = static_cast<Bits>(Bits{1} << (sizeof(Bits) * 8 - 1));
};

using F32 = Format<float, std::uint32_t, 23>;
using F64 = Format<double, std::uint64_t, 52>;

/// A literal in its parts: the digits in front of the exponent, and the exponent, which is as good as infinite past
/// kFar and so is cut there.
struct Parts {
    std::string_view digits;
    std::int64_t exponent = 0;
};

constexpr std::int64_t kFar = std::int64_t{1} << 40;

std::int64_t exponent_value(std::string_view digits) noexcept {
    const bool is_negative = !digits.empty() && digits[0] == '-';
    std::int64_t value = 0;
    for (const char c : digits) {
        if (is_digit(c)) value = std::min(value * 10 + (c - '0'), kFar);
    }
    return is_negative ? -value : value;
}

Parts parts_of(std::string_view literal, char letter) noexcept {
    const char letters[] = {letter, static_cast<char>(letter - 0x20)};
    const std::size_t at = literal.find_first_of(std::string_view(letters, 2));
    if (at == std::string_view::npos) return {literal, 0};
    return {literal.substr(0, at), exponent_value(literal.substr(at + 1))};
}

/// A magnitude: mantissa · 2^exponent, and whether digits that it has no room for were not all zero.
struct Binary {
    std::uint64_t mantissa = 0;
    std::int64_t exponent = 0;
    bool is_inexact = false;
};

Binary hex_magnitude(std::string_view literal) noexcept {
    const Parts parts = parts_of(literal, 'p');
    Binary out;
    out.exponent = parts.exponent;
    bool is_behind_point = false;
    for (const char c : parts.digits) {
        if (c == '.') is_behind_point = true;
        if (!is_hex_digit(c)) continue;
        const bool has_room = out.mantissa >> 60 == 0;
        if (has_room) {
            out.mantissa = out.mantissa << 4 | hex_value(c);
        } else {
            out.is_inexact |= c != '0';
        }
        // A digit that is kept behind the point, or dropped in front of it, moves the point.
        if (has_room && is_behind_point) out.exponent -= 4;
        if (!has_room && !is_behind_point) out.exponent += 4;
    }
    return out;
}

/// The mantissa without its last `drop` bits, rounded to the nearest, ties to even.
std::uint64_t rounded(const Binary& value, std::int64_t drop) noexcept {
    if (drop <= 0) return value.mantissa << -drop;
    if (drop > 64) return 0;
    const std::uint64_t kept = drop == 64 ? 0 : value.mantissa >> drop;
    const std::uint64_t half = std::uint64_t{1} << (drop - 1);
    const std::uint64_t rest = drop == 64 ? value.mantissa : value.mantissa & ((half << 1) - 1);
    const bool is_above = rest > half || (rest == half && value.is_inexact);
    const bool is_tie = rest == half && !value.is_inexact;
    return kept + ((is_above || (is_tie && (kept & 1) != 0)) ? 1 : 0);
}

template <class F>
std::optional<typename F::bits_type> hex_bits(std::string_view literal) noexcept {
    const Binary value = hex_magnitude(literal);
    if (value.mantissa == 0) return typename F::bits_type{0};
    // The exponent of the leading one, and that of the last bit of the result, which for a subnormal is fixed.
    const std::int64_t leading = value.exponent + static_cast<int>(std::bit_width(value.mantissa)) - 1;
    if (leading > F::kBias) return std::nullopt;
    const std::int64_t last = std::max<std::int64_t>(leading, 1 - F::kBias) - F::kMantissaBits;
    const std::uint64_t mantissa = rounded(value, last - value.exponent);
    // The leading one of a normal number adds 1 to the exponent; so does a carry out of the mantissa.
    const std::uint64_t biased = leading < 1 - F::kBias ? 0 : static_cast<std::uint64_t>(leading + F::kBias - 1);
    const std::uint64_t bits = (biased << F::kMantissaBits) + mantissa;
    if (bits >= F::kInfinity) return std::nullopt;
    return static_cast<typename F::bits_type>(bits);
}

/// Whether a decimal literal that is not zero lies above 1, far enough from it to say which limit it passed.
bool is_large(std::string_view literal) noexcept {
    const Parts parts = parts_of(literal, 'e');
    const std::size_t point = std::min(parts.digits.find('.'), parts.digits.size());
    const std::size_t first = parts.digits.find_first_of("123456789");
    return parts.exponent + static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) > 0;
}

template <class F>
std::optional<typename F::bits_type> decimal_bits(std::string_view literal) {
    std::string digits(literal);
    std::erase(digits, '_');
    typename F::float_type value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range && !is_large(digits)) return typename F::bits_type{0};
    if (error != std::errc() || value > std::numeric_limits<typename F::float_type>::max()) return std::nullopt;
    return std::bit_cast<typename F::bits_type>(value);
}

/// `nan:0x…`: the payload is not zero and fits the mantissa.
template <class F>
std::optional<typename F::bits_type> nan_bits(std::string_view payload) noexcept {
    const std::optional<std::uint64_t> bits = hex_number(payload);
    if (!bits || *bits == 0 || (*bits >> F::kMantissaBits) != 0) return std::nullopt;
    return static_cast<typename F::bits_type>(F::kInfinity | *bits);
}

template <class F>
std::optional<typename F::bits_type> magnitude_bits(std::string_view word) {
    if (word == "inf") return F::kInfinity;
    if (word == "nan") return static_cast<typename F::bits_type>(F::kInfinity | F::kQuiet);
    if (word.starts_with("nan:0x")) return nan_bits<F>(word.substr(6));
    return word.starts_with("0x") ? hex_bits<F>(word.substr(2)) : decimal_bits<F>(word);
}

template <class F>
std::optional<typename F::bits_type> float_bits(std::string_view word) {
    const bool has_sign = word[0] == '+' || word[0] == '-';
    std::optional<typename F::bits_type> bits = magnitude_bits<F>(has_sign ? word.substr(1) : word);
    if (bits && word[0] == '-') *bits |= F::kSign;
    return bits;
}

} // namespace

std::optional<std::uint32_t> f32_bits(std::string_view word) { return float_bits<F32>(word); }

std::optional<std::uint64_t> f64_bits(std::string_view word) { return float_bits<F64>(word); }

} // namespace detent::text
