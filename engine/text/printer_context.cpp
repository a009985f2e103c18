#include "engine/text/printer_context.hpp"

#include "engine/text/number_text.hpp"

namespace detent::text::printer {

namespace {

std::string identifier_or_index(const Identifiers& names, std::uint32_t index) {
    const Identifiers::Entry* found = names.find(index);
    return found != nullptr && !found->id.empty() ? " " + found->id : " " + decimal(index);
}

} // namespace

std::string Context::reference(NameKind kind, std::uint32_t index) const {
    return identifier_or_index(names_.space(kind), index);
}

std::string Context::field_reference(std::uint32_t type, std::uint32_t field) const {
    return identifier_or_index(names_.owned(NameKind::field, type), field);
}

std::string Context::bind_next(NameKind kind) {
    const std::uint32_t index = defined_[kind]++;
    return bind(names_.space(kind), index) + " (;" + decimal(index) + ";)";
}

std::string Context::bind(const Identifiers& names, std::uint32_t index) {
    const Identifiers::Entry* found = names.find(index);
    if (found == nullptr || (found->id.empty() && !names_are_identifiers_)) return {};
    ++bound_;
    return found->id.empty() ? " (@name " + quoted_name(found->name) + ")" : " " + found->id;
}

std::string Context::bind_module() {
    if (!names_.module()) return {};
    return bind(Identifiers(NameKind::module, {{0, *names_.module()}}), 0);
}

std::uint32_t Context::defined(NameKind kind) const noexcept {
    const auto found = defined_.find(kind);
    return found == defined_.end() ? 0 : found->second;
}

const Signature* Context::signature(std::uint32_t type) const noexcept {
    return type < types.size() && types[type] ? &*types[type] : nullptr;
}

} // namespace detent::text::printer
