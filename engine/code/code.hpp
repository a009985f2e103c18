// Code: a valid module, ready to be instantiated. Exists only for a module that passed; immutable, shared between
// threads.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/result.hpp"
#include "engine/profile.hpp"
#include "engine/syntax/module.hpp"
#include "engine/syntax/type_space.hpp"
#include "metering/schedule.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace detent {

/// Where one control transfer goes and what it does to the operand stack. Entries of a function stand in the order of
/// `position`; a br_table has one for each target and its default, in order.
struct Branch {
    /// The offset of the branching instruction's opcode (`br`, `br_if`, `br_table`, `br_on_*`, `if`, `else`,
    /// `try_table`), in the module.
    std::uint32_t position = 0;
    /// The offset to go on at, in the module: behind `loop` and its block type, behind `else`, or behind `end`. A
    /// branch to the body goes behind its final `end`.
    std::uint32_t target = 0;
    /// The number of entries of this function that stand before `target`: the side-table position there.
    std::uint32_t target_entry = 0;
    /// Operand words that go along, and words below them that are dropped.
    std::uint32_t kept = 0;
    std::uint32_t dropped = 0;
};

/// A `try_table`, for finding what catches an exception.
struct TryBlock {
    /// The offset of its first catch clause, in the module, and how many there are.
    std::uint32_t clauses = 0;
    std::uint32_t clause_count = 0;
    /// Which of the function's side-table entries is that of the first clause; the others follow it.
    std::uint32_t first_branch = 0;
    /// Operand words that an exception leaves, of the operands of this function.
    std::uint32_t words = 0;
    /// The `try_table` around it: its number in the function, plus one; 0 for none.
    std::uint32_t outer = 0;
};

/// From `position` on, `block` is the innermost `try_table`: its number in the function, plus one; 0 for none. The
/// position behind an opening, and that behind an `end`: so the position of a caller whose call is the last instruction
/// of a block is still within it.
struct TryMark {
    std::uint32_t position = 0;
    std::uint32_t block = 0;
};

/// Where a local lies in its frame, in words.
struct LocalSlot {
    std::uint32_t word = 0;
    std::uint32_t words = 1;
};

/// Locals of equal width that follow one another: those below `end` that no earlier run has.
struct LocalSlots {
    std::uint32_t end = 0;
    /// The first word behind them.
    std::uint32_t end_word = 0;
    std::uint32_t words = 1;
};

/// What validation learned of one function that the module defines.
struct FunctionCode {
    /// Words of parameters; of parameters and declared locals; and of the whole frame (MET-8).
    std::uint32_t parameter_words = 0;
    std::uint32_t local_words = 0;
    std::uint32_t frame_words = 0;
    std::uint32_t result_words = 0;
    /// Its entries in `Code::branches`.
    std::uint32_t first_branch = 0;
    std::uint32_t branch_count = 0;
    /// Its entries in the other tables of `Code`.
    std::uint32_t first_try_block = 0;
    std::uint32_t try_block_count = 0;
    std::uint32_t first_try_mark = 0;
    std::uint32_t try_mark_count = 0;
    std::uint32_t first_wide = 0;
    std::uint32_t wide_count = 0;
    std::uint32_t first_slots = 0;
    std::uint32_t slots_count = 0;
    /// Whether a parameter or local is of two words, so that numbers of locals are not words.
    bool has_wide_locals = false;
};

/// The counts that activation and instantiation are priced by (MET-17, MET-18), beyond what the module's vectors tell.
struct CodeCounts {
    std::uint64_t body_bytes = 0;
    std::uint64_t branch_targets = 0;
    std::uint64_t type_fields = 0;
    std::uint64_t segment_elements = 0;
    std::uint64_t active_data_bytes = 0;
};

/// What another room makes of a code and keeps with it; none knows of the others.
class CodeAttachment {
  public:
    CodeAttachment() noexcept = default;
    CodeAttachment(const CodeAttachment&) = delete;
    CodeAttachment& operator=(const CodeAttachment&) = delete;
    virtual ~CodeAttachment() = default;

