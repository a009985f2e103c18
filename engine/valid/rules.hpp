// Rules: the typing rules of instructions, without what a sink wants to know. Source: spec, Validation, Instructions,
// and Appendix, Validation Algorithm.
#pragma once

#include "engine/binary/immediates.hpp"
#include "engine/binary/reader.hpp"
#include "engine/valid/block_type.hpp"
#include "engine/valid/context.hpp"
#include "engine/valid/operands.hpp"
#include "engine/valid/signature.hpp"
#include "engine/valid/sink.hpp"

#include <cstdint>
#include <span>

namespace detent {

/// The state of one expression's validation, and the rules that change it: each reads its instruction's immediates, and
/// judges its operands. An instruction that breaks a rule is reported at its opcode, one that is malformed at the byte
/// that is wrong.
class Rules {
  protected:
    explicit Rules(Context& context) noexcept
        : context_(context), module_(context.module), operands_(context.limits[Limit::operand_words], context.types),
          in_(context.module.bytes.span(), 0, 0) {}

    /// An open block, or the body.
    struct Frame {
        Op op;
        BlockSignature type;
        /// How many locals had been set before it.
        std::size_t set_locals;
        /// Of the label's types, counted once for all branches.
        std::uint32_t label_words = 0;
        /// Whether the type has no parameters and no results.
        bool is_plain = false;
        /// The last `br_table` that was seen to have operands of the label's types; 0 for none.
        std::uint32_t table = 0;

        [[nodiscard]] std::span<const ValType> label_types() const noexcept {
            return op == Op::loop ? type.parameters() : type.results();
        }
    };

    // By the table's row alone.

    [[nodiscard]] Status plain(Op op, const Bindings& bindings = {}) noexcept {
        const Signature& one = signature(op);
        const std::span<const Slot> parameters = one.parameters();
        for (std::size_t i = parameters.size(); i-- > 0;) {
            DETENT_CHECK(pop(type_of(parameters[i], bindings)));
        }
        for (const Slot slot : one.results())
            DETENT_CHECK(push(type_of(slot, bindings)));
        return ok();
    }

    /// Validates a usual instruction whose opcode has been read. False, with nothing changed, where something about it
    /// is not usual, or wrong, and the rule of the instruction decides.
    [[nodiscard, gnu::always_inline]] bool usual(const UsualOp& one, Reader& in) noexcept {
        Reader ahead = in;
        if (!usual_immediate(one, ahead)) return false;
        in = ahead;
        return true;
    }
    [[nodiscard, gnu::always_inline]] bool usual_local_get(Reader& in) noexcept {
        Reader ahead = in;
        if (!ahead.pass_below(locals_.usual()) || !operands_.push_usual(locals_.near(ahead.last()))) return false;
        in = ahead;
        return true;
    }
    [[nodiscard, gnu::always_inline]] bool usual_immediate(const UsualOp& one, Reader& in) noexcept {
        switch (one.how) {
        case Usual::plain: return operands_.apply(one);
        case Usual::drop: return operands_.drop_usual();
        case Usual::select: return operands_.select_usual();
        case Usual::access: return has_usual_memory_ && in.pass_memarg(one.size) && operands_.apply(one);
        case Usual::local_get: return in.pass_below(locals_.usual()) && operands_.push_usual(locals_.near(in.last()));
        case Usual::local_set: return in.pass_below(locals_.usual()) && operands_.pop_usual(locals_.near(in.last()));
        case Usual::local_tee: return in.pass_below(locals_.usual()) && operands_.has_usual(locals_.near(in.last()));
        case Usual::global_get: return in.pass_below(usual_globals_) && operands_.push_usual(global_type(in).value);
        case Usual::global_set:
            return in.pass_below(usual_globals_) && global_type(in).is_mutable &&
                   operands_.pop_usual(global_type(in).value);
        case Usual::number: return in.pass_short_number() && operands_.push_usual(one.result);
        case Usual::bytes: return in.pass(one.size) && operands_.push_usual(one.result);
        // Whoever has the sink decides.
        case Usual::end:
        case Usual::block:
        case Usual::if_:
        case Usual::br:
        case Usual::br_if:
        case Usual::call:
        case Usual::no: break;
        }
        return false;
    }

    /// A call whose opcode has been read. False, with nothing changed but the reader, as above.
    [[nodiscard, gnu::noinline]] bool usual_call(Reader& in) noexcept {
        std::uint32_t index = 0;
        if (!in.pass_short_number(index) || index >= module_.functions.size()) return false;
        const FuncType type = module_.function_type(FuncIdx{index});
        return operands_.call_usual(type.parameters, type.results);
    }

