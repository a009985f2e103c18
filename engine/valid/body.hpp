// BodyValidator: one pass over an expression, from its bytes, through the typing rules, to a sink. Source: spec,
// Validation, Instructions, and Appendix, Validation Algorithm.
#pragma once

#include "engine/valid/rules.hpp"
#include "engine/valid/sink.hpp"

#include <cstdint>
#include <span>

namespace detent {

/// Validates function bodies and constant expressions of one module, one after the other; keeps its room between them.
template <BodySink Sink>
class BodyValidator : private Rules {
  public:
    BodyValidator(Context& context, Sink& sink) noexcept : Rules(context), sink_(sink) {}

    /// A body that the module defines; its function and its type MUST exist.
    [[nodiscard]] Status body(FuncIdx function) noexcept {
        const Body& body = module_.body(function);
        const FuncType type = module_.function_type(function);
        DETENT_CHECK(locals(type, body));
        is_constant_ = false;
        DETENT_CHECK(instructions(body.expression, BlockSignature(FuncType{{}, type.results})));
        if (!in_.at_end()) return Error{ErrorCode::section_size_mismatch, in_.position()};
        return heard(sink_.at(in_.position(), operands_));
    }

    /// A constant expression, in which decoding has found nothing but constant instructions.
    [[nodiscard]] Status constant(const ConstExpr& constant, ValType type) noexcept {
        return status_of(next_constant(constant.bytes, type));
    }

    /// The first of several constant expressions that follow one another. Says where the next one begins.
    [[nodiscard]] Result<std::uint32_t> next_constant(ByteRange expressions, ValType type) noexcept {
        is_constant_ = true;
        DETENT_CHECK(instructions(expressions, BlockSignature(type)));
        return in_.position();
    }

    [[nodiscard]] std::uint64_t locals() const noexcept { return locals_.count(); }
    /// Of those that begin without a value; for a sink, which is told of nothing but operands.
    [[nodiscard]] const SetLocals& set_locals() const noexcept { return set_locals_; }
    /// Of the last body: see MET-8.
    [[nodiscard]] std::uint32_t greatest_words() const noexcept { return operands_.greatest_words(); }

  private:
    using Label = typename Sink::Label;

    // The expression as a whole.

    [[nodiscard]] Status locals(const FuncType& type, const Body& body) noexcept {
        const std::span<const LocalRun> runs = module_.local_runs.span().subspan(body.first_run, body.runs);
        const auto knows_all = [this](const LocalRun& run) { return context_.knows(run.type); };
        if (!std::ranges::all_of(runs, knows_all)) return Error{ErrorCode::unknown_type, body.bytes.begin};
        if (!locals_.assign(type.parameters, runs)) return kOutOfMemory;
        if (locals_.count() > context_.limits[Limit::locals]) return limit(Limit::locals, body.bytes.begin);
        return heard(set_locals_.begin(locals_.has_unset() ? locals_.count() : 0));
    }

    [[nodiscard]] Status instructions(ByteRange range, const BlockSignature& type) noexcept {
        if (!begin(range)) return kOutOfMemory;
        labels_.truncate(0);
        DETENT_CHECK(open(Op::block, type));
        while (!frames_.empty()) {
            const Found found = pass_usual();
            if (found == Found::unusual) {
                DETENT_CHECK(instruction(unusual_));
            } else if (found == Found::other) {
                DETENT_TRY(const Op op, next_of_two_bytes());
                DETENT_CHECK(instruction(op));
            } else {
                return kOutOfMemory;
            }
        }
        return ok();
    }

    /// What stands behind usual instructions: one whose opcode has one byte, which has been read and the sink has heard
    /// of; or anything else.
    enum class Found : std::uint8_t { unusual, other, no_memory };

