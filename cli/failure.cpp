#include "cli/failure.hpp"

#include "engine/features.hpp"

#include <cstdio>

namespace detent::cli {

namespace {

/// Only errors about the bytes of a module have an offset.
bool has_offset(ErrorKind kind) noexcept {
    return kind == ErrorKind::malformed || kind == ErrorKind::invalid || kind == ErrorKind::unsupported ||
           kind == ErrorKind::limit;
}

std::string detail_of(const Error& error) {
    if (error.code == ErrorCode::limit_exceeded && error.detail < kLimitCount) {
        const auto limit = static_cast<Limit>(error.detail);
        return ": " + std::string(to_text(limit)) + " (" + std::string(description(limit)) + ")";
    }
    if (error.code == ErrorCode::feature_off && error.detail < kFeatureCount) {
        return ": " + std::string(to_text(static_cast<Feature>(error.detail)));
    }
    return "";
}

} // namespace

Failure wrong_usage(std::string where, const std::string& reason) {
    return Failure(ExitCode::usage, std::move(where), reason);
}

std::string_view name_of(ErrorCode code) noexcept {
    switch (code) {
#define ERROR(number, identifier, kind, text)                                                                          \
    case ErrorCode::identifier: return #identifier;
#include "engine/base/errors.def"
#undef ERROR
    }
    return "unknown";
}

ExitCode exit_code_of(ErrorKind kind) noexcept {
    switch (kind) {
    case ErrorKind::malformed:
    case ErrorKind::invalid:
    case ErrorKind::unsupported:
    case ErrorKind::limit:
    case ErrorKind::link: return ExitCode::failed;
    case ErrorKind::usage: return ExitCode::usage;
    case ErrorKind::fault: return ExitCode::fault;
    }
    return ExitCode::fault;
}

std::string reason_of(const Error& error) {
    return std::string(name_of(error.code)) + ": " + std::string(to_text(error.code)) + detail_of(error);
}

std::string describe(const Error& error) {
    std::string text;
    if (has_offset(kind_of(error.code))) {
        char offset[32];
        std::snprintf(offset, sizeof offset, "offset 0x%llx: ", static_cast<unsigned long long>(error.offset));
        text = offset;
    }
    return text + reason_of(error);
}

Failure failure_of(std::string where, const Error& error) {
    return Failure(exit_code_of(kind_of(error.code)), std::move(where), describe(error), error);
}

void require_ok(const Status& status, const std::string& where) {
    if (status.has_error()) throw failure_of(where, status.assume_error());
}

} // namespace detent::cli
