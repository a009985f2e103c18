#include "engine/exec/fast/lower.hpp"

#include "engine/exec/fast/blocks.hpp"
#include "engine/exec/fast/effects.hpp"
#include "engine/exec/fast/sequences.hpp"

#include <new>

namespace detent::fast {

/// Buffers that keep their room.
struct Scratch {
    ShelfWords cells;
    Buffer<std::uint32_t> starts;
    Buffer<Entry> entries;
    Buffer<Fixup> fixups;
    Buffer<std::uint32_t> relocations;
    Buffer<Label> labels;
    Buffer<Exit> exits;
    Landings landings;
    Survey survey;
    Shelf* shelf = nullptr;
};

void ScratchDeleter::operator()(Scratch* scratch) const noexcept { delete scratch; }

void LoweredDeleter::operator()(const Lowered* lowered) const noexcept {
    static_assert(std::is_trivially_destructible_v<Lowered>);
    // Memory of its own is no constant.
    if (!lowered->is_on_shelf) deallocate(const_cast<Lowered*>(lowered));
}

std::unique_ptr<Scratch, ScratchDeleter> make_scratch(Shelf& shelf) noexcept {
    std::unique_ptr<Scratch, ScratchDeleter> made(new (std::nothrow) Scratch);
    if (made != nullptr) made->shelf = &shelf;
    return made;
}

namespace {

/// Words that stand before the cells.
constexpr std::size_t kHead = (sizeof(Lowered) + sizeof(Word) - 1) / sizeof(Word);
static_assert(alignof(Lowered) <= alignof(Word));

/// How an instruction or delimiter is lowered, for those that there are many of.
enum class Form : std::uint8_t {
    end,
    else_,
    prefixed,
    other,
    local_get,
    local_set,
    local_tee,
    i32_const,
    i64_const,
    f32_const,
    f64_const,
    renaming,
    unary,
    binary,
    load,
    store,
    global,
    drop,
    select,
    call,
    call_indirect,
    block,
    br,
    br_if,
    br_table,
    try_table,
};

[[nodiscard]] constexpr Form form_of(Op op) noexcept {
    // Not every instruction is listed, on purpose: the others are rare.
    if (op == Op::local_get) return Form::local_get;
    if (op == Op::local_set) return Form::local_set;
    if (op == Op::local_tee) return Form::local_tee;
    if (op == Op::i32_const) return Form::i32_const;
    if (op == Op::i64_const) return Form::i64_const;
    if (op == Op::f32_const) return Form::f32_const;
    if (op == Op::f64_const) return Form::f64_const;
    if (op == Op::i64_extend_i32_u || (op >= Op::i32_reinterpret_f32 && op <= Op::f64_reinterpret_i64)) {
        return Form::renaming;
    }
    const bool is_number = (op >= Op::i32_eqz && op <= Op::i64_extend32_s) ||
                           (op >= Op::i32_trunc_sat_f32_s && op <= Op::i64_trunc_sat_f64_u);
    if (is_number) return effect_of(op).words == 0 ? Form::unary : Form::binary;
    if (is_access(op)) return op >= Op::i32_store ? Form::store : Form::load;
    if (op == Op::global_get || op == Op::global_set) return Form::global;
    if (op == Op::drop) return Form::drop;
    if (op == Op::select) return Form::select;
    if (op == Op::call) return Form::call;
    if (op == Op::call_indirect) return Form::call_indirect;
    if (op == Op::block || op == Op::loop || op == Op::if_) return Form::block;
    if (op == Op::br) return Form::br;
    if (op == Op::br_if) return Form::br_if;
    if (op == Op::br_table) return Form::br_table;
    if (op == Op::try_table) return Form::try_table;
    if (op == Op::else_) return Form::else_;
    return op == Op::end ? Form::end : Form::other;
}

/// What is known of an instruction or delimiter before its immediates are.
struct alignas(8) Outline {
    Op op = Op::illegal;
    Form form = Form::other;
    Effect effect;
};

[[nodiscard]] constexpr Outline outline_of(Op op) noexcept {
    return {op, form_of(op), is_instruction(op) ? effect_of(op) : Effect{}};
}

/// By the first byte of an opcode.
constexpr auto kOutlines = [] {
    std::array<Outline, kOneByteOps.size()> outlines{};
    for (std::size_t i = 0; i < outlines.size(); ++i)
        outlines[i] = outline_of(kOneByteOps[i]);
    for (Outline& outline : outlines)
        outline.form = outline.op == Op::illegal ? Form::prefixed : outline.form;
    return outlines;
}();

} // namespace

/// Lowers one body, which is known to be valid. What it rests on, from the bottom up: the cells (Text), operands
/// (Values), what is reached (Flow), then one kind of instruction after the other, and blocks (Blocks). Here is the way
/// from one instruction to the next.
class Lowering : private Blocks {
  public:
    Lowering(const LoweringRequest& request, Recording* recording) noexcept : Blocks(request, recording) {
        if (request.scratch != nullptr) {
            exchange(*request.scratch);
            begin_on(*request.scratch->shelf);
        }
        survey_.begin(request);
    }
    Lowering(const Lowering&) = delete;
    Lowering& operator=(const Lowering&) = delete;
    ~Lowering() {
        if (request_.scratch != nullptr) exchange(*request_.scratch);
    }

