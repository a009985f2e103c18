// Memories and vectors' lanes.
#include "engine/valid/rules.hpp"

namespace detent {

// spec: valid-data.drop
Status Rules::data_drop(Op op) noexcept {
    DETENT_TRY(const std::uint32_t index, in_.u32());
    DETENT_CHECK(known_data(index));
    return plain(op);
}

// spec: valid-memory.size, valid-memory.grow, valid-memory.fill
Status Rules::memory(Op op) noexcept {
    DETENT_TRY(const MemIdx index, read_memory_index(in_, context_.features));
    DETENT_CHECK(known_memory(index));
    return plain(op, {kBottom, memory_address(index)});
}

// spec: valid-memory.copy
Status Rules::memory_copy(Op op) noexcept {
    DETENT_TRY(const MemIdx to, read_memory_index(in_, context_.features));
    DETENT_TRY(const MemIdx from, read_memory_index(in_, context_.features));
    DETENT_CHECK(known_memory(to));
    DETENT_CHECK(known_memory(from));
    return plain(op, {kBottom, memory_address(to), memory_address(from)});
}

// spec: valid-memory.init
Status Rules::memory_init(Op op) noexcept {
    DETENT_TRY(const std::uint32_t from, in_.u32());
    DETENT_TRY(const MemIdx to, read_memory_index(in_, context_.features));
    DETENT_CHECK(known_data(from));
    DETENT_CHECK(known_memory(to));
    return plain(op, {kBottom, memory_address(to)});
}

/// A load or store of 2^`natural` bytes. spec: valid-load-val and its relatives
Status Rules::access(Op op, std::uint32_t natural) noexcept {
    DETENT_TRY(const AddressType address, accessed(natural));
    return plain(op, {kBottom, address});
}

// spec: valid-memarg
Result<AddressType> Rules::accessed(std::uint32_t natural) noexcept {
    DETENT_TRY(const MemArg argument, read_memarg(in_, context_.features));
    const bool is_known = number(argument.memory) < module_.memories.size();
    const AddressType address = is_known ? memory_address(argument.memory) : AddressType::i32;
    if (address == AddressType::i32 && argument.offset > 0xFFFF'FFFF) {
        return Error{ErrorCode::offset_out_of_range, argument.offset_position};
    }
    if (!is_known) return error(ErrorCode::unknown_memory);
    if (argument.alignment > natural) return error(ErrorCode::alignment_too_large);
    return address;
}

// spec: valid-vload_lane, valid-vstore_lane
Status Rules::access_lane(Op op, std::uint32_t natural) noexcept {
    DETENT_TRY(const AddressType address, accessed(natural));
    DETENT_CHECK(lane_index(16U >> natural));
    return plain(op, {kBottom, address});
}

Status Rules::lane_index(std::uint32_t lanes) noexcept {
    DETENT_TRY(const std::uint8_t index, in_.byte());
    if (index >= lanes) return error(ErrorCode::invalid_lane_index);
    return ok();
}

// spec: valid-vextract_lane, valid-vreplace_lane
Status Rules::lane(Op op, std::uint32_t lanes) noexcept {
    DETENT_CHECK(lane_index(lanes));
    return plain(op);
}

// spec: valid-vshuffle
Status Rules::shuffle(Op op) noexcept {
    for (int i = 0; i < 16; ++i)
        DETENT_CHECK(lane_index(32));
    return plain(op);
}

} // namespace detent
