// Shared<T>: a counted reference to an immutable node of a persistent structure.
#pragma once

#include "engine/base/buffer.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace detent {

/// What a node derives from. The count is atomic, so that two versions that share nodes may live on two threads.
class Counted {
  public:
    Counted() noexcept = default;
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

  private:
    template <class T>
    friend class Shared;

    std::atomic<std::uint32_t> references_ = 1;
};

/// Null, or one of the owners of a T that `make` made. T derives from Counted; the member functions need it complete.
template <class T>
class Shared {
  public:
    Shared() noexcept = default;
    Shared(const Shared& other) noexcept : node_(other.node_) {
        if (node_ != nullptr) node_->references_.fetch_add(1, std::memory_order_relaxed);
    }
    Shared(Shared&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    Shared& operator=(Shared other) noexcept {
        std::swap(node_, other.node_);
        return *this;
    }
    ~Shared() {
        if (node_ == nullptr || node_->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
        std::destroy_at(node_);
        deallocate(node_);
    }

    /// A new T with `extra` bytes of room behind it; null if there is no memory.
    [[nodiscard]] static Shared make(std::size_t extra = 0) noexcept {
        Shared made;
        void* const memory = try_allocate(sizeof(T) + extra, false);
        if (memory != nullptr) made.node_ = std::construct_at(static_cast<T*>(memory));
        return made;
    }

    [[nodiscard]] T* operator->() const noexcept { return node_; }
    [[nodiscard]] T& operator*() const noexcept { return *node_; }
    [[nodiscard]] explicit operator bool() const noexcept { return node_ != nullptr; }

  private:
    T* node_ = nullptr;
};

} // namespace detent
