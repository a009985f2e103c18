// What the fields share: external types, inline imports and exports. Source: spec, Text Format, Modules.
#pragma once

#include "engine/text/module_state.hpp"

#include <cstdint>
#include <string_view>

namespace detent::text {

/// A kind of definition that can be imported and exported.
struct External {
    std::string_view keyword;
    Space space;
    /// In the binary format.
    std::uint8_t kind;
};

inline constexpr External kExternals[] = {
    {"func", Space::func, 0},     {"table", Space::table, 1}, {"memory", Space::memory, 2},
    {"global", Space::global, 3}, {"tag", Space::tag, 4},
};

[[nodiscard]] IndexSpace& space_of(ModuleState& module, Space space) noexcept;

/// What stands in front of a definition's type.
struct Head {
    std::uint32_t index = 0;
    std::uint32_t text_offset = 0;
    bool is_import = false;
};

/// `$id? (export "…")* (import "…" "…")?` behind a keyword: takes an index, writes the exports, and the names of the
/// import, behind which its type follows.
[[nodiscard]] Head definition_head(ModuleState& module, const External& external);

/// Begins an import: its names and its kind. The type is to follow.
void begin_import(ModuleState& module, const External& external, std::string_view from, std::string_view name,
                  std::uint32_t text_offset);
void write_export(ModuleState& module, std::uint8_t kind, std::uint32_t index, std::string_view name,
                  std::uint32_t text_offset);

/// The type of an import, from text to the end of `out`.
void external_type(ModuleState& module, const External& external, Writer& out);

struct Limits {
    bool is_64 = false;
    std::uint64_t minimum = 0;
    std::optional<std::uint64_t> maximum;
};

/// `i32` or `i64`, if one is next; whether it was the latter.
bool address_type(Cursor& cursor) noexcept;
/// A minimum, and a maximum if there is one.
[[nodiscard]] Limits limits(Cursor& cursor, bool is_64);
/// `more_flags` are those that the limits do not have.
void write_limits(Writer& out, const Limits& limits, std::uint8_t more_flags);

/// `(pagesize N)`, as the exponent of N; none where it is not next.
std::optional<unsigned> page_size(Cursor& cursor);
void write_memory_type(Writer& out, const Limits& limits, std::optional<unsigned> page_exponent);

} // namespace detent::text
