// Little-endian access to bytes, whatever the machine (DET-8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace detent {

template <class T>
[[nodiscard]] constexpr T read_little_endian(const std::uint8_t* from) noexcept {
    using U = std::make_unsigned_t<T>;
    U value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value = static_cast<U>(value | (U{from[i]} << (8 * i)));
    return static_cast<T>(value);
}

template <class T>
constexpr void write_little_endian(std::uint8_t* to, T value) noexcept {
    for (std::size_t i = 0; i < sizeof(T); ++i)
        to[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

} // namespace detent
