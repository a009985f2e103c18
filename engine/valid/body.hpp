// BodyValidator: one pass over an expression, from its bytes, through the typing rules, to a sink. Source: spec,
// Validation, Instructions, and Appendix, Validation Algorithm.
#pragma once

#include "engine/binary/immediates.hpp"
#include "engine/binary/reader.hpp"
#include "engine/valid/context.hpp"
#include "engine/valid/operands.hpp"
#include "engine/valid/signature.hpp"
#include "engine/valid/sink.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace detent {

/// Validates function bodies and constant expressions of one module, one after the other; keeps its room between them.
/// An instruction that breaks a rule is reported at its opcode, one that is malformed at the byte that is wrong.
template <BodySink Sink>
class BodyValidator {
  public:
    BodyValidator(Context& context, Sink& sink) noexcept
        : context_(context), module_(context.module), sink_(sink), operands_(context.limits[Limit::operand_words]),
          in_(context.module.bytes.span(), 0, 0) {}

    /// A body that the module defines; its function and its type MUST exist.
    [[nodiscard]] Status body(FuncIdx function) noexcept {
        const Body& body = module_.body(function);
        const FuncType type = module_.function_type(function);
        if (!locals_.assign(type.parameters, runs_of(body))) return kOutOfMemory;
        if (locals_.count() > context_.limits[Limit::locals]) return limit(Limit::locals, body.bytes.begin);
        is_constant_ = false;
        return expression(body.expression, type.results);
    }

    /// A constant expression, in which decoding has found nothing but constant instructions.
    [[nodiscard]] Status constant(const ConstExpr& constant, ValType type) noexcept {
        return status_of(next_constant(constant.bytes, type));
    }

    /// The first of several constant expressions that follow one another. Says where the next one begins.
    [[nodiscard]] Result<std::uint32_t> next_constant(ByteRange expressions, ValType type) noexcept {
        is_constant_ = true;
        DETENT_CHECK(instructions(expressions, one(type)));
        return in_.position();
    }

    [[nodiscard]] std::uint64_t locals() const noexcept { return locals_.count(); }
    /// Of the last body: see MET-8.
    [[nodiscard]] std::uint32_t greatest_words() const noexcept { return operands_.greatest_words(); }

  private:
    struct Frame {
        Op op;
        FuncType type;
        Operands::Base base;
        typename Sink::Label label;

        [[nodiscard]] std::span<const ValType> label_types() const noexcept {
            return op == Op::loop ? type.parameters : type.results;
        }
    };

    // The expression as a whole.

    [[nodiscard]] Status expression(ByteRange range, std::span<const ValType> results) noexcept {
        DETENT_CHECK(instructions(range, results));
        if (!in_.at_end()) return Error{ErrorCode::section_size_mismatch, in_.position()};
        return ok();
    }

    [[nodiscard]] Status instructions(ByteRange range, std::span<const ValType> results) noexcept {
        in_ = Reader(module_.bytes.span(), range.begin, range.end);
        operands_.reset();
        frames_.truncate(0);
        blocks_ = 0;
        position_ = range.begin;
        DETENT_CHECK(open(Op::block, FuncType{{}, results}));
        while (!frames_.empty())
            DETENT_CHECK(instruction());
        return ok();
    }

    [[nodiscard]] Status instruction() noexcept {
        position_ = in_.position();
        if (in_.at_end()) return error(ErrorCode::end_opcode_expected);
        DETENT_TRY(const Op op, in_.op());
        if (op == Op::end) return end();
        if (op == Op::else_) return else_();
        DETENT_CHECK(require(context_.features, row(op).feature, position_));
        sink_.instruction(op);
        return dispatch(op);
    }