    /// Validates usual instructions up to the first that is not, with a reader of its own, which a compiler keeps in
    /// registers.
    [[nodiscard, gnu::always_inline]] Found pass_usual() noexcept {
        const FeatureSet features = context_.features;
        Reader in = in_;
        while (!in.at_end()) {
            const UsualOp& one = kUsualOps[in.peek()];
            if (!features.has(one.feature)) break;
            const std::uint32_t position = in.position();
            in.pass_byte();
            if (!sink_.at(position, operands_)) return Found::no_memory;
            if (is_instruction(one.op)) sink_.instruction(one.op);
            // The most frequent one by itself, which is foreseen more often than where a jump goes.
            if (one.op == Op::local_get ? usual_local_get(in) : usual(one, in)) continue;
            const Passed passed = one.how < Usual::end ? Passed::no : usual_block(one, in, position);
            if (passed == Passed::yes) continue;
            if (passed == Passed::no_memory) return Found::no_memory;
            in_ = in;
            position_ = position;
            unusual_ = one.op;
            return Found::unusual;
        }
        in_ = in;
        return Found::other;
    }

    /// Whether an instruction or delimiter was validated; if it was not, nothing has changed.
    enum class Passed : std::uint8_t { no, yes, no_memory };

    /// The same for calls, for what opens and ends blocks without parameters and results, and branches to them.
    [[nodiscard, gnu::always_inline]] Passed usual_block(const UsualOp& one, Reader& in,
                                                         std::uint32_t position) noexcept {
        if (one.how == Usual::end) return usual_end(in.position());
        if (one.how == Usual::call) {
            Reader call = in;
            if (!usual_call(call)) return Passed::no;
            in = call;
            return Passed::yes;
        }
        Reader ahead = in;
        const bool is_branch = one.how >= Usual::br;
        const Passed passed = is_branch ? usual_branch(one, ahead, position) : usual_opening(one, ahead, position);
        if (passed == Passed::yes) in = ahead;
        return passed;
    }
    [[nodiscard]] Passed usual_end(std::uint32_t behind) noexcept {
        if (!may_close_plain()) return Passed::no;
        close_plain_frame();
        const bool is_heard = sink_.close(labels_.back(), behind);
        labels_.pop_back();
        return is_heard ? Passed::yes : Passed::no_memory;
    }
    [[nodiscard, gnu::always_inline]] Passed usual_opening(const UsualOp& one, Reader& in,
                                                           std::uint32_t position) noexcept {
        if (!in.pass_below(kEmptyBlock + 1) || in.last() != kEmptyBlock || !may_open()) return Passed::no;
        const bool is_if = one.how == Usual::if_;
        if (is_if && !operands_.pop_usual(kI32)) return Passed::no;
        return open_plain(one.op, position, in.position()) ? Passed::yes : Passed::no_memory;
    }
    [[nodiscard]] bool open_plain(Op op, std::uint32_t position, std::uint32_t behind) noexcept {
        if (!open_plain_frame(op) || !labels_.emplace_back()) return false;
        sink_.open(labels_.back(), op, behind);
        return op != Op::if_ || sink_.skip(labels_.back(), Jump{position, 0, 0});
    }
    [[nodiscard, gnu::always_inline]] Passed usual_branch(const UsualOp& one, Reader& in,
                                                          std::uint32_t position) noexcept {
        const auto labels = static_cast<std::uint8_t>(std::min<std::size_t>(frames_.size(), 128));
        if (!in.pass_below(labels) || frame_of(in.last()).label_words != 0) return Passed::no;
        const bool is_always = one.how == Usual::br;
        if (!is_always && !operands_.pop_usual(kI32)) return Passed::no;
        if (!branch_plain(in.last(), position)) return Passed::no_memory;
        if (is_always) operands_.make_unreachable();
        return Passed::yes;
    }
    [[nodiscard]] bool branch_plain(std::uint32_t depth, std::uint32_t position) noexcept {
        position_ = position;
        return sink_.branch(label_at(depth), jump_to(depth));
    }

    /// Or one that is in error.
    [[nodiscard]] Result<Op> next_of_two_bytes() noexcept {
        position_ = in_.position();
        if (in_.at_end()) return error(ErrorCode::end_opcode_expected);
        DETENT_TRY(const Op op, in_.op());
        DETENT_CHECK(heard(sink_.at(position_, operands_)));
        DETENT_CHECK(require(context_.features, row(op).feature, position_));
        sink_.instruction(op);
        return op;
    }

    /// Its opcode has been read.
    [[nodiscard]] Status instruction(Op op) noexcept {
        if (op == Op::end) return end();
        if (op == Op::else_) return else_();
        return dispatch(op);
    }

