// CodeCache: compiled code that need not be compiled again. It can change no outcome and no fuel (MET-1): it is asked
// by hash and profile, and answers with what compiling would make, or not at all.
#pragma once

#include "engine/code/code.hpp"
#include "host_abi/bytes.hpp"

#include <cstdint>
#include <memory>

namespace detent {

/// Bounded by the bytes of the modules it holds. Not shared between threads.
class CodeCache {
  public:
    static constexpr std::size_t kDefaultCapacity = std::size_t{64} << 20;

    explicit CodeCache(std::size_t capacity = kDefaultCapacity) noexcept : capacity_(capacity) {}

    /// Null if it is not here.
    [[nodiscard]] std::shared_ptr<const Code> find(const Hash& code_hash, std::uint32_t profile) const noexcept;

    /// Keeps it if there is room and memory; makes room by forgetting everything.
    void keep(const Hash& code_hash, std::shared_ptr<const Code> code) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  private:
    struct Entry {
        Hash code_hash;
        std::uint32_t profile;
        std::shared_ptr<const Code> code;
    };

    [[nodiscard]] std::size_t position(const Hash& code_hash, std::uint32_t profile) const noexcept;

    /// Sorted by hash, then profile.
    Buffer<Entry> entries_;
    std::size_t bytes_ = 0;
    std::size_t capacity_;
};

} // namespace detent
