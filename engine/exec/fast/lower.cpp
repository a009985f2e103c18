#include "engine/exec/fast/lower.hpp"

#include "engine/binary/immediates.hpp"
#include "engine/exec/fast/values.hpp"
#include "engine/valid/body.hpp"

#include <new>

namespace detent::fast {
namespace {

/// What decides a branch: a word that is not zero, or a relation of two operands; `sense` is false for its contrary.
struct Condition {
    bool is_relation = false;
    bool is_wide = false;
    bool sense = true;
    Relation relation = Relation::eq;
    Source first;
    Source second;
};

/// A branch out of a loop that is the loop's first cell.
struct Exit {
    std::uint32_t cell = 0;
    Condition condition;
};

/// How a comparison becomes a relation.
struct Comparison {
    Relation relation = Relation::eq;
    bool sense = true;
};

/// By the place of the instruction among those of its type: eq, ne, lt_s, lt_u, gt_s, gt_u, le_s, le_u, ge_s, ge_u.
constexpr Comparison kIntegerComparisons[] = {{Relation::eq, true},    {Relation::eq, false},   {Relation::lt_s, true},
                                              {Relation::lt_u, true},  {Relation::gt_s, true},  {Relation::gt_u, true},
                                              {Relation::gt_s, false}, {Relation::gt_u, false}, {Relation::lt_s, false},
                                              {Relation::lt_u, false}};

/// eq, ne, lt, gt, le, ge. No contrary of an order of floats is an order.
constexpr Comparison kF32Comparisons[] = {{Relation::f32_eq, true}, {Relation::f32_eq, false},
                                          {Relation::f32_lt, true}, {Relation::f32_gt, true},
                                          {Relation::f32_le, true}, {Relation::f32_ge, true}};
constexpr Comparison kF64Comparisons[] = {{Relation::f64_eq, true}, {Relation::f64_eq, false},
                                          {Relation::f64_lt, true}, {Relation::f64_gt, true},
                                          {Relation::f64_le, true}, {Relation::f64_ge, true}};

constexpr std::size_t behind(Op op, Op first) noexcept {
    return static_cast<std::size_t>(op) - static_cast<std::size_t>(first);
}

[[nodiscard]] std::optional<Comparison> comparison(Op op) noexcept {
    if (op >= Op::i32_eq && op <= Op::i32_ge_u) return kIntegerComparisons[behind(op, Op::i32_eq)];
    if (op >= Op::i64_eq && op <= Op::i64_ge_u) return kIntegerComparisons[behind(op, Op::i64_eq)];
    if (op >= Op::f32_eq && op <= Op::f32_ge) return kF32Comparisons[behind(op, Op::f32_eq)];
    if (op >= Op::f64_eq && op <= Op::f64_ge) return kF64Comparisons[behind(op, Op::f64_eq)];
    return std::nullopt;
}

/// What is greater for one operand is less for the other.
[[nodiscard]] constexpr Relation mirrored(Relation relation) noexcept {
    switch (relation) {
    case Relation::eq: return Relation::eq;
    case Relation::lt_s: return Relation::gt_s;
    case Relation::lt_u: return Relation::gt_u;
    case Relation::gt_s: return Relation::lt_s;
    case Relation::gt_u: return Relation::lt_u;
    case Relation::f64_eq: return Relation::f64_eq;
    case Relation::f64_lt: return Relation::f64_gt;
    case Relation::f64_le: return Relation::f64_ge;
    case Relation::f64_gt: return Relation::f64_lt;
    case Relation::f64_ge: return Relation::f64_le;
    case Relation::f32_eq: return Relation::f32_eq;
    case Relation::f32_lt: return Relation::f32_gt;
    case Relation::f32_le: return Relation::f32_ge;
    case Relation::f32_gt: return Relation::f32_lt;
    case Relation::f32_ge: return Relation::f32_le;
    }
    return relation;
}

[[nodiscard]] constexpr bool is_equality(Relation relation) noexcept {
    return relation == Relation::eq || relation == Relation::f64_eq || relation == Relation::f32_eq;
}

/// Of an order: it has handlers for constants only.
[[nodiscard]] constexpr bool is_greater(Relation relation) noexcept {
    return relation == Relation::gt_s || relation == Relation::gt_u || relation == Relation::f64_gt ||
           relation == Relation::f64_ge || relation == Relation::f32_gt || relation == Relation::f32_ge;
}

[[nodiscard]] constexpr Domain domain_of(Relation relation) noexcept {
    if (relation < Relation::f64_eq) return Domain::word;
    return relation < Relation::f32_eq ? Domain::f64 : Domain::f32;
}

/// Whether a cell can hold the constant of an i64 in 32 bits.
[[nodiscard]] constexpr bool is_short(Word value) noexcept {
    return value == static_cast<Word>(static_cast<std::int64_t>(static_cast<std::int32_t>(value)));
}

[[nodiscard]] constexpr bool is_transfer(Op op) noexcept {
    return op == Op::unreachable || op == Op::throw_ || op == Op::throw_ref || op == Op::return_call ||
           op == Op::return_call_indirect || op == Op::return_call_ref;
}

constexpr std::uint64_t kMostPrice = 0x7FFF'FFFF;

} // namespace

/// Lowers one body while it is validated, which it is known to pass.
class LoweringSink : private Values {
  public:
    struct Label {
        bool is_loop = false;
        bool is_reached = false;
        bool wants_entry = false;
        /// An edge comes from another loop.
        bool wants_pins = false;
        /// Of a loop: its first cell.
        std::uint32_t cell = 0;
        /// Of a loop; else what the first edge owes, and the longest path of any.
        Debt debt;
        std::uint32_t fixups = 0;
        /// Of an `if`: the edge to its second arm, and what is owed there.
        std::uint32_t skip = 0;
        Debt skip_debt;
        /// The body takes that edge.
        bool is_skipped_by_body = false;
        /// The registers outside, and, of a loop, those inside.
        PinSet outer_pins;
        PinSet pins;
    };

    LoweringSink(const LoweringRequest& request, Recording* recording, std::span<const PinSet> pins) noexcept
        : Values(request, recording), loop_pins_(pins) {
        const std::span<const ValType> results = module_.function_type(request.function).results;
        if (results.size() != 1) return;
        result_domain_ = results[0] == kF64 ? Domain::f64 : results[0] == kF32 ? Domain::f32 : Domain::word;
    }

    [[nodiscard]] std::unique_ptr<Lowered> finish() noexcept;

