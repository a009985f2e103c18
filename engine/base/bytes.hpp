// Little-endian access to bytes, whatever the machine (DET-8).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace detent {

/// Compilers do not always see that the loops below are moves.
inline constexpr bool kIsPlain = std::endian::native == std::endian::little;

template <class T>
[[nodiscard, gnu::always_inline]] constexpr T read_little_endian(const std::uint8_t* from) noexcept {
    using U = std::make_unsigned_t<T>;
    U value = 0;
    if (kIsPlain && !std::is_constant_evaluated()) {
        std::memcpy(&value, from, sizeof value);
        return static_cast<T>(value);
    }
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value = static_cast<U>(value | (U{from[i]} << (8 * i)));
    return static_cast<T>(value);
}

template <class T>
[[gnu::always_inline]] constexpr void write_little_endian(std::uint8_t* to, T value) noexcept {
    if (kIsPlain && !std::is_constant_evaluated()) {
        std::memcpy(to, &value, sizeof value);
        return;
    }
    for (std::size_t i = 0; i < sizeof(T); ++i)
        to[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

} // namespace detent