    /// False if there is no memory.
    [[nodiscard]] bool body() noexcept {
        Label* const label = labels_.emplace_back() ? &labels_.back() : nullptr;
        if (label == nullptr) return false;
        label->with_results = function_.result_words;
        if (function_.branch_count == 0) survey_body();
        while (!has_failed_) {
            if (needs_any()) [[unlikely]] {
                if (does_need(kFinish)) break;
                go_on();
            }
            if (!needs_any()) pass_waiting();
            // A copy, which a compiler keeps in registers.
            Walk in = in_;
            const Outline& outline = kOutlines[in.byte()];
            instruction(outline, in);
        }
        return !has_failed_;
    }

    /// Null if there is no memory.
    [[nodiscard]] OwnedLowered finish() noexcept;

  private:
    [[nodiscard]] OwnedLowered put_away() noexcept;

    // From one to the next.

    [[gnu::noinline]] void go_on() noexcept {
        if (does_need(kBehind)) put_behind();
        if (!is_reachable()) pass_unreached();
        if (!does_need(kWatch | kEntry) || kOutlines[in_.peek()].form <= Form::else_) return;
        begin(op_);
        begin_apart();
    }

    /// An instruction or delimiter, behind the last one.
    void begin(Op op) noexcept {
        op_ = op;
        words_ = height_;
        start_ = {in_.position(), branches_, words_, debt_.owed, kNone, Domain::word};
    }

    /// The same, and what comes next.
    void begin(Op op, Walk behind, std::uint32_t height) noexcept {
        begin(op);
        next(behind, height);
    }

    /// Locals that are read and constants only wait, and no cell begins with them: goes on behind as many as follow one
    /// another, up to one that takes a closer look.
    [[gnu::always_inline]] void pass_waiting() noexcept {
        constexpr auto kLocal = static_cast<std::uint8_t>(row(Op::local_get).code);
        constexpr auto kI32 = static_cast<std::uint8_t>(row(Op::i32_const).code);
        constexpr auto kI64 = static_cast<std::uint8_t>(row(Op::i64_const).code);
        Walk in = in_;
        std::uint32_t height = height_;
        std::uint32_t count = waiting_.count;
        Debt debt = debt_;
        for (; count < kMostWaiting; ++count) {
            const std::uint8_t opcode = in.peek();
            const bool is_local = opcode == kLocal;
            if (!is_local && opcode != kI32 && opcode != kI64) break;
            const std::uint64_t price = is_local ? price_of_local_ : price_of_constant_;
            if (static_cast<std::uint64_t>(debt.longest) + price > kMostUnits) break;
            Walk ahead = in;
            static_cast<void>(ahead.byte());
            Source source;
            if (is_local) {
                const std::uint8_t index = ahead.byte();
                if (index >= near_locals_) break;
                source = Source::in_slot(index);
            } else {
                const Word value = ahead.signed_number();
                source = Source::constant(opcode == kI32 ? static_cast<std::uint32_t>(value) : value);
            }
            debt.owed += static_cast<std::int32_t>(price);
            debt.longest += static_cast<std::int32_t>(price);
            waiting_.all[count] = {height++, source};
            in = ahead;
        }
        debt_ = debt;
        waiting_.count = count;
        next(in, height);
    }

    /// The position behind an instruction is now known.
    void put_behind() noexcept {
        cells_[behind_at_] |= Word{in_.position()} << behind_shift_;
        needs(kBehind, false);
    }

