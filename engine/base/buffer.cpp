#include "engine/base/buffer.hpp"

#include <cstdlib>

namespace detent {

AllocationProbe& allocation_probe() noexcept {
    static thread_local AllocationProbe probe;
    return probe;
}

void* try_allocate(std::size_t bytes, bool zeroed) noexcept {
    AllocationProbe& probe = allocation_probe();
    if (++probe.allocations == probe.fail_at) return nullptr;
    return zeroed ? std::calloc(bytes, 1) : std::malloc(bytes);
}

void deallocate(void* memory) noexcept { std::free(memory); }

} // namespace detent