    [[nodiscard]] Status dispatch(Op op) noexcept {
        switch (row(op).immediate) {
        case Immediate::none: return without_immediate(op);
        case Immediate::block_type: return block(op);
        case Immediate::label: return branch(op);
        case Immediate::label_table: return branch_table();
        case Immediate::func: return op == Op::call ? call() : ref_func(op);
        case Immediate::type_table: return call_indirect(op);
        case Immediate::local: return local(op);
        case Immediate::global: return global(op);
        case Immediate::table: return table(op);
        case Immediate::table_table: return table_copy(op);
        case Immediate::elem_table: return table_init(op);
        case Immediate::elem: return elem_drop(op);
        case Immediate::data: return data_drop(op);
        case Immediate::memory: return memory(op);
        case Immediate::memory_memory: return memory_copy(op);
        case Immediate::data_memory: return memory_init(op);
        case Immediate::mem_8: return access(op, 0);
        case Immediate::mem_16: return access(op, 1);
        case Immediate::mem_32: return access(op, 2);
        case Immediate::mem_64: return access(op, 3);
        case Immediate::mem_128: return access(op, 4);
        case Immediate::i32: return constant_number(op, status_of(in_.s32()));
        case Immediate::i64: return constant_number(op, status_of(in_.s64()));
        case Immediate::f32: return constant_number(op, in_.skip(4));
        case Immediate::f64: return constant_number(op, in_.skip(8));
        case Immediate::select_types: return select_typed(op);
        case Immediate::heap_type: return ref_null(op);
        case Immediate::mem_8_lane:
        case Immediate::mem_16_lane:
        case Immediate::mem_32_lane:
        case Immediate::mem_64_lane:
        case Immediate::lane_16:
        case Immediate::lane_8:
        case Immediate::lane_4:
        case Immediate::lane_2:
        case Immediate::lanes_16:
        case Immediate::v128:
        case Immediate::type:
        case Immediate::cast:
        case Immediate::type_field:
        case Immediate::type_count:
        case Immediate::type_data:
        case Immediate::type_elem:
        case Immediate::type_type:
        case Immediate::tag:
        case Immediate::try_table: return unsupported(op);
        }
        return unsupported(op);
    }

    [[nodiscard]] Status without_immediate(Op op) noexcept {
        if (op == Op::unreachable) return transfer();
        if (op == Op::return_) return return_();
        if (op == Op::drop) return drop();
        if (op == Op::select) return select();
        if (op == Op::ref_is_null) return ref_is_null();
        return plain(op);
    }

    /// By the table's row alone. `bound` is what `t` stands for.
    [[nodiscard]] Status plain(Op op, ValType bound = kBottom) noexcept {
        const Signature& one_signature = signature(op);
        if (!one_signature.is_plain) return unsupported(op);
        const std::span<const Slot> parameters = one_signature.parameters();
        for (std::size_t i = parameters.size(); i-- > 0;) {
            DETENT_CHECK(judge(operands_.pop(type_of(parameters[i], bound))));
        }
        for (const Slot slot : one_signature.results())
            DETENT_CHECK(judge(operands_.push(type_of(slot, bound))));
        return ok();
    }

    /// No profile turns on a feature that is not here; an instruction of one is refused even so.
    [[nodiscard]] Status unsupported(Op op) noexcept { return feature_off(row(op).feature, position_); }

    // Blocks.

    // spec: valid-block, valid-loop, valid-if
    [[nodiscard]] Status block(Op op) noexcept {
        DETENT_TRY(const FuncType type, block_type());
        if (++blocks_ > context_.limits[Limit::blocks]) return limit(Limit::blocks, position_);
        if (op == Op::if_) DETENT_CHECK(pop(kI32));
        DETENT_CHECK(pop(type.parameters));
        DETENT_CHECK(open(op, type));
        if (op != Op::if_) return ok();
        return heard(sink_.skip(frames_.back().label, Jump{position_, words_of(type.parameters), 0}));
    }

    [[nodiscard]] Result<FuncType> block_type() noexcept {
        DETENT_TRY(const BlockType type, read_block_type(in_, context_.features));
        switch (type.kind) {
        case BlockType::Kind::empty: break;
        case BlockType::Kind::value: return FuncType{{}, one(type.value)};
        case BlockType::Kind::type:
            if (number(type.type) >= module_.types.size()) return error(ErrorCode::unknown_type);
            return module_.type(type.type);
        }
        return FuncType{};
    }

