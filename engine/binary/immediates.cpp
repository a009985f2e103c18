#include "engine/binary/immediates.hpp"

namespace detent {

namespace {

constexpr std::uint64_t kGreatestU32 = 0xFFFF'FFFF;

struct TypeCode {
    std::uint8_t byte;
    Feature feature;
    ValType type;
};

// spec: binary-valtype, binary-reftype, binary-heaptype
constexpr TypeCode kTypeCodes[] = {
    {0x7F, Feature::mvp, kI32},
    {0x7E, Feature::mvp, kI64},
    {0x7D, Feature::mvp, kF32},
    {0x7C, Feature::mvp, kF64},
    {0x7B, Feature::simd, kV128},
    {0x74, Feature::exceptions, nullable(HeapType::Abstract::noexn)},
    {0x73, Feature::gc, nullable(HeapType::Abstract::nofunc)},
    {0x72, Feature::gc, nullable(HeapType::Abstract::noextern)},
    {0x71, Feature::gc, nullable(HeapType::Abstract::none)},
    {0x70, Feature::mvp, kFuncRef},
    {0x6F, Feature::reference_types, kExternRef},
    {0x6E, Feature::gc, kAnyRef},
    {0x6D, Feature::gc, kEqRef},
    {0x6C, Feature::gc, kI31Ref},
    {0x6B, Feature::gc, kStructRef},
    {0x6A, Feature::gc, kArrayRef},
    {0x69, Feature::exceptions, kExnRef},
};

const TypeCode* find_type(std::uint8_t byte) noexcept {
    for (const TypeCode& code : kTypeCodes) {
        if (code.byte == byte) return &code;
    }
    return nullptr;
}

bool is_prefix_of_reference(std::uint8_t byte) noexcept { return byte == kNullablePrefix || byte == kNonNullPrefix; }

/// A byte from 0x40 to 0x7F is a negative number of one byte: no index, but a type.
bool is_type_byte(std::uint8_t byte) noexcept { return byte >= 0x40 && byte < 0x80; }

/// A reference type behind its prefix, which stands at `begin`.
Result<ValType> full_reference(Reader& in, std::uint8_t prefix, FeatureSet features, std::uint32_t begin) noexcept {
    DETENT_CHECK(require(features, Feature::function_references, begin));
    DETENT_TRY(const HeapType heap, read_heap_type(in, features));
    return ValType(heap, prefix == kNullablePrefix);
}

} // namespace

Result<ValType> read_value_type(Reader& in, FeatureSet features) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t byte, in.byte());
    if (is_prefix_of_reference(byte)) return full_reference(in, byte, features, begin);
    const TypeCode* const code = find_type(byte);
    if (code == nullptr) return Error{ErrorCode::malformed_value_type, begin};
    DETENT_CHECK(require(features, code->feature, begin));
    // Until reference types, funcref is the type of a table's elements only.
    if (code->type == kFuncRef) DETENT_CHECK(require(features, Feature::reference_types, begin));
    return code->type;
}

Result<ValType> read_reference_type(Reader& in, FeatureSet features) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t byte, in.byte());
    if (is_prefix_of_reference(byte)) return full_reference(in, byte, features, begin);
    const TypeCode* const code = find_type(byte);
    if (code == nullptr || !code->type.is_reference()) return Error{ErrorCode::malformed_reference_type, begin};
    DETENT_CHECK(require(features, code->feature, begin));
    return code->type;
}

std::optional<std::uint8_t> byte_of(ValType type) noexcept {
    for (const TypeCode& code : kTypeCodes) {
        if (code.type == type) return code.byte;
    }
    return std::nullopt;
}

Result<HeapType> read_heap_type(Reader& in, FeatureSet features) noexcept {
    constexpr std::int64_t kMostIndices = std::int64_t{1} << 29;
    const std::uint32_t begin = in.position();
    Reader ahead = in;
    DETENT_TRY(const std::uint8_t first, ahead.byte());
    if (is_type_byte(first)) {
        if (find_type(first) == nullptr) {
            return Error{refused_or(ErrorCode::malformed_reference_type, RefusedPlace::heap_type, first), begin};
        }
        DETENT_TRY(const ValType type, read_reference_type(in, features));
        return type.heap();
    }
    DETENT_TRY(const std::int64_t index, in.s33());
    if (index < 0) return Error{ErrorCode::malformed_reference_type, begin};
    DETENT_CHECK(require(features, Feature::function_references, begin));
    // No module has room for so many types.
    if (index >= kMostIndices) return Error{ErrorCode::unknown_type, begin};
    return HeapType(static_cast<TypeIdx>(index));
}

