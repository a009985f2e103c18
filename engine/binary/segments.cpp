// The sections with contents: elements, code and data.
#include "engine/binary/decoder.hpp"
#include "engine/binary/immediates.hpp"

namespace detent {

namespace {

// spec: binary-elemsec. The bits of an element segment's flags.
constexpr std::uint32_t kNotActive = 1;
constexpr std::uint32_t kExplicit = 2;
constexpr std::uint32_t kExpressions = 4;
constexpr std::uint32_t kLastElementFlags = 7;

// spec: binary-datasec
constexpr std::uint32_t kPassiveData = 1;
constexpr std::uint32_t kExplicitMemory = 2;

ElementSegment::Mode mode_of(std::uint32_t flags) noexcept {
    if ((flags & kNotActive) == 0) return ElementSegment::Mode::active;
    return (flags & kExplicit) == 0 ? ElementSegment::Mode::passive : ElementSegment::Mode::declarative;
}

} // namespace

Status Decoder::element_section(Reader& in) noexcept {
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::element_segments));
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(element_segment(in));
    return ok();
}

Status Decoder::element_segment(Reader& in) noexcept {
    ElementSegment segment;
    segment.offset = in.position();
    DETENT_TRY(const std::uint32_t flags, in.u32());
    if (flags > kLastElementFlags) return Error{ErrorCode::malformed_segment_kind, segment.offset};
    if (flags != 0) DETENT_CHECK(require(features_, Feature::bulk_memory, segment.offset));
    segment.mode = mode_of(flags);
    segment.entries_are_indices = (flags & kExpressions) == 0;
    if (segment.mode == ElementSegment::Mode::active) {
        if ((flags & kExplicit) != 0) {
            DETENT_TRY(const std::uint32_t table, in.u32());
            segment.table = TableIdx{table};
        }
        DETENT_TRY(segment.offset_expression, constant_expression(in));
    }
    DETENT_TRY(segment.type, element_type(in, flags));
    DETENT_CHECK(element_entries(in, segment));
    if (!module_.elements.push_back(segment)) return kOutOfMemory;
    return ok();
}

/// The type of the entries: of functions where neither bit says that a type or kind is written. Functions that are
/// named are never null.
Result<ValType> Decoder::element_type(Reader& in, std::uint32_t flags) noexcept {
    constexpr ValType kNamed = non_null(HeapType::Abstract::func);
    if ((flags & (kNotActive | kExplicit)) == 0) return (flags & kExpressions) != 0 ? kFuncRef : kNamed;
    if ((flags & kExpressions) != 0) return read_reference_type(in, features_);
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint8_t kind, in.byte());
    if (kind != 0) return Error{ErrorCode::malformed_element_kind, begin};
    return kNamed;
}

Status Decoder::element_entries(Reader& in, ElementSegment& segment) noexcept {
    DETENT_TRY(segment.count, count(in, Limit::element_segment_entries));
    segment.entries.begin = in.position();
    for (std::uint32_t i = 0; i < segment.count; ++i) {
        if (segment.entries_are_indices) {
            DETENT_CHECK(in.u32());
        } else {
            DETENT_CHECK(constant_expression(in));
        }
    }
    segment.entries.end = in.position();
    return ok();
}

// spec: binary-datacountsec
Status Decoder::data_count_section(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t segments, in.u32());
    DETENT_CHECK(within(Limit::data_segments, segments, begin));
    module_.data_count = segments;
    return ok();
}

// spec: binary-codesec
Status Decoder::code_section(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    const std::size_t declared = module_.functions.size() - module_.imported_functions;
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::functions));
    if (entries != declared) return Error{ErrorCode::function_code_mismatch, begin};
    if (!module_.bodies.reserve(entries)) return kOutOfMemory;
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(body(in));
    return ok();
}

Status Decoder::body(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t bytes, size(in));
    DETENT_CHECK(within(Limit::body_bytes, bytes, begin));
    Body read;
    read.bytes = {in.position(), in.position() + bytes};
    Reader inside(module_.bytes.span(), read.bytes.begin, read.bytes.end);
    DETENT_CHECK(in.skip(bytes));
    DETENT_CHECK(local_runs(inside, read));
    read.expression = {inside.position(), read.bytes.end};
    if (!module_.bodies.push_back(read)) return kOutOfMemory;
    return ok();
}

// spec: binary-code. More than 2^32 - 1 locals are malformed; how many a profile allows is known with the parameters.
Status Decoder::local_runs(Reader& in, Body& body) noexcept {
    const std::uint32_t begin = in.position();
    body.first_run = static_cast<std::uint32_t>(module_.local_runs.size());
    DETENT_TRY(body.runs, in.u32());
    if (body.runs > in.remaining()) return Error{ErrorCode::length_out_of_bounds, begin};
    std::uint64_t locals = 0;
    for (std::uint32_t i = 0; i < body.runs; ++i) {
        const std::uint32_t run_begin = in.position();
        LocalRun run;
        DETENT_TRY(run.count, in.u32());
        locals += run.count;
        if (locals > 0xFFFF'FFFF) return Error{ErrorCode::too_many_locals, run_begin};
        DETENT_TRY(run.type, read_value_type(in, features_));
        if (!module_.local_runs.push_back(run)) return kOutOfMemory;
    }
    body.declared_locals = static_cast<std::uint32_t>(locals);
    return ok();
}

Status Decoder::data_section(Reader& in) noexcept {
    const std::uint32_t begin = in.position();
    DETENT_TRY(const std::uint32_t entries, count(in, Limit::data_segments));
    if (module_.data_count.value_or(entries) != entries) return Error{ErrorCode::data_count_mismatch, begin};
    for (std::uint32_t i = 0; i < entries; ++i)
        DETENT_CHECK(data_segment(in));
    return ok();
}

Status Decoder::data_segment(Reader& in) noexcept {
    DataSegment segment;
    segment.offset = in.position();
    DETENT_TRY(const std::uint32_t flags, in.u32());
    if (flags > kExplicitMemory) return Error{ErrorCode::malformed_segment_kind, segment.offset};
    if (flags != 0) DETENT_CHECK(require(features_, Feature::bulk_memory, segment.offset));
    segment.active = flags != kPassiveData;
    if (flags == kExplicitMemory) {
        DETENT_TRY(const std::uint32_t memory, in.u32());
        segment.memory = MemIdx{memory};
    }
    if (segment.active) {
        DETENT_TRY(segment.offset_expression, constant_expression(in));
    }
    DETENT_TRY(const std::uint32_t bytes, size(in));
    segment.bytes = {in.position(), in.position() + bytes};
    DETENT_CHECK(in.skip(bytes));
    if (!module_.data.push_back(segment)) return kOutOfMemory;
    return ok();
}

} // namespace detent
