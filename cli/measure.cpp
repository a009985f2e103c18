#include "cli/measure.hpp"

#include "cli/failure.hpp"

#include "engine/valid/module.hpp"

#include <algorithm>
#include <optional>

namespace detent::cli {

namespace {

/// Listens to validation and keeps the greatest of what limits count.
class MeasureSink {
  public:
    struct Label {};

    void instruction(Op) noexcept { most_instructions = std::max(most_instructions, ++instructions_); }
    void open(Label&, Op, std::uint32_t) noexcept {
        if (depth_ == 0) {
            instructions_ = 0;
            blocks_ = 0;
        } else {
            most_blocks = std::max(most_blocks, ++blocks_);
        }
        most_depth = std::max(most_depth, ++depth_);
    }
    [[nodiscard]] bool branch(Label&, const Jump&) noexcept { return true; }
    void branch_table(std::uint32_t targets) noexcept {
        most_targets = std::max<std::uint64_t>(most_targets, targets - 1);
    }
    [[nodiscard]] bool skip(Label&, const Jump&) noexcept { return true; }
    [[nodiscard]] bool otherwise(Label&, const Jump&, std::uint32_t) noexcept { return true; }
    [[nodiscard]] bool at(std::uint32_t, const Operands&) noexcept { return true; }
    [[nodiscard]] bool catches(Label&, const TryTable&) noexcept { return true; }
    [[nodiscard]] bool wide(std::uint32_t) noexcept { return true; }
    [[nodiscard]] bool close(Label&, std::uint32_t) noexcept {
        --depth_;
        return true;
    }

    std::uint64_t most_instructions = 0;
    std::uint64_t most_blocks = 0;
    std::uint64_t most_depth = 0;
    std::uint64_t most_targets = 0;

  private:
    std::uint64_t instructions_ = 0;
    std::uint64_t blocks_ = 0;
    std::uint64_t depth_ = 0;
};

/// Validates once more, which a valid module passes.
Status listen(const Code& code, MeasureSink& constants, MeasureSink& bodies) {
    const Module& module = code.module();
    TypeSpace types;
    ModuleValidator<MeasureSink, MeasureSink> validator(module, types, code.profile(), constants, bodies);
    DETENT_CHECK(validator.declarations());
    for (std::size_t i = 0; i < module.bodies.size(); ++i) {
        DETENT_CHECK(validator.body(FuncIdx(static_cast<std::uint32_t>(module.imported_functions + i))));
    }
    return validator.data();
}

template <class Range, class Size>
std::uint64_t greatest(const Range& range, Size size) {
    std::uint64_t most = 0;
    for (const auto& each : range)
        most = std::max<std::uint64_t>(most, size(each));
    return most;
}

template <class Range, class Size>
std::uint64_t sum(const Range& range, Size size) {
    std::uint64_t all = 0;
    for (const auto& each : range)
        all += size(each);
    return all;
}

std::uint64_t locals_of(const Module& module, std::size_t body) {
    const FuncIdx function{static_cast<std::uint32_t>(module.imported_functions + body)};
    return module.function_type(function).parameters.size() + module.bodies[body].declared_locals;
}

std::uint64_t longest_name(const Module& module) {
    const auto import_name = [](const Import& each) { return std::max(each.module_name.size(), each.name.size()); };
    const auto export_name = [](const Export& each) { return each.name.size(); };
    return std::max(greatest(module.imports, import_name), greatest(module.exports, export_name));
}

/// Of every function that the module defines: parameters and locals.
std::vector<std::uint64_t> all_locals(const Module& module) {
    std::vector<std::uint64_t> counts;
    counts.reserve(module.bodies.size());
    for (std::size_t i = 0; i < module.bodies.size(); ++i)
        counts.push_back(locals_of(module, i));
    return counts;
}

} // namespace

std::vector<Use> measure(const Code& code) {
    const Module& module = code.module();
    MeasureSink constants;
    MeasureSink bodies;
    require_ok(listen(code, constants, bodies), "");
    const auto minimum = [](const TableType& each) { return each.limits.minimum; };
    const auto bytes = [](const MemType& each) { return each.limits.minimum * each.page_bytes(); };
    const auto same = [](std::uint64_t each) { return each; };
    const std::vector<std::uint64_t> locals = all_locals(module);
    return {
        {Limit::module_bytes, module.bytes.size()},
        {Limit::types, module.types.size()},
        {Limit::functions, module.functions.size()},
        {Limit::imports, module.imports.size()},
        {Limit::exports, module.exports.size()},
        {Limit::globals, module.globals.size()},
        {Limit::tables, module.tables.size()},
        {Limit::table_elements, greatest(module.tables, minimum)},
        {Limit::store_table_elements, sum(module.tables, minimum)},
        {Limit::memories, module.memories.size()},
        {Limit::store_memory_bytes, sum(module.memories, bytes)},
        {Limit::element_segments, module.elements.size()},
        {Limit::element_segment_entries,
         greatest(module.elements, [](const ElementSegment& each) { return each.count; })},
        {Limit::data_segments, module.data.size()},
        {Limit::parameters, greatest(module.types, [](const SubType& each) { return each.parameters; })},
        {Limit::results, greatest(module.types, [](const SubType& each) { return each.results; })},
        {Limit::type_words, module.type_pool.size() + module.field_pool.size()},
        {Limit::body_bytes, greatest(module.bodies, [](const Body& each) { return each.bytes.size(); })},
        {Limit::locals, greatest(locals, same)},
        {Limit::module_locals, sum(locals, same)},
        {Limit::block_depth, bodies.most_depth},
        {Limit::blocks, bodies.most_blocks},
        {Limit::branch_targets, bodies.most_targets},
        {Limit::name_bytes, longest_name(module)},
        {Limit::constant_instructions, constants.most_instructions},
        {Limit::custom_sections, module.custom_sections},
    };
}

} // namespace detent::cli
