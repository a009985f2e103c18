// CodeRecorder: the sink that makes the side tables. Internal to this room.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/code/code.hpp"
#include "engine/valid/sink.hpp"

#include <cstdint>

namespace detent {

/// The tables that bodies fill.
struct SideTables {
    Buffer<Branch>& branches;
    Buffer<TryBlock>& try_blocks;
    Buffer<TryMark>& try_marks;
    Buffer<std::uint32_t>& wides;
};

/// Appends the entries of one function after the other. A branch forwards waits in a chain at its label: until the
/// label is closed, `target` holds the number, plus one, of the entry that waits before it.
class CodeRecorder {
  public:
    struct Label {
        bool is_loop = false;
        std::uint32_t loop_target = 0;
        std::uint32_t loop_entry = 0;
        /// Numbers of entries, plus one; 0 for none.
        std::uint32_t waiting = 0;
        std::uint32_t skip = 0;
        /// The number of the `try_table` in the function, plus one; 0 for another block.
        std::uint32_t try_block = 0;
    };

    explicit CodeRecorder(const SideTables& tables) noexcept : tables_(tables), branches_(tables.branches) {}

    /// `code` gets the beginnings of the function's entries, and `end_function` their numbers.
    void begin_function(FunctionCode& code) noexcept {
        code.first_branch = first_ = next();
        code.first_try_block = size_of(tables_.try_blocks);
        code.first_try_mark = size_of(tables_.try_marks);
        code.first_wide = size_of(tables_.wides);
        first_try_block_ = code.first_try_block;
        innermost_ = 0;
    }
    void end_function(FunctionCode& code) const noexcept {
        code.branch_count = count();
        code.try_block_count = size_of(tables_.try_blocks) - code.first_try_block;
        code.try_mark_count = size_of(tables_.try_marks) - code.first_try_mark;
        code.wide_count = size_of(tables_.wides) - code.first_wide;
    }
    /// Entries of all `br_table` so far, each default included (MET-17).
    [[nodiscard]] std::uint64_t table_targets() const noexcept { return table_targets_; }

    [[nodiscard]] bool at(std::uint32_t, const Operands&) noexcept { return true; }
    void instruction(Op) noexcept {}
    void branch_table(std::uint32_t targets) noexcept { table_targets_ += targets; }
    [[nodiscard]] bool wide(std::uint32_t position) noexcept { return tables_.wides.push_back(position); }

    void open(Label& label, Op op, std::uint32_t behind) noexcept {
        label = Label{};
        label.is_loop = op == Op::loop;
        label.loop_target = behind;
        label.loop_entry = count();
        behind_opening_ = behind;
    }

    /// The entries of its clauses are the last ones.
    [[nodiscard]] bool catches(Label& label, const TryTable& tried) noexcept {
        const TryBlock block{tried.clauses, tried.count, count() - tried.count, tried.words, innermost_};
        if (!tables_.try_blocks.push_back(block)) return false;
        label.try_block = innermost_ = size_of(tables_.try_blocks) - first_try_block_;
        return tables_.try_marks.push_back({behind_opening_, innermost_});
    }

    [[nodiscard, gnu::always_inline]] bool branch(Label& label, const Jump& jump) noexcept {
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

    [[nodiscard, gnu::always_inline]] bool close(Label& label, std::uint32_t behind) noexcept {
        settle_skip(label, behind);
        while (label.waiting != 0) {
            Branch& one = branches_[label.waiting - 1];
            label.waiting = one.target;
            settle(one, behind);
        }
        return label.try_block == 0 || leave_try(label.try_block, behind);
    }

  private:
    template <class T>
    [[nodiscard]] static std::uint32_t size_of(const Buffer<T>& buffer) noexcept {
        return static_cast<std::uint32_t>(buffer.size());
    }
    [[nodiscard]] std::uint32_t next() const noexcept { return size_of(branches_); }
    [[nodiscard]] std::uint32_t count() const noexcept { return next() - first_; }

    [[nodiscard]] bool leave_try(std::uint32_t block, std::uint32_t behind) noexcept {
        innermost_ = tables_.try_blocks[first_try_block_ + block - 1].outer;
        return tables_.try_marks.push_back({behind, innermost_});
    }

    [[nodiscard]] bool add(const Jump& jump, std::uint32_t target, std::uint32_t entry) noexcept {
        return branches_.emplace_back(jump.position, target, entry, jump.kept, jump.dropped);
    }

    void settle_skip(Label& label, std::uint32_t behind) noexcept {
        if (label.skip != 0) settle(branches_[label.skip - 1], behind);
        label.skip = 0;
    }

    void settle(Branch& one, std::uint32_t target) noexcept {
        one.target = target;
        one.target_entry = count();
    }

    SideTables tables_;
    Buffer<Branch>& branches_;
    std::uint32_t first_ = 0;
    std::uint32_t first_try_block_ = 0;
    /// The innermost `try_table` that is open: its number in the function, plus one; 0 for none.
    std::uint32_t innermost_ = 0;
    /// Behind the opening of the last block.
    std::uint32_t behind_opening_ = 0;
    std::uint64_t table_targets_ = 0;
};

static_assert(BodySink<CodeRecorder>);

/// Counts the work classes of constant expressions (MET-18).
class ConstantCounter : public NullSink {
  public:
    /// `counts` MUST have a number for each work class.
    explicit ConstantCounter(Buffer<std::uint64_t>& counts) noexcept : counts_(counts) {}

    void instruction(Op op) noexcept { add(op, 1); }
    void add(Op op, std::uint64_t times) noexcept { counts_[static_cast<std::size_t>(row(op).work_class)] += times; }

  private:
    Buffer<std::uint64_t>& counts_;
};

static_assert(BodySink<ConstantCounter>);

} // namespace detent
