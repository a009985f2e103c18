// Modules whose saved states have all kinds of things in them, for tests of saving and loading.
#pragma once

#include "engine/exec/host.hpp"
#include "engine/testing/module_builder.hpp"

namespace detent::testing {

/// The type of the host function that they import, and the number that it has.
inline constexpr ValType kOneI32[] = {kI32};
inline constexpr FuncType kHostType{kOneI32, kOneI32};
inline constexpr std::uint32_t kHostNumber = 7;

// Types by their indices: the pair in all modules, the array in that of all, the function type in the two linked ones.
inline constexpr std::uint32_t kPair = 0;
inline constexpr std::uint32_t kArray = 1;
inline constexpr std::uint32_t kUnary = 1;

class WaitingHost final : public HostModule {
  public:
    HostOutcome call(HostCall&) noexcept override { return HostOutcome::waiting(); }
    HostOutcome leave(HostCall&, std::uint64_t, const EntryResult&) noexcept override {
        return HostOutcome::returned();
    }
};

inline ValType pair_type(bool is_nullable = true) { return {HeapType(TypeIdx{kPair}), is_nullable}; }

/// "f": [i32] -> [i32] calls "g", which has all kinds of locals and operands, and waits for the host; code that is
/// never reached stands behind. Function 3 is [] -> []. Globals: constant i64, constant pair, anyref, i32, exnref.
inline Bytes module_of_all() {
    ModuleBuilder b;
    b.type(structure_type({mutable_field(kI32), mutable_field(kAnyRef)}));
    b.type(array_type(packed_field(16)));
    const auto unary = b.type({kI32}, {kI32});
    const auto payload = b.type({kI64, kAnyRef}, {});
    const auto host = b.import_function("host", "h", unary);
    const Bytes null = code(Op::ref_null, HeapType::Abstract::none);
    b.global(kI64, false, code(Op::i64_const, 7));
    b.global(pair_type(), false, code(Op::i32_const, 1, null, Op::struct_new, kPair));
    b.global(kAnyRef, true, null);
    b.global(kI32, true, code(Op::i32_const, 3));
    b.global(kExnRef, true, code(Op::ref_null, HeapType::Abstract::exn));
    b.table(kFuncRef, 2, 9);
    b.memory(1, 2);
    b.tag(payload);
    b.passive_elements({1, 2});
    b.passive_data({1, 2, 3});
    const auto f = b.function(unary, {},
                              code(Op::i64_const, 4, Op::local_get, 0, Op::call, host + 2, Op::i32_const, 1,
                                   Op::i32_add, Op::local_set, 0, Op::drop, Op::local_get, 0));
    const Bytes makes =
        code(Op::local_get, 0, null, Op::struct_new, kPair, Op::local_set, 1U, Op::local_get, 1U, Op::local_get, 1U,
             Op::struct_set, kPair, 1U, Op::i32_const, 5, Op::array_new_default, kArray, Op::global_set, 2U);
    const Bytes throws = code(Op::block, kExnRef, Op::try_table, kEmptyBlock, 1U, Bytes{3}, 0U, Op::i64_const, 2,
                              Op::local_get, 1U, Op::throw_, 0U, Op::end, Op::unreachable, Op::end, Op::global_set, 4U);
    const Bytes waits = code(Op::f64_const, 1.5, Op::local_get, 1U, Op::block, kI32, Op::local_get, 0, Op::call, host,
                             Op::end, Op::return_, Op::i32_const, 4);
    b.function(unary, {{1, pair_type(false)}, {1, kV128}}, code(makes, throws, waits));
    b.function(b.type({}, {}), {}, code(Op::nop));
    b.export_function("f", f);
    return b.build();
}

/// Types that both linked modules have alike.
inline void add_types(ModuleBuilder& b) {
    b.type(structure_type({mutable_field(kI32), mutable_field(kAnyRef)}));
    b.type({kI32}, {kI32});
}

/// A memory, a table, a mutable and a constant global, a tag, and functions that throw and call back.
inline Bytes module_of_things() {
    ModuleBuilder b;
    add_types(b);
    const auto payload = b.type({kI32, kAnyRef}, {});
    b.export_memory("memory", b.memory(1, 5));
    b.export_table("table", b.table(kFuncRef, 4, 20));
    b.export_global("mutable", b.global(kAnyRef, true, code(Op::ref_null, HeapType::Abstract::none)));
    b.export_global("constant", b.global(kI64, false, code(Op::i64_const, -9)));
    b.export_tag("tag", b.tag(payload));
    const auto throws = b.function(
        kUnary, {},
        code(Op::local_get, 0, Op::local_get, 0, Op::i32_const, 1, Op::i32_add, Op::ref_i31, Op::throw_, 0U));
    b.export_function("throws", throws);
    const auto twice = b.function(kUnary, {}, code(Op::local_get, 0, Op::local_get, 0, Op::i32_add));
    b.active_elements(code(Op::i32_const, 0), {throws, twice});
    return b.build();
}

/// "f" does a bit of everything: it calls the host, another instance, a table, and itself in place of a frame.
inline Bytes module_of_doings() {
    ModuleBuilder b;
    add_types(b);
    const auto payload = b.type({kI32, kAnyRef}, {});
    const auto big = b.type({kI32, kV128, kExternRef}, {kI32});
    const auto caught = b.type({}, {kI32, kAnyRef});
    const auto nothing = b.type({}, {});
    const ValType some_pair = non_null(HeapType(TypeIdx{kPair}));
    b.import_memory("a", "memory", 1);
    b.import_table("a", "table", kFuncRef, 4);
    b.import_global("a", "mutable", kAnyRef, true);
    b.import_global("a", "constant", kI64);
    b.import_tag("a", "tag", payload);
    const auto throws = b.import_function("a", "throws", kUnary);
    const auto host = b.import_function("host", "h", kUnary);
    const auto own = b.global(some_pair, false,
                              code(Op::i32_const, 6, Op::ref_null, HeapType::Abstract::none, Op::struct_new, kPair));
    b.global(kI64, false, code(Op::global_get, 1U, Op::i64_const, 2, Op::i64_mul));
    b.global(kV128, true, code(Op::v128_const, Bytes(16, 3)));
    const auto segment = b.passive_elements(kAnyRef, {code(Op::i32_const, 8, Op::ref_i31), code(Op::global_get, own)});
    b.declared_elements({throws});
    const auto data = b.passive_data({1, 2, 3});

    b.start(b.function(nothing, {}, code(Op::i32_const, 4, Op::call, host, Op::drop)));
    const Bytes fills = code(Op::i32_const, 60000, Op::i32_const, 0, Op::i32_const, 3, Op::memory_init, data,
                             std::uint8_t{0}, Op::data_drop, data, Op::elem_drop, segment);
    const auto f = b.function(kUnary, {},
                              code(fills, Op::local_get, 0, Op::v128_const, Bytes(16, 7), Op::i32_const, 5, Op::ref_i31,
                                   Op::extern_convert_any, Op::call, host + 3));
    const Bytes catches = code(Op::block, caught, Op::try_table, kEmptyBlock, 1U, Bytes{0}, 0U, 0U, Op::local_get, 0,
                               Op::call, throws, Op::drop, Op::end, Op::unreachable, Op::end, Op::global_set, 0U);
    const Bytes calls = code(Op::call, host, Op::i32_const, 1, Op::call_indirect, kUnary, 0U);
    const Bytes grows = code(Op::i32_const, 1, Op::memory_grow, std::uint8_t{0}, Op::drop, Op::ref_func, throws,
                             Op::i32_const, 3, Op::table_grow, 0U, Op::drop);
    const Bytes unset = code(Op::i32_const, 2, Op::local_get, 2, Op::any_convert_extern, Op::struct_new, kPair,
                             Op::local_set, 3U, Op::local_get, 3U, Op::struct_get, kPair, 0U, Op::i32_add);
    const Bytes again = code(Op::local_get, 0, Op::i32_const, 1, Op::i32_sub, Op::local_get, 1, Op::local_get, 2,
                             Op::return_call, host + 3);
    b.function(big, {{1, some_pair}},
               code(catches, calls, grows, unset, Op::local_get, 0, Op::i32_eqz, Op::if_, kEmptyBlock, Op::local_get, 0,
                    Op::return_, Op::end, again));
    b.export_function("f", f);
    return b.build();
}

/// A module in which values of every kind of type stand among locals and operands, and each is made to count: folded
/// into a sum in global 0.
class ModuleOfTypes {
  public:
    static constexpr std::uint32_t kTriple = 2;
    static constexpr std::uint32_t kShorts = 3;
    static constexpr std::uint32_t kFunction = 4;
    static constexpr std::uint32_t kPayload = 5;

