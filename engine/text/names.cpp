#include "engine/text/names.hpp"

#include "engine/text/writer.hpp"

namespace detent::text {

namespace {

constexpr std::uint8_t kModuleNames = 0;

/// A subsection of the name section.
struct Subsection {
    std::uint8_t id;
    Space space;
    bool is_nested;
};

/// In the order of their numbers, which is the order they are written in.
constexpr Subsection kSubsections[] = {
    {1, Space::func, false},  {2, Space::local, true},   {3, Space::label, true},   {4, Space::type, false},
    {5, Space::table, false}, {6, Space::memory, false}, {7, Space::global, false}, {8, Space::elem, false},
    {9, Space::data, false},  {10, Space::field, true},  {11, Space::tag, false},
};

void write(Writer& out, const NameMap& names) {
    out.unsigned_leb(names.size());
    for (const auto& [index, name] : names) {
        out.unsigned_leb(index);
        out.counted(std::string_view(name));
    }
}

void write(Writer& out, const std::map<std::uint32_t, NameMap>& names) {
    out.unsigned_leb(names.size());
    for (const auto& [index, inner] : names) {
        out.unsigned_leb(index);
        write(out, inner);
    }
}

void write_subsection(Writer& out, std::uint8_t id, const Writer& content) {
    out.byte(id);
    out.counted(content.bytes());
}

} // namespace

void Names::add(const IndexSpace& space) {
    for (const IndexSpace::Named& one : space.named())
        set(space.space(), one.index, one.id);
}

void Names::add_nested(const IndexSpace& space, std::uint32_t outer) {
    for (const IndexSpace::Named& one : space.named())
        set(space.space(), outer, one.index, one.id);
}

std::string Names::section() const {
    Writer out;
    if (module_) {
        Writer content;
        content.counted(std::string_view(*module_));
        write_subsection(out, kModuleNames, content);
    }
    for (const Subsection& one : kSubsections) {
        const auto& flat = flat_[static_cast<std::size_t>(one.space)];
        const auto& nested = nested_[static_cast<std::size_t>(one.space)];
        if (one.is_nested ? nested.empty() : flat.empty()) continue;
        Writer content;
        if (one.is_nested) {
            write(content, nested);
        } else {
            write(content, flat);
        }
        write_subsection(out, one.id, content);
    }
    return {out.bytes().begin(), out.bytes().end()};
}

void Names::clear_functions() {
    nested(Space::local).clear();
    nested(Space::label).clear();
}

} // namespace detent::text
