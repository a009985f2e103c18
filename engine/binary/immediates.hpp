// The parts of the binary format that sections and instructions share: types and immediates. Source: spec, Binary
// Format, Types and Instructions. Each function reads from the reader's position; an encoding that belongs to a feature
// that is off is an error with that feature.
#pragma once

#include "engine/base/result.hpp"
#include "engine/binary/reader.hpp"
#include "engine/features.hpp"
#include "engine/syntax/types.hpp"

#include <cstdint>
#include <optional>

namespace detent {

/// The error for something that needs a feature.
[[nodiscard]] constexpr Error feature_off(Feature feature, std::uint32_t offset) noexcept {
    return {ErrorCode::feature_off, offset, static_cast<std::uint32_t>(feature)};
}

[[nodiscard]] inline Status require(FeatureSet features, Feature feature, std::uint32_t offset) noexcept {
    if (!features.has(feature)) return feature_off(feature, offset);
    return ok();
}

[[nodiscard]] Result<ValType> read_value_type(Reader& in, FeatureSet features) noexcept;
[[nodiscard]] Result<ValType> read_reference_type(Reader& in, FeatureSet features) noexcept;

/// The other way round: the one byte that a type is written as, where it has one.
[[nodiscard]] std::optional<std::uint8_t> byte_of(ValType type) noexcept;

/// The bytes in front of a heap type where a reference type is written in full.
inline constexpr std::uint8_t kNullablePrefix = 0x63;
inline constexpr std::uint8_t kNonNullPrefix = 0x64;

/// An abstract heap type, or the index of a type, which need not be one of the module.
[[nodiscard]] Result<HeapType> read_heap_type(Reader& in, FeatureSet features) noexcept;

/// A block type: nothing, one result, or a function type of the module.
struct BlockType {
    enum class Kind : std::uint8_t { empty, value, type };

    Kind kind = Kind::empty;
    ValType value;
    TypeIdx type{};
};

[[nodiscard]] Result<BlockType> read_block_type(Reader& in, FeatureSet features) noexcept;

/// A size or an offset, a u64. Until memory64, it is written in as many bytes as a u32 has unless it is too large for
/// one. What is too large is for the caller to refuse.
[[nodiscard]] Result<std::uint64_t> read_size(Reader& in, FeatureSet features) noexcept;

struct MemArg {
    /// The logarithm of the alignment, to base 2; below 64.
    std::uint32_t alignment = 0;
    MemIdx memory{};
    std::uint64_t offset = 0;
    /// Where the offset stands.
    std::uint32_t offset_position = 0;
};

[[nodiscard]] Result<MemArg> read_memarg(Reader& in, FeatureSet features) noexcept;

/// The index of a memory: a zero byte until multi-memory.
[[nodiscard]] Result<MemIdx> read_memory_index(Reader& in, FeatureSet features) noexcept;

/// The index of a table behind `call_indirect`: a zero byte until reference types.
[[nodiscard]] Result<TableIdx> read_call_table(Reader& in, FeatureSet features) noexcept;

/// The types of a `br_on_cast`: what is there, and what is asked for.
struct CastTypes {
    ValType from;
    ValType to;
};

/// The immediates of a `br_on_cast`: flags, label and two heap types.
struct BranchCast {
    LabelIdx label{};
    CastTypes types;
};

[[nodiscard]] Result<BranchCast> read_branch_cast(Reader& in, FeatureSet features) noexcept;

/// One clause of a `try_table`.
struct CatchClause {
    /// Nothing for one that catches all.
    std::optional<TagIdx> tag;
    /// Whether the exception goes along.
    bool with_reference = false;
    LabelIdx label{};
};

[[nodiscard]] Result<CatchClause> read_catch_clause(Reader& in) noexcept;

} // namespace detent
