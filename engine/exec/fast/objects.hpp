// Objects: structures, arrays and references while a function is lowered, and the branches on them. What has no handler
// here is done by its body.
#pragma once

#include "engine/binary/immediates.hpp"
#include "engine/exec/fast/calls.hpp"
#include "engine/exec/fast/heap_handlers.hpp"
#include "engine/runtime/heap.hpp"

namespace detent::fast {

class Objects : public Calls {
  protected:
    using Calls::Calls;

    /// False where the instruction is none of these. The branches wait for their targets.
    [[nodiscard]] bool object(Op op) noexcept {
        // Not every instruction is listed, on purpose: the others are called.
        if (op == Op::ref_null) return owed(op) && wait_null();
        if (op == Op::ref_is_null) return is_null();
        if (op == Op::any_convert_extern || op == Op::extern_convert_any) return rename(op), true;
        if (op == Op::ref_as_non_null) return not_null(), true;
        if (op == Op::ref_i31) return one_operand(op, kHeapHandlers.ref_i31, false), true;
        if (op == Op::i31_get_s) return one_operand(op, kHeapHandlers.i31_get_s, true), true;
        if (op == Op::i31_get_u) return one_operand(op, kHeapHandlers.i31_get_u, true), true;
        if (op == Op::array_len) return one_operand(op, kHeapHandlers.array_length, true), true;
        if (op >= Op::struct_get && op <= Op::struct_get_u) return get_field(op), true;
        if (op == Op::struct_set) return set_field(), true;
        if (op >= Op::array_get && op <= Op::array_get_u) return get_element(op), true;
        if (op == Op::array_set) return set_element(), true;
        if (op == Op::struct_new || op == Op::struct_new_default) return new_structure(op), true;
        if (op >= Op::ref_test && op <= Op::ref_cast_null) return cast(op), true;
        return is_reference_branch(op);
    }

    [[nodiscard]] static constexpr bool is_reference_branch(Op op) noexcept {
        return op == Op::br_on_null || op == Op::br_on_non_null || op == Op::br_on_cast || op == Op::br_on_cast_fail;
    }

    /// One of those four.
    void branch_on_reference(Label& label, const Jump& jump) noexcept {
        const std::optional<Asked> asked = asked_by_branch();
        if (!asked || !owe(price(op_, jump.kept))) {
            call_body();
            return by_body(label);
        }
        // What goes along is in its slot. On null, the reference itself does not.
        const bool takes_along = op_ != Op::br_on_null;
        Source reference = keep_in_slot(jump, takes_along);
        const bool is_back = label.is_loop;
        if (jump.kept == 0 || jump.dropped == 0) {
            aim(label, emit_branch_on(*asked, reference, asked->sense, is_back));
        } else {
            const std::size_t over = emit_branch_on(*asked, reference, !asked->sense, false);
            move_kept(jump, takes_along ? words_ : words_ - 1);
            jump_to(label);
            set_target(over, debt_.owed, here(), debt_.owed);
            forget();
        }
        if (op_ == Op::br_on_null) keep(reference);
    }

  private:
    /// What a test is about: null, or a cast.
    struct Asked {
        std::optional<Cast> cast;
        const CanonicalType* type = nullptr;
        /// Whether the branch is taken if it is so.
        bool sense = true;
    };

    // Operands.

    [[nodiscard]] bool owed(Op op) noexcept {
        if (owe(price(op))) return true;
        call_body();
        return false;
    }

    [[nodiscard]] bool wait_null() noexcept {
        wait(words_, Source::constant(0));
        return true;
    }

    /// A reference is null exactly if its word is zero.
    [[nodiscard]] bool is_null() noexcept {
        op_ = Op::i64_eqz;
        unary(Op::ref_is_null, *numeric_handlers(Op::i64_eqz));
        op_ = Op::ref_is_null;
        return true;
    }

    /// The operand at a height, in its slot or the local's.
    [[nodiscard]] Source take_in_slot(std::uint32_t height) noexcept {
        Source source = take(height);
        materialise(source, height);
        return source;
    }