    /// What is not reached has no cells: goes to the delimiter of the innermost block that was.
    void pass_unreached() noexcept {
        std::size_t open = 0;
        while (true) {
            const Walk before = in_;
            const Op op = in_.op();
            if (open == 0 && !is_instruction(op)) {
                in_ = before;
                break;
            }
            if (op == Op::end) --open;
            if (!is_instruction(op)) continue;
            if (is_opening(op)) ++open;
            if (op == Op::loop) ++loop_;
            in_.pass_immediate(immediate_of(op));
        }
        while (branches_ < table_.size() && table_[branches_].position < in_.position())
            ++branches_;
    }

    /// Lowers one that is reached, or a delimiter, and passes its immediates, which come next. All that there are many
    /// of are told apart here, at once: what comes next is hard to foresee.
    [[gnu::always_inline]] void instruction(const Outline& outline, Walk in) noexcept {
        const Op op = outline.op;
        const std::uint32_t height = height_ + static_cast<std::uint32_t>(outline.effect.words);
        switch (outline.form) {
        case Form::end: begin(op, in, height_); return end();
        case Form::else_: begin(op, in, height_); return otherwise();
        case Form::prefixed: return prefixed();
        case Form::local_get: {
            const LocalSlot at = local_at(in.u32());
            return operand(op, Source::in_slot(at.word, at.words), in);
        }
        case Form::local_set: {
            const LocalSlot at = local_at(in.u32());
            begin(op, in, height - at.words);
            return local_set(at);
        }
        case Form::local_tee: {
            const LocalSlot at = local_at(in.u32());
            begin(op, in, height);
            return local_tee(at);
        }
        case Form::i32_const: {
            const auto value = static_cast<std::uint32_t>(in.signed_number());
            return operand(op, Source::constant(value), in);
        }
        case Form::i64_const: {
            const Word value = in.signed_number();
            return operand(op, Source::constant(value), in);
        }
        case Form::f32_const:
        case Form::f64_const: {
            const Word value = in.little_endian(outline.form == Form::f32_const ? 4 : 8);
            return operand(op, Source::constant(value), in);
        }
        case Form::renaming: begin(op, in, height); return rename(op);
        case Form::unary:
        case Form::binary: {
            begin(op, in, height);
            const NumericHandlers* const numeric = numeric_handlers(op);
            if (numeric == nullptr) return rare(op);
            return outline.form == Form::unary ? unary(op, *numeric) : binary(op, *numeric);
        }
        case Form::load: {
            const Accessed accessed = in.memarg();
            begin(op, in, height);
            return load(op, accessed);
        }
        case Form::store: {
            const Accessed accessed = in.memarg();
            begin(op, in, height);
            return store(op, accessed);
        }
        case Form::global: {
            const std::uint32_t index = in.u32();
            begin(op, in, height + bound(outline.effect) * words_of(module_.globals[index].type.value));
            return global(op, index);
        }
        case Form::drop:
        case Form::select: {
            begin(op);
            const std::uint32_t words = width();
            next(in, height - words);
            return op == Op::drop ? drop(words) : select(words);
        }
        // What the lists of these add, `height_` does not count yet. Their immediates come next.
        case Form::call: begin(op, in, height); return call();
        case Form::call_indirect: begin(op, in, height); return call_indirect();
        case Form::block: begin(op, in, height); return block(op);
        case Form::br: begin(op, in, height); return br();
        case Form::br_if: begin(op, in, height); return br_if();
        case Form::br_table: begin(op, in, height); return branch_table();
        case Form::try_table: begin(op, in, height); return try_table();
        case Form::other: break;
        }
        begin(op, in, height);
        rare(op);
    }

    /// An opcode of two parts.
    [[gnu::noinline]] void prefixed() noexcept {
        Walk in = in_;
        const Op op = in.op();
        instruction(outline_of(op), in);
    }

    /// A local that is read, or a constant, which nothing begins with: it only waits.
    [[gnu::always_inline]] void operand(Op op, Source source, Walk behind) noexcept {
        const std::uint64_t units = price(op);
        const bool is_usual = waiting_.count != kMostWaiting && is_within_reserve(units) && !does_need(kWatch);
        if (!is_usual) [[unlikely]]
            return operand_apart(op, source, behind);
        owe_within_reserve(units);
        wait(height_, source);
        next(behind, height_ + source.words);
    }
    [[gnu::noinline]] void operand_apart(Op op, Source source, Walk behind) noexcept {
        begin(op);
        next(behind, height_ + source.words);
        if (!owe(price(op))) return call_body();
        wait(words_, source);
    }

