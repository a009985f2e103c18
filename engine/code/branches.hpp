// BranchRecorder: the sink that makes the side table. Internal to this room.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/code/code.hpp"
#include "engine/valid/sink.hpp"

#include <cstdint>

namespace detent {

/// Appends the entries of one function after the other. A branch forwards waits in a chain at its label: until the
/// label is closed, `target` holds the number, plus one, of the entry that waits before it.
class BranchRecorder {
  public:
    struct Label {
        bool is_loop = false;
        std::uint32_t loop_target = 0;
        std::uint32_t loop_entry = 0;
        /// Numbers of entries, plus one; 0 for none.
        std::uint32_t waiting = 0;
        std::uint32_t skip = 0;
    };

    explicit BranchRecorder(Buffer<Branch>& branches) noexcept : branches_(branches) {}

    void begin_function() noexcept { first_ = next(); }
    [[nodiscard]] std::uint32_t first() const noexcept { return first_; }
    [[nodiscard]] std::uint32_t count() const noexcept { return next() - first_; }
    /// Entries of all `br_table` so far, each default included (MET-17).
    [[nodiscard]] std::uint64_t table_targets() const noexcept { return table_targets_; }

    void instruction(Op) noexcept {}
    void branch_table(std::uint32_t targets) noexcept { table_targets_ += targets; }

    void open(Label& label, Op op, std::uint32_t behind) noexcept {
        label = Label{};
        label.is_loop = op == Op::loop;
        label.loop_target = behind;
        label.loop_entry = count();
    }

    [[nodiscard]] bool branch(Label& label, const Jump& jump) noexcept {
        if (label.is_loop) return add(jump, label.loop_target, label.loop_entry);
        if (!add(jump, label.waiting, 0)) return false;
        label.waiting = next();
        return true;
    }

    [[nodiscard]] bool skip(Label& label, const Jump& jump) noexcept {
        if (!add(jump, 0, 0)) return false;
        label.skip = next();
        return true;
    }

    [[nodiscard]] bool otherwise(Label& label, const Jump& jump, std::uint32_t behind) noexcept {
        if (!branch(label, jump)) return false;
        settle_skip(label, behind);
        return true;
    }

    void close(Label& label, std::uint32_t behind) noexcept {
        settle_skip(label, behind);
        while (label.waiting != 0) {
            Branch& one = branches_[label.waiting - 1];
            label.waiting = one.target;
            settle(one, behind);
        }
    }

  private:
    [[nodiscard]] std::uint32_t next() const noexcept { return static_cast<std::uint32_t>(branches_.size()); }

    [[nodiscard]] bool add(const Jump& jump, std::uint32_t target, std::uint32_t entry) noexcept {
        return branches_.push_back({jump.position, target, entry, jump.kept, jump.dropped});
    }

    void settle_skip(Label& label, std::uint32_t behind) noexcept {
        if (label.skip != 0) settle(branches_[label.skip - 1], behind);
        label.skip = 0;
    }

    void settle(Branch& one, std::uint32_t target) noexcept {
        one.target = target;
        one.target_entry = count();
    }

    Buffer<Branch>& branches_;
    std::uint32_t first_ = 0;
    std::uint64_t table_targets_ = 0;
};

static_assert(BodySink<BranchRecorder>);

/// Counts the work classes of constant expressions (MET-18).
class ConstantCounter {
  public:
    struct Label {};

    /// `counts` MUST have a number for each work class.
    explicit ConstantCounter(Buffer<std::uint64_t>& counts) noexcept : counts_(counts) {}

    void instruction(Op op) noexcept { add(op, 1); }
    void add(Op op, std::uint64_t times) noexcept { counts_[static_cast<std::size_t>(row(op).work_class)] += times; }

    void open(Label&, Op, std::uint32_t) noexcept {}
    [[nodiscard]] bool branch(Label&, const Jump&) noexcept { return true; }
    void branch_table(std::uint32_t) noexcept {}
    [[nodiscard]] bool skip(Label&, const Jump&) noexcept { return true; }
    [[nodiscard]] bool otherwise(Label&, const Jump&, std::uint32_t) noexcept { return true; }
    void close(Label&, std::uint32_t) noexcept {}

  private:
    Buffer<std::uint64_t>& counts_;
};

static_assert(BodySink<ConstantCounter>);

} // namespace detent
