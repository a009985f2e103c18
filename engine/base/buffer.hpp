// Buffer<T>: the one growing array of the core. Everything whose size a module, a guest or a file can choose lives in
// one, so that a failed allocation comes back as a Fault instead of ending the process.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace detent {

/// Counts the allocations of one thread, and fails one of them on request: tests fail each in turn.
struct AllocationProbe {
    std::uint64_t allocations = 0;
    /// The number of the allocation to fail, counted from 1; 0 fails none.
    std::uint64_t fail_at = 0;
};

[[nodiscard]] AllocationProbe& allocation_probe() noexcept;

/// Counts an allocation, whoever makes it; false if it is the one to fail.
[[nodiscard]] bool may_allocate() noexcept;

/// Null when there is no memory. `zeroed` asks for zero bytes, which the system often has without writing them.
[[nodiscard]] void* try_allocate(std::size_t bytes, bool zeroed) noexcept;
void deallocate(void* memory) noexcept;
/// Memory of another size with the same bytes, as many as both have; `memory` is gone then. Null when there is no
/// memory, and `memory` is as it was.
[[nodiscard]] void* try_reallocate(void* memory, std::size_t bytes) noexcept;

/// A growing array that owns its elements, moves and does not copy. Every operation that can allocate returns false on
/// failure and then has changed nothing.
template <class T>
class Buffer {
    static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>);

  public:
    Buffer() noexcept = default;
    Buffer(Buffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    Buffer& operator=(Buffer&& other) noexcept {
        Buffer moved(std::move(other));
        swap(moved);
        return *this;
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() {
        truncate(0);
        if (data_ != nullptr) deallocate(static_cast<void*>(data_));
    }

    void swap(Buffer& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + size_; }
    [[nodiscard]] const T* begin() const noexcept { return data_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + size_; }
    [[nodiscard]] T& operator[](std::size_t index) noexcept { return data_[index]; }
    [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return data_[index]; }
    [[nodiscard]] T& back() noexcept { return data_[size_ - 1]; }
    [[nodiscard]] const T& back() const noexcept { return data_[size_ - 1]; }
    [[nodiscard]] std::span<const T> span() const noexcept { return {data_, size_}; }
    [[nodiscard]] std::span<T> span() noexcept { return {data_, size_}; }

    /// Room for `count` elements in all, exactly.
    [[nodiscard]] bool reserve(std::size_t count) noexcept { return count <= capacity_ || reallocate(count); }

    [[nodiscard]] bool push_back(T value) noexcept {
        if (size_ == capacity_ && !reallocate(grown_capacity())) return false;
        std::construct_at(data_ + size_, std::move(value));
        ++size_;
        return true;
    }

    /// The same for one that is made in its place. The arguments MUST NOT lie in the buffer.
    template <class... Arguments>
    [[nodiscard]] bool emplace_back(Arguments&&... arguments) noexcept {
        if (size_ == capacity_ && !reallocate(grown_capacity())) return false;
        std::construct_at(data_ + size_, std::forward<Arguments>(arguments)...);
        ++size_;
        return true;
    }

    [[nodiscard]] bool append(std::span<const T> values) noexcept
        requires std::is_trivially_copyable_v<T>
    {
        if (values.size() > capacity_ - size_ && !reallocate(larger(size_ + values.size()))) return false;
        if (!values.empty()) std::memcpy(data_ + size_, values.data(), values.size_bytes());
        size_ += values.size();
        return true;
    }

    /// New elements are value-initialised: numbers are 0.
    [[nodiscard]] bool resize(std::size_t count) noexcept {
        if (count <= size_) {
            truncate(count);
            return true;
        }
        // The first size is taken as it is; later growth is geometric.
        if (count > capacity_ && !reallocate(capacity_ == 0 ? count : larger(count))) return false;
        std::uninitialized_value_construct(data_ + size_, data_ + count);
        size_ = count;
        return true;
    }

    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// Makes elements its own that were written behind the last one; `count` MUST be within its capacity.
    void adopt(std::size_t count) noexcept
        requires std::is_trivially_copyable_v<T>
    {
        size_ = count;
    }

    void pop_back() noexcept { truncate(size_ - 1); }

    /// Shortens to `count` elements and keeps the room.
    void truncate(std::size_t count) noexcept {
        std::destroy(data_ + count, data_ + size_);
        size_ = count;
    }

    [[nodiscard]] bool copy_from(std::span<const T> values) noexcept
        requires std::is_trivially_copyable_v<T>
    {
        Buffer fresh;
        if (!fresh.reserve(values.size()) || !fresh.append(values)) return false;
        swap(fresh);
        return true;
    }

    friend bool operator==(const Buffer& a, const Buffer& b) noexcept {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }

  private:
    [[nodiscard]] std::size_t grown_capacity() const noexcept { return larger(size_ + 1); }

    [[nodiscard]] std::size_t larger(std::size_t needed) const noexcept {
        const std::size_t doubled = capacity_ < 4 ? 4 : capacity_ * 2;
        return doubled < needed ? needed : doubled;
    }

    [[nodiscard]] bool reallocate(std::size_t capacity) noexcept {
        if (capacity > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T)) return false;
        T* const fresh = moved_to(capacity * sizeof(T));
        if (fresh == nullptr) return false;
        data_ = fresh;
        capacity_ = capacity;
        return true;
    }

    /// What is only bytes the system can often leave where it is.
    [[nodiscard]] T* moved_to(std::size_t bytes) noexcept {
        if constexpr (std::is_trivially_copyable_v<T>) {
            return static_cast<T*>(try_reallocate(static_cast<void*>(data_), bytes));
        } else {
            T* const fresh = static_cast<T*>(try_allocate(bytes, false));
            if (fresh == nullptr) return nullptr;
            std::uninitialized_move(data_, data_ + size_, fresh);
            std::destroy(data_, data_ + size_);
            deallocate(static_cast<void*>(data_));
            return fresh;
        }
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace detent