    [[nodiscard]] Kind slot_or_accumulator(const Source& source, Domain domain) const noexcept {
        return kind_of(source, domain) == Kind::accumulator ? Kind::accumulator : Kind::slot;
    }

    /// The uppermost operand stays what it is. Where it is in an accumulator, its slot has it too, and keeps it.
    void keep(const Source& reference) noexcept {
        forget_last();
        if (is_local(reference.slot)) wait(words_ - 1, reference);
    }

    // Instructions.

    void one_operand(Op op, const std::array<Places, 2>& handlers, bool may_trap) noexcept {
        if (!owe(price(op))) return call_body();
        Source operand = take_in_slot(words_ - 1);
        const Kind kind = slot_or_accumulator(operand, Domain::word);
        consume(operand, kind);
        if (may_trap) add_point();
        emit_result(slot(words_ - 1), Domain::word, handlers[kind == Kind::accumulator ? 1 : 0],
                    fields(slot(words_ - 1), operand.slot));
    }

    void not_null() noexcept {
        if (!owe(price(op_))) return call_body();
        const Source reference = take_in_slot(words_ - 1);
        add_point();
        emit(kHeapHandlers.check_not_null, fields(reference.slot));
        keep(reference);
    }

    [[nodiscard]] const CanonicalType& read_type() noexcept { return request_.code.types()[TypeIdx{in_.u32()}]; }

    [[nodiscard]] const FieldLayout& read_field() noexcept {
        const CanonicalType& type = read_type();
        return type.fields[in_.u32()];
    }

    void get_field(Op op) noexcept {
        const FieldLayout& field = read_field();
        if (field.storage.unpacked == kV128 || !owe(price(op))) return call_body();
        Source reference = take_in_slot(words_ - 1);
        const Kind kind = slot_or_accumulator(reference, Domain::word);
        const Stored stored = stored_as(field.storage, op == Op::struct_get_s);
        consume(reference, kind);
        add_point();
        emit_result(slot(words_ - 1), domain_of(stored), field_get_handlers(stored, kind),
                    fields_number(slot(words_ - 1), reference.slot, field.offset));
    }

    void set_field() noexcept {
        const FieldLayout& field = read_field();
        if (field.storage.unpacked == kV128 || !owe(price(op_))) return call_body();
        const Source value = take_in_slot(words_ - 1);
        const Source reference = take_in_slot(words_ - 2);
        const Stored stored = stored_as(field.storage, false);
        const Kind kind = slot_or_accumulator(value, domain_of(stored));
        consume(value, kind);
        add_point();
        emit(field_set_handler(stored, kind), fields_number(reference.slot, value.slot, field.offset));
    }

    void get_element(Op op) noexcept {
        const StorageType& element = read_type().fields[0].storage;
        if (element.unpacked == kV128 || !owe(price(op))) return call_body();
        const Source index = take_in_slot(words_ - 1);
        const Source reference = take_in_slot(words_ - 2);
        const Kind kind = slot_or_accumulator(index, Domain::word);
        const Stored stored = stored_as(element, op == Op::array_get_s);
        consume(index, kind);
        add_point();
        emit_result(slot(words_ - 2), domain_of(stored), element_get_handlers(stored, kind),
                    fields(slot(words_ - 2), reference.slot, index.slot));
    }

    void set_element() noexcept {
        const StorageType& element = read_type().fields[0].storage;
        if (element.unpacked == kV128 || !owe(price(op_))) return call_body();
        const Source value = take_in_slot(words_ - 1);
        const Source index = take_in_slot(words_ - 2);
        const Source reference = take_in_slot(words_ - 3);
        const Stored stored = stored_as(element, false);
        const Kind kind = slot_or_accumulator(value, domain_of(stored));
        consume(value, kind);
        add_point();
        emit(element_set_handler(stored, kind), fields(reference.slot, index.slot, value.slot));
    }