    [[nodiscard]] Status dispatch(Op op) noexcept {
        switch (row(op).immediate) {
        case Immediate::none: return without_immediate(op);
        case Immediate::block_type: return block(op);
        case Immediate::label: return branch(op);
        case Immediate::label_table: return branch_table();
        case Immediate::cast: return branch_on_cast(op);
        case Immediate::try_table: return try_table();
        case Immediate::select_types: return select_typed(op);
        case Immediate::func: return op == Op::ref_func ? ref_func() : call(op);
        case Immediate::type_table: return call_indirect(op);
        case Immediate::local: return local(op);
        case Immediate::global: return global(op);
        case Immediate::tag: return throw_();
        case Immediate::heap_type: return heap_type(op);
        case Immediate::table:
        case Immediate::table_table:
        case Immediate::elem_table:
        case Immediate::elem: return of_table(op);
        case Immediate::type:
        case Immediate::type_field:
        case Immediate::type_count:
        case Immediate::type_data:
        case Immediate::type_elem:
        case Immediate::type_type: return of_type(op);
        case Immediate::data:
        case Immediate::memory:
        case Immediate::memory_memory:
        case Immediate::data_memory: return of_memory(op);
        case Immediate::mem_8: return access(op, 0);
        case Immediate::mem_16: return access(op, 1);
        case Immediate::mem_32: return access(op, 2);
        case Immediate::mem_64: return access(op, 3);
        case Immediate::mem_128: return access(op, 4);
        case Immediate::mem_8_lane: return access_lane(op, 0);
        case Immediate::mem_16_lane: return access_lane(op, 1);
        case Immediate::mem_32_lane: return access_lane(op, 2);
        case Immediate::mem_64_lane: return access_lane(op, 3);
        case Immediate::lane_16: return lane(op, 16);
        case Immediate::lane_8: return lane(op, 8);
        case Immediate::lane_4: return lane(op, 4);
        case Immediate::lane_2: return lane(op, 2);
        case Immediate::lanes_16: return shuffle(op);
        case Immediate::i32: return constant_number(op, status_of(in_.s32()));
        case Immediate::i64: return constant_number(op, status_of(in_.s64()));
        case Immediate::f32: return constant_number(op, in_.skip(4));
        case Immediate::f64: return constant_number(op, in_.skip(8));
        case Immediate::v128: return constant_number(op, in_.skip(16));
        }
        return error(ErrorCode::illegal_opcode);
    }

    [[nodiscard]] Status without_immediate(Op op) noexcept {
        if (op == Op::drop) return drop();
        if (op == Op::select) return select();
        if (signature(op).is_plain) return plain(op);
        // Not every instruction is listed, on purpose: what is not plain has a rule of its own.
        if (op == Op::unreachable) return transfer();
        if (op == Op::return_) return return_();
        if (op == Op::throw_ref) return throw_ref();
        if (op == Op::ref_is_null) return ref_is_null();
        if (op == Op::ref_eq) return ref_eq();
        if (op == Op::ref_as_non_null) return ref_as_non_null();
        if (op == Op::array_len) return array_len();
        if (op == Op::any_convert_extern) return convert(HeapType::Abstract::extern_, HeapType::Abstract::any);
        if (op == Op::extern_convert_any) return convert(HeapType::Abstract::any, HeapType::Abstract::extern_);
        return i31(op);
    }

    [[nodiscard]] Status of_table(Op op) noexcept {
        if (op == Op::table_copy) return table_copy(op);
        if (op == Op::table_init) return table_init(op);
        return op == Op::elem_drop ? elem_drop(op) : table(op);
    }

    [[nodiscard]] Status of_memory(Op op) noexcept {
        if (op == Op::memory_copy) return memory_copy(op);
        if (op == Op::memory_init) return memory_init(op);
        return op == Op::data_drop ? data_drop(op) : memory(op);
    }

    [[nodiscard]] Status of_type(Op op) noexcept {
        if (op == Op::call_ref || op == Op::return_call_ref) return call_ref(op);
        if (op == Op::struct_new || op == Op::struct_new_default) return struct_new(op);
        if (row(op).immediate == Immediate::type_field) return struct_access(op);
        if (op == Op::array_new_fixed) return array_new_fixed();
        if (op == Op::array_copy) return array_copy();
        if (row(op).immediate == Immediate::type_data) return array_data(op);
        if (row(op).immediate == Immediate::type_elem) return array_elem(op);
        return array_of_type(op);
    }

