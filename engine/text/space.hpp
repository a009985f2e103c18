// The index spaces: what an identifier can stand for, and which index it has. Source: spec, Text Format, Contexts.
#pragma once

#include "engine/text/failure.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace detent::text {

/// The detail of the errors that speak of an identifier or a definition.
enum class Space : std::uint8_t { type, func, table, memory, tag, global, elem, data, local, label, field };

inline constexpr std::size_t kSpaceCount = 11;

/// The identifiers of one space, in the order of their indices. They point into the text or its quoted identifiers,
/// both of which outlive this.
class IndexSpace {
  public:
    explicit IndexSpace(Space space) : space_(space) {}

    /// The next index; an empty identifier is none.
    std::uint32_t define(std::string_view id, std::size_t offset) {
        const auto index = static_cast<std::uint32_t>(ids_.size());
        if (!id.empty() && !indices_.emplace(id, index).second) {
            fail(ErrorCode::duplicate_identifier, offset, static_cast<std::uint32_t>(space_));
        }
        ids_.push_back(id);
        return index;
    }

    /// Indices without identifiers.
    void define_unnamed(std::uint32_t count) { ids_.resize(ids_.size() + count); }

    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view id) const {
        const auto found = indices_.find(id);
        if (found == indices_.end()) return std::nullopt;
        return found->second;
    }

    [[nodiscard]] Space space() const noexcept { return space_; }
    [[nodiscard]] std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(ids_.size()); }
    /// By index; empty where there is none.
    [[nodiscard]] const std::vector<std::string_view>& ids() const noexcept { return ids_; }

  private:
    Space space_;
    std::vector<std::string_view> ids_;
    std::unordered_map<std::string_view, std::uint32_t> indices_;
};

} // namespace detent::text