    /// "f": [i32] -> [i64] has locals and operands of every kind of type, and calls a function for each.
    static Bytes build() { return ModuleOfTypes().module(); }

  private:
    using Abstract = HeapType::Abstract;

    static ValType indexed(std::uint32_t type) { return nullable(HeapType(TypeIdx{type})); }
    static ValType abstract(Abstract heap) { return nullable(HeapType(heap)); }

    /// A type of locals, what makes its first value, and which function makes it count.
    struct Kind {
        ValType type;
        Bytes first;
        std::uint32_t use;
    };

    Bytes module() {
        const Bytes fields = structure_type({mutable_field(kI32), mutable_field(kAnyRef)});
        const Bytes more = structure_type({mutable_field(kI32), mutable_field(kAnyRef), mutable_field(kF64)});
        b_.type(open_type(fields));
        b_.type(open_type(structure_type({})));
        b_.type(open_type(more, kPair));
        b_.type(array_type(packed_field(16)));
        b_.type({kI32}, {kI32});
        b_.type({kI64, kAnyRef}, {});
        add_store();
        add_uses();
        add_f();
        return b_.build();
    }

    void add_store() {
        b_.global(kI64, true, code(Op::i64_const, 1));
        b_.memory(1, 1);
        b_.table(kFuncRef, 2);
        b_.table(kAnyRef, 2);
        b_.table(kExnRef, 2);
        b_.tag(kPayload);
    }