    CodeAttachment* next = nullptr;
};

/// Owns attachments: a list that grows at its front, which any thread may put to.
class CodeAttachments {
  public:
    CodeAttachments() noexcept = default;
    CodeAttachments(CodeAttachments&& other) noexcept : first_(other.first_.exchange(nullptr)) {}
    CodeAttachments& operator=(CodeAttachments&&) = delete;
    ~CodeAttachments() {
        for (CodeAttachment* one = first_.load(); one != nullptr;)
            delete std::exchange(one, one->next);
    }

    [[nodiscard]] CodeAttachment* first() const noexcept { return first_.load(std::memory_order_acquire); }

    /// Puts `made` in front of `seen`, the first that was seen. False if another one stands in front by now.
    [[nodiscard]] bool put(CodeAttachment* seen, CodeAttachment* made) noexcept {
        made->next = seen;
        return first_.compare_exchange_strong(seen, made, std::memory_order_acq_rel);
    }

  private:
    std::atomic<CodeAttachment*> first_{nullptr};
};

class Code {
  public:
    [[nodiscard]] const Module& module() const noexcept { return module_; }
    [[nodiscard]] const Profile& profile() const noexcept { return profile_; }
    [[nodiscard]] const FunctionCode& function(FuncIdx index) const noexcept {
        return functions_[number(index) - module_.imported_functions];
    }
    [[nodiscard]] std::span<const Branch> branches(const FunctionCode& function) const noexcept {
        return branches_.span().subspan(function.first_branch, function.branch_count);
    }
    /// The innermost `try_table` around a position of a function, or null; and the one around that. Takes the logarithm
    /// of their number.
    [[nodiscard]] const TryBlock* try_block_at(const FunctionCode& function, std::uint32_t position) const noexcept;
    [[nodiscard]] const TryBlock* outer(const FunctionCode& function, const TryBlock& inner) const noexcept;
    /// Whether the `drop` or `select` at a position is of v128.
    [[nodiscard]] bool is_wide(const FunctionCode& function, std::uint32_t position) const noexcept;
    /// `index` MUST be that of a local. Takes the logarithm of the changes of width between the locals.
    [[nodiscard]] LocalSlot local(FuncIdx function, std::uint32_t index) const noexcept;
    /// The module's types; equal ones of all modules are one object.
    [[nodiscard]] const TypeSpace& types() const noexcept { return types_; }
    [[nodiscard]] const CodeCounts& counts() const noexcept { return counts_; }

    /// MET-17 and MET-18.
    [[nodiscard]] Fuel activation_price(const Schedule& schedule) const noexcept;
    [[nodiscard]] Fuel instantiation_price(const Schedule& schedule) const noexcept;

    [[nodiscard]] CodeAttachments& attachments() const noexcept { return attachments_; }

  private:
    friend class CodeBuilder;

    Code(Module&& module, const Profile& profile) noexcept : module_(std::move(module)), profile_(profile) {}

    Module module_;
    TypeSpace types_;
    Profile profile_;
    Buffer<FunctionCode> functions_;
    Buffer<Branch> branches_;
    Buffer<TryBlock> try_blocks_;
    Buffer<TryMark> try_marks_;
    /// Positions of `drop` and `select` of v128, ascending in each function.
    Buffer<std::uint32_t> wides_;
    /// Of functions with locals of two words.
    Buffer<LocalSlots> slots_;
    /// How often each work class occurs in constant expressions.
    Buffer<std::uint64_t> constant_classes_;
    CodeCounts counts_;
    mutable CodeAttachments attachments_;
};

/// Decodes and validates: the door from untrusted bytes to Code. Copies the bytes. One pass over each body. Form comes
/// before meaning: the first error of decoding, in the order of the bytes, is reported with its offset; else the first
/// error of validation, in the same order. A body is read once, so its form and its meaning are judged together there.
[[nodiscard]] Result<std::shared_ptr<const Code>> compile(std::span<const std::uint8_t> bytes,
                                                          const Profile& profile) noexcept;

} // namespace detent
