// The prices of a module. Source: METERING.md, MET-17 and MET-18.
#include "engine/code/code.hpp"

namespace detent {

namespace {

/// Sums a base and amounts; each amount is rounded by itself.
class Price {
  public:
    Price(const Schedule& schedule, WorkClass base) noexcept : schedule_(schedule), sum_(schedule.base(base)) {}

    Price& add(Unit unit, std::uint64_t n) noexcept {
        if (n == 0) return *this;
        sum_ = sum_ + schedule_.amount(unit, n);
        return *this;
    }
    Price& add(WorkClass work_class, std::uint64_t times) noexcept {
        if (times == 0) return *this;
        const std::uint64_t base = schedule_.base(work_class).units();
        sum_ = sum_ + (base > Fuel::kMaximum / (times + 1) ? Fuel::maximum() : Fuel(base * times));
        return *this;
    }
    [[nodiscard]] Fuel sum() const noexcept { return sum_; }

  private:
    const Schedule& schedule_;
    Fuel sum_;
};

/// What a module defines itself, besides what it imports.
struct Defined {
    explicit Defined(const Module& module) noexcept
        : functions(module.functions.size() - module.imported_functions),
          tables(module.tables.span().subspan(module.imported_tables)),
          memories(module.memories.span().subspan(module.imported_memories)),
          tags(module.tags.size() - module.imported_tags), globals(module.globals.size() - module.imported_globals) {}

    [[nodiscard]] std::uint64_t table_elements() const noexcept {
        std::uint64_t elements = 0;
        for (const TableType& table : tables)
            elements = sum(elements, table.limits.minimum);
        return elements;
    }
    [[nodiscard]] std::uint64_t memory_bytes() const noexcept {
        std::uint64_t bytes = 0;
        for (const MemType& memory : memories)
            bytes = sum(bytes, bytes_of(memory));
        return bytes;
    }

    // A module may ask for more than 2^64 - 1; no store gives so much.
    static constexpr std::uint64_t kMost = ~std::uint64_t{0};

    [[nodiscard]] static constexpr std::uint64_t sum(std::uint64_t a, std::uint64_t b) noexcept {
        return a > kMost - b ? kMost : a + b;
    }
    [[nodiscard]] static constexpr std::uint64_t bytes_of(const MemType& memory) noexcept {
        const std::uint64_t pages = memory.limits.minimum;
        return pages > kMost / memory.page_bytes() ? kMost : pages * memory.page_bytes();
    }

    std::size_t functions;
    std::span<const TableType> tables;
    std::span<const MemType> memories;
    std::size_t tags;
    std::size_t globals;
};

} // namespace

Fuel Code::activation_price(const Schedule& schedule) const noexcept {
    const Defined defined(module_);
    return Price(schedule, WorkClass::activation)
        .add(Unit::activation_byte, module_.bytes.size() - counts_.body_bytes)
        .add(Unit::activation_type, module_.types.size())
        .add(Unit::activation_field, counts_.type_fields)
        .add(Unit::activation_import, module_.imports.size())
        .add(Unit::activation_function, defined.functions)
        .add(Unit::activation_table, defined.tables.size())
        .add(Unit::activation_memory, defined.memories.size())
        .add(Unit::activation_tag, defined.tags)
        .add(Unit::activation_global, defined.globals)
        .add(Unit::activation_export, module_.exports.size())
        .add(Unit::activation_element_segment, module_.elements.size())
        .add(Unit::activation_element, counts_.segment_elements)
        .add(Unit::activation_data_segment, module_.data.size())
        .add(Unit::activation_body_byte, counts_.body_bytes)
        .add(Unit::activation_branch_target, counts_.branch_targets)
        .sum();
}

Fuel Code::instantiation_price(const Schedule& schedule) const noexcept {
    const Defined defined(module_);
    Price price(schedule, WorkClass::instantiation);
    price.add(Unit::instantiation_import, module_.imports.size())
        .add(Unit::instantiation_function, defined.functions)
        .add(Unit::instantiation_table, defined.tables.size())
        .add(Unit::instantiation_table_element, defined.table_elements())
        .add(Unit::instantiation_memory, defined.memories.size())
        .add(Unit::instantiation_memory_byte, defined.memory_bytes())
        .add(Unit::instantiation_tag, defined.tags)
        .add(Unit::instantiation_global, defined.globals)
        .add(Unit::instantiation_export, module_.exports.size())
        .add(Unit::instantiation_element_segment, module_.elements.size())
        .add(Unit::instantiation_element, counts_.segment_elements)
        .add(Unit::instantiation_data_segment, module_.data.size())
        .add(Unit::instantiation_data_byte, counts_.active_data_bytes);
    for (std::size_t i = 0; i < constant_classes_.size(); ++i) {
        price.add(static_cast<WorkClass>(i), constant_classes_[i]);
    }
    return price.sum();
}

} // namespace detent
