#include "engine/instrument/survey.hpp"

#include "engine/code/validate_again.hpp"

namespace detent::instrument {

namespace {

class SurveySink : public NullSink {
  public:
    struct Label {
        bool is_loop = false;
        bool is_target = false;
        bool is_caught = false;
    };

    SurveySink(const Module& module, std::uint32_t end, Buffer<Instruction>& found) noexcept
        : module_(module), end_(end), found_(found) {}

    [[nodiscard]] bool at(std::uint32_t position, const Operands& operands) noexcept {
        Instruction next;
        next.position = position;
        next.is_reached = operands.is_reached();
        // An instruction is told of by itself.
        if (position < end_) next.op = op_from(module_.bytes[position]);
        return found_.push_back(next);
    }
    void instruction(Op op) noexcept { found_.back().op = op; }

    void open(Label& label, Op op, std::uint32_t) noexcept {
        label = Label{};
        label.is_loop = op == Op::loop;
    }
    /// Catch clauses come before their block opens.
    [[nodiscard]] bool branch(Label& label, const Jump& jump) noexcept {
        Instruction& from = found_.back();
        label.is_target = true;
        label.is_caught = label.is_caught || from.op == Op::try_table;
        from.units = jump.kept;
        return true;
    }
    [[nodiscard]] bool otherwise(Label& label, const Jump&, std::uint32_t) noexcept {
        label.is_target = true;
        return true;
    }
    [[nodiscard]] bool skip(Label& label, const Jump&) noexcept {
        label.is_target = true;
        return true;
    }
    [[nodiscard]] bool catches(Label&, const TryTable& tried) noexcept {
        found_.back().units = tried.count;
        return true;
    }
    /// Branches to a loop go to its beginning.
    [[nodiscard]] bool close(Label& label, std::uint32_t) noexcept {
        found_.back().is_target = label.is_target && !label.is_loop;
        found_.back().is_caught = label.is_caught && !label.is_loop;
        return true;
    }

  private:
    const Module& module_;
    std::uint32_t end_;
    Buffer<Instruction>& found_;
};

static_assert(BodySink<SurveySink>);

} // namespace

Result<Buffer<Instruction>> survey(const Code& code, FuncIdx function) noexcept {
    Buffer<Instruction> found;
    SurveySink sink(code.module(), code.module().body(function).expression.end, found);
    DETENT_CHECK(validate_again(code, function, sink));
    return found;
}

} // namespace detent::instrument