    /// Of the global whose index has just been passed.
    [[nodiscard]] const GlobalType& global_type(const Reader& in) const noexcept {
        return module_.globals[in.last()].type;
    }

    // rules_block.cpp: blocks and transfers.

    [[nodiscard]] bool begin(ByteRange range) noexcept;
    /// The byte of a block type without parameters or results.
    static constexpr std::uint8_t kEmptyBlock = 0x40;
    [[nodiscard]] Result<BlockSignature> block_type() noexcept {
        if (in_.at_end() || in_.peek() != kEmptyBlock) return block_type_in_full();
        in_.pass_byte();
        return BlockSignature();
    }
    [[nodiscard]] Result<BlockSignature> block_type_in_full() noexcept;
    [[nodiscard]] Status open_frame(Op op, const BlockSignature& type) noexcept;
    /// Whether the limits allow one more block.
    [[nodiscard]] bool may_open() const noexcept {
        return blocks_ < context_.limits[Limit::blocks] && frames_.size() < context_.limits[Limit::block_depth];
    }
    /// One without parameters and results, within the limits. False if there is no memory.
    [[nodiscard]] bool open_plain_frame(Op op) noexcept {
        ++blocks_;
        return frames_.emplace_back(op, BlockSignature(), set_locals_.count(), 0U, true) && operands_.enter();
    }
    /// Whether the innermost block is of that kind, lies within another, and may end here.
    [[nodiscard]] bool may_close_plain() const noexcept {
        return frames_.size() > 1 && frames_.back().is_plain && operands_.at_base();
    }
    void close_plain_frame() noexcept {
        set_locals_.forget(frames_.back().set_locals);
        operands_.leave();
        frames_.pop_back();
    }
    [[nodiscard]] Status second_arm() noexcept;
    [[nodiscard]] Result<BlockSignature> close_frame() noexcept;
    [[nodiscard]] Status pop_results(const Frame& frame) noexcept;
    [[nodiscard]] Result<std::uint32_t> label() noexcept {
        DETENT_TRY(const std::uint32_t depth, in_.u32());
        DETENT_CHECK(known_label(depth));
        return depth;
    }
    [[nodiscard]] Status known_label(std::uint32_t depth) const noexcept {
        return known(depth, frames_.size(), ErrorCode::unknown_label);
    }
    [[nodiscard]] const Frame& frame_of(std::uint32_t depth) const noexcept {
        return frames_[frames_.size() - 1 - depth];
    }
    [[nodiscard]] std::span<const ValType> label_types(std::uint32_t depth) const noexcept {
        return frame_of(depth).label_types();
    }
    /// The operands are those of the label, and more; where nothing is reached, they may be fewer.
    [[nodiscard]] Status match_label(std::uint32_t depth) const noexcept {
        const Frame& frame = frame_of(depth);
        if (frame.label_words == 0) return ok();
        return judge(operands_.match(frame.label_types()));
    }
    [[nodiscard]] Status match_target(std::uint32_t depth, std::span<const ValType>& previous) noexcept;
    [[nodiscard]] Jump jump_to(std::uint32_t depth) const noexcept {
        const std::uint32_t kept = frame_of(depth).label_words;
        const std::uint64_t needed = std::uint64_t{operands_.base_words(depth)} + kept;
        const std::uint64_t dropped = operands_.words() > needed ? operands_.words() - needed : 0;
        return {position_, kept, static_cast<std::uint32_t>(dropped)};
    }
    [[nodiscard]] Result<Jump> caught_at(const TryTable& tried, const CatchClause& clause) const noexcept;
    [[nodiscard]] Status transfer() noexcept;
    [[nodiscard]] Status return_() noexcept;
    /// Behind a branch that is not taken, the operands have the types of the label.
    [[nodiscard]] Status keep_label_types(std::uint32_t depth) noexcept {
        if (frame_of(depth).label_words == 0) return ok();
        const std::span<const ValType> types = label_types(depth);
        DETENT_CHECK(pop(types));
        return push(types);
    }
    [[nodiscard]] Status keep_label_types_but_last(std::uint32_t depth) noexcept;
    [[nodiscard]] Status throw_() noexcept;
    [[nodiscard]] Status throw_ref() noexcept;

    // rules_call.cpp

