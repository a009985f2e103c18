// Emitter: instructions and types as bytes. Source: spec, Binary Format. Throws where there is no memory, as everything
// inside this room does.
#pragma once

#include "engine/binary/writer.hpp"
#include "engine/opcodes.hpp"
#include "engine/syntax/types.hpp"

#include <cstdint>

namespace detent::instrument {

class Emitter : public Writer {
  public:
    /// An opcode, without immediates.
    void op(Op op);
    /// An opcode and an index behind it.
    void op(Op op, std::uint32_t index) {
        this->op(op);
        unsigned_leb(index);
    }

    void i32(std::uint32_t value);
    void i64(std::uint64_t value);

    /// `if` or `block` without parameters; `result` is its only one, if it has one.
    void block(Op op);
    void block(Op op, ValType result);
    void otherwise() { byte(0x05); }
    void end() { byte(0x0B); }

    void type(ValType type);
    void heap_type(HeapType heap);
};

} // namespace detent::instrument
