#include "engine/syntax/types.hpp"

namespace detent {

const char* to_text(ValType type) noexcept {
    switch (type.kind) {
    case ValType::Kind::i32: return "i32";
    case ValType::Kind::i64: return "i64";
    case ValType::Kind::f32: return "f32";
    case ValType::Kind::f64: return "f64";
    case ValType::Kind::v128: return "v128";
    case ValType::Kind::funcref: return "funcref";
    case ValType::Kind::externref: return "externref";
    case ValType::Kind::bottom: return "bottom";
    }
    return "unknown";
}

bool operator==(const FuncType& a, const FuncType& b) noexcept {
    return std::ranges::equal(a.parameters, b.parameters) && std::ranges::equal(a.results, b.results);
}

const char* to_text(ExternKind kind) noexcept {
    switch (kind) {
    case ExternKind::func: return "func";
    case ExternKind::table: return "table";
    case ExternKind::memory: return "memory";
    case ExternKind::global: return "global";
    case ExternKind::tag: return "tag";
    }
    return "unknown";
}

} // namespace detent
