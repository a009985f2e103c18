#include "engine/binary/decoder.hpp"

#include "engine/binary/decode.hpp"
#include "engine/binary/immediates.hpp"
#include "engine/binary/utf8.hpp"

namespace detent {

Result<Module> decode(std::span<const std::uint8_t> bytes, const Profile& profile) noexcept {
    const std::uint64_t limit = profile.limits()[Limit::module_bytes];
    if (bytes.size() > limit) {
        return Error{ErrorCode::limit_exceeded, limit, static_cast<std::uint32_t>(Limit::module_bytes)};
    }
    Module module;
    if (!module.bytes.copy_from(bytes)) return kOutOfMemory;
    DETENT_CHECK(Decoder(module, profile).run());
    return module;
}

Status Decoder::run() noexcept {
    Reader in(module_.bytes.span(), 0, static_cast<std::uint32_t>(module_.bytes.size()));
    DETENT_CHECK(header(in));
    while (!in.at_end())
        DETENT_CHECK(section(in));
    DETENT_CHECK(finish());
    return index_exports(module_);
}

// spec: binary-magic, binary-version
Status Decoder::header(Reader& in) noexcept {
    constexpr std::uint8_t kHeader[] = {0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00};
    for (std::uint32_t i = 0; i < sizeof kHeader; ++i) {
        const ErrorCode otherwise = i < 4 ? ErrorCode::magic_not_detected : ErrorCode::unknown_binary_version;
        DETENT_TRY(const std::uint8_t byte, in.byte());
        if (byte != kHeader[i]) return Error{otherwise, i};
    }
    return ok();
}

Status Decoder::section(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t byte, in.byte());
    if (byte > kLastSectionId) return Error{ErrorCode::malformed_section_id, begin};
    const SectionId id{byte};
    DETENT_CHECK(section_in_order(id, begin));
    DETENT_TRY(const std::uint32_t bytes, size(in));
    Reader inside(module_.bytes.span(), in.position(), in.position() + bytes);
    DETENT_CHECK(in.skip(bytes));
    DETENT_CHECK(content(id, begin, inside));
    if (!inside.at_end()) return Error{ErrorCode::section_size_mismatch, inside.position()};
    return ok();
}

Status Decoder::section_in_order(SectionId id, std::uint32_t begin) noexcept {
    if (id == SectionId::tag) DETENT_CHECK(require(features_, Feature::exceptions, begin));
    if (id == SectionId::data_count) DETENT_CHECK(require(features_, Feature::bulk_memory, begin));
    if (id == SectionId::custom) return ok();
    if (place_of(id) <= place_) return Error{ErrorCode::unexpected_content, begin};
    place_ = place_of(id);
    return ok();
}

Status Decoder::content(SectionId id, std::uint32_t begin, Reader& in) noexcept {
    switch (id) {
    case SectionId::custom: return custom_section(begin, in);
    case SectionId::type: return type_section(in);
    case SectionId::import: return import_section(in);
    case SectionId::function: return function_section(in);
    case SectionId::table: return table_section(in);
    case SectionId::memory: return memory_section(in);
    case SectionId::global: return global_section(in);
    case SectionId::export_: return export_section(in);
    case SectionId::start: return start_section(in);
    case SectionId::element: return element_section(in);
    case SectionId::data_count: return data_count_section(in);
    case SectionId::code: return code_section(in);
    case SectionId::data: return data_section(in);
    case SectionId::tag: return tag_section(in);
    }
    return Error{ErrorCode::malformed_section_id, begin};
}

// spec: binary-module. A section that is absent has no entries.
Status Decoder::finish() const noexcept {
    const std::uint64_t end = module_.bytes.size();
    if (module_.bodies.size() != module_.functions.size() - module_.imported_functions) {
        return Error{ErrorCode::function_code_mismatch, end};
    }
    if (module_.data_count.value_or(0) != 0 && module_.data.empty()) return Error{ErrorCode::data_count_mismatch, end};
    return ok();
}

Status Decoder::custom_section(std::uint32_t begin, Reader& in) noexcept {
    DETENT_CHECK(within(Limit::custom_sections, std::uint64_t{module_.custom_sections} + 1, begin));
    ++module_.custom_sections;
    DETENT_CHECK(name(in));
    return in.skip(in.remaining());
}

Status Decoder::within(Limit limit, std::uint64_t number, std::uint32_t offset) const noexcept {
    if (number <= limits_[limit]) return ok();
    return Error{ErrorCode::limit_exceeded, offset, static_cast<std::uint32_t>(limit)};
}

Result<std::uint32_t> Decoder::count(Reader& in, Limit limit, std::size_t already) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t entries, in.u32());
    if (entries > in.remaining()) return Error{ErrorCode::length_out_of_bounds, begin};
    DETENT_CHECK(within(limit, std::uint64_t{already} + entries, begin));
    return entries;
}

Result<std::uint32_t> Decoder::size(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t bytes, in.u32());
    if (bytes > in.remaining()) return Error{ErrorCode::length_out_of_bounds, begin};
    return bytes;
}

Result<ByteRange> Decoder::name(Reader& in) noexcept {
    const std::uint32_t length_begin = in.position();
    DETENT_TRY(const std::uint32_t length, size(in));
    DETENT_CHECK(within(Limit::name_bytes, length, length_begin));
    const ByteRange range{in.position(), in.position() + length};
    DETENT_CHECK(in.skip(length));
    if (const auto malformed = find_malformed_utf8(module_.slice(range))) {
        return Error{ErrorCode::malformed_utf8, range.begin + *malformed};
    }
    return range;
}

// spec: binary-limits
Result<ReadLimits> Decoder::limits(Reader& in, bool of_memory) noexcept {
    constexpr std::uint8_t kMaximum = 1;
    constexpr std::uint8_t kAddress64 = 4;
    constexpr std::uint8_t kPageSize = 8;
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t flags, in.byte());
    const auto known = static_cast<std::uint8_t>(kMaximum | kAddress64 | (of_memory ? kPageSize : 0));
    const auto unknown = static_cast<std::uint8_t>(flags & ~known);
    if (unknown != 0) {
        return Error{refused_or(ErrorCode::malformed_limits_flags, RefusedPlace::limits_flags, unknown), begin};
    }
    if ((flags & kAddress64) != 0) DETENT_CHECK(require(features_, Feature::memory64, begin));
    if ((flags & kPageSize) != 0) DETENT_CHECK(require(features_, Feature::custom_page_sizes, begin));
    ReadLimits read;
    read.address = (flags & kAddress64) != 0 ? AddressType::i64 : AddressType::i32;
    read.has_page_size = (flags & kPageSize) != 0;
    read.limits.has_maximum = (flags & kMaximum) != 0;
    DETENT_TRY(read.limits.minimum, read_size(in, features_));
    if (read.limits.has_maximum) {
        DETENT_TRY(read.limits.maximum, read_size(in, features_));
    }
    return read;
}

} // namespace detent
