// Exceptions: from a throw to what catches it. Source: spec, Execution, Exceptions (exec-throw_ref, exec-try_table);
// DET-14.
#include "engine/base/bytes.hpp"
#include "engine/binary/immediates.hpp"
#include "engine/exec/machine.hpp"

namespace detent {

/// The innermost block of the innermost frame comes first. In the frame that throws the position is that of the
/// instruction, in the others that behind the call. No exception leaves the entry that it was thrown in.
Step Machine::throw_exception(Ref exception) noexcept {
    const HeapObject& thrown = store_->heap().object(exception);
    std::uint32_t position = position_;
    while (!at_entry()) {
        if (catch_in_frame(thrown, position)) return Step::next;
        drop_frame();
        if (!at_entry()) position = top().position;
    }
    return trap(TrapCode::UncaughtException);
}

bool Machine::catch_in_frame(const HeapObject& exception, std::uint32_t position) noexcept {
    const Code& in = *instance().code;
    const FunctionCode& function = code();
    const TryBlock* block = in.try_block_at(function, position);
    while (block != nullptr && !catch_in_block(exception, *block))
        block = in.outer(function, *block);
    return block != nullptr;
}

bool Machine::catch_in_block(const HeapObject& exception, const TryBlock& block) noexcept {
    const Instance& in = instance();
    const Module& module = in.module();
    Reader reader(module.bytes.span(), block.clauses, static_cast<std::uint32_t>(module.bytes.size()));
    for (std::uint32_t i = 0; i < block.clause_count; ++i) {
        const CatchClause clause = read_catch_clause(reader).assume_value();
        if (clause.tag && in.tags[number(*clause.tag)] != exception.tag) continue;
        take_catch(exception, block, i, clause);
        return true;
    }
    return false;
}

/// The operands of the block go, those of the label stay, and the payload comes upon them.
void Machine::take_catch(const HeapObject& exception, const TryBlock& block, std::uint32_t index,
                         const CatchClause& clause) noexcept {
    const Branch& taken = instance().code->branches(code())[block.first_branch + index];
    height_ = top().base + code().local_words + block.words - taken.dropped;
    const std::uint32_t words = clause.tag ? exception.length : 0;
    for (std::uint32_t i = 0; i < words; ++i)
        push(read_little_endian<std::uint64_t>(exception.bytes() + std::size_t{8} * i));
    if (clause.with_reference) push(exception.ref().word());
    top().position = taken.target;
    top().branch = taken.target_entry;
}

} // namespace detent