    [[nodiscard]] Status call(Op op) noexcept;
    [[nodiscard]] Status call_indirect(Op op) noexcept;
    [[nodiscard]] Status call_ref(Op op) noexcept;
    [[nodiscard]] Status apply(Op op, const FuncType& type) noexcept;

    // rules_reference.cpp

    [[nodiscard]] Status select_typed(Op op, ValType& selected) noexcept;
    [[nodiscard]] Status ref_null() noexcept;
    [[nodiscard]] Status ref_is_null() noexcept;
    [[nodiscard]] Status ref_func() noexcept;
    [[nodiscard]] Status ref_eq() noexcept;
    [[nodiscard]] Status ref_as_non_null() noexcept;
    [[nodiscard]] Status ref_test(bool is_nullable, bool is_cast) noexcept;
    [[nodiscard]] Status convert(HeapType from, HeapType to) noexcept;
    [[nodiscard]] Status i31(Op op) noexcept;
    [[nodiscard]] Result<BranchCast> branch_cast() noexcept;
    [[nodiscard]] Status heap_type(Op op) noexcept;

    // rules_struct.cpp, rules_array.cpp

    [[nodiscard]] Status struct_new(Op op) noexcept;
    [[nodiscard]] Status struct_access(Op op) noexcept;
    [[nodiscard]] Status array_of_type(Op op) noexcept;
    [[nodiscard]] Status array_new_fixed() noexcept;
    [[nodiscard]] Status array_data(Op op) noexcept;
    [[nodiscard]] Status array_elem(Op op) noexcept;
    [[nodiscard]] Status array_copy() noexcept;
    [[nodiscard]] Status array_len() noexcept;
    [[nodiscard]] Status array_of(TypeIdx array, Op op) noexcept;
    [[nodiscard]] Status array_segment(TypeIdx array, bool is_filled) noexcept;
    [[nodiscard]] Status mutable_array(TypeIdx array) const noexcept;
    [[nodiscard]] const FieldType& element(TypeIdx array) const noexcept { return module_.fields(array)[0]; }

    // rules_variable.cpp, rules_table.cpp, rules_memory.cpp

    [[nodiscard]] Status local(Op op) noexcept {
        DETENT_TRY(const std::uint32_t index, in_.u32());
        if (index >= locals_.count()) return error(ErrorCode::unknown_local);
        if (locals_.has_unset() && locals_.begins_unset(index)) DETENT_CHECK(unset_local(op, index));
        const ValType type = locals_[index];
        if (op == Op::local_get) return push(type);
        DETENT_CHECK(pop(type));
        return op == Op::local_tee ? push(type) : ok();
    }
    [[nodiscard]] Status unset_local(Op op, std::uint32_t index) noexcept;
    [[nodiscard]] Status global(Op op) noexcept;
    [[nodiscard]] Status constant_global(std::uint32_t index) const noexcept;
    [[nodiscard]] Status table(Op op) noexcept;
    [[nodiscard]] Status table_copy(Op op) noexcept;
    [[nodiscard]] Status table_init(Op op) noexcept;
    [[nodiscard]] Status elem_drop(Op op) noexcept;
    [[nodiscard]] Status data_drop(Op op) noexcept;
    [[nodiscard]] Status memory(Op op) noexcept;
    [[nodiscard]] Status memory_copy(Op op) noexcept;
    [[nodiscard]] Status memory_init(Op op) noexcept;
    [[nodiscard]] Status access(Op op, std::uint32_t natural) noexcept;
    [[nodiscard]] Result<AddressType> accessed(std::uint32_t natural) noexcept;
    [[nodiscard]] Status access_lane(Op op, std::uint32_t natural) noexcept;
    [[nodiscard]] Status lane_index(std::uint32_t lanes) noexcept;
    [[nodiscard]] Status lane(Op op, std::uint32_t lanes) noexcept;
    [[nodiscard]] Status shuffle(Op op) noexcept;
    [[nodiscard]] AddressType memory_address(MemIdx index) const noexcept {
        return module_.memories[number(index)].address;
    }
    [[nodiscard]] AddressType table_address(std::uint32_t index) const noexcept {
        return module_.tables[index].address;
    }

    // The small words of the rules.

