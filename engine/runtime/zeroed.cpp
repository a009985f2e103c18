#include "engine/runtime/zeroed.hpp"

#include "engine/base/buffer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <mutex>
#include <utility>

// AddressSanitizer sees what lies behind an allocation, not what lies behind a mapping. ThreadSanitizer does not see
// that a mapping moves to where another thread had one.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DETENT_MAPS_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DETENT_MAPS_MEMORY 0
#endif
#endif
#if !defined(DETENT_MAPS_MEMORY) && defined(__linux__)
#define DETENT_MAPS_MEMORY 1
#endif

#if DETENT_MAPS_MEMORY
#include <sys/mman.h>
#endif

namespace detent {

namespace {

#if DETENT_MAPS_MEMORY

/// Mappings are multiples of it, which is one of every page size; less than that is allocated.
constexpr std::size_t kUnit = std::size_t{1} << 16;
/// What is cleared by hand, because mapping pages anew takes longer: where compilers put a module's stack and data.
constexpr std::size_t kCleared = 2 * kUnit;

bool is_mapped(std::size_t bytes) noexcept { return bytes >= kUnit; }

/// Of a mapping for so many bytes; 0 if there is none.
std::size_t size_of_mapping(std::size_t bytes) noexcept {
    if (bytes > std::numeric_limits<std::size_t>::max() - kUnit) return 0;
    return (bytes + kUnit - 1) / kUnit * kUnit;
}

std::uint8_t* map(std::size_t size) noexcept {
    void* const mapped =
        size == 0 ? MAP_FAILED : mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mapped == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(mapped);
}

bool drop_pages(std::uint8_t* memory, std::size_t size) noexcept { return madvise(memory, size, MADV_DONTNEED) == 0; }

/// Whether pages that are dropped read as zero, as Linux has it; an emulator may take the advice and do nothing.
bool dropped_pages_are_zero() noexcept {
    static const bool are_zero = [] {
        std::uint8_t* const memory = map(kUnit);
        if (memory == nullptr) return false;
        volatile std::uint8_t* const byte = memory;
        *byte = 1;
        const bool is_zero = drop_pages(memory, kUnit) && *byte == 0;
        munmap(memory, kUnit);
        return is_zero;
    }();
    return are_zero;
}

/// False if so many bytes cannot be made zero.
bool clear(std::uint8_t* memory, std::size_t touched) noexcept {
    if (touched != 0) std::memset(memory, 0, std::min(touched, kCleared));
    if (touched <= kCleared) return true;
    return dropped_pages_are_zero() && drop_pages(memory + kCleared, size_of_mapping(touched) - kCleared);
}

/// Zeroed mappings that nobody has.
class Kept {
  public:
    /// One of exactly the size, or null.
    [[nodiscard]] std::uint8_t* take(std::size_t size) noexcept {
        const std::lock_guard lock(mutex_);
        for (Mapping& one : mappings_) {
            if (one.size != size) continue;
            bytes_ -= size;
            return std::exchange(one, {}).memory;
        }
        return nullptr;
    }

    /// In the place of the one that was put longest ago.
    void put(std::uint8_t* memory, std::size_t size) noexcept {
        Mapping gone{memory, size};
        {
            const std::lock_guard lock(mutex_);
            Mapping& place = mappings_[next_];
            if (bytes_ - place.size + size <= kMostBytes) {
                bytes_ = bytes_ - place.size + size;
                std::swap(place, gone);
                next_ = (next_ + 1) % mappings_.size();
            }
        }
        if (gone.memory != nullptr) munmap(gone.memory, gone.size);
    }

  private:
    static constexpr std::size_t kMostBytes = std::size_t{1} << 26;

    struct Mapping {
        std::uint8_t* memory = nullptr;
        std::size_t size = 0;
    };

    std::mutex mutex_;
    std::array<Mapping, 16> mappings_{};
    std::size_t next_ = 0;
    std::size_t bytes_ = 0;
};

/// Has nothing to destroy but memory, which the system takes.
constinit Kept kept;

#endif

} // namespace

#if DETENT_MAPS_MEMORY

std::uint8_t* take_zeroed(std::size_t bytes) noexcept {
    if (!is_mapped(bytes)) return static_cast<std::uint8_t*>(try_allocate(bytes, true));
    if (!may_allocate()) return nullptr;
    std::uint8_t* const found = kept.take(size_of_mapping(bytes));
    return found != nullptr ? found : map(size_of_mapping(bytes));
}

std::uint8_t* grow_zeroed(std::uint8_t* memory, std::size_t bytes, std::size_t more) noexcept {
    if (is_mapped(bytes)) {
        if (!may_allocate() || size_of_mapping(more) == 0) return nullptr;
        void* const moved = mremap(memory, size_of_mapping(bytes), size_of_mapping(more), MREMAP_MAYMOVE);
        return moved == MAP_FAILED ? nullptr : static_cast<std::uint8_t*>(moved);
    }
    std::uint8_t* const fresh = take_zeroed(more);
    if (fresh == nullptr) return nullptr;
    if (bytes != 0) std::memcpy(fresh, memory, bytes);
    deallocate(memory);
    return fresh;
}

void give_back_zeroed(std::uint8_t* memory, std::size_t bytes, std::size_t touched) noexcept {
    if (!is_mapped(bytes)) return deallocate(memory);
    const std::size_t size = size_of_mapping(bytes);
    if (clear(memory, touched)) return kept.put(memory, size);
    munmap(memory, size);
}

#else

std::uint8_t* take_zeroed(std::size_t bytes) noexcept { return static_cast<std::uint8_t*>(try_allocate(bytes, true)); }

std::uint8_t* grow_zeroed(std::uint8_t* memory, std::size_t bytes, std::size_t more) noexcept {
    std::uint8_t* const fresh = take_zeroed(more);
    if (fresh == nullptr) return nullptr;
    if (bytes != 0) std::memcpy(fresh, memory, bytes);
    deallocate(memory);
    return fresh;
}

void give_back_zeroed(std::uint8_t* memory, std::size_t, std::size_t) noexcept { deallocate(memory); }

#endif

} // namespace detent