    [[gnu::noinline]] void call() noexcept {
        const std::uint32_t index = in_.u32();
        const FuncType type = module_.function_type(FuncIdx{index});
        height_ += list(type);
        Calls::call(index, type);
    }

    [[gnu::noinline]] void call_indirect() noexcept {
        const TypeIdx index{in_.u32()};
        height_ += list(module_.func_type(index));
        Calls::call_indirect(index, in_.u32());
    }

    [[gnu::noinline]] void br() noexcept { branch_always(label_at(in_.u32()), next_jump()); }
    [[gnu::noinline]] void br_if() noexcept { branch_if(label_at(in_.u32()), next_jump()); }

    /// What comes next, and at which height, or at which its immediates leave it.
    void next(Walk in, std::uint32_t height) noexcept {
        in_ = in;
        height_ = height;
    }

    /// The others are lowered by a look at their immediates.
    [[gnu::noinline]] void rare(Op op) noexcept {
        const Walk immediates = in_;
        height_ += bound(effect_of(op)) * bound_width(op, immediates) + list(op, immediates);
        if (is_reference_branch(op)) {
            Walk at = immediates;
            if (immediate_of(op) == Immediate::cast) static_cast<void>(at.byte());
            branch_on_reference(label_at(at.u32()), next_jump());
        } else {
            lower(op);
        }
        in_ = immediates;
        in_.pass_immediate(immediate_of(op));
    }

    void lower(Op op) noexcept {
        if (const WholeHandler& whole = whole_handler(op); whole.handler != nullptr) return this->whole(op, whole);
        if (op == Op::select_t) return select(width());
        if (op == Op::memory_size) return memory_size();
        if (op == Op::memory_copy || op == Op::memory_fill) return bulk(op);
        if (op == Op::nop) return nothing(op);
        if (op == Op::return_call) return return_call();
        if (op == Op::return_) return return_();
        if (!object(op)) call_body();
    }

    // Heights. Differences are counted modulo 2^32.

    [[nodiscard]] static constexpr std::uint32_t bound(const Effect& effect) noexcept {
        return static_cast<std::uint32_t>(effect.bound);
    }
    [[nodiscard]] static std::uint32_t list(const FuncType& type) noexcept {
        return words_of(type.results) - words_of(type.parameters);
    }

    /// Words of what the `drop` or `select` at hand is about.
    [[nodiscard]] std::uint32_t width() const noexcept {
        return request_.code.is_wide(function_, start_.position) ? 2 : 1;
    }

    /// Words of what an immediate decides.
    [[nodiscard]] std::uint32_t bound_width(Op op, Walk immediates) const noexcept {
        // Not every immediate is listed, on purpose: the others decide of references, if of anything.
        const Immediate immediate = immediate_of(op);
        if (immediate == Immediate::select_types) return width();
        if (immediate == Immediate::type_field) {
            const TypeIdx type{immediates.u32()};
            return words_of(module_.fields(type)[immediates.u32()].storage.unpacked);
        }
        const bool is_of_array = immediate == Immediate::type && op >= Op::array_new && op <= Op::array_fill;
        return is_of_array ? words_of(module_.fields(TypeIdx{immediates.u32()})[0].storage.unpacked) : 1;
    }

    /// Words of the lists of operands that an instruction adds, less those that it takes.
    [[nodiscard]] std::uint32_t list(Op op, Walk immediates) const noexcept {
        if (op == Op::call_ref) return list(module_.func_type(TypeIdx{immediates.u32()}));
        if (op == Op::struct_new) return 0 - words_of(module_.unpacked_fields(TypeIdx{immediates.u32()}));
        if (op != Op::array_new_fixed) return 0;
        const TypeIdx type{immediates.u32()};
        return 0 - words_of(module_.fields(type)[0].storage.unpacked) * immediates.u32();
    }

    /// The cells are written where they are to stay, if there is room for what compilers make of such a body.
    void begin_on(const Shelf& shelf) noexcept {
        const std::span<Word> room = shelf.room();
        const std::size_t enough = module_.body(request_.function).expression.size();
        const bool is_enough = room.size() > kHead + enough && starts_.reserve(enough);
        cells_.begin(is_enough ? room.subspan(kHead, enough) : std::span<Word>());
    }

