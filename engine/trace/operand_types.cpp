#include "engine/trace/operand_types.hpp"

#include "engine/code/validate_again.hpp"

#include <algorithm>

namespace detent::trace {

/// Puts down the stack of every position, until there are too many nodes.
class OperandTypesSink : public NullSink {
  public:
    OperandTypesSink(OperandTypes& types, std::size_t most_nodes) noexcept : types_(types), most_nodes_(most_nodes) {}

    [[nodiscard]] bool begin() noexcept { return types_.nodes_.push_back({}); }

    [[nodiscard]] bool at(std::uint32_t position, const Operands& operands) noexcept {
        if (is_full_) return true;
        const std::span<const ValType> stack = operands.types();
        keep_common(stack);
        for (const ValType type : stack.subspan(path_.size())) {
            if (types_.nodes_.size() > most_nodes_) {
                is_full_ = true;
                return true;
            }
            if (!push(type)) return false;
        }
        return types_.places_.push_back({position, top()});
    }

  private:
    [[nodiscard]] std::uint32_t top() const noexcept { return path_.empty() ? 0 : path_.back(); }

    void keep_common(std::span<const ValType> stack) noexcept {
        std::size_t common = 0;
        while (common < std::min(stack.size(), path_.size()) && types_.nodes_[path_[common]].type == stack[common])
            ++common;
        path_.truncate(common);
    }

    [[nodiscard]] bool push(ValType type) noexcept {
        const auto node = static_cast<std::uint32_t>(types_.nodes_.size());
        const auto height = static_cast<std::uint32_t>(path_.size() + 1);
        return types_.nodes_.push_back({top(), height, type}) && path_.push_back(node);
    }

    OperandTypes& types_;
    std::size_t most_nodes_;
    bool is_full_ = false;
    /// The node of each height.
    Buffer<std::uint32_t> path_;
};

namespace {

/// Looks at one position.
class OnePositionSink : public NullSink {
  public:
    OnePositionSink(Buffer<ValType>& types, std::uint32_t position) noexcept : types_(types), position_(position) {}

    [[nodiscard]] bool at(std::uint32_t position, const Operands& operands) noexcept {
        return position != position_ || types_.copy_from(operands.types());
    }

  private:
    Buffer<ValType>& types_;
    std::uint32_t position_;
};

static_assert(BodySink<OnePositionSink>);

} // namespace

static_assert(BodySink<OperandTypesSink>);

Result<OperandTypes> OperandTypes::of(const Code& code, FuncIdx function, std::size_t most_nodes) noexcept {
    OperandTypes types(code, function);
    OperandTypesSink sink(types, most_nodes);
    if (!sink.begin()) return kOutOfMemory;
    DETENT_CHECK(validate_again(code, function, sink));
    return types;
}

Result<Buffer<ValType>> OperandTypes::at(std::uint32_t position) const noexcept {
    Buffer<ValType> types;
    const Place* const found = std::ranges::lower_bound(places_, position, {}, &Place::position);
    if (found == places_.end() || found->position != position) {
        OnePositionSink sink(types, position);
        DETENT_CHECK(validate_again(*code_, function_, sink));
        return types;
    }
    if (!types.resize(nodes_[found->stack].height)) return kOutOfMemory;
    for (std::uint32_t node = found->stack; node != 0; node = nodes_[node].below)
        types[nodes_[node].height - 1] = nodes_[node].type;
    return types;
}

} // namespace detent::trace
