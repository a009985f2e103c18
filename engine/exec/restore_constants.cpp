// What initializers make and nothing changes: globals that are not mutable, and element segments.
#include "engine/exec/restore.hpp"

namespace detent {
namespace {

using format::Part;

/// The value of a constant expression. Of an object it is known that the expression makes one, and of which type.
struct Constant {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    const CanonicalType* made = nullptr;
};

/// Evaluates constant expressions of an instance that is there, one after the other, without making objects.
class ConstantReader {
  public:
    ConstantReader(const Store& store, const Instance& instance) noexcept
        : store_(store), instance_(instance), module_(instance.module()),
          in_(module_.bytes.span(), 0, static_cast<std::uint32_t>(module_.bytes.size())) {}

    void begin(ByteRange expressions) noexcept {
        in_ = Reader(module_.bytes.span(), expressions.begin, static_cast<std::uint32_t>(module_.bytes.size()));
    }

    /// The next expression is valid.
    [[nodiscard]] Result<Constant> next() noexcept {
        operands_.truncate(0);
        for (Op op = in_.op().assume_value(); op != Op::end; op = in_.op().assume_value()) {
            if (!operands_.push_back(value_of(op))) return kOutOfMemory;
        }
        return operands_.back();
    }

    [[nodiscard]] std::uint32_t next_index() noexcept { return in_.u32().assume_value(); }

    [[nodiscard]] bool is_equal(const Constant& constant, std::uint64_t low, std::uint64_t high) const noexcept {
        if (constant.made == nullptr) return constant.low == low && constant.high == high;
        const Ref ref(low);
        return ref.is(RefKind::object) && store_.heap().object(ref).type == constant.made;
    }

  private:
    [[nodiscard]] Constant value_of(Op op) noexcept {
        // Not every instruction is listed, on purpose: the others are not constant.
        if (op == Op::i32_const) return {static_cast<std::uint32_t>(in_.s32().assume_value())};
        if (op == Op::i64_const) return {static_cast<std::uint64_t>(in_.s64().assume_value())};
        if (op == Op::f32_const) return {in_.f32_bits().assume_value()};
        if (op == Op::f64_const) return {in_.f64_bits().assume_value()};
        if (op == Op::v128_const) return vector();
        if (op == Op::global_get) return global();
        if (op == Op::ref_func) return {Ref::func(instance_.functions[next_index()]).word()};
        if (op == Op::ref_i31) return {Ref::i31(static_cast<std::uint32_t>(pop().low)).word()};
        if (op == Op::any_convert_extern || op == Op::extern_convert_any) return pop();
        if (op == Op::ref_null) return null();
        return is_arithmetic(op) ? arithmetic(op) : object(op);
    }

    [[nodiscard]] Constant pop() noexcept {
        const Constant last = operands_.back();
        operands_.pop_back();
        return last;
    }

    [[nodiscard]] Constant vector() noexcept {
        const std::uint64_t low = in_.f64_bits().assume_value();
        return {low, in_.f64_bits().assume_value()};
    }

    [[nodiscard]] Constant global() noexcept {
        const GlobalCell& cell = store_.global(instance_.globals[next_index()]);
        return {cell.low, cell.high};
    }

    [[nodiscard]] Constant null() noexcept {
        static_cast<void>(in_.s33());
        return {};
    }

    [[nodiscard]] static bool is_arithmetic(Op op) noexcept {
        return op == Op::i32_add || op == Op::i32_sub || op == Op::i32_mul || op == Op::i64_add || op == Op::i64_sub ||
               op == Op::i64_mul;
    }

    [[nodiscard]] Constant arithmetic(Op op) noexcept {
        const std::uint64_t right = pop().low;
        const std::uint64_t left = pop().low;
        const bool is_sum = op == Op::i32_add || op == Op::i64_add;
        const bool is_difference = op == Op::i32_sub || op == Op::i64_sub;
        const std::uint64_t all = is_sum ? left + right : is_difference ? left - right : left * right;
        const bool is_narrow = op == Op::i32_add || op == Op::i32_sub || op == Op::i32_mul;
        return {is_narrow ? static_cast<std::uint32_t>(all) : all};
    }

    /// What makes one takes its fields off the stack.
    [[nodiscard]] Constant object(Op op) noexcept {
        const TypeIdx type{next_index()};
        std::size_t operands = op == Op::struct_new ? module_.fields(type).size() : 0;
        if (op == Op::array_new) operands = 2;
        if (op == Op::array_new_default) operands = 1;
        if (op == Op::array_new_fixed) operands = next_index();
        operands_.truncate(operands_.size() - operands);
        return {0, 0, &instance_.code->types()[type]};
    }

    const Store& store_;
    const Instance& instance_;
    const Module& module_;
    Reader in_;
    Buffer<Constant> operands_;
};

class ConstantCheck {
  public:
    explicit ConstantCheck(const Restoring& r) noexcept : r_(r), store_(r.store) {}

    [[nodiscard]] Status run() noexcept {
        for (std::uint32_t i = 0; i < store_.instances().size(); ++i) {
            const Instance& instance = store_.instances()[i];
            ConstantReader in(store_, instance);
            for (std::size_t j = instance.module().imported_globals; j < instance.globals.size(); ++j)
                DETENT_CHECK(global(in, instance.module().globals[j], number(instance.globals[j])));
            for (std::size_t j = 0; j < instance.elements.size(); ++j)
                DETENT_CHECK(segment(in, i, j));
        }
        return ok();
    }

  private:
    [[nodiscard]] Status global(ConstantReader& in, const Global& declared, std::uint32_t address) const noexcept {
        if (declared.type.is_mutable) return ok();
        in.begin(declared.initializer->bytes);
        DETENT_TRY(const Constant constant, in.next());
        const GlobalCell& cell = store_.globals()[address];
        if (in.is_equal(constant, cell.low, cell.high)) return ok();
        return Error{ErrorCode::state_constant_differs,
                     r_.offsets.at(Part::globals) + format::kCountBytes + std::uint64_t{16} * address};
    }

    /// One that is not dropped.
    [[nodiscard]] Status segment(ConstantReader& in, std::uint32_t instance, std::size_t index) const noexcept {
        const Instance& of = store_.instances()[instance];
        const ElementSegment& declared = of.module().elements[index];
        in.begin(declared.entries);
        for (const std::uint64_t word : of.elements[index]) {
            Constant constant;
            if (declared.entries_are_indices) {
                constant.low = Ref::func(of.functions[in.next_index()]).word();
            } else {
                DETENT_TRY(constant, in.next());
            }
            if (in.is_equal(constant, word, 0)) continue;
            return r_.error(ErrorCode::state_constant_differs, Part::instance, instance);
        }
        return ok();
    }

    const Restoring& r_;
    const Store& store_;
};

} // namespace

Status check_constants(const Restoring& r) noexcept { return ConstantCheck(r).run(); }

} // namespace detent