    void exchange(Scratch& scratch) noexcept {
        std::swap(cells_, scratch.cells);
        exchange(starts_, scratch.starts);
        exchange(entries_, scratch.entries);
        exchange(fixups_, scratch.fixups);
        exchange(relocations_, scratch.relocations);
        exchange(labels_, scratch.labels);
        exchange(exits_, scratch.exits);
        survey_.swap(scratch.survey);
        std::swap(landings_, scratch.landings);
    }
    template <class T>
    static void exchange(Buffer<T>& own, Buffer<T>& scratch) noexcept {
        own.swap(scratch);
        scratch.truncate(0);
    }

    /// Before an instruction that is not only lowered.
    [[gnu::noinline]] void begin_apart() noexcept {
        if (request_.mode.is_single) flush(0);
        if (recording_ != nullptr) start_waiting_ = waiting_;
        if (request_.mode.is_single) stand_alone();
        if (wants_entry()) add_entry();
    }

    void add_entry() noexcept {
        needs(kEntry, false);
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

    /// The instruction has nothing to do with those before it.
    void stand_alone() noexcept {
        // What a loop begins with is owed at its label, and branches to it rely on that.
        if (debt_.owed != 0 && opened_ == nullptr) emit_check();
        needs(kEntry, true);
    }

    Landings landings_;
    /// How many locals an index of one byte names that are one word each.
    std::uint8_t near_locals_ = function_.has_wide_locals ? 0 : 0x80;
    std::uint64_t price_of_local_ = price(Op::local_get);
    std::uint64_t price_of_constant_ = price(Op::i32_const);
};

/// The cells, and the entries behind them, where they stay. Null if there is no memory.
OwnedLowered Lowering::put_away() noexcept {
    static_assert(sizeof(Entry) % sizeof(std::uint32_t) == 0 && alignof(Entry) <= alignof(Word));
    const std::size_t entry_words = (entries_.size() * sizeof(Entry) + sizeof(Word) - 1) / sizeof(Word);
    const std::size_t words = kHead + cells_.size() + entry_words;
    const bool is_on_shelf = request_.scratch != nullptr;
    void* const memory = is_on_shelf ? request_.scratch->shelf->take(words) : try_allocate(words * sizeof(Word), false);
    if (memory == nullptr) return nullptr;
    auto* const cells = static_cast<Word*>(memory) + kHead;
    auto* const entries = reinterpret_cast<Entry*>(cells + cells_.size());
    if (cells_.data() != cells) std::copy_n(cells_.data(), cells_.size(), cells);
    std::uninitialized_copy(entries_.begin(), entries_.end(), entries);
    return OwnedLowered(new (memory) Lowered{{cells, cells_.size()}, {entries, entries_.size()}, is_on_shelf});
}

OwnedLowered Lowering::finish() noexcept {
    OwnedLowered lowered = put_away();
    if (lowered == nullptr) return nullptr;
    const std::span<Word> cells = lowered->cells;
    if (!landings_.begin(cells.size())) return nullptr;
    for (const Entry& entry : entries_)
        landings_.add(entry.cell);
    for (const Exit& exit : exits_) {
        if (exit.is_passed) landings_.add(exit.cell + Size::kBranch);
    }
    const auto first = reinterpret_cast<std::uintptr_t>(cells.data());
    for (const std::uint32_t at : relocations_) {
        landings_.add(static_cast<std::uint32_t>(cells[at]));
        cells[at] = Word{first} + cells[at] * sizeof(Word);
    }
    if (request_.cell_starts == nullptr) {
        join_sequences(cells, starts_.span(), landings_);
    } else if (!request_.cell_starts->copy_from(starts_.span())) {
        return nullptr;
    }
    return lowered;
}

namespace {

constexpr std::uint32_t kMostSlots = 0xFFFF;

[[nodiscard]] bool has_too_many_slots(const LoweringRequest& request) noexcept {
    return request.code.function(request.function).frame_words > kMostSlots;
}

} // namespace

Result<OwnedLowered> lower(const LoweringRequest& request) noexcept {
    if (has_too_many_slots(request)) return OwnedLowered();
    Lowering lowering(request, nullptr);
    if (!lowering.body()) return kOutOfMemory;
    OwnedLowered lowered = lowering.finish();
    if (lowered == nullptr) return kOutOfMemory;
    return lowered;
}

Result<std::unique_ptr<Recording>> record(const LoweringRequest& request) noexcept {
    std::unique_ptr<Recording> recording(new (std::nothrow) Recording);
    if (recording == nullptr) return kOutOfMemory;
    Lowering lowering(request, recording.get());
    if (!lowering.body()) return kOutOfMemory;
    return recording;
}

} // namespace detent::fast
