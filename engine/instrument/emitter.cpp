#include "engine/instrument/emitter.hpp"

#include "engine/binary/immediates.hpp"

namespace detent::instrument {

void Emitter::op(Op op) {
    const OpRow& facts = row(op);
    if (facts.prefix == 0) return byte(static_cast<std::uint8_t>(facts.code));
    byte(facts.prefix);
    unsigned_leb(facts.code);
}

void Emitter::i32(std::uint32_t value) {
    op(Op::i32_const);
    signed_leb(static_cast<std::int32_t>(value));
}

void Emitter::i64(std::uint64_t value) {
    op(Op::i64_const);
    signed_leb(static_cast<std::int64_t>(value));
}

void Emitter::block(Op op) {
    this->op(op);
    byte(0x40);
}

void Emitter::block(Op op, ValType result) {
    this->op(op);
    type(result);
}

void Emitter::type(ValType type) {
    if (const std::optional<std::uint8_t> one = byte_of(type)) return byte(*one);
    byte(type.is_nullable() ? kNullablePrefix : kNonNullPrefix);
    heap_type(type.heap());
}

void Emitter::heap_type(HeapType heap) {
    if (heap.is_index()) return signed_leb(number(heap.index()));
    byte(*byte_of(nullable(heap)));
}

} // namespace detent::instrument
