#include "engine/code/operand_map.hpp"

#include "engine/code/validate_again.hpp"

#include <algorithm>

namespace detent {

/// Looks at the operands where positions ask for them.
class OperandMapSink : public NullSink {
  public:
    OperandMapSink(OperandMap& map, std::span<const std::uint32_t> positions) noexcept
        : map_(map), positions_(positions) {}

    [[nodiscard]] bool at(std::uint32_t position, const Operands& operands) noexcept {
        while (!positions_.empty() && positions_.front() == position) {
            if (!add(operands.types())) return false;
            positions_ = positions_.subspan(1);
        }
        return true;
    }

  private:
    [[nodiscard]] bool add(std::span<const ValType> types) noexcept {
        for (const ValType type : types) {
            const std::uint8_t marks[2] = {type.is_reference(), 0};
            if (!map_.words_.append(std::span(marks).first(words_of(type)))) return false;
        }
        return map_.ends_.push_back(static_cast<std::uint32_t>(map_.words_.size()));
    }

    OperandMap& map_;
    std::span<const std::uint32_t> positions_;
};

static_assert(BodySink<OperandMapSink>);

namespace {

class ReferenceSink : public NullSink {
  public:
    [[nodiscard]] bool at(std::uint32_t, const Operands& operands) noexcept {
        found_ = found_ || std::ranges::any_of(operands.types(), &ValType::is_reference);
        return true;
    }
    [[nodiscard]] bool found() const noexcept { return found_; }

  private:
    bool found_ = false;
};

static_assert(BodySink<ReferenceSink>);

} // namespace

Result<OperandMap> map_operands(const Code& code, FuncIdx function, std::span<const std::uint32_t> positions) noexcept {
    OperandMap map;
    OperandMapSink sink(map, positions);
    DETENT_CHECK(validate_again(code, function, sink));
    return map;
}

Result<bool> has_references(const Code& code, FuncIdx function) noexcept {
    const Module& module = code.module();
    const Body& body = module.body(function);
    const auto runs = module.local_runs.span().subspan(body.first_run, body.runs);
    const auto is_reference = [](const LocalRun& run) { return run.type.is_reference(); };
    if (std::ranges::any_of(module.function_type(function).parameters, &ValType::is_reference)) return true;
    if (std::ranges::any_of(runs, is_reference)) return true;
    ReferenceSink sink;
    DETENT_CHECK(validate_again(code, function, sink));
    return sink.found();
}

} // namespace detent
