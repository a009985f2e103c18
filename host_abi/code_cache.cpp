#include "host_abi/code_cache.hpp"

#include <algorithm>
#include <tuple>

namespace detent {

std::size_t CodeCache::position(const Hash& code_hash, std::uint32_t profile) const noexcept {
    const auto before = [&](const Entry& entry) noexcept {
        return std::tie(entry.code_hash, entry.profile) < std::tie(code_hash, profile);
    };
    return static_cast<std::size_t>(std::ranges::partition_point(entries_.span(), before) - entries_.span().begin());
}

std::shared_ptr<const Code> CodeCache::find(const Hash& code_hash, std::uint32_t profile) const noexcept {
    const std::size_t at = position(code_hash, profile);
    const bool here = at < entries_.size() && entries_[at].code_hash == code_hash && entries_[at].profile == profile;
    return here ? entries_[at].code : nullptr;
}

void CodeCache::keep(const Hash& code_hash, std::shared_ptr<const Code> code) noexcept {
    const std::uint32_t profile = code->profile().id;
    const std::size_t size = code->module().bytes.size();
    if (size > capacity_ || find(code_hash, profile) != nullptr) return;
    if (size > capacity_ - bytes_) {
        entries_.truncate(0);
        bytes_ = 0;
    }
    const std::size_t at = position(code_hash, profile);
    if (!entries_.push_back({code_hash, profile, std::move(code)})) return;
    std::rotate(entries_.begin() + at, entries_.end() - 1, entries_.end());
    bytes_ += size;
}

} // namespace detent
