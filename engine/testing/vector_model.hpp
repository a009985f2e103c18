// A model of the vector instructions, apart from the engine: it finds what an instruction does in the words of its
// mnemonic, takes each lane as an exact integer or a double, computes there, and cuts the result to the lane. Written
// from the specification's equations (Execution, Numerics) with every choice of the relaxed instructions the first one,
// as under the deterministic profile.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace detent::testing {

/// A value of any type, as its bytes, the lowest first; a scalar is in the first ones, and zeros follow.
using Cell = std::array<std::uint8_t, 16>;

/// Any lane, and any sum or product of two.
__extension__ using Whole = __int128;

inline Whole field(const Cell& cell, unsigned bits, unsigned index, bool is_signed) {
    Whole value = 0;
    for (unsigned byte = bits / 8; byte-- > 0;)
        value = value * 256 + cell[index * (bits / 8) + byte];
    const Whole range = Whole{1} << bits;
    return is_signed && value >= range / 2 ? value - range : value;
}

/// Keeps the lowest bits, as two's complement has them.
inline void set_field(Cell& cell, unsigned bits, unsigned index, Whole value) {
    for (unsigned byte = 0; byte < bits / 8; ++byte, value >>= 8)
        cell[index * (bits / 8) + byte] = static_cast<std::uint8_t>(value & 0xFF);
}

inline double float_field(const Cell& cell, unsigned bits, unsigned index) {
    const Whole value = field(cell, bits, index, false);
    if (bits == 32) return double{std::bit_cast<float>(static_cast<std::uint32_t>(value))};
    return std::bit_cast<double>(static_cast<std::uint64_t>(value));
}