    /// A frame whose parameters have been popped; they are its first operands.
    [[nodiscard]] Status open(Op op, const FuncType& type) noexcept {
        if (frames_.size() >= context_.limits[Limit::block_depth]) return limit(Limit::block_depth, position_);
        if (!frames_.push_back({op, type, operands_.enter(), {}})) return kOutOfMemory;
        sink_.open(frames_.back().label, op, in_.position());
        return push(type.parameters);
    }

    // spec: valid-if
    [[nodiscard]] Status else_() noexcept {
        Frame& frame = frames_.back();
        if (frame.op != Op::if_) return error(ErrorCode::end_opcode_expected);
        DETENT_CHECK(pop_results(frame));
        frame.op = Op::else_;
        operands_.enter_again(frame.base);
        const Jump leave{position_, words_of(frame.type.results), 0};
        DETENT_CHECK(heard(sink_.otherwise(frame.label, leave, in_.position())));
        return push(frame.type.parameters);
    }

    [[nodiscard]] Status end() noexcept {
        Frame& frame = frames_.back();
        DETENT_CHECK(pop_results(frame));
        // An `if` without a second arm hands its parameters on.
        if (frame.op == Op::if_ && !std::ranges::equal(frame.type.parameters, frame.type.results)) {
            return error(ErrorCode::type_mismatch);
        }
        sink_.close(frame.label, in_.position());
        const std::span<const ValType> results = frame.type.results;
        const Operands::Base inner = frame.base;
        frames_.pop_back();
        operands_.leave(inner, frames_.empty() ? Operands::Base{} : frames_.back().base);
        return push(results);
    }

    [[nodiscard]] Status pop_results(const Frame& frame) noexcept {
        DETENT_CHECK(pop(frame.type.results));
        if (!operands_.at(frame.base)) return error(ErrorCode::type_mismatch);
        return ok();
    }

    // Transfers of control.

    /// What follows is not reached. spec: valid-unreachable
    [[nodiscard]] Status transfer() noexcept {
        operands_.make_unreachable(frames_.back().base);
        return ok();
    }

    [[nodiscard]] Result<Frame*> label(std::uint32_t depth) noexcept {
        if (depth >= frames_.size()) return error(ErrorCode::unknown_label);
        return &frames_[frames_.size() - 1 - depth];
    }

    /// The operands are those of the label, and more; where nothing is reached, they may be fewer.
    [[nodiscard]] Status jump_to(Frame& target) noexcept {
        DETENT_CHECK(judge(operands_.match(target.label_types())));
        const std::uint32_t kept = words_of(target.label_types());
        const std::uint64_t needed = std::uint64_t{target.base.words} + kept;
        const std::uint64_t dropped = operands_.words() > needed ? operands_.words() - needed : 0;
        return heard(sink_.branch(target.label, Jump{position_, kept, static_cast<std::uint32_t>(dropped)}));
    }

    // spec: valid-br, valid-br_if
    [[nodiscard]] Status branch(Op op) noexcept {
        if (op != Op::br && op != Op::br_if) return unsupported(op);
        DETENT_TRY(const std::uint32_t depth, in_.u32());
        DETENT_TRY(Frame* const target, label(depth));
        if (op == Op::br_if) DETENT_CHECK(pop(kI32));
        DETENT_CHECK(jump_to(*target));
        if (op == Op::br) return transfer();
        DETENT_CHECK(pop(target->label_types()));
        return push(target->label_types());
    }

