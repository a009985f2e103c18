// The labels that are open at a place of a body. A lookup takes the same time however many are.
#pragma once

#include "engine/text/cursor.hpp"
#include "engine/text/space.hpp"

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace detent::text {

class Labels {
  public:
    /// An empty identifier is none.
    void push(std::string_view id) {
        if (!id.empty()) depths_[id].push_back(static_cast<std::uint32_t>(open_.size()));
        open_.push_back(id);
    }

    void pop() {
        if (!open_.back().empty()) depths_.find(open_.back())->second.pop_back();
        open_.pop_back();
    }

    [[nodiscard]] std::string_view innermost() const noexcept { return open_.back(); }

    /// A label by its number, or the innermost of this identifier.
    [[nodiscard]] std::uint32_t index(Cursor& cursor) const {
        if (cursor.kind() != TokenKind::id) return cursor.u32();
        const Token& token = cursor.next();
        const auto found = depths_.find(cursor.id(token));
        if (found == depths_.end() || found->second.empty()) {
            fail(ErrorCode::unbound_identifier, token.begin, static_cast<std::uint32_t>(Space::label));
        }
        return static_cast<std::uint32_t>(open_.size() - 1 - found->second.back());
    }

  private:
    std::vector<std::string_view> open_;
    std::unordered_map<std::string_view, std::vector<std::uint32_t>> depths_;
};

} // namespace detent::text