    /// [i64] -> [] folds.
    void add_fold() {
        const Bytes folded = code(Op::global_get, 0U, Op::i64_const, 7, Op::i64_rotl, Op::local_get, 0, Op::i64_xor);
        fold_ = b_.function(b_.type({kI64}, {}), {}, code(folded, Op::global_set, 0U));
    }
    [[nodiscard]] Bytes fold() const { return code(Op::call, fold_); }
    [[nodiscard]] Bytes fold_word() const { return code(Op::i64_extend_i32_u, fold()); }

    std::uint32_t use(ValType type, const Bytes& body, const std::vector<Locals>& locals = {}) {
        return b_.function(b_.type({type}, {}), locals, body);
    }

    void add_uses() {
        add_fold();
        increment_ = b_.function(kFunction, {}, code(Op::local_get, 0, Op::i32_const, 1, Op::i32_add));
        const auto twice = b_.function(kFunction, {}, code(Op::local_get, 0, Op::i32_const, 1, Op::i32_shl));
        b_.declared_elements({increment_, twice});
        add_uses_of_numbers();
        add_uses_of_references();
    }

    void add_uses_of_numbers() {
        const Bytes counts = code(Op::loop, kEmptyBlock, Op::local_get, 1, Op::i32_const, 1, Op::i32_sub, Op::local_tee,
                                  1, Op::br_if, 0U, Op::end);
        use_i32_ = use(kI32,
                       code(Op::local_get, 0, Op::i32_const, 7, Op::i32_and, Op::i32_const, 1, Op::i32_add,
                            Op::local_set, 1, counts, Op::local_get, 0, Op::i32_const, 3, Op::i32_mul, fold_word()),
                       {{1, kI32}});
        use_i64_ = use(kI64, code(Op::i32_const, 8, Op::local_get, 0, Op::i64_store, 3U, 0U, Op::i32_const, 12,
                                  Op::i64_load32_s, 2U, 0U, fold(), Op::local_get, 0, fold()));
        use_f32_ = use(kF32, code(Op::local_get, 0, Op::f32_const, 1.5F, Op::f32_add, Op::i32_reinterpret_f32,
                                  fold_word(), Op::local_get, 0, Op::i32_reinterpret_f32, fold_word()));
        use_f64_ = use(kF64, code(Op::local_get, 0, Op::f64_sqrt, Op::i64_reinterpret_f64, fold(), Op::local_get, 0,
                                  Op::i32_trunc_sat_f64_s, fold_word()));
        use_v128_ = use(kV128, code(Op::local_get, 0, Op::i8x16_popcnt, Op::i64x2_extract_lane, std::uint8_t{0}, fold(),
                                    Op::local_get, 0, Op::f32x4_sqrt, Op::i64x2_extract_lane, std::uint8_t{1}, fold()));
    }

