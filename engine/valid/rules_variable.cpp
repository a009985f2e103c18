// Variables and tables.
#include "engine/valid/rules.hpp"

namespace detent {

/// A local that begins without a value. spec: valid-local.get, valid-local.set, valid-local.tee
Status Rules::unset_local(Op op, std::uint32_t index) noexcept {
    if (op == Op::local_get) {
        if (!set_locals_.has(index)) return error(ErrorCode::uninitialized_local);
        return ok();
    }
    if (!set_locals_.set(index)) return kOutOfMemory;
    return ok();
}

// spec: valid-global.get, valid-global.set
Status Rules::global(Op op) noexcept {
    DETENT_TRY(const std::uint32_t index, in_.u32());
    const std::size_t visible = is_constant_ ? context_.visible_globals : module_.globals.size();
    DETENT_CHECK(known(index, visible, ErrorCode::unknown_global));
    const GlobalType type = module_.globals[index].type;
    if (is_constant_) DETENT_CHECK(constant_global(index));
    if (op == Op::global_set && !type.is_mutable) return error(ErrorCode::immutable_global);
    return plain(op, {type.value});
}

/// Until gc, a constant expression can name imported globals only. spec: valid-constant
Status Rules::constant_global(std::uint32_t index) const noexcept {
    if (module_.globals[index].type.is_mutable) return error(ErrorCode::constant_expression_required);
    if (index < module_.imported_globals) return ok();
    return require(context_.features, Feature::gc, position_);
}

// spec: valid-table.get and its relatives
Status Rules::table(Op op) noexcept {
    DETENT_TRY(const std::uint32_t index, in_.u32());
    DETENT_CHECK(known_table(index));
    return plain(op, {module_.tables[index].element, table_address(index)});
}

// spec: valid-table.copy
Status Rules::table_copy(Op op) noexcept {
    DETENT_TRY(const std::uint32_t to, in_.u32());
    DETENT_TRY(const std::uint32_t from, in_.u32());
    DETENT_CHECK(known_table(to));
    DETENT_CHECK(known_table(from));
    DETENT_CHECK(agreed(is_subtype_of(module_.tables[from].element, module_.tables[to].element)));
    return plain(op, {kBottom, table_address(to), table_address(from)});
}

// spec: valid-table.init
Status Rules::table_init(Op op) noexcept {
    DETENT_TRY(const std::uint32_t from, in_.u32());
    DETENT_TRY(const std::uint32_t to, in_.u32());
    DETENT_CHECK(known_table(to));
    DETENT_CHECK(known(from, module_.elements.size(), ErrorCode::unknown_element_segment));
    DETENT_CHECK(agreed(is_subtype_of(module_.elements[from].type, module_.tables[to].element)));
    return plain(op, {kBottom, table_address(to)});
}

// spec: valid-elem.drop
Status Rules::elem_drop(Op op) noexcept {
    DETENT_TRY(const std::uint32_t index, in_.u32());
    DETENT_CHECK(known(index, module_.elements.size(), ErrorCode::unknown_element_segment));
    return plain(op);
}

} // namespace detent
