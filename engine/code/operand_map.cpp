#include "engine/code/operand_map.hpp"

#include "engine/valid/body.hpp"

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

Result<OperandMap> map_operands(const Code& code, FuncIdx function, std::span<const std::uint32_t> positions) noexcept {
    OperandMap map;
    OperandMapSink sink(map, positions);
    Context context(code.module(), code.types(), code.profile());
    context.knows_declared = true;
    BodyValidator<OperandMapSink> validator(context, sink);
    DETENT_CHECK(validator.body(function));
    return map;
}

} // namespace detent
