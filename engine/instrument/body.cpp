#include "engine/instrument/body.hpp"

#include "engine/binary/reader.hpp"
#include "engine/instrument/failure.hpp"
#include "engine/instrument/floats.hpp"
#include "engine/instrument/pending.hpp"
#include "engine/instrument/prices.hpp"
#include "engine/instrument/survey.hpp"

namespace detent::instrument {

namespace {

bool is_call(Op op) noexcept { return op == Op::call || op == Op::call_indirect || op == Op::call_ref; }

bool is_tail_call(Op op) noexcept {
    return op == Op::return_call || op == Op::return_call_indirect || op == Op::return_call_ref;
}

bool opens(Op op) noexcept { return op == Op::block || op == Op::loop || op == Op::if_ || op == Op::try_table; }

Buffer<Instruction> surveyed(const Code& code, FuncIdx function) {
    Result<Buffer<Instruction>> found = survey(code, function);
    if (found.has_error()) throw Failure{found.assume_error()};
    return std::move(found).assume_value();
}

class BodyRewriter {
  public:
    BodyRewriter(Additions& additions, FuncIdx function, const Options& options)
        : additions_(additions), code_(additions.code()), module_(code_.module()), function_(function),
          options_(options), own_(code_.function(function)) {}

    [[nodiscard]] Emitter rewritten() {
        begin();
        const Buffer<Instruction> all = surveyed(code_, function_);
        for (std::size_t i = 0; i + 1 < all.size(); ++i)
            instruction(all[i], {all[i].position, all[i + 1].position});
        return whole();
    }

  private:
    // The frame (INS-7): its price, then the body as a block, so that every way out of it leads to one end.

    void begin() {
        out_.i32(own_.frame_words);
        out_.i64(additions_.schedule().amount(Unit::frame_word, own_.frame_words).units());
        out_.op(Op::call, additions_.functions().enter);
        if (has_handlers()) remember_frame();
        block_of_results();
    }
    void block_of_results() {
        const std::span<const ValType> results = module_.function_type(function_).results;
        if (results.empty()) return out_.block(Op::block);
        if (results.size() == 1) return out_.block(Op::block, results[0]);
        out_.op(Op::block);
        out_.signed_leb(additions_.type({}, results));
    }
    void finish(const Instruction& end) {
        out_.end();
        if (end.is_caught) restore_frame();
        leave();
        out_.end();
    }
    void leave() {
        out_.i32(own_.frame_words);
        out_.op(Op::call, additions_.functions().leave);
    }

    // Where an exception may arrive, the frames that it unwound are taken back (INS-11).

    [[nodiscard]] bool has_handlers() const noexcept { return own_.try_block_count != 0; }
    void remember_frame() {
        depth_local_ = scratch(kI32);
        words_local_ = scratch(kI32);
        out_.op(Op::global_get, additions_.globals().depth);
        out_.op(Op::local_set, depth_local_);
        out_.op(Op::global_get, additions_.globals().words);
        out_.op(Op::local_set, words_local_);
    }
    void restore_frame() {
        out_.op(Op::local_get, depth_local_);
        out_.op(Op::global_set, additions_.globals().depth);
        out_.op(Op::local_get, words_local_);
        out_.op(Op::global_set, additions_.globals().words);
    }

    // Locals behind those of the function.

    [[nodiscard]] std::uint32_t scratch(ValType type) {
        const std::size_t own = module_.function_type(function_).parameters.size() + body().declared_locals;
        locals_.push_back(type);
        return static_cast<std::uint32_t>(own + locals_.size() - 1);
    }
    [[nodiscard]] std::uint32_t nan_scratch(ValType type) {
        for (const NanLocal& known : nan_locals_) {
            if (known.type == type) return known.local;
        }
        nan_locals_.push_back({type, scratch(type)});
        return nan_locals_.back().local;
    }
    [[nodiscard]] std::uint32_t vector_scratch() {
        if (!vector_local_) {
            vector_local_ = scratch(kV128);
            for (std::uint32_t i = 1; i < kDeterminedLocals; ++i)
                static_cast<void>(scratch(kV128));
        }
        return *vector_local_;
    }

    // One instruction after the other.

    [[nodiscard]] const Body& body() const noexcept { return module_.body(function_); }