    // spec: valid-br_table
    [[nodiscard]] Status branch_table() noexcept {
        const std::uint32_t begin = in_.position();
        DETENT_TRY(const std::uint32_t targets, in_.u32());
        if (targets > in_.remaining()) return Error{ErrorCode::length_out_of_bounds, begin};
        if (targets > context_.limits[Limit::branch_targets]) return limit(Limit::branch_targets, begin);
        sink_.branch_table(targets + 1);
        DETENT_CHECK(pop(kI32));
        std::size_t arity = 0;
        for (std::uint32_t i = 0; i <= targets; ++i) {
            DETENT_TRY(const std::uint32_t depth, in_.u32());
            DETENT_TRY(Frame* const target, label(depth));
            if (i == 0) arity = target->label_types().size();
            if (target->label_types().size() != arity) return error(ErrorCode::type_mismatch);
            DETENT_CHECK(jump_to(*target));
        }
        return transfer();
    }

    // spec: valid-return
    [[nodiscard]] Status return_() noexcept {
        DETENT_CHECK(pop(frames_[0].type.results));
        return transfer();
    }

    // spec: valid-call
    [[nodiscard]] Status call() noexcept {
        DETENT_TRY(const std::uint32_t index, in_.u32());
        if (index >= module_.functions.size()) return error(ErrorCode::unknown_function);
        return apply(module_.function_type(FuncIdx{index}));
    }

    // spec: valid-call_indirect
    [[nodiscard]] Status call_indirect(Op op) noexcept {
        if (op != Op::call_indirect) return unsupported(op);
        DETENT_TRY(const std::uint32_t type, in_.u32());
        DETENT_TRY(const TableIdx index, read_call_table(in_, context_.features));
        DETENT_CHECK(known(number(index), module_.tables.size(), ErrorCode::unknown_table));
        DETENT_CHECK(known(type, module_.types.size(), ErrorCode::unknown_type));
        if (module_.tables[number(index)].element != kFuncRef) return error(ErrorCode::type_mismatch);
        DETENT_CHECK(pop(kI32));
        return apply(module_.type(TypeIdx{type}));
    }

    [[nodiscard]] Status apply(const FuncType& type) noexcept {
        DETENT_CHECK(pop(type.parameters));
        return push(type.results);
    }

    // Parametric instructions and references.

    // spec: valid-drop
    [[nodiscard]] Status drop() noexcept {
        ValType dropped;
        return judge(operands_.pop_any(dropped));
    }

    // spec: valid-select
    [[nodiscard]] Status select() noexcept {
        ValType second;
        ValType first;
        DETENT_CHECK(pop(kI32));
        DETENT_CHECK(judge(operands_.pop_any(second)));
        DETENT_CHECK(judge(operands_.pop_any(first)));
        const bool agree = first == second || first == kBottom || second == kBottom;
        if (!agree || is_reference(first) || is_reference(second)) return error(ErrorCode::type_mismatch);
        return judge(operands_.push(first == kBottom ? second : first));
    }

    [[nodiscard]] Status select_typed(Op op) noexcept {
        const std::uint32_t begin = in_.position();
        DETENT_TRY(const std::uint32_t types, in_.u32());
        if (types > in_.remaining()) return Error{ErrorCode::length_out_of_bounds, begin};
        if (types != 1) return error(ErrorCode::invalid_result_arity);
        DETENT_TRY(const ValType type, read_value_type(in_, context_.features));
        return plain(op, type);
    }

    // spec: valid-ref.null
    [[nodiscard]] Status ref_null(Op op) noexcept {
        if (op != Op::ref_null) return unsupported(op);
        DETENT_TRY(const ValType type, read_heap_type(in_, context_.features));
        return judge(operands_.push(type));
    }

    // spec: valid-ref.is_null
    [[nodiscard]] Status ref_is_null() noexcept {
        ValType reference;
        DETENT_CHECK(judge(operands_.pop_any(reference)));
        if (!is_reference(reference) && reference != kBottom) return error(ErrorCode::type_mismatch);
        return judge(operands_.push(kI32));
    }

    /// In a constant expression the reference is itself the declaration. spec: valid-ref.func
    [[nodiscard]] Status ref_func(Op op) noexcept {
        if (op != Op::ref_func) return unsupported(op);
        DETENT_TRY(const std::uint32_t index, in_.u32());
        DETENT_CHECK(known(index, module_.functions.size(), ErrorCode::unknown_function));
        if (is_constant_) context_.declared[index] = 1;
        if (context_.declared[index] == 0) return error(ErrorCode::undeclared_function_reference);
        return judge(operands_.push(kFuncRef));
    }

