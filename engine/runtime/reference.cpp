#include "engine/runtime/reference.hpp"

namespace detent {
namespace {

bool is_object_of(const Heap& heap, Ref ref, CompositeKind kind) noexcept {
    return ref.is(RefKind::object) && heap.object(ref).type->kind == kind;
}

/// What the embedder numbers is a value of `any` too, once it is converted.
bool is_any(Ref ref) noexcept { return ref.is(RefKind::object) || ref.is(RefKind::i31) || ref.is(RefKind::host); }

bool is_of_abstract(const Heap& heap, Ref ref, HeapType::Abstract type) noexcept {
    using Abstract = HeapType::Abstract;
    switch (type) {
    case Abstract::func: return ref.is(RefKind::func);
    case Abstract::extern_:
    case Abstract::any: return is_any(ref);
    case Abstract::eq: return ref.is(RefKind::object) || ref.is(RefKind::i31);
    case Abstract::i31: return ref.is(RefKind::i31);
    case Abstract::struct_: return is_object_of(heap, ref, CompositeKind::struct_);
    case Abstract::array: return is_object_of(heap, ref, CompositeKind::array);
    case Abstract::exn: return ref.is(RefKind::exception);
    case Abstract::nofunc:
    case Abstract::noextern:
    case Abstract::none:
    case Abstract::noexn:
    case Abstract::bottom: break;
    }
    return false;
}

} // namespace

bool is_of(const Store& store, Ref ref, HeapType heap, const TypeSpace& types) noexcept {
    if (!heap.is_index()) return is_of_abstract(store.heap(), ref, heap.abstract());
    const CanonicalType& wanted = types[heap.index()];
    if (ref.is(RefKind::func)) return is_subtype(*store.function(ref.func_address()).canonical, wanted);
    return ref.is(RefKind::object) && is_subtype(*store.heap().object(ref).type, wanted);
}

bool is_of(const Store& store, Ref ref, ValType type, const TypeSpace& types) noexcept {
    return ref.is_null() ? type.is_nullable() : is_of(store, ref, type.heap(), types);
}

bool is_live(const Store& store, Ref ref) noexcept {
    if (ref.is(RefKind::func)) return ref.payload() < store.functions().size();
    if (ref.is(RefKind::i31)) return Ref::i31(static_cast<std::uint32_t>(ref.payload())) == ref;
    return ref.is_null() || ref.is(RefKind::host) || store.heap().has(ref);
}

} // namespace detent