    void add_uses_of_references() {
        const ValType function = indexed(kFunction);
        use_function_ =
            use(function, code(Op::block, kEmptyBlock, Op::i32_const, 20, Op::local_get, 0, Op::br_on_null, 0U,
                               Op::call_ref, kFunction, fold_word(), Op::return_, Op::end, Op::i64_const, 2, fold()));
        use_func_ = use(kFuncRef, code(Op::i32_const, 0, Op::local_get, 0, Op::table_set, 0U, Op::local_get, 0,
                                       Op::ref_test, HeapType(TypeIdx{kFunction}), Op::if_, kEmptyBlock, Op::i32_const,
                                       21, Op::i32_const, 0, Op::call_indirect, kFunction, 0U, fold_word(), Op::else_,
                                       Op::local_get, 0, Op::ref_is_null, fold_word(), Op::end));
        use_any_ = use(kAnyRef, body_of_any(), {{1, indexed(kPair)}});
        use_pair_ = use(indexed(kPair), code(Op::local_get, 0, Op::ref_is_null, Op::if_, kEmptyBlock, Op::return_,
                                             Op::end, Op::local_get, 0, Op::i32_const, 77, Op::struct_set, kPair, 0U,
                                             Op::local_get, 0, Op::call, use_any_));
        use_extern_ = use(kExternRef, code(Op::local_get, 0, Op::any_convert_extern, Op::call, use_any_));
        const auto caught = b_.type({}, {kI64, kAnyRef});
        use_exn_ = use(kExnRef, code(Op::i32_const, 1, Op::local_get, 0, Op::table_set, 2U, Op::local_get, 0,
                                     Op::ref_is_null, Op::if_, kEmptyBlock, Op::return_, Op::end, Op::block, caught,
                                     Op::try_table, kEmptyBlock, 1U, Bytes{0}, 0U, 0U, Op::local_get, 0, Op::throw_ref,
                                     Op::end, Op::unreachable, Op::end, Op::call, use_any_, fold()));
    }

    [[nodiscard]] Bytes body_of_any() const {
        const auto if_is = [](HeapType heap, const Bytes& then) {
            return code(Op::local_get, 0, Op::ref_test, heap, Op::if_, kEmptyBlock, Op::local_get, 0, Op::ref_cast,
                        heap, then, Op::return_, Op::end);
        };
        const Bytes of_pair = code(Op::local_tee, 1U, Op::struct_get, kPair, 0U, fold_word(), Op::local_get, 1U,
                                   Op::struct_get, kPair, 1U, Op::ref_is_null, fold_word());
        return code(
            Op::i32_const, 0, Op::local_get, 0, Op::table_set, 1U,
            if_is(Abstract::i31, code(Op::i31_get_s, fold_word())),
            if_is(HeapType(TypeIdx{kTriple}), code(Op::struct_get, kTriple, 2U, Op::i64_reinterpret_f64, fold())),
            if_is(HeapType(TypeIdx{kPair}), of_pair), if_is(Abstract::array, code(Op::array_len, fold_word())),
            Op::local_get, 0, Op::ref_is_null, fold_word());
    }