    // spec: valid-const
    [[nodiscard]] Status constant_number(Op op, const Status& read) noexcept {
        DETENT_CHECK(read);
        return plain(op);
    }

    // Blocks.

    // spec: valid-block, valid-loop, valid-if
    [[nodiscard]] Status block(Op op) noexcept {
        DETENT_TRY(const BlockSignature type, block_type());
        DETENT_CHECK(count_block());
        if (op == Op::if_) DETENT_CHECK(pop(kI32));
        DETENT_CHECK(pop(type.parameters()));
        DETENT_CHECK(open(op, type));
        if (op != Op::if_) return ok();
        return heard(sink_.skip(labels_.back(), Jump{position_, words_of(type.parameters()), 0}));
    }

    /// Its clauses speak of the labels around it. spec: valid-try_table
    [[nodiscard]] Status try_table() noexcept {
        DETENT_TRY(const BlockSignature type, block_type());
        DETENT_CHECK(count_block());
        const std::uint32_t begin = in_.position();
        DETENT_TRY(const std::uint32_t clauses, in_.u32());
        if (clauses > in_.remaining()) return Error{ErrorCode::length_out_of_bounds, begin};
        if (clauses > context_.limits[Limit::catch_clauses]) return limit(Limit::catch_clauses, begin);
        DETENT_CHECK(pop(type.parameters()));
        const TryTable tried{position_, in_.position(), clauses, operands_.words()};
        for (std::uint32_t i = 0; i < clauses; ++i)
            DETENT_CHECK(catch_clause(tried));
        DETENT_CHECK(open(Op::try_table, type));
        return heard(sink_.catches(labels_.back(), tried));
    }

    [[nodiscard]] Status catch_clause(const TryTable& tried) noexcept {
        DETENT_TRY(const CatchClause clause, read_catch_clause(in_));
        DETENT_TRY(const Jump jump, caught_at(tried, clause));
        return heard(sink_.branch(label_at(number(clause.label)), jump));
    }

    [[nodiscard]] Status count_block() noexcept {
        if (++blocks_ > context_.limits[Limit::blocks]) return limit(Limit::blocks, position_);
        return ok();
    }

    /// A block whose parameters have been popped; they are its first operands.
    [[nodiscard]] Status open(Op op, const BlockSignature& type) noexcept {
        DETENT_CHECK(open_frame(op, type));
        if (!labels_.emplace_back()) return kOutOfMemory;
        sink_.open(labels_.back(), op, in_.position());
        return push(type.parameters());
    }

    [[nodiscard]] Status else_() noexcept {
        DETENT_CHECK(second_arm());
        const BlockSignature& type = frames_.back().type;
        const Jump leave{position_, words_of(type.results()), 0};
        DETENT_CHECK(heard(sink_.otherwise(labels_.back(), leave, in_.position())));
        return push(type.parameters());
    }

    [[nodiscard]] Status end() noexcept {
        DETENT_TRY(const BlockSignature type, close_frame());
        DETENT_CHECK(heard(sink_.close(labels_.back(), in_.position())));
        labels_.pop_back();
        return push(type.results());
    }

    // Branches.

    [[nodiscard]] Label& label_at(std::uint32_t depth) noexcept { return labels_[labels_.size() - 1 - depth]; }

    [[nodiscard]] Status jump(std::uint32_t depth) noexcept {
        DETENT_CHECK(match_label(depth));
        return heard(sink_.branch(label_at(depth), jump_to(depth)));
    }

    [[nodiscard]] Status branch(Op op) noexcept {
        DETENT_TRY(const std::uint32_t depth, label());
        if (op == Op::br_on_null) return branch_on_null(depth);
        if (op == Op::br_on_non_null) return branch_on_non_null(depth);
        return op == Op::br ? branch_always(depth) : branch_if(depth);
    }

    // spec: valid-br
    [[nodiscard]] Status branch_always(std::uint32_t depth) noexcept {
        DETENT_CHECK(jump(depth));
        return transfer();
    }