    // Variables, tables and memories.

    // spec: valid-local.get, valid-local.set, valid-local.tee
    [[nodiscard]] Status local(Op op) noexcept {
        DETENT_TRY(const std::uint32_t index, in_.u32());
        if (index >= locals_.count()) return error(ErrorCode::unknown_local);
        return plain(op, locals_[index]);
    }

    // spec: valid-global.get, valid-global.set
    [[nodiscard]] Status global(Op op) noexcept {
        DETENT_TRY(const std::uint32_t index, in_.u32());
        const std::size_t visible = is_constant_ ? context_.visible_globals : module_.globals.size();
        DETENT_CHECK(known(index, visible, ErrorCode::unknown_global));
        const GlobalType type = module_.globals[index].type;
        if (is_constant_) DETENT_CHECK(constant_global(index));
        if (op == Op::global_set && !type.is_mutable) return error(ErrorCode::immutable_global);
        return plain(op, type.value);
    }

    /// Until gc, a constant expression can name imported globals only. spec: valid-constant
    [[nodiscard]] Status constant_global(std::uint32_t index) const noexcept {
        if (module_.globals[index].type.is_mutable) return error(ErrorCode::constant_expression_required);
        if (index < module_.imported_globals) return ok();
        return require(context_.features, Feature::gc, position_);
    }

    // spec: valid-table.get and its relatives
    [[nodiscard]] Status table(Op op) noexcept {
        DETENT_TRY(const std::uint32_t index, in_.u32());
        DETENT_CHECK(known(index, module_.tables.size(), ErrorCode::unknown_table));
        return plain(op, module_.tables[index].element);
    }

    // spec: valid-table.copy
    [[nodiscard]] Status table_copy(Op op) noexcept {
        DETENT_TRY(const std::uint32_t to, in_.u32());
        DETENT_TRY(const std::uint32_t from, in_.u32());
        DETENT_CHECK(known(to, module_.tables.size(), ErrorCode::unknown_table));
        DETENT_CHECK(known(from, module_.tables.size(), ErrorCode::unknown_table));
        if (module_.tables[to].element != module_.tables[from].element) return error(ErrorCode::type_mismatch);
        return plain(op);
    }

    // spec: valid-table.init
    [[nodiscard]] Status table_init(Op op) noexcept {
        DETENT_TRY(const std::uint32_t from, in_.u32());
        DETENT_TRY(const std::uint32_t to, in_.u32());
        DETENT_CHECK(known(to, module_.tables.size(), ErrorCode::unknown_table));
        DETENT_CHECK(known(from, module_.elements.size(), ErrorCode::unknown_element_segment));
        if (module_.tables[to].element != module_.elements[from].type) return error(ErrorCode::type_mismatch);
        return plain(op);
    }

    // spec: valid-elem.drop
    [[nodiscard]] Status elem_drop(Op op) noexcept {
        DETENT_TRY(const std::uint32_t index, in_.u32());
        DETENT_CHECK(known(index, module_.elements.size(), ErrorCode::unknown_element_segment));
        return plain(op);
    }

    // spec: valid-data.drop
    [[nodiscard]] Status data_drop(Op op) noexcept {
        DETENT_TRY(const std::uint32_t index, in_.u32());
        DETENT_CHECK(known_data(index));
        return plain(op);
    }

    // spec: valid-memory.size, valid-memory.grow, valid-memory.fill
    [[nodiscard]] Status memory(Op op) noexcept {
        DETENT_TRY(const MemIdx index, read_memory_index(in_));
        DETENT_CHECK(known(number(index), module_.memories.size(), ErrorCode::unknown_memory));
        return plain(op);
    }