    [[nodiscard]] bool at(std::uint32_t position, const Operands& operands) noexcept {
        if (behind_at_ != kNone) cells_[behind_at_] |= Word{position} << behind_shift_;
        behind_at_ = kNone;
        words_ = operands.words();
        start_ = {position, branches_, words_, debt_.owed, kNone, Domain::word};
        operands_ = &operands;
        return !has_failed_;
    }

    void instruction(Op op) noexcept {
        op_ = op;
        if (!is_reachable_) return;
        if (recording_ != nullptr) start_waiting_ = waiting_;
        if (wants_entry_) add_entry();
        in_ = Reader(module_.bytes.span(), start_.position, module_.body(request_.function).expression.end);
        static_cast<void>(in_.op());
        lower(op);
    }

    void open(Label& label, Op op, std::uint32_t) noexcept {
        label = Label{};
        label.is_loop = op == Op::loop;
        label.outer_pins = pins_;
        label.pins = pins_;
        const std::size_t loop = loops_;
        loops_ += label.is_loop ? 1 : 0;
        ++open_;
        if (label.is_loop && !loop_pins_.empty()) label.pins = loop_pins_[loop];
        if (!is_reachable_) return;
        flush(0);
        if (!label.is_loop) return;
        forget();
        pins_ = label.pins;
        label.debt = debt_;
        opened_ = &label;
        wants_entry_ = true;
    }

    [[nodiscard]] bool branch(Label& label, const Jump& jump) noexcept {
        ++branches_;
        if (!is_reachable_) return true;
        if (op_ == Op::br) {
            branch_always(label, jump);
        } else if (op_ == Op::br_if) {
            branch_if(label, jump);
        } else if (op_ == Op::br_table) {
            branch_target(label, jump);
        } else {
            by_body(label);
        }
        return !has_failed_;
    }

    void branch_table(std::uint32_t targets) noexcept { targets_ = targets; }

    [[nodiscard]] bool skip(Label& label, const Jump&) noexcept {
        ++branches_;
        if (!is_reachable_) return true;
        label.is_skipped_by_body = is_called_if_;
        if (is_called_if_) return !has_failed_;
        condition_.sense = !condition_.sense;
        label.skip_debt = debt_;
        const std::size_t target_at = emit_branch(condition_, false);
        label.skip = add_fixup(target_at, debt_.owed, 0, false);
        return !has_failed_;
    }

    [[nodiscard]] bool otherwise(Label& label, const Jump&, std::uint32_t) noexcept {
        ++branches_;
        if (is_reachable_) {
            flush(0);
            // Behind a call, whose place is yet to come.
            if (wants_entry_) emit_pins();
            jump_to(label);
        }
        leave_text();
        pins_ = label.outer_pins;
        if (label.skip != 0 || label.is_skipped_by_body) arrive(label.skip_debt);
        if (label.is_skipped_by_body) wants_entry_ = true;
        settle(label.skip, here(), label.skip_debt.owed);
        label.skip = 0;
        label.is_skipped_by_body = false;
        return !has_failed_;
    }

    [[nodiscard]] bool catches(Label&, const TryTable&) noexcept { return !has_failed_; }
    [[nodiscard]] bool wide(std::uint32_t) noexcept { return true; }

    [[nodiscard]] bool close(Label& label, std::uint32_t) noexcept {
        --open_;
        if (open_ == 0 && is_reachable_ && !label.is_reached) {
            emit_return(debt_.owed);
            return !has_failed_;
        }
        if (label.is_loop) {
            end_loop(label);
        } else {
            join(label);
        }
        if (open_ == 0 && is_reachable_) emit_return_from(local_slots(), debt_.owed);
        return !has_failed_;
    }

  private:
    /// What follows is not reached, until a label is.
    void leave_text() noexcept {
        is_reachable_ = false;
        waiting_.count = 0;
        forget();
    }

    void arrive(Debt debt) noexcept {
        is_reachable_ = true;
        debt_ = debt;
    }

    /// All operands are in their slots, nothing is owed. `result` is the domain of the one result of a call.
    void settled(std::optional<Domain> result) noexcept {
        forget();
        debt_ = {};
        wants_entry_ = true;
        called_ = result;
    }

    void add_entry() noexcept {
        wants_entry_ = false;
        forget();
        // What went on in place has its registers.
        const bool is_behind = here() == skip_end_ && opened_ == nullptr;
        add_place(opened_ == nullptr ? nullptr : &opened_->cell);
        if (is_behind && !has_failed_) cells_[skip_at_] |= Word{here() - skip_end_} << skip_shift_;
        if (opened_ != nullptr) header_ = opened_->cell;
        opened_ = nullptr;
        if (called_) accumulators_[*called_] = slot(words_ - 1);
        called_ = std::nullopt;
    }

    // Instructions.

    void lower(Op op) noexcept {
        if (is_renaming(op)) return rename(op);
        if (const NumericHandlers* const numeric = numeric_handlers(op); numeric != nullptr) {
            return numeric->is_unary ? unary(op, *numeric) : binary(op, *numeric);
        }
        if (Stored stored{}; stored_by(op, stored)) return access(op, stored);
        if (const WholeHandler& whole = whole_handler(op); whole.handler != nullptr) return this->whole(op, whole);
        const Immediate immediate = row(op).immediate;
        if (immediate == Immediate::local) return local(op);
        if (immediate == Immediate::global) return global(op);
        if (op == Op::i32_const || op == Op::i64_const || op == Op::f32_const || op == Op::f64_const) {
            return constant(op);
        }
        if (op == Op::drop) return drop();
        if (op == Op::select || op == Op::select_t) return select();
        if (op == Op::nop || op == Op::block || op == Op::loop) return nothing(op);
        if (op == Op::if_) return if_();
        if (op == Op::call) return call();
        if (op == Op::call_indirect) return call_indirect();
        if (op == Op::return_call) return return_call();
        if (op == Op::memory_size) return memory_size();
        if (op == Op::memory_copy || op == Op::memory_fill) return bulk(op);
        if (op == Op::return_) return return_();
        // These wait for their targets.
        if (op == Op::br || op == Op::br_if || op == Op::br_table) return;
        call_body();
    }

