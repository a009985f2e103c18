// The annotations that are read: names, custom sections, branch hints. Source: spec, appendix, Custom Sections and
// Annotations; the branch hinting proposal.
#pragma once

#include "engine/text/token.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detent::text {

/// Where a custom section goes: in front of a section of the module, or behind it.
struct Placement {
    bool is_after = true;
    /// The place of the section, as `place_of` says; 0 is in front of the first, kLastPlace the last.
    unsigned place = 0;
};

inline constexpr unsigned kLastPlace = 13;

struct CustomSection {
    Placement placement;
    std::string name;
    std::string content;
    std::uint32_t text_offset = 0;
};

/// The annotations of one module, which its parser takes where the grammar lets them stand. What is never taken stands
/// where it must not.
class Annotations {
  public:
    /// Those between two tokens, the first of them included.
    Annotations(const Tokens& tokens, std::uint32_t first, std::uint32_t last);

    /// The name in front of a token; none where there is no annotation.
    std::optional<std::string> take_name(std::uint32_t token);

    /// Custom sections in front of a token, appended to the list.
    void take_custom(std::uint32_t token, std::vector<CustomSection>& out);

    /// A branch hint in front of a token.
    std::optional<bool> take_hint(std::uint32_t token);

    /// An error if one was not taken.
    void check_all_taken() const;

    /// What was taken up to here stays taken.
    void keep() { is_kept_ = is_taken_; }
    /// What was taken since is there again.
    void restore() { is_taken_ = is_kept_; }

  private:
    /// The next annotation of this kind in front of a token that was not taken; null if there is none.
    const Annotation* take(std::uint32_t token, AnnotationKind kind);

    /// The first annotation of the module that is not in front of an earlier token.
    [[nodiscard]] std::size_t first_at(std::uint32_t token) const noexcept;

    const Tokens& tokens_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::vector<bool> is_taken_;
    std::vector<bool> is_kept_;
};

} // namespace detent::text
