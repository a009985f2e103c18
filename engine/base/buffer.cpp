#include "engine/base/buffer.hpp"

#include <cstdlib>

namespace detent {

AllocationProbe& allocation_probe() noexcept {
    static thread_local AllocationProbe probe;
    return probe;
}

bool may_allocate() noexcept {
    AllocationProbe& probe = allocation_probe();
    return ++probe.allocations != probe.fail_at;
}

void* try_allocate(std::size_t bytes, bool zeroed) noexcept {
    if (!may_allocate()) return nullptr;
    return zeroed ? std::calloc(bytes, 1) : std::malloc(bytes);
}

void* try_reallocate(void* memory, std::size_t bytes) noexcept {
    if (memory == nullptr) return try_allocate(bytes, false);
    return may_allocate() ? std::realloc(memory, bytes) : nullptr;
}

void deallocate(void* memory) noexcept { std::free(memory); }

} // namespace detent