    // spec: valid-br_if
    [[nodiscard]] Status branch_if(std::uint32_t depth) noexcept {
        DETENT_CHECK(pop(kI32));
        DETENT_CHECK(jump(depth));
        return keep_label_types(depth);
    }

    // spec: valid-br_table
    [[nodiscard]] Status branch_table() noexcept {
        const std::uint32_t begin = in_.position();
        DETENT_TRY(const std::uint32_t targets, in_.u32());
        if (targets > in_.remaining()) return Error{ErrorCode::length_out_of_bounds, begin};
        if (targets > context_.limits[Limit::branch_targets]) return limit(Limit::branch_targets, begin);
        sink_.branch_table(targets + 1);
        DETENT_CHECK(pop(kI32));
        std::span<const ValType> previous;
        for (std::uint32_t i = 0; i <= targets; ++i) {
            DETENT_TRY(const std::uint32_t depth, label());
            DETENT_CHECK(agreed(i == 0 || label_types(depth).size() == previous.size()));
            DETENT_CHECK(match_target(depth, previous));
            DETENT_CHECK(heard(sink_.branch(label_at(depth), jump_to(depth))));
        }
        return transfer();
    }

    /// The reference goes along with no branch. spec: valid-br_on_null
    [[nodiscard]] Status branch_on_null(std::uint32_t depth) noexcept {
        DETENT_TRY(const ValType found, pop_reference());
        DETENT_CHECK(jump(depth));
        DETENT_CHECK(keep_label_types(depth));
        return push(found.as_non_null());
    }

    /// The reference goes along with the branch only. spec: valid-br_on_non_null
    [[nodiscard]] Status branch_on_non_null(std::uint32_t depth) noexcept {
        DETENT_TRY(const ValType found, pop_reference());
        DETENT_CHECK(push(found.as_non_null()));
        DETENT_CHECK(jump(depth));
        return keep_label_types_but_last(depth);
    }

    // spec: valid-br_on_cast, valid-br_on_cast_fail
    [[nodiscard]] Status branch_on_cast(Op op) noexcept {
        DETENT_TRY(const BranchCast cast, branch_cast());
        const ValType from = cast.types.from;
        const ValType to = cast.types.to;
        // What is there and is not what is asked for: no null, where a null is asked for.
        const ValType rest = to.is_nullable() ? from.as_non_null() : from;
        const bool goes_if_cast = op == Op::br_on_cast;
        DETENT_CHECK(pop(from));
        DETENT_CHECK(push(goes_if_cast ? to : rest));
        DETENT_CHECK(jump(number(cast.label)));
        DETENT_CHECK(keep_label_types_but_last(number(cast.label)));
        return push(goes_if_cast ? rest : to);
    }

    // Instructions whose width the sink wants to know.

    // spec: valid-drop
    [[nodiscard]] Status drop() noexcept {
        ValType dropped;
        DETENT_CHECK(pop_any(dropped));
        return width(dropped);
    }

    // spec: valid-select
    [[nodiscard]] Status select() noexcept {
        ValType second;
        ValType first;
        DETENT_CHECK(pop(kI32));
        DETENT_CHECK(pop_any(second));
        DETENT_CHECK(pop_any(first));
        DETENT_CHECK(agreed(first == second || first == kBottom || second == kBottom));
        DETENT_CHECK(agreed(!is_reference(first) && !is_reference(second)));
        const ValType selected = first == kBottom ? second : first;
        DETENT_CHECK(push(selected));
        return width(selected);
    }

    [[nodiscard]] Status select_typed(Op op) noexcept {
        ValType selected;
        DETENT_CHECK(Rules::select_typed(op, selected));
        return width(selected);
    }

    [[nodiscard]] Status width(ValType type) noexcept { return type == kV128 ? heard(sink_.wide(position_)) : ok(); }

    [[nodiscard]] static Status heard(bool by_sink) noexcept {
        if (!by_sink) return kOutOfMemory;
        return ok();
    }

    Sink& sink_;
    /// See Found.
    Op unusual_ = Op::nop;
    /// Of the open blocks.
    Buffer<Label> labels_;
};

} // namespace detent