Result<BlockType> read_block_type(Reader& in, FeatureSet features) noexcept {
    const std::uint32_t begin = in.position();
    Reader ahead = in;
    DETENT_TRY(const std::uint8_t first, ahead.byte());
    if (first == 0x40) {
        in = ahead;
        return BlockType{};
    }
    if (is_type_byte(first)) {
        DETENT_TRY(const ValType value, read_value_type(in, features));
        return BlockType{BlockType::Kind::value, value, {}};
    }
    DETENT_TRY(const std::int64_t index, in.s33());
    if (index < 0) return Error{ErrorCode::malformed_block_type, begin};
    DETENT_CHECK(require(features, Feature::multi_value, begin));
    return BlockType{BlockType::Kind::type, {}, static_cast<TypeIdx>(index)};
}

Result<std::uint64_t> read_size(Reader& in, FeatureSet features) noexcept {
    if (features.has(Feature::memory64)) return in.u64();
    constexpr std::uint32_t kMostBytes = 5;
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint64_t size, in.u64());
    if (size <= kGreatestU32 && in.position() - begin > kMostBytes) {
        return Error{ErrorCode::integer_too_long, begin + kMostBytes - 1};
    }
    return size;
}

// spec: binary-memarg
Result<MemArg> read_memarg(Reader& in, FeatureSet features) noexcept {
    constexpr std::uint32_t kHasMemory = 0x40;
    constexpr std::uint32_t kPastFlags = 0x80;
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t flags, in.u32());
    if (flags >= kPastFlags) return Error{ErrorCode::malformed_memop_flags, begin};
    MemArg argument;
    argument.alignment = flags & (kHasMemory - 1);
    if ((flags & kHasMemory) != 0) {
        DETENT_CHECK(require(features, Feature::multi_memory, begin));
        DETENT_TRY(argument.memory, read_memory_index(in, features));
    }
    argument.offset_position = in.position();
    DETENT_TRY(argument.offset, read_size(in, features));
    return argument;
}

Result<MemIdx> read_memory_index(Reader& in, FeatureSet features) noexcept {
    if (features.has(Feature::multi_memory)) {
        DETENT_TRY(const std::uint32_t index, in.u32());
        return MemIdx{index};
    }
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

// spec: binary-instr, castop
Result<BranchCast> read_branch_cast(Reader& in, FeatureSet features) noexcept {
    constexpr std::uint8_t kFromNullable = 1;
    constexpr std::uint8_t kToNullable = 2;
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t flags, in.byte());
    if (flags > (kFromNullable | kToNullable)) return Error{ErrorCode::malformed_cast_flags, begin};
    DETENT_TRY(const std::uint32_t label, in.u32());
    DETENT_TRY(const HeapType from, read_heap_type(in, features));
    DETENT_TRY(const HeapType to, read_heap_type(in, features));
    return BranchCast{LabelIdx{label},
                      {ValType(from, (flags & kFromNullable) != 0), ValType(to, (flags & kToNullable) != 0)}};
}

// spec: binary-catch
Result<CatchClause> read_catch_clause(Reader& in) noexcept {
    constexpr std::uint8_t kWithReference = 1;
    constexpr std::uint8_t kAll = 2;
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t kind, in.byte());
    if (kind > (kWithReference | kAll)) return Error{ErrorCode::malformed_catch_clause, begin};
    CatchClause clause;
    clause.with_reference = (kind & kWithReference) != 0;
    if ((kind & kAll) == 0) {
        DETENT_TRY(const std::uint32_t tag, in.u32());
        clause.tag = TagIdx{tag};
    }
    DETENT_TRY(const std::uint32_t label, in.u32());
    clause.label = LabelIdx{label};
    return clause;
}

} // namespace detent