    [[nodiscard]] std::vector<Kind> kinds() const {
        const Bytes null = code(Op::ref_null, Abstract::none);
        const Bytes pair = code(Op::i32_const, 5, null, Op::struct_new, kPair);
        const Bytes triple =
            code(Op::i32_const, 6, Op::i32_const, -3, Op::ref_i31, Op::f64_const, 2.5, Op::struct_new, kTriple);
        const Bytes array = code(Op::i32_const, 9, Op::i32_const, 4, Op::array_new, kShorts);
        const auto caught = caught_type_;
        const Bytes thrown = code(Op::block, caught, Op::try_table, kEmptyBlock, 1U, Bytes{1}, 0U, 0U, Op::i64_const,
                                  11, pair, Op::throw_, 0U, Op::end, Op::unreachable, Op::end, kept_exception_);
        return {
            {kI32, code(Op::local_get, 0), use_i32_},
            {kI64, code(Op::i64_const, -5), use_i64_},
            {kF32, code(Op::f32_const, 0.75F), use_f32_},
            {kF64, code(Op::f64_const, -1.25), use_f64_},
            {kV128, code(Op::v128_const, Bytes(16, 0x45)), use_v128_},
            {kFuncRef, code(Op::ref_func, increment_), use_func_},
            {indexed(kFunction), code(Op::ref_func, increment_), use_function_},
            {kExternRef, code(Op::i32_const, 8, Op::ref_i31, Op::extern_convert_any), use_extern_},
            {kAnyRef, triple, use_any_},
            {abstract(Abstract::eq), array, use_any_},
            {abstract(Abstract::i31), code(Op::i32_const, 1, Op::ref_i31), use_any_},
            {abstract(Abstract::struct_), pair, use_any_},
            {abstract(Abstract::array), array, use_any_},
            {abstract(Abstract::none), null, use_any_},
            {non_null(HeapType(TypeIdx{kPair})), pair, use_pair_},
            {indexed(kTriple), triple, use_pair_},
            {indexed(kShorts), array, use_any_},
            {kExnRef, thrown, use_exn_},
        };
    }

    /// What a call has returned is worked on at once, since lowered code has it in a register then.
    static Bytes on_returned(ValType type, std::uint32_t local) {
        if (type == kI32) return code(Op::i32_const, 3, Op::i32_xor);
        if (type == kI64) return code(Op::i64_const, 3, Op::i64_xor);
        if (type == kF32) return code(Op::f32_const, 2.0F, Op::f32_mul);
        if (type == kF64) return code(Op::f64_const, 2.0, Op::f64_mul);
        if (type == kV128) return code(Op::v128_not);
        return code(Op::local_tee, local);
    }

    void add_f() {
        caught_type_ = b_.type({}, {kI64, kAnyRef, non_null(Abstract::exn)});
        const std::vector<Kind> all = kinds();
        const auto scratch = static_cast<std::uint32_t>(all.size()) + 1;
        kept_exception_ = code(Op::local_set, scratch, Op::drop, Op::drop, Op::local_get, scratch);
        std::vector<Locals> locals;
        Bytes sets, pushes, uses;
        std::uint32_t local = 1;
        for (const Kind& kind : kinds()) {
            locals.push_back({1, kind.type});
            append(sets, code(kind.first, Op::local_set, local));
            append(pushes, code(Op::local_get, local));
            const auto same = b_.function(b_.type({kind.type}, {kind.type}), {}, code(Op::local_get, 0));
            uses = code(Op::call, kind.use, Op::local_get, local, Op::call, same, on_returned(kind.type, local),
                        Op::call, kind.use, uses);
            ++local;
        }
        locals.push_back({1, kExnRef});
        b_.export_function("f",
                           b_.function(b_.type({kI32}, {kI64}), locals, code(sets, pushes, uses, Op::global_get, 0U)));
    }

    ModuleBuilder b_;
    std::uint32_t fold_ = 0, increment_ = 0;
    std::uint32_t use_i32_ = 0, use_i64_ = 0, use_f32_ = 0, use_f64_ = 0, use_v128_ = 0;
    std::uint32_t use_func_ = 0, use_function_ = 0, use_extern_ = 0, use_any_ = 0, use_pair_ = 0, use_exn_ = 0;
    std::uint32_t caught_type_ = 0;
    Bytes kept_exception_;
};

/// "f": [i32] -> [i32] calls the host and adds 1.
inline Bytes calling_module() {
    ModuleBuilder b;
    const auto type = b.type({kI32}, {kI32});
    const auto host = b.import_function("host", "h", type);
    b.memory(1);
    const Bytes body = code(Op::i32_const, 8, Op::local_get, 0, Op::i32_store, 2U, 0U, Op::local_get, 0, Op::call, host,
                            Op::i32_const, 1, Op::i32_add);
    b.export_function("f", b.function(type, {}, body));
    return b.build();
}

} // namespace detent::testing
