#include "engine/text/printer_names.hpp"

#include "engine/text/printer_input.hpp"

#include <algorithm>
#include <set>

namespace detent::text::printer {

namespace {

constexpr NameKind kLastKind = NameKind::tag;

constexpr bool is_owned(NameKind kind) noexcept {
    return kind == NameKind::local || kind == NameKind::label || kind == NameKind::field;
}

NameMap read_map(Input& in) {
    NameMap names;
    for (std::uint32_t left = in.count(); left != 0; --left) {
        const std::uint32_t index = in.u32();
        names.push_back({index, in.name()});
    }
    return names;
}

std::vector<NamesOf> read_owned(Input& in) {
    std::vector<NamesOf> all;
    for (std::uint32_t left = in.count(); left != 0; --left) {
        const std::uint32_t owner = in.u32();
        all.push_back({owner, read_map(in)});
    }
    return all;
}

/// A kind that comes twice counts once, and a kind that nobody knows does not count; encoded again, such a section is
/// another one.
void read_subsection(NameSection& names, Input& in) {
    const std::uint8_t id = in.byte();
    Input inside = in.sized();
    if (id > static_cast<std::uint8_t>(kLastKind)) return;
    const NameKind kind{id};
    if (kind == NameKind::module) {
        names.module = inside.name();
    } else if (is_owned(kind)) {
        names.owned[kind] = read_owned(inside);
    } else {
        names.spaces[kind] = read_map(inside);
    }
}

using Bytes = std::vector<std::uint8_t>;

void append_u32(Bytes& out, std::size_t value) {
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<std::uint8_t>(value | 0x80));
    out.push_back(static_cast<std::uint8_t>(value));
}

void append_name(Bytes& out, std::string_view name) {
    append_u32(out, name.size());
    out.insert(out.end(), name.begin(), name.end());
}

void append_map(Bytes& out, const NameMap& names) {
    append_u32(out, names.size());
    for (const Name& one : names) {
        append_u32(out, one.index);
        append_name(out, one.text);
    }
}

/// By index, each once; of several names for one thing, the first.
NameMap in_order(const NameMap& names) {
    std::map<std::uint32_t, std::string_view> by_index;
    for (const Name& one : names)
        by_index.emplace(one.index, one.text);
    NameMap sorted;
    for (const auto& [index, text] : by_index)
        sorted.push_back({index, text});
    return sorted;
}

Bytes owned_content(const std::vector<NamesOf>& all) {
    std::map<std::uint32_t, NameMap> by_owner;
    for (const NamesOf& one : all) {
        if (!one.names.empty()) by_owner.emplace(one.owner, in_order(one.names));
    }
    Bytes out;
    append_u32(out, by_owner.size());
    for (const auto& [owner, names] : by_owner) {
        append_u32(out, owner);
        append_map(out, names);
    }
    return by_owner.empty() ? Bytes{} : out;
}

/// What stands in a subsection; empty where the subsection is left out.
Bytes content_of(const NameSection& names, NameKind kind) {
    Bytes out;
    if (kind == NameKind::module) {
        if (names.module) append_name(out, *names.module);
    } else if (is_owned(kind)) {
        if (const auto found = names.owned.find(kind); found != names.owned.end()) out = owned_content(found->second);
    } else if (const auto found = names.spaces.find(kind); found != names.spaces.end() && !found->second.empty()) {
        append_map(out, in_order(found->second));
    }
    return out;
}

/// What `find` and its callers get where nothing has a name.
const Identifiers kNone;

} // namespace

std::optional<NameSection> read_names(std::span<const std::uint8_t> module, std::uint32_t begin, std::uint32_t end) {
    try {
        NameSection names;
        Input in(module, begin, end);
        while (!in.at_end())
            read_subsection(names, in);
        return names;
    } catch (const Refusal&) {
        return std::nullopt;
    }
}

std::vector<std::uint8_t> encode_names(const NameSection& names) {
    Bytes out;
    for (std::uint8_t id = 0; id <= static_cast<std::uint8_t>(kLastKind); ++id) {
        const Bytes content = content_of(names, NameKind{id});
        if (content.empty()) continue;
        out.push_back(id);
        append_u32(out, content.size());
        out.insert(out.end(), content.begin(), content.end());
    }
    return out;
}

Identifiers::Identifiers(NameKind kind, const NameMap& names) {
    std::set<std::string_view> taken;
    for (const Name& one : in_order(names)) {
        const bool is_free = taken.insert(one.text).second || kind == NameKind::label;
        entries_.push_back({one.index, one.text, is_free ? identifier(one.text) : std::string()});
    }
}

const Identifiers::Entry* Identifiers::find(std::uint32_t index) const noexcept {
    const auto before = [](const Entry& entry, std::uint32_t wanted) { return entry.index < wanted; };
    const auto found = std::lower_bound(entries_.begin(), entries_.end(), index, before);
    return found != entries_.end() && found->index == index ? &*found : nullptr;
}

NameTable::NameTable(const NameSection& section) : module_(section.module), size_(section.module ? 1 : 0) {
    for (const auto& [kind, names] : section.spaces) {
        spaces_.emplace(kind, Identifiers(kind, names));
        size_ += names.size();
    }
    for (const auto& [kind, all] : section.owned) {
        for (const NamesOf& one : all) {
            owned_[kind].emplace(one.owner, Identifiers(kind, one.names));
            size_ += one.names.size();
        }
    }
}

const Identifiers& NameTable::space(NameKind kind) const noexcept {
    const auto found = spaces_.find(kind);
    return found == spaces_.end() ? kNone : found->second;
}

const Identifiers& NameTable::owned(NameKind kind, std::uint32_t owner) const noexcept {
    const auto of_kind = owned_.find(kind);
    if (of_kind == owned_.end()) return kNone;
    const auto found = of_kind->second.find(owner);
    return found == of_kind->second.end() ? kNone : found->second;
}

} // namespace detent::text::printer
