#include "host_abi/bytes.hpp"

#include <algorithm>

namespace detent {

namespace {

template <class Array>
Array array_from(ByteView view) noexcept {
    Array array{};
    std::copy_n(view.begin(), array.size(), array.begin());
    return array;
}

template <class Number>
std::array<std::uint8_t, sizeof(Number)> bytes_of(Number number) noexcept {
    std::array<std::uint8_t, sizeof(Number)> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return bytes;
}

} // namespace

Hash hash_from(ByteView view) noexcept { return {array_from<decltype(Hash::bytes)>(view)}; }

Address address_from(ByteView view) noexcept { return {array_from<decltype(Address::bytes)>(view)}; }

std::strong_ordering compare_bytes(ByteView a, ByteView b) noexcept {
    const std::size_t common = std::min(a.size(), b.size());
    const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
    return order != 0 ? order <=> 0 : a.size() <=> b.size();
}

std::array<std::uint8_t, 4> little_endian(std::uint32_t number) noexcept { return bytes_of(number); }

std::array<std::uint8_t, 8> little_endian(std::uint64_t number) noexcept { return bytes_of(number); }

std::uint64_t load_u64(std::span<const std::uint8_t, 8> bytes) noexcept {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        number |= std::uint64_t{bytes[i]} << (8 * i);
    return number;
}

} // namespace detent
