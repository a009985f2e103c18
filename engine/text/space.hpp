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

/// The identifiers of one space. They point into the text or its quoted identifiers, both of which outlive this. An
/// index without an identifier takes no room, so that a long list of parameters costs only where it is written.
class IndexSpace {
  public:
    struct Named {
        std::uint32_t index;
        std::string_view id;
    };

    explicit IndexSpace(Space space) : space_(space) {}

    /// The next index; an empty identifier is none.
    void define(std::string_view id, std::size_t offset) {
        const std::uint32_t index = size_++;
        if (id.empty()) return;
        if (!indices_.emplace(id, index).second) {
            fail(ErrorCode::duplicate_identifier, offset, static_cast<std::uint32_t>(space_));
        }
        named_.push_back({index, id});
    }

    /// Indices without identifiers.
    void define_unnamed(std::uint32_t count) noexcept { size_ += count; }

    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view id) const {
        const auto found = indices_.find(id);
        if (found == indices_.end()) return std::nullopt;
        return found->second;
    }

    [[nodiscard]] Space space() const noexcept { return space_; }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    /// In the order of their indices.
    [[nodiscard]] const std::vector<Named>& named() const noexcept { return named_; }

  private:
    Space space_;
    std::uint32_t size_ = 0;
    std::vector<Named> named_;
    std::unordered_map<std::string_view, std::uint32_t> indices_;
};

} // namespace detent::text
