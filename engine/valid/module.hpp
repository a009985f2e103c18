// ModuleValidator: the rules of a module around its bodies. Source: spec, Validation, Modules.
#pragma once

#include "engine/valid/body.hpp"
#include "engine/valid/context.hpp"

#include <cstdint>
#include <optional>

namespace detent {

/// The rules that need no expression, each for one section. Types are interned in `types`, which is the context's.
[[nodiscard]] Status validate_types(const Context& context, TypeSpace& types) noexcept;
[[nodiscard]] Status validate_functions(const Context& context) noexcept;
[[nodiscard]] Status validate_table(const Context& context, TableIdx table) noexcept;
[[nodiscard]] Status validate_memories(const Context& context) noexcept;
[[nodiscard]] Status validate_tags(const Context& context) noexcept;
/// Declares what is exported, for `ref.func`.
[[nodiscard]] Status validate_exports(Context& context) noexcept;
[[nodiscard]] Status validate_start(const Context& context) noexcept;
/// Declares the functions of a segment of indices.
[[nodiscard]] Status validate_element_indices(Context& context, const ElementSegment& segment) noexcept;

/// Validates a decoded module, in the order of its sections: `declarations`, then `body` for each function that it
/// defines, in order, then `data`. Sinks are told of constant expressions and of bodies. `types` is filled, and MUST
/// outlive it.
template <BodySink ConstantSink, BodySink Sink>
class ModuleValidator {
  public:
    ModuleValidator(const Module& module, TypeSpace& types, const Profile& profile, ConstantSink& constants,
                    Sink& bodies) noexcept
        : types_(types), context_(module, types, profile), constants_(context_, constants), bodies_(context_, bodies) {}

    /// Everything up to the element segments.
    [[nodiscard]] Status declarations() noexcept {
        if (!context_.declared.resize(context_.module.functions.size())) return kOutOfMemory;
        DETENT_CHECK(validate_types(context_, types_));
        DETENT_CHECK(validate_functions(context_));
        DETENT_CHECK(tables());
        DETENT_CHECK(validate_memories(context_));
        DETENT_CHECK(validate_tags(context_));
        for (const Global& global : context_.module.globals)
            DETENT_CHECK(this->global(global));
        DETENT_CHECK(validate_exports(context_));
        DETENT_CHECK(validate_start(context_));
        for (const ElementSegment& segment : context_.module.elements)
            DETENT_CHECK(elements(segment));
        return ok();
    }

    [[nodiscard]] Status body(FuncIdx function) noexcept {
        DETENT_CHECK(bodies_.body(function));
        locals_ += bodies_.locals();
        if (locals_ <= context_.limits[Limit::module_locals]) return ok();
        return Error{ErrorCode::limit_exceeded, context_.module.body(function).bytes.begin,
                     static_cast<std::uint32_t>(Limit::module_locals)};
    }

    /// Of the last body (MET-8).
    [[nodiscard]] std::uint32_t greatest_words() const noexcept { return bodies_.greatest_words(); }

    [[nodiscard]] Status data() noexcept {
        for (const DataSegment& segment : context_.module.data)
            DETENT_CHECK(this->segment(segment));
        return ok();
    }

  private:
    /// An initializer can name imported globals only: the others stand behind it. spec: valid-table
    [[nodiscard]] Status tables() noexcept {
        const Module& module = context_.module;
        context_.visible_globals = module.imported_globals;
        for (std::uint32_t i = 0; i < module.tables.size(); ++i) {
            DETENT_CHECK(validate_table(context_, TableIdx{i}));
            const std::optional<ConstExpr>& initializer = module.table_initializers[i];
            if (initializer) DETENT_CHECK(constants_.constant(*initializer, module.tables[i].element));
        }
        context_.visible_globals = 0;
        return ok();
    }

    // spec: valid-global
    [[nodiscard]] Status global(const Global& global) noexcept {
        if (!context_.knows(global.type.value)) return Error{ErrorCode::unknown_type, global.offset};
        if (global.initializer) DETENT_CHECK(constants_.constant(*global.initializer, global.type.value));
        ++context_.visible_globals;
        return ok();
    }

    // spec: valid-elem
    [[nodiscard]] Status elements(const ElementSegment& segment) noexcept {
        if (!context_.knows(segment.type)) return Error{ErrorCode::unknown_type, segment.offset};
        if (segment.mode == ElementSegment::Mode::active) {
            if (number(segment.table) >= context_.module.tables.size()) {
                return Error{ErrorCode::unknown_table, segment.offset};
            }
            const TableType& table = context_.module.tables[number(segment.table)];
            DETENT_CHECK(constants_.constant(segment.offset_expression, value_type(table.address)));
            if (!matches(segment.type, table.element, context_.types)) {
                return Error{ErrorCode::type_mismatch, segment.offset};
            }
        }
        return segment.entries_are_indices ? validate_element_indices(context_, segment) : expressions(segment);
    }

    /// The entries follow one another; each ends where the next begins.
    [[nodiscard]] Status expressions(const ElementSegment& segment) noexcept {
        ByteRange rest = segment.entries;
        for (std::uint32_t i = 0; i < segment.count; ++i) {
            DETENT_TRY(const std::uint32_t end, constants_.next_constant(rest, segment.type));
            rest.begin = end;
        }
        return ok();
    }

    // spec: valid-data
    [[nodiscard]] Status segment(const DataSegment& segment) noexcept {
        if (!segment.active) return ok();
        if (number(segment.memory) >= context_.module.memories.size()) {
            return Error{ErrorCode::unknown_memory, segment.offset};
        }
        const MemType& memory = context_.module.memories[number(segment.memory)];
        return constants_.constant(segment.offset_expression, value_type(memory.address));
    }

    TypeSpace& types_;
    Context context_;
    BodyValidator<ConstantSink> constants_;
    BodyValidator<Sink> bodies_;
    std::uint64_t locals_ = 0;
};

/// Validates a decoded module, and records nothing.
[[nodiscard]] Status validate(const Module& module, const Profile& profile) noexcept;

} // namespace detent