    [[nodiscard]] Status known(std::uint32_t index, std::size_t count, ErrorCode otherwise) const noexcept {
        if (index >= count) return error(otherwise);
        return ok();
    }
    [[nodiscard]] Status known_memory(MemIdx index) const noexcept {
        return known(number(index), module_.memories.size(), ErrorCode::unknown_memory);
    }
    [[nodiscard]] Status known_table(std::uint32_t index) const noexcept {
        return known(index, module_.tables.size(), ErrorCode::unknown_table);
    }
    /// The data section stands behind the code; how many segments there are, the data count section says. spec:
    /// binary-datacntsec
    [[nodiscard]] Status known_data(std::uint32_t index) const noexcept {
        if (!module_.data_count) return error(ErrorCode::data_count_required);
        return known(index, *module_.data_count, ErrorCode::unknown_data_segment);
    }
    [[nodiscard]] Status known_type(ValType type) const noexcept {
        if (!context_.knows(type)) return error(ErrorCode::unknown_type);
        return ok();
    }
    /// A type of the module, which MUST be of a kind.
    [[nodiscard]] Status known_type(TypeIdx type, CompositeKind kind) const noexcept {
        DETENT_CHECK(known(number(type), module_.types.size(), ErrorCode::unknown_type));
        return agreed(module_.types[number(type)].kind == kind);
    }
    [[nodiscard]] Result<TypeIdx> type_index(CompositeKind kind) noexcept {
        DETENT_TRY(const std::uint32_t index, in_.u32());
        DETENT_CHECK(known_type(TypeIdx{index}, kind));
        return TypeIdx{index};
    }

    /// What MUST hold for the types to agree.
    [[nodiscard]] Status agreed(bool holds) const noexcept {
        if (!holds) return error(ErrorCode::type_mismatch);
        return ok();
    }
    [[nodiscard]] bool is_subtype_of(ValType a, ValType b) const noexcept { return matches(a, b, context_.types); }
    [[nodiscard]] bool are_subtypes_of(std::span<const ValType> a, std::span<const ValType> b) const noexcept {
        return a.size() == b.size() && all_match(a, b, context_.types);
    }

    [[nodiscard]] Status judge(Judgement judgement) const noexcept {
        if (judgement == Judgement::valid) [[likely]]
            return ok();
        return error_of(judgement);
    }
    [[nodiscard]] Error error_of(Judgement judgement) const noexcept {
        switch (judgement) {
        case Judgement::valid:
        case Judgement::mismatch: return error(ErrorCode::type_mismatch);
        case Judgement::too_high: return limit(Limit::operand_words, position_);
        case Judgement::no_memory: break;
        }
        return kOutOfMemory;
    }
    [[nodiscard]] Status pop(ValType type) noexcept { return judge(operands_.pop(type)); }
    [[nodiscard]] Status pop(std::span<const ValType> types) noexcept {
        if (operands_.pop_usual(types)) return ok();
        return judge(operands_.pop(types));
    }
    [[nodiscard]] Status push(ValType type) noexcept {
        if (operands_.push_usual(type)) return ok();
        return judge(operands_.push(type));
    }
    [[nodiscard]] Status push(std::span<const ValType> types) noexcept {
        if (types.empty()) return ok();
        return types.size() == 1 ? push(types[0]) : judge(operands_.push(types));
    }
    [[nodiscard]] Status pop_any(ValType& found) noexcept { return judge(operands_.pop_any(found)); }
    /// Pops a reference of any type; where nothing is reached, one of the lowest.
    [[nodiscard]] Result<ValType> pop_reference() noexcept {
        ValType found;
        DETENT_CHECK(pop_any(found));
        if (found == kBottom) return non_null(HeapType::Abstract::bottom);
        DETENT_CHECK(agreed(found.is_reference()));
        return found;
    }

    [[nodiscard]] Error error(ErrorCode code) const noexcept { return {code, position_}; }
    [[nodiscard]] static Error limit(Limit limit, std::uint32_t offset) noexcept {
        return {ErrorCode::limit_exceeded, offset, static_cast<std::uint32_t>(limit)};
    }

    Context& context_;
    const Module& module_;
    Operands operands_;
    Buffer<Frame> frames_;
    LocalTypes locals_;
    SetLocals set_locals_;
    Reader in_;
    /// Of the instruction at hand.
    std::uint32_t position_ = 0;
    std::uint64_t blocks_ = 0;
    bool is_constant_ = false;
    /// Whether the first memory is there and has addresses of 32 bits.
    bool has_usual_memory_ = false;
    /// How many globals an index of one byte can name here, whatever they are.
    std::uint8_t usual_globals_ = 0;
};

} // namespace detent
