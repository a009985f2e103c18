#include "engine/runtime/memory.hpp"

#include <algorithm>

namespace detent {

Memory::Memory(Memory&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)), touched_(std::exchange(other.touched_, 0)), type_(other.type_),
      marks_(std::move(other.marks_)), is_tracked_(other.is_tracked_), is_seen_(other.is_seen_) {}

Memory& Memory::operator=(Memory&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(touched_, other.touched_);
    std::swap(type_, other.type_);
    marks_.swap(other.marks_);
    std::swap(is_tracked_, other.is_tracked_);
    std::swap(is_seen_, other.is_seen_);
    return *this;
}

bool Memory::create(const MemType& type) noexcept {
    type_ = type;
    return grow_to(type.limits.minimum);
}

bool Memory::grow_to(std::uint64_t pages) noexcept {
    const std::uint64_t size = pages << type_.page_log;
    if (size > std::numeric_limits<std::size_t>::max() / 2) return false;
    if (size > capacity_ && !reserve(static_cast<std::size_t>(size))) return false;
    if (is_tracked_ && !marks_.resize(pieces_of(size))) return false;
    size_ = static_cast<std::size_t>(size);
    return true;
}

bool Memory::track() noexcept {
    if (!marks_.resize(pieces_of(size_))) return false;
    is_tracked_ = true;
    is_seen_ = false;
    return true;
}

void Memory::mark(std::uint64_t offset, std::uint64_t length) noexcept {
    if (length == 0) return;
    const auto first = static_cast<std::size_t>(offset >> kPieceLog);
    const auto last = static_cast<std::size_t>((offset + length - 1) >> kPieceLog);
    std::fill(marks_.begin() + first, marks_.begin() + last + 1, std::uint8_t{1});
}

/// In steps that grow, so that code which goes through a memory asks a few times only.
void Memory::touch(std::uint64_t end) noexcept {
    constexpr std::uint64_t kStep = 4096;
    constexpr std::uint64_t kMore = 8;
    const std::uint64_t wanted = end + touched_ / kMore + kStep - 1;
    touched_ = static_cast<std::size_t>(std::min<std::uint64_t>(wanted / kStep * kStep, size_));
}

/// Doubles what is there, so that growth page by page copies each byte a bounded number of times; zeroed memory that is
/// not touched costs the system nothing. Where doubling finds no room, the size itself may.
bool Memory::reserve(std::size_t size) noexcept {
    std::size_t capacity = std::max(size, capacity_ <= std::numeric_limits<std::size_t>::max() / 4 ? capacity_ * 2 : 0);
    std::uint8_t* grown = grow_zeroed(bytes_, capacity_, capacity);
    if (grown == nullptr && capacity > size) {
        capacity = size;
        grown = grow_zeroed(bytes_, capacity_, capacity);
    }
    if (grown == nullptr) return false;
    bytes_ = grown;
    capacity_ = capacity;
    return true;
}

} // namespace detent