    /// The price is static where no accounting is needed (MET-5).
    void new_structure(Op op) noexcept {
        const CanonicalType& type = read_type();
        const bool is_default = op == Op::struct_new_default;
        const auto is_vector = [](const FieldLayout& field) { return field.storage.unpacked == kV128; };
        if (std::ranges::any_of(type.fields, is_vector) || !owe(price(op, structure_bytes(type)))) return call_body();
        const std::uint32_t first = is_default ? words_ : words_ - static_cast<std::uint32_t>(type.fields.size());
        flush(first);
        add_point();
        emit_result(slot(first), Domain::word, is_default ? kHeapHandlers.struct_new_default : kHeapHandlers.struct_new,
                    fields(slot(first), slot(first)), Word{reinterpret_cast<std::uintptr_t>(&type)});
    }

    // Casts.

    /// Null where the body decides.
    [[nodiscard]] std::optional<Asked> asked_of(HeapType heap, bool is_nullable) const noexcept {
        if (heap == HeapType(HeapType::Abstract::i31)) {
            return Asked{is_nullable ? Cast::to_i31_or_null : Cast::to_i31, nullptr, true};
        }
        if (!heap.is_index()) return std::nullopt;
        const CanonicalType& type = request_.code.types()[heap.index()];
        if (type.kind == CompositeKind::func) return std::nullopt;
        return Asked{is_nullable ? Cast::to_object_or_null : Cast::to_object, &type, true};
    }

    [[nodiscard]] FeatureSet features() const noexcept { return request_.code.profile().features; }

    [[nodiscard]] std::optional<Asked> asked_by_branch() noexcept {
        if (op_ == Op::br_on_null) return Asked{std::nullopt, nullptr, true};
        if (op_ == Op::br_on_non_null) return Asked{std::nullopt, nullptr, false};
        Reader in = reader();
        const Result<BranchCast> read = read_branch_cast(in, features());
        const ValType to = read.assume_value().types.to;
        std::optional<Asked> asked = asked_of(to.heap(), to.is_nullable());
        if (asked) asked->sense = op_ == Op::br_on_cast;
        return asked;
    }

    void cast(Op op) noexcept {
        const bool is_nullable = op == Op::ref_test_null || op == Op::ref_cast_null;
        Reader in = reader();
        const Result<HeapType> heap = read_heap_type(in, features());
        const std::optional<Asked> asked = asked_of(heap.assume_value(), is_nullable);
        if (!asked || !owe(price(op))) return call_body();
        const Source reference = take_in_slot(words_ - 1);
        const auto number = static_cast<std::size_t>(*asked->cast);
        if (op == Op::ref_test || op == Op::ref_test_null) {
            return emit_result(slot(words_ - 1), Domain::word, kHeapHandlers.test[number],
                               fields(slot(words_ - 1), reference.slot),
                               Word{reinterpret_cast<std::uintptr_t>(asked->type)});
        }
        add_point();
        emit(kHeapHandlers.check[number], fields(reference.slot), Word{reinterpret_cast<std::uintptr_t>(asked->type)});
        keep(reference);
    }

    // Branches.

    [[nodiscard]] Source keep_in_slot(const Jump& jump, bool takes_along) noexcept {
        if (takes_along) {
            flush(words_ - std::max(jump.kept, 1U));
            forget_last();
            return Source::in_slot(slot(words_ - 1));
        }
        const Source reference = take_in_slot(words_ - 1);
        flush_kept(jump, words_ - 1);
        forget_last();
        return reference;
    }

    /// Leaves the target and the delta to be filled in: where they stand.
    [[nodiscard]] std::size_t emit_branch_on(const Asked& asked, const Source& reference, bool sense,
                                             bool is_back) noexcept {
        if (!asked.cast) return emit_branch({true, true, sense, Relation::eq, reference, Source::constant(0)}, is_back);
        emit(kHeapHandlers.test[static_cast<std::size_t>(*asked.cast)][at_accumulator()], fields(0, reference.slot),
             Word{reinterpret_cast<std::uintptr_t>(asked.type)});
        accumulators_[Domain::word] = kNone;
        emit(handler_of(word_branches(Kind::accumulator), {is_back ? Way::back : Way::forward, sense}), fields(0),
             Word{0}, Word{0});
        return here() - At::kBranchTarget;
    }

    [[nodiscard]] static constexpr std::size_t at_accumulator() noexcept {
        return static_cast<std::size_t>(Place::accumulator);
    }
};

} // namespace detent::fast