    void instruction(const Instruction& one, ByteRange bytes) {
        if (one.op == Op::end) return end(one);
        if (one.op == Op::else_) {
            pending_.flush(additions_, out_);
            return copy(bytes);
        }
        if (opens(one.op)) ++open_blocks_;
        // What validation does not reach is never executed.
        if (!one.is_reached) return copy(bytes);
        pending_.add(price_of(one, code_, function_, additions_.schedule()).units());
        if (!is_pure(one.op) || pending_.is_great()) pending_.flush(additions_, out_);
        write(one, bytes);
    }

    /// Behind an end that branches go to, what was pending on one of the ways is none of the others'.
    void end(const Instruction& end) {
        const bool is_last = open_blocks_ == 0;
        if (end.is_target || is_last) pending_.flush(additions_, out_);
        if (is_last) return finish(end);
        --open_blocks_;
        out_.end();
        if (end.is_caught) restore_frame();
    }

    void write(const Instruction& one, ByteRange bytes) {
        if (is_priced_by_operand(one.op)) return write_priced(one, bytes);
        if (is_relaxed(one.op)) {
            write_determined(out_, one.op, vector_scratch());
            return settle_nans(one.op);
        }
        before(one.op);
        // The function's own label is that of the block around its body.
        if (one.op == Op::return_) return out_.op(Op::br, open_blocks_);
        copy(bytes);
        behind(one, bytes);
        settle_nans(one.op);
    }

    void write_priced(const Instruction& one, ByteRange bytes) {
        refuse_growth_of_import(one, bytes);
        out_.op(Op::call, additions_.priced(one.op, module_.slice(bytes)));
    }
    /// The maximum of what is imported is not known (INS-15).
    void refuse_growth_of_import(const Instruction& one, ByteRange bytes) const {
        if (one.op != Op::memory_grow && one.op != Op::table_grow) return;
        const std::uint32_t imported = one.op == Op::memory_grow ? module_.imported_memories : module_.imported_tables;
        if (index_in(bytes) < imported) throw Failure{Error{ErrorCode::growth_of_import, one.position}};
    }

    /// A callee that cannot pay its frame gives back the base. A tail call ends the frame first (MET-10).
    void before(Op op) {
        if (!is_call(op) && !is_tail_call(op)) return;
        out_.i64(additions_.schedule().base(row(op).work_class).units());
        out_.op(Op::global_set, additions_.globals().call_base);
        if (is_tail_call(op)) leave();
    }

    void behind(const Instruction& one, ByteRange bytes) {
        if (one.op == Op::loop && has_handlers()) restore_frame();
        if (one.op == Op::data_drop) forget(additions_.data_length(index_in(bytes)));
        if (one.op == Op::elem_drop) forget(additions_.element_length(index_in(bytes)));
    }
    void forget(std::uint32_t length) {
        out_.i64(0);
        out_.op(Op::global_set, length);
    }

    void settle_nans(Op op) {
        const std::optional<NanShape> shape = options_.canonical_nan ? made_nans(op) : std::nullopt;
        if (shape) write_canonical_nan(out_, *shape, nan_scratch(type_of(*shape)));
    }

    /// The first immediate of an instruction that has an index there.
    [[nodiscard]] std::uint32_t index_in(ByteRange bytes) const {
        Reader in(module_.bytes.span(), bytes.begin, bytes.end);
        static_cast<void>(in.op());
        return in.u32().assume_value();
    }
    void copy(ByteRange bytes) { out_.append(module_.slice(bytes)); }

    /// The locals that the function declares come first.
    [[nodiscard]] Emitter whole() const {
        Reader in(module_.bytes.span(), body().bytes.begin, body().expression.begin);
        const std::uint32_t runs = in.u32().assume_value();
        Emitter all;
        all.unsigned_leb(runs + locals_.size());
        all.append(module_.slice({in.position(), body().expression.begin}));
        for (const ValType local : locals_) {
            all.unsigned_leb(1);
            all.type(local);
        }
        all.append(out_.bytes());
        return all;
    }

    struct NanLocal {
        ValType type;
        std::uint32_t local;
    };

    Additions& additions_;
    const Code& code_;
    const Module& module_;
    FuncIdx function_;
    const Options& options_;
    const FunctionCode& own_;
    Emitter out_;
    Pending pending_;
    /// Without the body.
    std::uint32_t open_blocks_ = 0;
    std::vector<ValType> locals_;
    std::vector<NanLocal> nan_locals_;
    std::optional<std::uint32_t> vector_local_;
    std::uint32_t depth_local_ = 0;
    std::uint32_t words_local_ = 0;
};

} // namespace

Emitter rewrite_body(Additions& additions, FuncIdx function, const Options& options) {
    return BodyRewriter(additions, function, options).rewritten();
}

} // namespace detent::instrument
