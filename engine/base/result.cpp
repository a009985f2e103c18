#include "engine/base/result.hpp"

namespace detent {

std::string_view to_text(ErrorCode code) noexcept {
    switch (code) {
#define ERROR(number, identifier, kind, text)                                                                          \
    case ErrorCode::identifier: return text;
#include "engine/base/errors.def"
#undef ERROR
    }
    return "unknown error";
}

ErrorKind kind_of(ErrorCode code) noexcept {
    switch (code) {
#define ERROR(number, identifier, kind, text)                                                                          \
    case ErrorCode::identifier: return ErrorKind::kind;
#include "engine/base/errors.def"
#undef ERROR
    }
    return ErrorKind::fault;
}

std::string_view to_text(ErrorKind kind) noexcept {
    switch (kind) {
    case ErrorKind::malformed: return "malformed";
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::limit: return "limit";
    case ErrorKind::link: return "link";
    case ErrorKind::usage: return "usage";
    case ErrorKind::fault: return "fault";
    }
    return "unknown";
}

} // namespace detent
