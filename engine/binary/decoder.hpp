// Decoder: the state of `decode`, section by section. Internal to this room.
#pragma once

#include "engine/base/result.hpp"
#include "engine/binary/reader.hpp"
#include "engine/binary/section_id.hpp"
#include "engine/profile.hpp"
#include "engine/syntax/module.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace detent {

/// Limits as they are written, with what their flags say besides.
struct ReadLimits {
    Limits limits;
    AddressType address = AddressType::i32;
    bool has_page_size = false;
};

class Decoder {
  public:
    Decoder(Module& module, const Profile& profile) noexcept
        : module_(module), features_(profile.features), limits_(profile.limits()) {}

    /// Decodes the bytes that the module holds.
    [[nodiscard]] Status run() noexcept;

  private:
    [[nodiscard]] Status header(Reader& in) noexcept;
    [[nodiscard]] Status section(Reader& in) noexcept;
    [[nodiscard]] Status section_in_order(SectionId id, std::uint32_t begin) noexcept;
    [[nodiscard]] Status content(SectionId id, std::uint32_t begin, Reader& in) noexcept;
    [[nodiscard]] Status finish() const noexcept;

    [[nodiscard]] Status custom_section(std::uint32_t begin, Reader& in) noexcept;
    [[nodiscard]] Status type_section(Reader& in) noexcept;
    [[nodiscard]] Status import_section(Reader& in) noexcept;
    [[nodiscard]] Status function_section(Reader& in) noexcept;
    [[nodiscard]] Status table_section(Reader& in) noexcept;
    [[nodiscard]] Status memory_section(Reader& in) noexcept;
    [[nodiscard]] Status tag_section(Reader& in) noexcept;
    [[nodiscard]] Status global_section(Reader& in) noexcept;
    [[nodiscard]] Status export_section(Reader& in) noexcept;
    [[nodiscard]] Status start_section(Reader& in) noexcept;
    [[nodiscard]] Status element_section(Reader& in) noexcept;
    [[nodiscard]] Status data_count_section(Reader& in) noexcept;
    [[nodiscard]] Status code_section(Reader& in) noexcept;
    [[nodiscard]] Status data_section(Reader& in) noexcept;

    [[nodiscard]] Status rec_group(Reader& in) noexcept;
    [[nodiscard]] Status sub_type(Reader& in) noexcept;
    [[nodiscard]] Result<std::optional<TypeIdx>> supertype(Reader& in) noexcept;
    [[nodiscard]] Status composite_type(Reader& in, SubType& type) noexcept;
    [[nodiscard]] Status function_type(Reader& in, SubType& type) noexcept;
    [[nodiscard]] Status struct_type(Reader& in, SubType& type) noexcept;
    [[nodiscard]] Status array_type(Reader& in, SubType& type) noexcept;
    [[nodiscard]] Status field(Reader& in, SubType& type) noexcept;
    [[nodiscard]] Result<StorageType> storage_type(Reader& in) noexcept;
    [[nodiscard]] Result<bool> mutability(Reader& in) noexcept;
    [[nodiscard]] Result<std::uint32_t> value_types(Reader& in, Limit limit) noexcept;
    [[nodiscard]] Status type_words(std::size_t more, std::uint32_t offset) const noexcept;
    [[nodiscard]] Status import(Reader& in) noexcept;
    [[nodiscard]] Result<std::uint32_t> imported(ExternKind kind, Reader& in) noexcept;
    [[nodiscard]] Status imported_global(Reader& in) noexcept;
    [[nodiscard]] Result<ExternKind> extern_kind(Reader& in, ErrorCode otherwise) noexcept;
    [[nodiscard]] Status function(Reader& in) noexcept;
    [[nodiscard]] Status table(Reader& in, bool defined) noexcept;
    [[nodiscard]] Result<bool> table_has_initializer(Reader& in) noexcept;
    [[nodiscard]] Status memory(Reader& in) noexcept;
    [[nodiscard]] Result<std::uint8_t> page_log(Reader& in) noexcept;
    [[nodiscard]] Status tag(Reader& in) noexcept;
    [[nodiscard]] Result<GlobalType> global_type(Reader& in) noexcept;
    [[nodiscard]] Status global(Reader& in) noexcept;
    [[nodiscard]] Status add_global(const Global& global) noexcept;
    [[nodiscard]] Status export_entry(Reader& in) noexcept;
    [[nodiscard]] Status element_segment(Reader& in) noexcept;
    [[nodiscard]] Result<ValType> element_type(Reader& in, std::uint32_t flags) noexcept;
    [[nodiscard]] Status element_entries(Reader& in, ElementSegment& segment) noexcept;
    [[nodiscard]] Status body(Reader& in) noexcept;
    [[nodiscard]] Status local_runs(Reader& in, Body& body) noexcept;
    [[nodiscard]] Status data_segment(Reader& in) noexcept;

    /// The count of a vector. Each entry has a byte at least, so a count beyond what is left is refused at once;
    /// `already` entries count towards the limit.
    [[nodiscard]] Result<std::uint32_t> count(Reader& in, Limit limit, std::size_t already = 0) noexcept;
    /// The size of something in bytes, all of which are there.
    [[nodiscard]] Result<std::uint32_t> size(Reader& in) noexcept;
    [[nodiscard]] Result<ByteRange> name(Reader& in) noexcept;
    [[nodiscard]] Result<ReadLimits> limits(Reader& in, bool of_memory) noexcept;
    [[nodiscard]] Result<ConstExpr> constant_expression(Reader& in) noexcept;
    [[nodiscard]] Status constant_instruction(Reader& in, Op op, std::uint32_t begin) noexcept;
    [[nodiscard]] Status constant_allocation(Reader& in, Op op, std::uint32_t begin) noexcept;

    [[nodiscard]] Status within(Limit limit, std::uint64_t number, std::uint32_t offset) const noexcept;

    Module& module_;
    FeatureSet features_;
    const LimitValues& limits_;
    unsigned place_ = 0;
};

/// Fills `exports_by_name`: an index over what was decoded.
[[nodiscard]] Status index_exports(Module& module) noexcept;

} // namespace detent
