#include "engine/binary/immediates.hpp"

#include <optional>

namespace detent {

namespace {

constexpr std::uint64_t kGreatestU32 = 0xFFFF'FFFF;

struct TypeCode {
    std::uint8_t byte;
    Feature feature;
    /// Nothing for a type that a later feature brings.
    std::optional<ValType> type;
};

// spec: binary-valtype, binary-reftype, binary-heaptype
constexpr TypeCode kTypeCodes[] = {
    {0x7F, Feature::mvp, kI32},
    {0x7E, Feature::mvp, kI64},
    {0x7D, Feature::mvp, kF32},
    {0x7C, Feature::mvp, kF64},
    {0x7B, Feature::simd, kV128},
    {0x74, Feature::exceptions, std::nullopt},
    {0x73, Feature::gc, std::nullopt},
    {0x72, Feature::gc, std::nullopt},
    {0x71, Feature::gc, std::nullopt},
    {0x70, Feature::mvp, kFuncRef},
    {0x6F, Feature::reference_types, kExternRef},
    {0x6E, Feature::gc, std::nullopt},
    {0x6D, Feature::gc, std::nullopt},
    {0x6C, Feature::gc, std::nullopt},
    {0x6B, Feature::gc, std::nullopt},
    {0x6A, Feature::gc, std::nullopt},
    {0x69, Feature::exceptions, std::nullopt},
    {0x64, Feature::function_references, std::nullopt},
    {0x63, Feature::function_references, std::nullopt},
};

const TypeCode* find_type(std::uint8_t byte) noexcept {
    for (const TypeCode& code : kTypeCodes) {
        if (code.byte == byte) return &code;
    }
    return nullptr;
}

bool is_number(const TypeCode& code) noexcept { return code.byte >= 0x7B; }

Result<ValType> type_of(const TypeCode* code, ErrorCode otherwise, FeatureSet features, std::uint32_t offset) noexcept {
    if (code == nullptr) return Error{otherwise, offset};
    if (!code->type || !features.has(code->feature)) return feature_off(code->feature, offset);
    return *code->type;
}

} // namespace

Result<ValType> read_value_type(Reader& in, FeatureSet features) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t byte, in.byte());
    DETENT_TRY(const ValType type, type_of(find_type(byte), ErrorCode::malformed_value_type, features, begin));
    // Until reference types, funcref is the type of a table's elements only.
    if (type == kFuncRef) DETENT_CHECK(require(features, Feature::reference_types, begin));
    return type;
}

Result<ValType> read_reference_type(Reader& in, FeatureSet features) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t byte, in.byte());
    const TypeCode* code = find_type(byte);
    if (code != nullptr && is_number(*code)) code = nullptr;
    return type_of(code, ErrorCode::malformed_reference_type, features, begin);
}

Result<ValType> read_heap_type(Reader& in, FeatureSet features) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::int64_t code, in.s33());
    // A type index stands where an abstract heap type could: a typed reference.
    if (code >= 0) return feature_off(Feature::function_references, begin);
    const TypeCode* found = code >= -64 ? find_type(static_cast<std::uint8_t>(code & 0x7F)) : nullptr;
    if (found != nullptr && (is_number(*found) || found->feature == Feature::function_references)) found = nullptr;
    return type_of(found, ErrorCode::malformed_reference_type, features, begin);
}

Result<BlockType> read_block_type(Reader& in, FeatureSet features) noexcept {
    const std::uint32_t begin = in.position();
    Reader ahead = in;
    DETENT_TRY(const std::uint8_t first, ahead.byte());
    if (first == 0x40) {
        in = ahead;
        return BlockType{};
    }
    // A byte from 0x40 to 0x7F is a negative number of one byte: a value type.
    if (first >= 0x40 && first < 0x80) {
        DETENT_TRY(const ValType value, read_value_type(in, features));
        return BlockType{BlockType::Kind::value, value, {}};
    }
    DETENT_TRY(const std::int64_t index, in.s33());
    if (index < 0) return Error{ErrorCode::malformed_block_type, begin};
    DETENT_CHECK(require(features, Feature::multi_value, begin));
    return BlockType{BlockType::Kind::type, {}, static_cast<TypeIdx>(index)};
}

Result<std::uint64_t> read_size(Reader& in) noexcept {
    constexpr std::uint32_t kMostBytes = 5;
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint64_t size, in.u64());
    if (size <= kGreatestU32 && in.position() - begin > kMostBytes) {
        return Error{ErrorCode::integer_too_long, begin + kMostBytes - 1};
    }
    return size;
}

Result<MemArg> read_memarg(Reader& in) noexcept {
    constexpr std::uint32_t kHasMemory = 0x40;
    constexpr std::uint32_t kPastFlags = 0x80;
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t flags, in.u32());
    if (flags >= kPastFlags) return Error{ErrorCode::malformed_memop_flags, begin};
    if ((flags & kHasMemory) != 0) return feature_off(Feature::multi_memory, begin);
    const std::uint32_t offset_begin = in.position();
    DETENT_TRY(const std::uint64_t offset, read_size(in));
    if (offset > kGreatestU32) return Error{ErrorCode::offset_out_of_range, offset_begin};
    return MemArg{flags, static_cast<std::uint32_t>(offset)};
}

Result<MemIdx> read_memory_index(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t byte, in.byte());
    if (byte != 0) return Error{ErrorCode::zero_byte_expected, begin};
    return MemIdx{0};
}

Result<TableIdx> read_call_table(Reader& in, FeatureSet features) noexcept {
    const std::uint32_t begin = in.position();
    if (features.has(Feature::reference_types)) {
        DETENT_TRY(const std::uint32_t index, in.u32());
        return TableIdx{index};
    }
    DETENT_TRY(const std::uint8_t byte, in.byte());
    if (byte != 0) return Error{ErrorCode::zero_byte_expected, begin};
    return TableIdx{0};
}

} // namespace detent
