// The rules of the type section. Source: spec, Validation, Types, Recursive Types.
#include "engine/valid/module.hpp"

namespace detent {

namespace {

/// Judges the types of one group: what they name, before they are interned, and what they stand below, after it.
class GroupValidator {
  public:
    GroupValidator(const Context& context, const RecGroup& group) noexcept
        : context_(context), module_(context.module), group_(group), end_(group.first + group.count) {}

    [[nodiscard]] Status names() const noexcept {
        for (std::uint32_t i = group_.first; i < end_; ++i)
            DETENT_CHECK(names_of(i));
        return ok();
    }

    [[nodiscard]] Status supertypes() const noexcept {
        for (std::uint32_t i = group_.first; i < end_; ++i)
            DETENT_CHECK(supertype(i));
        return ok();
    }

  private:
    // A type may name what stands before the end of its group.
    [[nodiscard]] bool names_known(ValType type) const noexcept {
        return !type.is_reference() || !type.heap().is_index() || number(type.heap().index()) < end_;
    }

    [[nodiscard]] Status names_of(std::uint32_t index) const noexcept {
        const SubType& type = module_.types[index];
        const bool is_function = type.kind == CompositeKind::func;
        const std::span<const ValType> named =
            is_function ? module_.type_pool.span().subspan(type.begin, type.parameters + type.results)
                        : module_.unpacked_fields(TypeIdx{index});
        const bool all_known = std::ranges::all_of(named, [this](ValType one) { return names_known(one); });
        // The supertype stands before its type.
        const bool is_below_earlier = !type.supertype || number(*type.supertype) < index;
        if (!all_known || !is_below_earlier) return Error{ErrorCode::unknown_type, type.offset};
        if (type.depth <= context_.limits[Limit::subtype_depth]) return ok();
        return Error{ErrorCode::limit_exceeded, type.offset, static_cast<std::uint32_t>(Limit::subtype_depth)};
    }

    // spec: valid-subtype
    [[nodiscard]] Status supertype(std::uint32_t index) const noexcept {
        const SubType& type = module_.types[index];
        if (!type.supertype) return ok();
        const SubType& above = module_.types[number(*type.supertype)];
        const bool is_allowed =
            !above.is_final && above.kind == type.kind && composite_matches(TypeIdx{index}, *type.supertype);
        if (!is_allowed) return Error{ErrorCode::bad_subtype, type.offset};
        return ok();
    }

    // spec: match-comptype
    [[nodiscard]] bool composite_matches(TypeIdx type, TypeIdx above) const noexcept {
        if (module_.types[number(type)].kind != CompositeKind::func) return fields_match(type, above);
        const FuncType own = module_.func_type(type);
        const FuncType other = module_.func_type(above);
        return lists_match(other.parameters, own.parameters) && lists_match(own.results, other.results);
    }

    [[nodiscard]] bool lists_match(std::span<const ValType> a, std::span<const ValType> b) const noexcept {
        return a.size() == b.size() && all_match(a, b, context_.types);
    }

    /// A structure may have more fields than the one above it.
    [[nodiscard]] bool fields_match(TypeIdx type, TypeIdx above) const noexcept {
        const std::span<const FieldType> own = module_.fields(type);
        const std::span<const FieldType> other = module_.fields(above);
        if (own.size() < other.size()) return false;
        for (std::size_t i = 0; i < other.size(); ++i) {
            if (!matches(own[i], other[i], context_.types)) return false;
        }
        return true;
    }

    const Context& context_;
    const Module& module_;
    const RecGroup& group_;
    std::uint32_t end_;
};

} // namespace

Status validate_types(const Context& context, TypeSpace& types) noexcept {
    for (const RecGroup& group : context.module.rec_groups) {
        const GroupValidator validator(context, group);
        DETENT_CHECK(validator.names());
        if (!types.add(context.module, group)) return kOutOfMemory;
        DETENT_CHECK(validator.supertypes());
    }
    return ok();
}

} // namespace detent