/// Rounds once. What a double holds of an operation on two floats is so exact that a second rounding changes nothing.
inline void set_float(Cell& cell, unsigned bits, unsigned index, double value) {
    if (std::isnan(value)) return set_field(cell, bits, index, bits == 32 ? 0x7FC00000 : 0x7FF8000000000000);
    if (bits == 32) return set_field(cell, bits, index, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
    set_field(cell, bits, index, static_cast<Whole>(std::bit_cast<std::uint64_t>(value)));
}

inline Whole least(unsigned bits, bool is_signed) { return is_signed ? -(Whole{1} << (bits - 1)) : 0; }
inline Whole greatest(unsigned bits, bool is_signed) { return (Whole{1} << (is_signed ? bits - 1 : bits)) - 1; }

inline Whole floor_divided(Whole value, Whole by) { return (value - ((value % by) + by) % by) / by; }

class VectorModel {
  public:
    /// Of "i8x16.add_sat_s": lanes of 8 bits; the words add, sat, s.
    explicit VectorModel(std::string_view mnemonic) {
        const std::size_t dot = mnemonic.find('.');
        const std::string_view shape = mnemonic.substr(0, dot);
        is_float_ = shape[0] == 'f';
        bits_ = bits_named(shape);
        std::string word;
        for (const char c : mnemonic.substr(dot + 1)) {
            if (c != '_') word += c;
            if (c == '_') words_.push_back(std::exchange(word, {}));
        }
        words_.push_back(word);
        make_strict();
        is_signed_ = has("s");
    }

    /// The result, or nothing if the model does not know the instruction. `immediates` are lane indices.
    std::optional<Cell> operator()(const std::vector<Cell>& in, const std::vector<unsigned>& immediates = {}) const {
        if (has("lane") || has("shuffle")) return moved(in, immediates);
        if (const auto result = by_bits(in)) return result;
        if (const auto result = between_shapes(in)) return result;
        if (const auto result = of_whole_vector(in[0])) return result;
        return is_float_ ? by_float_lanes(in) : by_integer_lanes(in);
    }

    /// What a load makes of the bytes at its address, and of a vector.
    std::optional<Cell> loaded(const Cell& memory, const Cell& vector, unsigned lane) const {
        const std::string form = words_[0].substr(4);
        const unsigned bits = form.empty() ? 128 : static_cast<unsigned>(std::stoul(form));
        Cell out{};
        if (form.empty()) return memory;
        if (has("splat")) return splat(memory, bits);
        if (has("zero")) {
            set_field(out, bits, 0, field(memory, bits, 0, false));
            return out;
        }
        if (has("lane")) {
            out = vector;
            set_field(out, bits, lane, field(memory, bits, 0, false));
            return out;
        }
        return widened(memory, bits, 0);
    }

  private:
    static unsigned bits_named(std::string_view shape) {
        if (shape == "v128") return 128;
        return static_cast<unsigned>(std::stoul(std::string(shape.substr(1))));
    }

    /// A relaxed instruction is the strict one that it is under the deterministic profile.
    void make_strict() {
        if (words_[0] != "relaxed") return;
        words_.erase(words_.begin());
        is_relaxed_ = true;
        if (words_[0] == "trunc" || words_[0] == "q15mulr") words_.insert(words_.begin() + 1, "sat");
        if (words_[0] == "laneselect") words_ = {"bitselect"};
    }

    bool has(std::string_view word) const { return std::find(words_.begin(), words_.end(), word) != words_.end(); }
    unsigned count() const { return 128 / bits_; }
    /// Lanes of the shape that the mnemonic names behind its operator.
    unsigned other_bits(std::size_t word) const { return bits_named(words_[word]); }

    static Cell splat(const Cell& scalar, unsigned bits) {
        Cell out{};
        for (unsigned i = 0; i < 128 / bits; ++i)
            set_field(out, bits, i, field(scalar, bits, 0, false));
        return out;
    }

    Cell widened(const Cell& from, unsigned bits, unsigned first) const {
        Cell out{};
        for (unsigned i = 0; i < 64 / bits; ++i)
            set_field(out, 2 * bits, i, field(from, bits, first + i, is_signed_));
        return out;
    }

    std::optional<Cell> moved(const std::vector<Cell>& in, const std::vector<unsigned>& immediates) const {
        Cell out = in[0];
        if (words_[0] == "replace") set_field(out, bits_, immediates[0], field(in[1], bits_, 0, false));
        if (words_[0] == "extract") {
            out = {};
            const unsigned width = bits_ < 32 ? 32 : bits_;
            set_field(out, width, 0, field(in[0], bits_, immediates[0], is_signed_));
        }
        for (unsigned i = 0; words_[0] == "shuffle" && i < 16; ++i)
            out[i] = in[immediates[i] / 16][immediates[i] % 16];
        return out;
    }

    std::optional<Cell> by_bits(const std::vector<Cell>& in) const {
        using Bit = std::function<bool(bool, bool, bool)>;
        static const std::map<std::string, Bit> kBits = {
            {"not", [](bool a, bool, bool) { return !a; }},
            {"and", [](bool a, bool b, bool) { return a && b; }},
            {"andnot", [](bool a, bool b, bool) { return a && !b; }},
            {"or", [](bool a, bool b, bool) { return a || b; }},
            {"xor", [](bool a, bool b, bool) { return a != b; }},
            {"bitselect", [](bool a, bool b, bool mask) { return mask ? a : b; }},
        };
        const auto found = kBits.find(words_[0]);
        if (found == kBits.end()) return std::nullopt;
        const auto bit = [&](std::size_t operand, unsigned i) {
            return operand < in.size() && ((in[operand][i / 8] >> (i % 8)) & 1) != 0;
        };
        Cell out{};
        for (unsigned i = 0; i < 128; ++i) {
            if (found->second(bit(0, i), bit(1, i), bit(2, i))) out[i / 8] |= static_cast<std::uint8_t>(1 << (i % 8));
        }
        return out;
    }

    std::optional<Cell> of_whole_vector(const Cell& in) const {
        const std::string& name = words_[0];
        if (name == "splat") return splat(in, bits_);
        Cell out{};
        if (name == "any") set_field(out, 32, 0, in != Cell{} ? 1 : 0);
        if (name == "all") set_field(out, 32, 0, has_zero_lane(in) ? 0 : 1);
        if (name == "bitmask") set_field(out, 32, 0, signs(in));
        if (name == "any" || name == "all" || name == "bitmask") return out;
        return std::nullopt;
    }

    bool has_zero_lane(const Cell& in) const {
        bool found = false;
        for (unsigned i = 0; i < count(); ++i)
            found = found || field(in, bits_, i, false) == 0;
        return found;
    }

    /// The sign of lane i is bit i.
    Whole signs(const Cell& in) const {
        Whole mask = 0;
        for (unsigned i = 0; i < count(); ++i)
            mask += field(in, bits_, i, true) < 0 ? Whole{1} << i : 0;
        return mask;
    }

    std::optional<Cell> between_shapes(const std::vector<Cell>& in) const {
        const std::string& name = words_[0];
        Cell out{};
        if (name == "swizzle") {
            for (unsigned i = 0; i < 16; ++i)
                out[i] = in[1][i] < 16 ? in[0][in[1][i]] : 0;
            return out;
        }
        if (name == "extend") return widened(in[0], bits_ / 2, has("high") ? count() : 0);
        if (name == "narrow") return narrowed(in);
        if (name == "extmul" || name == "extadd" || name == "dot") return paired(in);
        if (name == "trunc" && has("sat")) return truncated(in[0], other_bits(2));
        if (name == "convert" || name == "demote" || name == "promote") return converted(in[0]);
        return std::nullopt;
    }

    Cell narrowed(const std::vector<Cell>& in) const {
        Cell out{};
        for (unsigned i = 0; i < count(); ++i) {
            const Whole wide = field(in[i / (count() / 2)], 2 * bits_, i % (count() / 2), true);
            set_field(out, bits_, i, std::clamp(wide, least(bits_, is_signed_), greatest(bits_, is_signed_)));
        }
        return out;
    }

    Cell paired(const std::vector<Cell>& in) const {
        const bool of_bytes = has("i7x16") && has("add");
        const unsigned half = of_bytes ? 8 : bits_ / 2;
        const auto of = [&](const Cell& cell, unsigned i) { return field(cell, half, i, is_signed_); };
        const auto two = [&](unsigned i) {
            const Whole sum = of(in[0], i) * of(in[1], i) + of(in[0], i + 1) * of(in[1], i + 1);
            return is_relaxed_ ? std::clamp<Whole>(sum, -32768, 32767) : sum;
        };
        Cell out{};
        for (unsigned i = 0; i < count(); ++i) {
            const unsigned single = has("high") ? i + count() : i;
            Whole value = 0;
            if (of_bytes)
                value = two(4 * i) + two(4 * i + 2) + field(in[2], 32, i, true);
            else if (has("dot"))
                value = two(2 * i);
            else if (has("extadd"))
                value = of(in[0], 2 * i) + of(in[0], 2 * i + 1);
            else
                value = of(in[0], single) * of(in[1], single);
            set_field(out, bits_, i, value);
        }
        return out;
    }

    Cell truncated(const Cell& in, unsigned from) const {
        Cell out{};
        for (unsigned i = 0; i < 128 / from; ++i) {
            const double x = float_field(in, from, i);
            const auto low = static_cast<double>(least(32, is_signed_));
            const auto high = static_cast<double>(greatest(32, is_signed_));
            const double within = std::isnan(x) ? 0 : std::clamp(std::trunc(x), low, high);
            set_field(out, 32, i, static_cast<Whole>(within));
        }
        return out;
    }

    Cell converted(const Cell& in) const {
        const unsigned from = words_[0] == "demote" ? 64 : 32;
        Cell out{};
        for (unsigned i = 0; i < std::min(count(), 128 / from); ++i) {
            const double x =
                words_[0] == "convert" ? static_cast<double>(field(in, from, i, is_signed_)) : float_field(in, from, i);
            set_float(out, bits_, i, x);
        }
        return out;
    }

    std::optional<Cell> by_integer_lanes(const std::vector<Cell>& in) const {
        using Integer = std::function<Whole(Whole, Whole)>;
        // A relation gives -1, all ones.
        static const std::map<std::string, Integer> kIntegers = {
            {"abs", [](Whole a, Whole) { return a < 0 ? -a : a; }},
            {"neg", [](Whole a, Whole) { return -a; }},
            {"popcnt",
             [](Whole a, Whole) {
                 Whole ones = 0;
                 for (; a != 0; a /= 2)
                     ones += a % 2;
                 return ones;
             }},
            {"add", [](Whole a, Whole b) { return a + b; }},
            {"sub", [](Whole a, Whole b) { return a - b; }},
            {"mul", [](Whole a, Whole b) { return a * b; }},
            {"min", [](Whole a, Whole b) { return std::min(a, b); }},
            {"max", [](Whole a, Whole b) { return std::max(a, b); }},
            {"avgr", [](Whole a, Whole b) { return (a + b + 1) / 2; }},
            {"q15mulr", [](Whole a, Whole b) { return floor_divided(a * b + 16384, 32768); }},
            {"eq", [](Whole a, Whole b) { return a == b ? -1 : 0; }},
            {"ne", [](Whole a, Whole b) { return a != b ? -1 : 0; }},
            {"lt", [](Whole a, Whole b) { return a < b ? -1 : 0; }},
            {"gt", [](Whole a, Whole b) { return a > b ? -1 : 0; }},
            {"le", [](Whole a, Whole b) { return a <= b ? -1 : 0; }},
            {"ge", [](Whole a, Whole b) { return a >= b ? -1 : 0; }},
            {"shl", [](Whole a, Whole count) { return a * (Whole{1} << count); }},
            {"shr", [](Whole a, Whole count) { return floor_divided(a, Whole{1} << count); }},
        };
        const auto found = kIntegers.find(words_[0]);
        if (found == kIntegers.end()) return std::nullopt;
        const bool is_shift = words_[0].starts_with("sh");
        // The low half of a product is the same for both signs, and with this one the whole of it fits.
        const bool is_signed = is_signed_ || words_[0] == "abs" || words_[0] == "mul";
        Cell out{};
        for (unsigned i = 0; i < count(); ++i) {
            const Whole a = field(in[0], bits_, i, is_signed);
            const Whole b = is_shift        ? field(in[1], 32, 0, false) % bits_
                            : in.size() > 1 ? field(in[1], bits_, i, is_signed)
                                            : 0;
            const Whole exact = found->second(a, b);
            const Whole value =
                has("sat") ? std::clamp(exact, least(bits_, is_signed), greatest(bits_, is_signed)) : exact;
            set_field(out, bits_, i, value);
        }
        return out;
    }

    std::optional<Cell> by_float_lanes(const std::vector<Cell>& in) const {
        Cell out{};
        for (unsigned i = 0; i < count(); ++i) {
            if (!exact_on_bits(out, in, i) && !computed(out, in, i)) return std::nullopt;
        }
        return out;
    }

    /// Relations, and the operators that keep a NaN as it is.
    bool exact_on_bits(Cell& out, const std::vector<Cell>& in, unsigned i) const {
        const std::string& name = words_[0];
        const double a = float_field(in[0], bits_, i);
        const double b = in.size() > 1 ? float_field(in[1], bits_, i) : 0;
        const Whole a_bits = field(in[0], bits_, i, false);
        const Whole b_bits = in.size() > 1 ? field(in[1], bits_, i, false) : 0;
        const Whole sign = Whole{1} << (bits_ - 1);
        const std::map<std::string, Whole> results = {
            {"eq", a == b ? -1 : 0},
            {"ne", a != b ? -1 : 0},
            {"lt", a < b ? -1 : 0},
            {"gt", a > b ? -1 : 0},
            {"le", a <= b ? -1 : 0},
            {"ge", a >= b ? -1 : 0},
            {"abs", a_bits % sign},
            {"neg", a_bits + sign},
            {"pmin", b < a ? b_bits : a_bits},
            {"pmax", a < b ? b_bits : a_bits},
        };
        const auto found = results.find(name);
        if (found != results.end()) set_field(out, bits_, i, found->second);
        return found != results.end();
    }

    bool computed(Cell& out, const std::vector<Cell>& in, unsigned i) const {
        using Float = std::function<double(double, double)>;
        static const std::map<std::string, Float> kFloats = {
            {"ceil", [](double a, double) { return std::ceil(a); }},
            {"floor", [](double a, double) { return std::floor(a); }},
            {"trunc", [](double a, double) { return std::trunc(a); }},
            {"nearest", [](double a, double) { return std::nearbyint(a); }},
            {"sqrt", [](double a, double) { return std::sqrt(a); }},
            {"add", [](double a, double b) { return a + b; }},
            {"sub", [](double a, double b) { return a - b; }},
            {"mul", [](double a, double b) { return a * b; }},
            {"div", [](double a, double b) { return a / b; }},
            {"min",
             [](double a, double b) {
                 if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();
                 return a < b || (a == b && std::signbit(a)) ? a : b;
             }},
            {"max",
             [](double a, double b) {
                 if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();
                 return a > b || (a == b && !std::signbit(a)) ? a : b;
             }},
        };
        const bool is_multiply_add = words_[0] == "madd" || words_[0] == "nmadd";
        const auto found = kFloats.find(is_multiply_add ? "mul" : words_[0]);
        if (found == kFloats.end()) return false;
        const double a = float_field(in[0], bits_, i) * (words_[0] == "nmadd" ? -1 : 1);
        set_float(out, bits_, i, found->second(a, in.size() > 1 ? float_field(in[1], bits_, i) : 0));
        // The product has been rounded to the lane before the sum is.
        if (is_multiply_add) set_float(out, bits_, i, float_field(out, bits_, i) + float_field(in[2], bits_, i));
        return true;
    }

    bool is_float_ = false;
    bool is_signed_ = false;
    bool is_relaxed_ = false;
    unsigned bits_ = 0;
    std::vector<std::string> words_;
};

} // namespace detent::testing
