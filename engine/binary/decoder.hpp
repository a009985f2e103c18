// Decoder: the state of `decode`, section by section. Internal to this room.
#pragma once

#include "engine/base/result.hpp"
#include "engine/binary/reader.hpp"
#include "engine/binary/section_id.hpp"
#include "engine/profile.hpp"
#include "engine/syntax/module.hpp"

#include <cstdint>

namespace detent {

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
    [[nodiscard]] Status global_section(Reader& in) noexcept;
    [[nodiscard]] Status export_section(Reader& in) noexcept;
    [[nodiscard]] Status start_section(Reader& in) noexcept;
    [[nodiscard]] Status element_section(Reader& in) noexcept;
    [[nodiscard]] Status data_count_section(Reader& in) noexcept;
    [[nodiscard]] Status code_section(Reader& in) noexcept;
    [[nodiscard]] Status data_section(Reader& in) noexcept;

    [[nodiscard]] Status function_type(Reader& in) noexcept;
    [[nodiscard]] Result<std::uint32_t> value_types(Reader& in, Limit limit) noexcept;
    [[nodiscard]] Status import(Reader& in) noexcept;
    [[nodiscard]] Result<std::uint32_t> imported(ExternKind kind, Reader& in) noexcept;
    [[nodiscard]] Status imported_global(Reader& in) noexcept;
    [[nodiscard]] Result<ExternKind> extern_kind(Reader& in, ErrorCode otherwise) noexcept;
    [[nodiscard]] Status function(Reader& in) noexcept;
    [[nodiscard]] Status table(Reader& in, bool defined) noexcept;
    [[nodiscard]] Status memory(Reader& in) noexcept;
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
    [[nodiscard]] Result<Limits> limits(Reader& in) noexcept;
    [[nodiscard]] Result<ConstExpr> constant_expression(Reader& in) noexcept;
    [[nodiscard]] Status constant_instruction(Reader& in, Op op, std::uint32_t begin) noexcept;

    [[nodiscard]] Status within(Limit limit, std::uint64_t number, std::uint32_t offset) const noexcept;

    Module& module_;
    FeatureSet features_;
    const LimitValues& limits_;
    unsigned place_ = 0;
};

/// Fills `canonical_types` and `exports_by_name`: the indexes over what was decoded.
[[nodiscard]] Status index_types(Module& module) noexcept;
[[nodiscard]] Status index_exports(Module& module) noexcept;

} // namespace detent