    // spec: valid-memory.copy
    [[nodiscard]] Status memory_copy(Op op) noexcept {
        DETENT_TRY(const MemIdx to, read_memory_index(in_));
        DETENT_TRY(const MemIdx from, read_memory_index(in_));
        DETENT_CHECK(known(number(to), module_.memories.size(), ErrorCode::unknown_memory));
        DETENT_CHECK(known(number(from), module_.memories.size(), ErrorCode::unknown_memory));
        return plain(op);
    }

    // spec: valid-memory.init
    [[nodiscard]] Status memory_init(Op op) noexcept {
        DETENT_TRY(const std::uint32_t from, in_.u32());
        DETENT_TRY(const MemIdx to, read_memory_index(in_));
        DETENT_CHECK(known_data(from));
        DETENT_CHECK(known(number(to), module_.memories.size(), ErrorCode::unknown_memory));
        return plain(op);
    }

    /// A load or store of 2^`natural` bytes. spec: valid-load-val and its relatives
    [[nodiscard]] Status access(Op op, std::uint32_t natural) noexcept {
        DETENT_TRY(const MemArg argument, read_memarg(in_));
        DETENT_CHECK(known(0, module_.memories.size(), ErrorCode::unknown_memory));
        if (argument.alignment > natural) return error(ErrorCode::alignment_too_large);
        return plain(op);
    }

    // spec: valid-const
    [[nodiscard]] Status constant_number(Op op, const Status& read) noexcept {
        DETENT_CHECK(read);
        return plain(op);
    }

    // The small words of the rules above.

    [[nodiscard]] Status known(std::uint32_t index, std::size_t count, ErrorCode otherwise) const noexcept {
        if (index >= count) return error(otherwise);
        return ok();
    }

    /// The data section stands behind the code; how many segments there are, the data count section says. spec:
    /// binary-datacntsec
    [[nodiscard]] Status known_data(std::uint32_t index) const noexcept {
        if (!module_.data_count) return error(ErrorCode::data_count_required);
        return known(index, *module_.data_count, ErrorCode::unknown_data_segment);
    }

    [[nodiscard]] Status judge(Judgement judgement) const noexcept {
        switch (judgement) {
        case Judgement::valid: return ok();
        case Judgement::mismatch: return error(ErrorCode::type_mismatch);
        case Judgement::too_high: return limit(Limit::operand_words, position_);
        case Judgement::no_memory: break;
        }
        return kOutOfMemory;
    }

    [[nodiscard]] Status pop(ValType type) noexcept { return judge(operands_.pop(type)); }
    [[nodiscard]] Status pop(std::span<const ValType> types) noexcept { return judge(operands_.pop(types)); }
    [[nodiscard]] Status push(std::span<const ValType> types) noexcept { return judge(operands_.push(types)); }

    [[nodiscard]] static Status heard(bool by_sink) noexcept {
        if (!by_sink) return kOutOfMemory;
        return ok();
    }

    [[nodiscard]] Error error(ErrorCode code) const noexcept { return {code, position_}; }
    [[nodiscard]] static Error limit(Limit limit, std::uint32_t offset) noexcept {
        return {ErrorCode::limit_exceeded, offset, static_cast<std::uint32_t>(limit)};
    }

    [[nodiscard]] std::span<const LocalRun> runs_of(const Body& body) const noexcept {
        return module_.local_runs.span().subspan(body.first_run, body.runs);
    }

    /// A list of one type, which lives as long as the program.
    [[nodiscard]] static std::span<const ValType> one(ValType type) noexcept {
        static constexpr ValType kAll[] = {kI32, kI64, kF32, kF64, kV128, kFuncRef, kExternRef, kBottom};
        return std::span(kAll).subspan(static_cast<std::size_t>(type.kind), 1);
    }

    Context& context_;
    const Module& module_;
    Sink& sink_;
    Operands operands_;
    Buffer<Frame> frames_;
    LocalTypes locals_;
    Reader in_;
    /// Of the instruction at hand.
    std::uint32_t position_ = 0;
    std::uint64_t blocks_ = 0;
    bool is_constant_ = false;
};

} // namespace detent
