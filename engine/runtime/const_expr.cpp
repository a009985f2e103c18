#include "engine/runtime/const_expr.hpp"

namespace detent {
namespace {

Value value_of(const GlobalCell& cell) noexcept { return {cell.type.value, cell.low, cell.high}; }

/// The type that `ref.null` names in a valid expression of profile 1.
ValType null_type(Reader& reader) noexcept {
    constexpr std::uint8_t kExternByte = 0x6F;
    return reader.byte().assume_value() == kExternByte ? kExternRef : kFuncRef;
}

Value evaluate_one(const Store& store, Reader& reader, Op op, std::span<const FuncAddr> functions,
                   std::span<const GlobalAddr> globals) noexcept {
    if (op == Op::i32_const) return Value::i32(static_cast<std::uint32_t>(reader.s32().assume_value()));
    if (op == Op::i64_const) return Value::i64(static_cast<std::uint64_t>(reader.s64().assume_value()));
    if (op == Op::f32_const) return Value::f32_bits(reader.f32_bits().assume_value());
    if (op == Op::f64_const) return Value::f64_bits(reader.f64_bits().assume_value());
    if (op == Op::ref_null) return Value::ref(null_type(reader), Ref());
    if (op == Op::ref_func) return Value::ref(kFuncRef, Ref::func(functions[reader.u32().assume_value()]));
    return value_of(store.global(globals[reader.u32().assume_value()]));
}

} // namespace

Value evaluate(const Store& store, Reader& reader, std::span<const FuncAddr> functions,
               std::span<const GlobalAddr> globals) noexcept {
    Value value{};
    for (Op op = reader.op().assume_value(); op != Op::end; op = reader.op().assume_value()) {
        value = evaluate_one(store, reader, op, functions, globals);
    }
    return value;
}

Value evaluate(const Store& store, const Module& module, ConstExpr expression, std::span<const FuncAddr> functions,
               std::span<const GlobalAddr> globals) noexcept {
    Reader reader(module.bytes.span(), expression.bytes.begin, expression.bytes.end);
    return evaluate(store, reader, functions, globals);
}

} // namespace detent
