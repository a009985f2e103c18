#include "engine/runtime/memory.hpp"

namespace detent {

Memory::Memory(Memory&& other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)), limits_(other.limits_) {}

Memory& Memory::operator=(Memory&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    std::swap(limits_, other.limits_);
    return *this;
}

bool Memory::create(const MemType& type) noexcept {
    limits_ = type.limits;
    return grow_to(type.limits.minimum);
}

bool Memory::grow_to(std::uint64_t pages) noexcept {
    const std::uint64_t size = pages * kPageBytes;
    if (size == size_) return true;
    if (size > std::numeric_limits<std::size_t>::max() / 2) return false;
    // Fresh zeroed memory: the system often has it without writing it.
    auto* fresh = static_cast<std::uint8_t*>(try_allocate(static_cast<std::size_t>(size), true));
    if (fresh == nullptr) return false;
    if (size_ != 0) std::memcpy(fresh, bytes_, size_);
    deallocate(bytes_);
    bytes_ = fresh;
    size_ = static_cast<std::size_t>(size);
    return true;
}

} // namespace detent
