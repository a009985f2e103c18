#include "engine/syntax/types.hpp"

#include <cstdio>

namespace detent {

namespace {

const char* number_text(ValType::Kind kind) noexcept {
    switch (kind) {
    case ValType::Kind::i32: return "i32";
    case ValType::Kind::i64: return "i64";
    case ValType::Kind::f32: return "f32";
    case ValType::Kind::f64: return "f64";
    case ValType::Kind::v128: return "v128";
    case ValType::Kind::bottom: return "bottom";
    case ValType::Kind::ref: break;
    }
    return "ref";
}

/// The abbreviations of nullable abstract references: "funcref" for (ref null func), "nullref" for (ref null none).
const char* short_text(HeapType::Abstract heap) noexcept {
    switch (heap) {
    case HeapType::Abstract::func: return "funcref";
    case HeapType::Abstract::nofunc: return "nullfuncref";
    case HeapType::Abstract::extern_: return "externref";
    case HeapType::Abstract::noextern: return "nullexternref";
    case HeapType::Abstract::any: return "anyref";
    case HeapType::Abstract::eq: return "eqref";
    case HeapType::Abstract::i31: return "i31ref";
    case HeapType::Abstract::struct_: return "structref";
    case HeapType::Abstract::array: return "arrayref";
    case HeapType::Abstract::none: return "nullref";
    case HeapType::Abstract::exn: return "exnref";
    case HeapType::Abstract::noexn: return "nullexnref";
    case HeapType::Abstract::bottom: break;
    }
    return "bottom";
}

} // namespace

const char* to_text(HeapType::Abstract heap) noexcept {
    switch (heap) {
    case HeapType::Abstract::func: return "func";
    case HeapType::Abstract::nofunc: return "nofunc";
    case HeapType::Abstract::extern_: return "extern";
    case HeapType::Abstract::noextern: return "noextern";
    case HeapType::Abstract::any: return "any";
    case HeapType::Abstract::eq: return "eq";
    case HeapType::Abstract::i31: return "i31";
    case HeapType::Abstract::struct_: return "struct";
    case HeapType::Abstract::array: return "array";
    case HeapType::Abstract::none: return "none";
    case HeapType::Abstract::exn: return "exn";
    case HeapType::Abstract::noexn: return "noexn";
    case HeapType::Abstract::bottom: break;
    }
    return "bottom";
}

TypeText::TypeText(ValType type) noexcept {
    if (!type.is_reference()) {
        std::snprintf(text_, sizeof text_, "%s", number_text(type.kind()));
        return;
    }
    const char* null = type.is_nullable() ? "null " : "";
    const HeapType heap = type.heap();
    if (heap.is_index()) {
        std::snprintf(text_, sizeof text_, "(ref %s%u)", null, static_cast<unsigned>(number(heap.index())));
    } else if (type.is_nullable()) {
        std::snprintf(text_, sizeof text_, "%s", short_text(heap.abstract()));
    } else {
        std::snprintf(text_, sizeof text_, "(ref %s)", to_text(heap.abstract()));
    }
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