    static constexpr Word kNowhere = Word{0xFFFF'FFFF} << 32;

    void nothing(Op op) noexcept {
        // A check before a loop spares its body some, each time around.
        if (op == Op::loop && debt_.longest > Reserve::kUnits / 4) emit_check();
        if (!owe(price(op))) call_body();
    }

    /// The instruction's body is called, out of line.
    void call_body() noexcept {
        flush(0);
        emit(kHandlers.body);
        emit(Word{start_.position} | Word{start_.branch} << 32);
        // Behind a transfer nothing goes on in its place.
        behind_at_ = is_transfer(op_) ? kNone : here();
        behind_shift_ = 32;
        emit(Word{words_} | (is_transfer(op_) ? kNowhere : 0));
        skip_at_ = here();
        skip_shift_ = 32;
        emit(static_cast<Word>(debt_.owed));
        skip_end_ = here();
        settled(std::nullopt);
        if (is_transfer(op_)) leave_text();
    }

    /// The bits stay where they are, as those of another type.
    [[nodiscard]] static constexpr bool is_renaming(Op op) noexcept {
        return op == Op::i64_extend_i32_u || (op >= Op::i32_reinterpret_f32 && op <= Op::f64_reinterpret_i64);
    }

    void rename(Op op) noexcept {
        if (!owe(price(op))) call_body();
    }

    [[nodiscard]] static constexpr bool is_wide(Op op) noexcept {
        return (op >= Op::i64_eqz && op <= Op::i64_ge_u) || (op >= Op::i64_clz && op <= Op::i64_rotr);
    }

    /// The kind for which there is a handler: what has a register has a slot too.
    [[nodiscard]] static Kind plain(Kind kind) noexcept { return is_pin(kind) ? Kind::slot : kind; }

    void unary(Op op, const NumericHandlers& handlers) noexcept {
        if (!owe(price(op))) return call_body();
        Source operand = take(words_ - 1);
        materialise(operand, words_ - 1);
        Kind kind = kind_of(operand, handlers.operand);
        if (handlers.unary[at_kind(kind)][0] == nullptr) kind = plain(kind);
        consume(operand, kind);
        if (handlers.may_trap) add_point();
        begin_result(slot(words_ - 1), handlers.result, &handlers.unary[at_kind(kind)]);
        last_.first = operand;
        emit(fields(slot(words_ - 1), operand.slot));
        end_result();
    }

    [[nodiscard]] static constexpr std::size_t at_kind(Kind kind) noexcept { return fast::at(kind); }

    void binary(Op op, const NumericHandlers& handlers) noexcept {
        if (!owe(price(op))) return call_body();
        Source second = take(words_ - 1);
        Source first = take(words_ - 2);
        op_ = negate_constant(op, second);
        const NumericHandlers& chosen = op_ == op ? handlers : *numeric_handlers(op_);
        if (first.is_constant && second.is_constant) materialise(first, words_ - 2);
        binary(chosen, first, second);
        op_ = op;
    }

    /// To take a constant off is to add its negative.
    [[nodiscard]] static Op negate_constant(Op op, Source& second) noexcept {
        const bool is_i32 = op == Op::i32_sub;
        if (!second.is_constant || !(is_i32 || op == Op::i64_sub)) return op;
        const Word negative = is_i32 ? Word{static_cast<std::uint32_t>(0 - second.value)} : 0 - second.value;
        second.value = negative;
        return is_i32 ? Op::i32_add : Op::i64_add;
    }

    void binary(const NumericHandlers& handlers, Source first, Source second) noexcept {
        Kind first_kind = kind_of(first, handlers.operand);
        Kind second_kind = kind_of(second, handlers.operand);
        order(handlers.binary, handlers.is_commutative, first, first_kind, second, second_kind);
        consume(first, first_kind);
        consume(second, second_kind);
        if (handlers.may_trap) add_point();
        begin_result(slot(words_ - 2), handlers.result, &handlers.binary[at_kind(first_kind)][at_kind(second_kind)]);
        last_.first = first;
        last_.second = second;
        const bool is_long = is_wide(op_) || handlers.operand == Domain::f64;
        emit_operands(slot(words_ - 2), first, second, is_long);
        end_result();
    }

    /// Operands as there is a handler for.
    static void order(const BinaryHandlers& handlers, bool is_commutative, Source& first, Kind& first_kind,
                      Source& second, Kind& second_kind) noexcept {
        if (first_kind == Kind::accumulator && second_kind == Kind::accumulator) second_kind = Kind::slot;
        if (is_commutative && must_swap(first_kind, second_kind)) {
            std::swap(first, second);
            std::swap(first_kind, second_kind);
        }
        if (handlers[at_kind(first_kind)][at_kind(second_kind)][0] != nullptr) return;
        first_kind = plain(first_kind);
        second_kind = plain(second_kind);
    }

    [[nodiscard]] static bool must_swap(Kind first, Kind second) noexcept { return rank(first) > rank(second); }

    void emit_operands(std::uint32_t result, const Source& first, const Source& second, bool is_long) noexcept {
        const bool has_constant = first.is_constant || second.is_constant;
        const Word value = first.is_constant ? first.value : second.value;
        if (!has_constant) return emit(fields(result, first.slot, second.slot));
        const std::uint32_t other = first.is_constant ? second.slot : first.slot;
        emit(fields_number(result, other, static_cast<std::uint32_t>(value)));
        if (is_long) emit(value);
    }

    // Memory.

    /// Memory 0, by addresses of 32 bits: where the access ends, or nothing for what its body does.
    [[nodiscard]] std::optional<Word> access_end(Op op) noexcept {
        const Result<MemArg> read = read_memarg(in_, request_.code.profile().features);
        const MemArg& argument = read.assume_value();
        const bool is_near = number(argument.memory) == 0 && module_.memories[0].address == AddressType::i32;
        if (!is_near) return std::nullopt;
        return argument.offset + (Word{1} << log_of_width(op));
    }

    [[nodiscard]] static unsigned log_of_width(Op op) noexcept {
        const Immediate immediate = row(op).immediate;
        if (immediate == Immediate::mem_8 || immediate == Immediate::mem_8_lane) return 0;
        if (immediate == Immediate::mem_16 || immediate == Immediate::mem_16_lane) return 1;
        if (immediate == Immediate::mem_32 || immediate == Immediate::mem_32_lane) return 2;
        return immediate == Immediate::mem_128 ? 4 : 3;
    }

    void access(Op op, Stored stored) noexcept {
        const std::optional<Word> end = access_end(op);
        if (!end || !owe(price(op))) return call_body();
        const bool is_store = row(op).type.ends_with("->");
        return is_store ? store(stored, *end) : load(stored, *end);
    }

    /// Whether the address is the sum that the last cell made.
    [[nodiscard]] bool is_last_sum(const Source& address) const noexcept {
        return !address.is_constant && !is_local(address.slot) && is_last(last_) && last_.slot == address.slot &&
               last_.op == Op::i32_add;
    }

    void load(Stored stored, Word end) noexcept {
        Source address = take(words_ - 1);
        materialise(address, words_ - 1);
        if (is_last_sum(address)) return load_sum(stored, end);
        const Kind kind = kind_of(address, Domain::word);
        consume(address, kind);
        add_point();
        begin_result(slot(words_ - 1), domain_of(stored), &load_handlers(stored, kind));
        emit(fields(slot(words_ - 1), address.slot));
        emit(end);
        end_result();
    }

    void load_sum(Stored stored, Word end) noexcept {
        Source first = last_.first;
        Source second = last_.second;
        const std::uint32_t to = last_.slot;
        take_back();
        Kind first_kind = kind_of(first, Domain::word);
        Kind second_kind = kind_of(second, Domain::word);
        order_sum(first, first_kind, second, second_kind);
        consume(first, first_kind);
        consume(second, second_kind);
        add_point();
        begin_result(to, domain_of(stored), &load_sum_handlers(stored, first_kind, second_kind));
        emit_operands(to, first, second, false);
        emit(end);
        end_result();
    }

    static void order_sum(Source& first, Kind& first_kind, Source& second, Kind& second_kind) noexcept {
        if (first_kind == Kind::accumulator && second_kind == Kind::accumulator) second_kind = Kind::slot;
        if (!must_swap(first_kind, second_kind)) return;
        std::swap(first, second);
        std::swap(first_kind, second_kind);
    }

    void store(Stored stored, Word end) noexcept {
        Source value = take(words_ - 1);
        Source address = take(words_ - 2);
        stored = adapt_constant(stored, value);
        const Domain domain = domain_of(stored);
        materialise(address, words_ - 2);
        const bool is_kept = value.is_constant && (stored != Stored::u64 || is_short(value.value));
        if (!is_kept) materialise(value, words_ - 1);
        if (!value.is_constant && is_last_sum(address)) return store_sum(stored, value, end);
        Kind address_kind = kind_of(address, Domain::word);
        const Kind value_kind = kind_of(value, domain);
        if (store_handler(stored, address_kind, value_kind) == nullptr) address_kind = Kind::slot;
        consume(address, address_kind);
        consume(value, value_kind);
        add_point();
        emit(store_handler(stored, address_kind, value_kind));
        emit(value.is_constant ? fields_number(address.slot, 0, static_cast<std::uint32_t>(value.value))
                               : fields(address.slot, value.slot));
        emit(end);
    }

    /// A float's constant is stored as the word that it is.
    [[nodiscard]] static Stored adapt_constant(Stored stored, const Source& value) noexcept {
        if (!value.is_constant) return stored;
        if (stored == Stored::f32) return Stored::u32;
        return stored == Stored::f64 ? Stored::u64 : stored;
    }

    void store_sum(Stored stored, const Source& value, Word end) noexcept {
        Source first = last_.first;
        Source second = last_.second;
        take_back();
        Kind first_kind = kind_of(first, Domain::word);
        Kind second_kind = kind_of(second, Domain::word);
        order_sum(first, first_kind, second, second_kind);
        Kind value_kind = kind_of(value, domain_of(stored));
        if (store_sum_handler(stored, first_kind, second_kind, value_kind) == nullptr) value_kind = Kind::slot;
        consume(first, first_kind);
        consume(second, second_kind);
        add_point();
        emit(store_sum_handler(stored, first_kind, second_kind, value_kind));
        if (second.is_constant) {
            emit(fields_number(first.slot, value.slot, static_cast<std::uint32_t>(second.value)));
        } else {
            emit(fields(first.slot, second.slot, value.slot));
        }
        emit(end);
    }

    // Vectors.

    /// Operands are in slots; a constant is put there.
    void whole(Op op, const WholeHandler& handler) noexcept {
        const bool is_access = handler.form == WholeForm::access || handler.form == WholeForm::access_lane;
        const std::optional<Word> end = is_access ? access_end(op) : std::optional<Word>(0);
        if (!end || !owe(price(op))) return call_body();
        std::array<std::uint32_t, 5> slots{};
        std::uint32_t height = words_;
        for (std::size_t i = handler.operands; i-- > 0;) {
            height -= handler.words[i];
            Source operand = take(height, handler.words[i]);
            materialise(operand, height);
            slots[1 + i] = operand.slot;
        }
        // An access has its address in the same place, whether it has a result or not.
        slots[0] = slot(height);
        if (is_access) add_point();
        const std::uint8_t lane = has_lane(handler) ? in_.byte().assume_value() : std::uint8_t{0};
        if (has_lane(handler)) slots[handler.form == WholeForm::lane ? 1 + handler.operands : 3] = lane;
        if (handler.result_words != 0) begin_whole(slots[0], handler);
        if (op == Op::i8x16_shuffle && shuffle_words(slots)) return end_result();
        emit(handler.handler);
        emit(fields(slots[0], slots[1], slots[2], slots[3]));
        if (handler.operands > 3) emit(fields(slots[4]));
        if (is_access) emit(*end);
        if (handler.form == WholeForm::constant) emit_immediate();
        if (handler.result_words != 0) end_result();
    }

    /// A shuffle that keeps groups of four bytes together.
    [[nodiscard]] bool shuffle_words(const std::array<std::uint32_t, 5>& slots) noexcept {
        Reader in = in_;
        std::array<std::uint32_t, 4> places{};
        for (std::uint32_t i = 0; i < 16; ++i) {
            const std::uint32_t from = in.byte().assume_value();
            if (i % 4 == 0) places[i / 4] = from;
            if (from != places[i / 4] + i % 4 || from % 4 != i % 4) return false;
        }
        for (std::uint32_t& place : places) {
            const std::uint32_t within = place % 16;
            const std::uint32_t half = std::endian::native == std::endian::little ? within % 8 : 4 - within % 8;
            place = (slots[place < 16 ? 1 : 2] + within / 8) * 8 + half;
        }
        emit(kVectorHandlers.shuffle_words);
        emit(fields(slots[0]));
        emit(Word{places[0]} | Word{places[1]} << 32);
        emit(Word{places[2]} | Word{places[3]} << 32);
        return true;
    }

    [[nodiscard]] static bool has_lane(const WholeHandler& handler) noexcept {
        return handler.form == WholeForm::lane || handler.form == WholeForm::access_lane;
    }

    void begin_whole(std::uint32_t to, const WholeHandler& handler) noexcept {
        begin_result(to, handler.result, nullptr);
        last_.words = handler.result_words;
    }

    /// Sixteen bytes, the first ones in the lowest bits.
    void emit_immediate() noexcept {
        emit(in_.f64_bits().assume_value());
        emit(in_.f64_bits().assume_value());
    }

    // Variables and constants.

    void local(Op op) noexcept {
        const std::uint32_t index = in_.u32().assume_value();
        const LocalSlot at =
            function_.has_wide_locals ? request_.code.local(request_.function, index) : LocalSlot{index, 1};
        if (!owe(price(op))) return call_body();
        const Source local{false, at.word, 0, at.words};
        if (op == Op::local_get) return wait(words_, local);
        const Source value = take(words_ - at.words, at.words);
        set_local(at.word, value);
        if (op == Op::local_tee) wait(words_ - at.words, local);
    }

    void global(Op op) noexcept {
        const std::uint32_t index = in_.u32().assume_value();
        if (module_.globals[index].type.value == kV128 || !owe(price(op))) return call_body();
        const bool is_own = index >= module_.imported_globals;
        const std::uint32_t number = is_own ? index - module_.imported_globals : index;
        if (op == Op::global_get) {
            begin_result(slot(words_), Domain::word, is_own ? &kHandlers.own_global_get : &kHandlers.global_get);
            emit(fields_number(slot(words_), 0, number));
            return end_result();
        }
        Source value = take(words_ - 1);
        materialise(value, words_ - 1);
        const Kind kind = kind_of(value, Domain::word) == Kind::accumulator ? Kind::accumulator : Kind::slot;
        consume(value, kind);
        emit((is_own ? kHandlers.own_global_set : kHandlers.global_set)[at_kind(kind)]);
        emit(fields_number(value.slot, 0, number));
    }

    void memory_size() noexcept {
        const MemType& type = module_.memories[0];
        if (in_.u32().assume_value() != 0 || !owe(price(op_))) return call_body();
        begin_result(slot(words_), Domain::word, &kHandlers.memory_size);
        emit(fields_number(slot(words_), 0, type.page_log));
        end_result();
    }

    /// Copying or filling within memory 0. Its price is settled with all that is owed.
    void bulk(Op op) noexcept {
        const bool is_fill = op == Op::memory_fill;
        const bool is_near = in_.u32().assume_value() == 0 && (is_fill || in_.u32().assume_value() == 0) &&
                             module_.memories[0].address == AddressType::i32;
        if (!is_near) return call_body();
        std::array<Source, 3> operands{};
        for (std::uint32_t i = 0; i < 3; ++i)
            operands[2 - i] = take(words_ - 1 - i);
        flush(0);
        for (std::uint32_t i = 0; i < 3; ++i)
            materialise(operands[i], words_ - 3 + i);
        start_.owed = debt_.owed;
        add_point();
        const Rate rate = request_.schedule.rate(row(op).unit);
        skip_at_ = here() + At::kSlots;
        skip_shift_ = 48;
        emit(is_fill ? kHandlers.memory_fill : kHandlers.memory_copy);
        emit(fields(operands[0].slot, operands[1].slot, operands[2].slot));
        emit(static_cast<Word>(debt_.owed) + base_price(op));
        emit(Word{rate.numerator} | Word{rate.denominator} << 32);
        skip_end_ = here();
        settled(std::nullopt);
    }

    void constant(Op op) noexcept {
        if (!owe(price(op))) return call_body();
        Source source{true, 0, 0, 1};
        if (op == Op::i32_const) {
            source.value = static_cast<std::uint32_t>(in_.s32().assume_value());
        } else if (op == Op::i64_const) {
            source.value = static_cast<Word>(in_.s64().assume_value());
        } else {
            source.value = op == Op::f32_const ? in_.f32_bits().assume_value() : in_.f64_bits().assume_value();
        }
        wait(words_, source);
    }

    [[nodiscard]] std::uint32_t width_of(std::size_t below_top) const noexcept {
        const std::span<const ValType> types = operands_->types();
        return words_of(types[types.size() - 1 - below_top]);
    }

    void drop() noexcept {
        if (!owe(price(Op::drop))) return call_body();
        const std::uint32_t words = width_of(0);
        static_cast<void>(take(words_ - words, words));
    }

    void select() noexcept {
        if (!owe(price(op_))) return call_body();
        if (width_of(1) != 1) return select_vector();
        Source condition = take(words_ - 1);
        Source second = take(words_ - 2);
        Source first = take(words_ - 3);
        materialise(first, words_ - 3);
        materialise(second, words_ - 2);
        materialise(condition, words_ - 1);
        const bool is_accumulator = kind_of(condition, Domain::word) == Kind::accumulator;
        if (is_accumulator) consume(condition, Kind::accumulator);
        begin_result(slot(words_ - 3), Domain::word, &kHandlers.select[is_accumulator ? 1 : 0]);
        emit(fields(slot(words_ - 3), first.slot, second.slot, condition.slot));
        end_result();
    }

    void select_vector() noexcept {
        Source condition = take(words_ - 1);
        const Source second = take(words_ - 3, 2);
        const Source first = take(words_ - 5, 2);
        materialise(condition, words_ - 1);
        begin_result(slot(words_ - 5), Domain::word, nullptr);
        last_.words = 2;
        emit(kVectorHandlers.select);
        emit(fields(slot(words_ - 5), first.slot, second.slot, condition.slot));
        end_result();
    }

    // Control.

    void if_() noexcept {
        is_called_if_ = !owe(price(Op::if_));
        if (is_called_if_) return call_body();
        condition_ = take_condition(true);
    }

    /// The operand on top, as what decides a branch. A comparison that made it is no cell of its own any more, unless
    /// what waits has to be put into its slots first and would take the place of its operands.
    [[nodiscard]] Condition take_condition(bool will_flush) noexcept {
        const Source word = take(words_ - 1);
        const bool is_made = !word.is_constant && !is_local(word.slot) && is_last(last_) && last_.slot == word.slot &&
                             (waiting_.count == 0 || !will_flush || last_.start.unstored == kNone);
        const Condition plain{false, false, true, Relation::eq, word, {}};
        if (!is_made || has_long_constant()) return plain;
        const std::optional<Comparison> compared = comparison(last_.op);
        const bool is_zero_test = last_.op == Op::i32_eqz || last_.op == Op::i64_eqz;
        if (!compared && !is_zero_test) return plain;
        Condition condition = compared ? relation_of(*compared) : zero_test();
        take_back();
        if (!condition.is_relation) negate_last(condition);
        return condition;
    }

    /// The word that is compared with zero may itself be a comparison.
    void negate_last(Condition& condition) noexcept {
        const bool is_made = is_last(last_) && !is_local(condition.first.slot) && last_.slot == condition.first.slot &&
                             (waiting_.count == 0 || last_.start.unstored == kNone);
        const std::optional<Comparison> compared = comparison(last_.op);
        if (!is_made || !compared || has_long_constant()) return;
        condition = relation_of(*compared);
        condition.sense = !condition.sense;
        take_back();
    }

    /// A constant comes second; what is greater than a variable is a variable that is less.
    [[nodiscard]] Condition relation_of(const Comparison& compared) const noexcept {
        Condition condition{true, is_wide(last_.op), compared.sense, compared.relation, last_.first, last_.second};
        const bool has_constant = condition.first.is_constant || condition.second.is_constant;
        if (condition.first.is_constant || (!has_constant && is_greater(condition.relation))) {
            std::swap(condition.first, condition.second);
            condition.relation = mirrored(condition.relation);
        }
        return condition;
    }

    [[nodiscard]] static bool is_long_constant(const Source& source) noexcept {
        return source.is_constant && !is_short(source.value);
    }

    /// No branch holds an integer of more than 32 bits.
    [[nodiscard]] bool has_long_constant() const noexcept {
        return is_wide(last_.op) && (is_long_constant(last_.first) || is_long_constant(last_.second));
    }

    [[nodiscard]] Condition zero_test() const noexcept {
        if (last_.op == Op::i64_eqz) return {true, true, true, Relation::eq, last_.first, {true, 0, 0, 1}};
        return {false, false, false, Relation::eq, last_.first, {}};
    }

    /// Leaves two words, target and delta, to be filled in: where the first of them stands.
    [[nodiscard]] std::size_t emit_branch(const Condition& condition, bool is_back) noexcept {
        emit_branch_cell(condition, is_back ? Way::back : Way::forward);
        // A loop that begins with a way out of it can be gone around.
        const bool is_first = branch_cell_ == header_ && here() == branch_cell_ + Size::kBranch && !is_back;
        if (is_first) has_failed_ = !exits_.push_back({branch_cell_, condition}) || has_failed_;
        return branch_cell_ + At::kBranchTarget;
    }

    void emit_branch_cell(Condition condition, Way way) noexcept {
        if (way != Way::forward && emit_count(condition, way)) return;
        if (!condition.is_relation) materialise(condition.first, words_ - 1);
        branch_cell_ = here();
        if (condition.is_relation) {
            emit_relation(condition, way);
            const bool is_long = condition.relation >= Relation::f64_eq && condition.relation <= Relation::f64_ge;
            if (is_long && condition.second.is_constant) return emit_long(condition.second.value);
        } else {
            const Kind kind = kind_of(condition.first, Domain::word);
            consume(condition.first, kind);
            emit(handler_of(word_branches(kind), {way, condition.sense}));
            emit(fields(condition.first.slot));
        }
        emit(Word{0});
        emit(Word{0});
    }

    void emit_relation(Condition condition, Way way) noexcept {
        const Domain domain = domain_of(condition.relation);
        Kind first = kind_of(condition.first, domain);
        Kind second = kind_of(condition.second, domain);
        if (first == Kind::accumulator && second == Kind::accumulator) second = Kind::slot;
        if (is_equality(condition.relation) && must_swap(first, second)) {
            std::swap(condition.first, condition.second);
            std::swap(first, second);
        }
        consume(condition.first, first);
        consume(condition.second, second);
        emit(
            handler_of(compare_branches(condition.relation, condition.is_wide, first, second), {way, condition.sense}));
        emit(condition.second.is_constant
                 ? fields_number(condition.first.slot, 0, static_cast<std::uint32_t>(condition.second.value))
                 : fields(condition.first.slot, condition.second.slot));
    }

    void emit_long(Word constant) noexcept {
        emit(Word{0});
        emit(Word{0});
        emit(constant);
    }

    /// A local goes up or down by a constant and decides whether the loop goes on: one cell.
    [[nodiscard]] bool emit_count(Condition condition, Way way) noexcept {
        const bool is_sum = is_last(last_) && is_local(last_.slot) &&
                            (last_.op == Op::i32_add || last_.op == Op::i64_add) && last_.second.is_constant &&
                            last_.first.slot == last_.slot;
        if (!is_sum) return false;
        const bool is_long = last_.op == Op::i64_add;
        if (is_long && !is_short(last_.second.value)) return false;
        if (!condition.is_relation) condition = not_zero(condition);
        if (condition.is_wide != is_long || condition.relation >= Relation::f64_eq) return false;
        if (is_counter(condition.second) && !is_counter(condition.first)) {
            std::swap(condition.first, condition.second);
            condition.relation = mirrored(condition.relation);
        }
        if (!is_counter(condition.first) || is_counter(condition.second)) return false;
        const Place place = place_of(last_.slot, Domain::word);
        Kind second = kind_of(condition.second, Domain::word);
        if (second == Kind::accumulator) second = Kind::slot;
        const auto step = static_cast<std::uint32_t>(last_.second.value);
        const std::uint32_t counter = last_.slot;
        take_back();
        accumulators_.forget(counter);
        branch_cell_ = here();
        emit(count_branch(condition.relation, is_long, place, second, {way, condition.sense}));
        emit(condition.second.is_constant
                 ? fields_number(counter, 0, static_cast<std::uint32_t>(condition.second.value))
                 : fields(counter, condition.second.slot));
        emit(Word{0});
        emit(Word{step} << 32);
        return true;
    }

    [[nodiscard]] bool is_counter(const Source& source) const noexcept {
        return !source.is_constant && source.slot == last_.slot;
    }

    [[nodiscard]] static Condition not_zero(const Condition& condition) noexcept {
        return {true, false, !condition.sense, Relation::eq, condition.first, {true, 0, 0, 1}};
    }

    /// The words of target and delta stand at the end of the code, or at `target_at`.
    void aim(Label& label, std::size_t target_at) noexcept {
        if (has_failed_) return;
        if (label.is_loop) return set_target(target_at, debt_.owed, loop_cell(label), label.debt.owed);
        const bool wants_pins = pins_ != label.outer_pins && !label.outer_pins.is_empty();
        label.wants_pins = label.wants_pins || wants_pins;
        label.fixups = add_fixup(target_at, debt_.owed, label.fixups, wants_pins);
        reach(label, debt_);
    }

    /// Behind the registers' loading if they are loaded already. Every entry of a loop begins at that cell.
    [[nodiscard]] std::uint32_t loop_cell(const Label& label) const noexcept {
        return pins_ == label.pins || label.pins.is_empty() ? label.cell : label.cell - Size::kPins;
    }

    static void reach(Label& label, Debt debt) noexcept {
        if (!label.is_reached) label.debt = debt;
        label.debt.longest = std::max(label.debt.longest, debt.longest);
        label.is_reached = true;
    }

    void jump_to(Label& label) noexcept {
        if (label.is_loop && go_around(label)) return;
        emit(label.is_loop ? kHandlers.jump_back : kHandlers.jump);
        emit(Word{0});
        emit(Word{0});
        aim(label, cells_.size() - 2);
    }

    /// To a loop that begins with a way out: whether it is taken is decided here.
    [[nodiscard]] bool go_around(Label& label) noexcept {
        const auto found = std::ranges::lower_bound(exits_, label.cell, {}, &Exit::cell);
        const bool has_exit = found != exits_.end() && found->cell == label.cell && loop_cell(label) == label.cell;
        if (!has_exit || domain_of(found->condition.relation) != Domain::word) return false;
        // As at the beginning of the loop, every operand is in its slot.
        accumulators_ = {};
        emit_branch_cell(found->condition, Way::around);
        aim(label, branch_cell_ + At::kBranchTarget);
        return true;
    }

    /// The body takes the branch, and goes on at the entry there.
    static void by_body(Label& label) noexcept {
        if (!label.is_loop) reach(label, {});
        label.wants_entry = true;
    }

    /// The words that go along, to the height of the target. `height` is behind them.
    void move_kept(const Jump& jump, std::uint32_t height) noexcept {
        if (jump.kept == 0 || jump.dropped == 0) return;
        const std::uint32_t from = height - jump.kept;
        emit(kHandlers.move_words);
        emit(fields_number(slot(from - jump.dropped), slot(from), jump.kept));
        forget();
    }

    void flush_kept(const Jump& jump, std::uint32_t height) noexcept {
        if (jump.kept != 0) flush(height - jump.kept);
    }

    void branch_always(Label& label, const Jump& jump) noexcept {
        if (!owe(price(Op::br, jump.kept))) {
            call_body();
            by_body(label);
        } else {
            flush_kept(jump, words_);
            move_kept(jump, words_);
            jump_to(label);
        }
        leave_text();
    }

    void branch_if(Label& label, const Jump& jump) noexcept {
        if (!owe(price(Op::br_if, jump.kept))) {
            call_body();
            return by_body(label);
        }
        Condition condition = take_condition(jump.kept != 0);
        flush_kept(jump, words_ - 1);
        if (jump.kept == 0 || jump.dropped == 0) {
            return aim(label, emit_branch(condition, label.is_loop));
        }
        condition.sense = !condition.sense;
        const std::size_t over = emit_branch(condition, false);
        move_kept(jump, words_ - 1);
        jump_to(label);
        set_target(over, debt_.owed, here(), debt_.owed);
        forget();
    }

    /// One of the targets of a br_table, in their order.
    void branch_target(Label& label, const Jump& jump) noexcept {
        if (target_ == 0) open_table(jump);
        if (is_called_table_) {
            by_body(label);
        } else {
            const std::size_t at = table_at_ + std::size_t{target_} * Size::kTarget;
            if (jump.kept != 0 && jump.dropped != 0) {
                detour(label, jump, at);
            } else {
                if (label.is_loop && !has_failed_) cells_[at + 1] |= kTargetIsCheck;
                aim(label, at);
            }
        }
        if (++target_ < targets_) return;
        target_ = 0;
        leave_text();
    }

    void open_table(const Jump& jump) noexcept {
        is_called_table_ = !owe(price(Op::br_table, jump.kept));
        if (is_called_table_) return call_body();
        Source index = take(words_ - 1);
        materialise(index, words_ - 1);
        flush_kept(jump, words_ - 1);
        emit(kHandlers.table);
        emit(fields_number(index.slot, 0, targets_ - 1));
        table_at_ = here();
        for (std::uint32_t i = 0; i < targets_ * Size::kTarget; ++i)
            emit(Word{0});
    }

    /// An edge that moves words goes by a place of its own, behind the table.
    void detour(Label& label, const Jump& jump, std::size_t target_at) noexcept {
        set_target(target_at, debt_.owed, here(), debt_.owed);
        move_kept(jump, words_ - 1);
        jump_to(label);
    }

    /// The text goes on outside.
    void end_loop(const Label& label) noexcept {
        if (opened_ == &label) opened_ = nullptr;
        pins_ = label.outer_pins;
        if (is_reachable_ && label.pins != label.outer_pins) emit_pins();
    }

    /// The end of a block: its text and its branches come together.
    void join(Label& label) noexcept {
        if (label.skip != 0) {
            fixups_[label.skip - 1].next = label.fixups;
            label.fixups = label.skip;
            reach(label, label.skip_debt);
        }
        if (label.is_skipped_by_body) reach(label, {});
        pins_ = label.outer_pins;
        if (is_reachable_) {
            flush(0);
            debt_.longest = std::max(debt_.longest, label.is_reached ? label.debt.longest : 0);
        } else if (label.is_reached) {
            arrive(label.debt);
        }
        if (!label.is_reached) return;
        forget();
        called_ = std::nullopt;
        if (label.is_skipped_by_body || label.wants_entry) wants_entry_ = true;
        const std::uint32_t with_pins = here();
        if (label.wants_pins && !wants_entry_) emit_pins();
        settle(label.fixups, with_pins, debt_.owed);
    }

    // Calls.

    [[nodiscard]] const Callee& callee(std::uint32_t index) const noexcept {
        return request_.callees[index - module_.imported_functions];
    }

    void call() noexcept {
        const std::uint32_t index = in_.u32().assume_value();
        if (index < module_.imported_functions) return call_body();
        const Callee& to = callee(index);
        const std::uint64_t price = static_cast<std::uint64_t>(debt_.owed) + base_price(Op::call) + to.frame_price;
        if (price > kMostPrice) return call_body();
        begin_call();
        emit(kHandlers.call[to.local_words > to.parameter_words ? 1 : 0]);
        emit(fields_number(slot(words_ - to.parameter_words), 0, static_cast<std::uint32_t>(price)));
        emit(Word{reinterpret_cast<std::uintptr_t>(&to)});
        end_call(module_.function_type(FuncIdx{index}));
    }

    void call_indirect() noexcept {
        const std::uint32_t index = in_.u32().assume_value();
        const std::uint32_t table = in_.u32().assume_value();
        if (table != 0) return call_body();
        const FuncType type = module_.func_type(TypeIdx{index});
        const std::uint64_t price = static_cast<std::uint64_t>(debt_.owed) + base_price(Op::call_indirect);
        begin_call();
        emit(kHandlers.call_indirect);
        const std::uint32_t first = slot(words_ - 1 - words_of(type.parameters));
        emit(fields_number(slot(words_ - 1), first, static_cast<std::uint32_t>(price)));
        emit(Word{reinterpret_cast<std::uintptr_t>(&request_.code.types()[TypeIdx{index}])});
        end_call(type);
    }

    void return_call() noexcept {
        const std::uint32_t index = in_.u32().assume_value();
        if (index < module_.imported_functions) return call_body();
        const Callee& to = callee(index);
        const std::uint64_t price =
            static_cast<std::uint64_t>(debt_.owed) + base_price(Op::return_call) + to.frame_price;
        if (price > kMostPrice) return call_body();
        begin_call();
        emit(kHandlers.return_call);
        emit(fields_number(slot(words_ - to.parameter_words), 0, static_cast<std::uint32_t>(price)));
        emit(Word{reinterpret_cast<std::uintptr_t>(&to)});
        emit(Word{function_.frame_words});
        leave_text();
    }

    void begin_call() noexcept {
        flush(0);
        start_.owed = debt_.owed;
        start_waiting_.count = 0;
        add_point();
    }

    /// The position behind is not known yet.
    void end_call(const FuncType& type) noexcept {
        behind_at_ = here();
        behind_shift_ = 0;
        emit(Word{branches_} << 32);
        std::optional<Domain> result;
        if (type.results.size() == 1 && type.results[0] != kV128) {
            const ValType only = type.results[0];
            result = only == kF64 ? Domain::f64 : only == kF32 ? Domain::f32 : Domain::word;
        }
        settled(result);
    }

    void return_() noexcept {
        if (!owe(price(Op::return_, function_.result_words))) return call_body_and_leave();
        emit_return(debt_.owed);
    }

    void call_body_and_leave() noexcept {
        call_body();
        leave_text();
    }

    /// The results are the uppermost operands.
    void emit_return(std::int32_t owed) noexcept {
        if (function_.result_words != 1) {
            flush_kept({0, function_.result_words, 0}, words_);
            return emit_return_from(slot(words_ - function_.result_words), owed);
        }
        Source result = take(words_ - 1);
        materialise(result, words_ - 1);
        const Kind kind = kind_of(result, result_domain_);
        consume(result, kind);
        emit_return_one(result.slot, kind == Kind::accumulator, owed);
    }

    void emit_return_from(std::uint32_t first, std::int32_t owed) noexcept {
        if (function_.result_words == 1) return emit_return_one(first, false, owed);
        const auto price = static_cast<std::uint32_t>(owed);
        if (function_.result_words == 0) {
            emit(kHandlers.return_none);
            emit(Word{price});
            emit(Word{function_.frame_words});
        } else {
            emit(kHandlers.return_words);
            emit(fields_number(first, 0, price));
            emit(Word{function_.frame_words} | Word{function_.result_words} << 32);
        }
        leave_text();
    }

    void emit_return_one(std::uint32_t from, bool is_accumulator, std::int32_t owed) noexcept {
        emit(kHandlers.return_one[static_cast<std::size_t>(result_domain_)][is_accumulator ? 1 : 0]);
        emit(fields_number(from, 0, static_cast<std::uint32_t>(owed)));
        emit(Word{function_.frame_words});
        leave_text();
    }

    // Of the instruction that is lowered.
    /// Operand words before it.
    std::uint32_t words_ = 0;
    const Operands* operands_ = nullptr;
    Reader in_{{}, 0, 0};

    // Of the text so far.
    std::uint32_t branches_ = 0;
    std::size_t loops_ = 0;
    std::uint32_t open_ = 0;
    bool is_reachable_ = true;
    bool wants_entry_ = true;
    /// The loop whose first instruction comes next.
    Label* opened_ = nullptr;
    /// Behind a call: in which accumulator its result is.
    std::optional<Domain> called_;
    /// A word that lacks how many words are passed over behind its cell, and where that cell ends.
    std::uint32_t skip_at_ = 0;
    std::uint32_t skip_end_ = kNone;
    unsigned skip_shift_ = 0;
    /// A word that lacks the position behind its instruction.
    std::uint32_t behind_at_ = kNone;
    unsigned behind_shift_ = 0;
    Condition condition_;
    std::uint32_t branch_cell_ = 0;
    /// The first cell of the last loop that opened, and the branches that such cells are.
    std::uint32_t header_ = kNone;
    Buffer<Exit> exits_;
    std::span<const PinSet> loop_pins_;
    Domain result_domain_ = Domain::word;

    // Of the br_table that is lowered.
    std::uint32_t targets_ = 0;
    std::uint32_t target_ = 0;
    std::size_t table_at_ = 0;
    bool is_called_table_ = false;
    bool is_called_if_ = false;
};

static_assert(BodySink<LoweringSink>);

std::unique_ptr<Lowered> LoweringSink::finish() noexcept {
    std::unique_ptr<Lowered> lowered(new (std::nothrow) Lowered);
    if (lowered == nullptr) return nullptr;
    const auto first = reinterpret_cast<std::uintptr_t>(cells_.data());
    for (const std::uint32_t at : relocations_)
        cells_[at] = Word{first} + cells_[at] * sizeof(Word);
    lowered->cells = std::move(cells_);
    lowered->entries = std::move(entries_);
    return lowered;
}

namespace {

constexpr std::uint32_t kMostSlots = 0xFFFF;

[[nodiscard]] bool has_too_many_slots(const LoweringRequest& request) noexcept {
    return request.code.function(request.function).frame_words > kMostSlots;
}

[[nodiscard]] Status drive(const LoweringRequest& request, LoweringSink& sink) noexcept {
    detent::Context context(request.code.module(), request.code.types(), request.code.profile());
    context.knows_declared = true;
    BodyValidator<LoweringSink> validator(context, sink);
    return validator.body(request.function);
}

} // namespace

Result<std::unique_ptr<Lowered>> lower(const LoweringRequest& request) noexcept {
    if (has_too_many_slots(request)) return std::unique_ptr<Lowered>();
    DETENT_TRY(const Buffer<PinSet> pins, survey(request));
    LoweringSink sink(request, nullptr, pins.span());
    DETENT_CHECK(drive(request, sink));
    std::unique_ptr<Lowered> lowered = sink.finish();
    if (lowered == nullptr) return kOutOfMemory;
    return lowered;
}

Result<std::unique_ptr<Recording>> record(const LoweringRequest& request) noexcept {
    std::unique_ptr<Recording> recording(new (std::nothrow) Recording);
    if (recording == nullptr) return kOutOfMemory;
    DETENT_TRY(const Buffer<PinSet> pins, survey(request));
    LoweringSink sink(request, recording.get(), pins.span());
    DETENT_CHECK(drive(request, sink));
    return recording;
}

} // namespace detent::fast
