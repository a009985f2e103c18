// The name section. Source: spec, appendix, Name Section; the extended name section proposal for what 3.0 does not
// name.
#pragma once

#include "engine/text/space.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detent::text {

using NameMap = std::map<std::uint32_t, std::string>;

/// The names of a module: what annotations give, and identifiers where they are asked for.
class Names {
  public:
    /// The first name that is set stays.
    void set_module(std::string_view name) {
        if (!module_) module_ = name;
    }
    /// The same holds for each index.
    void set(Space space, std::uint32_t index, std::string_view name) { map(space).emplace(index, name); }
    /// Of locals and labels in a function, of fields in a type.
    void set(Space space, std::uint32_t outer, std::uint32_t index, std::string_view name) {
        nested(space)[outer].emplace(index, name);
    }

    /// The identifiers of a space, where no annotation gave a name.
    void add(const IndexSpace& space);
    void add_nested(const IndexSpace& space, std::uint32_t outer);

    /// The content of the section, its name left out; empty if nothing has a name.
    [[nodiscard]] std::string section() const;

    void clear_functions();

  private:
    [[nodiscard]] NameMap& map(Space space) { return flat_[static_cast<std::size_t>(space)]; }
    [[nodiscard]] std::map<std::uint32_t, NameMap>& nested(Space space) {
        return nested_[static_cast<std::size_t>(space)];
    }

    std::optional<std::string> module_;
    std::array<NameMap, kSpaceCount> flat_;
    std::array<std::map<std::uint32_t, NameMap>, kSpaceCount> nested_;
};

} // namespace detent::text
