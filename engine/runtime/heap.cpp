#include "engine/runtime/heap.hpp"

#include <algorithm>
#include <limits>

namespace detent {
namespace {

constexpr std::uint64_t rounded(std::uint64_t bytes) noexcept {
    return (bytes + kObjectUnit - 1) / kObjectUnit * kObjectUnit;
}

} // namespace

std::uint64_t structure_bytes(const CanonicalType& type) noexcept { return rounded(kHeaderBytes + type.field_bytes); }

std::uint64_t array_bytes(const CanonicalType& type, std::uint32_t length) noexcept {
    return rounded(kHeaderBytes + std::uint64_t{length} * type.fields[0].storage.bytes());
}

std::uint64_t exception_bytes(std::uint32_t words) noexcept { return kHeaderBytes + std::uint64_t{8} * words; }

std::uint64_t HeapObject::abstract_bytes() const noexcept {
    if (is_exception()) return exception_bytes(length);
    return type->kind == CompositeKind::array ? array_bytes(*type, length) : structure_bytes(*type);
}

std::size_t HeapObject::byte_count() const noexcept {
    if (is_exception()) return std::size_t{8} * length;
    if (type->kind == CompositeKind::struct_) return type->field_bytes;
    return std::size_t{length} * type->fields[0].storage.bytes();
}

Heap::~Heap() { release(Mark{}); }

HeapObject* Heap::make(std::uint64_t bytes, std::uint64_t counted) noexcept {
    if (bytes > std::numeric_limits<std::size_t>::max() / 2) return nullptr;
    void* const memory = try_allocate(sizeof(HeapObject) + static_cast<std::size_t>(bytes), true);
    if (memory == nullptr) return nullptr;
    auto* const object = ::new (memory) HeapObject;
    if (!take_slot(object)) {
        deallocate(memory);
        return nullptr;
    }
    object->older = newest_;
    object->serial = ++last_serial_;
    newest_ = object;
    ++objects_;
    debt_ += counted;
    return object;
}

bool Heap::take_slot(HeapObject* object) noexcept {
    if (first_free_ == 0) {
        object->slot = static_cast<std::uint32_t>(slots_.size());
        return slots_.push_back({object, 0});
    }
    object->slot = first_free_ - 1;
    first_free_ = slots_[object->slot].next_free;
    slots_[object->slot].object = object;
    return true;
}

void Heap::free(HeapObject* object) noexcept {
    slots_[object->slot] = {nullptr, first_free_};
    first_free_ = object->slot + 1;
    --objects_;
    deallocate(object);
}

HeapObject* Heap::make_structure(const CanonicalType& type) noexcept {
    HeapObject* const made = make(type.field_bytes, structure_bytes(type));
    if (made != nullptr) made->type = &type;
    return made;
}

HeapObject* Heap::make_array(const CanonicalType& type, std::uint32_t length) noexcept {
    HeapObject* const made = make(std::uint64_t{length} * type.fields[0].storage.bytes(), array_bytes(type, length));
    if (made == nullptr) return nullptr;
    made->type = &type;
    made->length = length;
    return made;
}

HeapObject* Heap::make_exception(TagAddr tag, std::span<const ValType> types) noexcept {
    const std::uint32_t words = words_of(types);
    HeapObject* const made = make(std::uint64_t{words} * 9, exception_bytes(words));
    if (made == nullptr) return nullptr;
    made->tag = tag;
    made->length = words;
    std::uint8_t* is_reference = made->payload_map();
    for (const ValType type : types) {
        *is_reference = type.is_reference() ? 1 : 0;
        is_reference += words_of(type);
    }
    return made;
}

bool Heap::has(Ref ref) const noexcept {
    if (!ref.is_on_heap() || ref.payload() >= slots_.size()) return false;
    const HeapObject* const object = slots_[slot_of(ref)].object;
    return object != nullptr && object->ref() == ref;
}

std::optional<HeldRef> Heap::hold(Ref ref) noexcept {
    const auto free = std::find(held_.begin(), held_.end(), std::nullopt);
    const auto index = static_cast<std::uint32_t>(free - held_.begin());
    if (free == held_.end() && !held_.push_back(std::nullopt)) return std::nullopt;
    held_[index] = ref;
    return HeldRef{index};
}

void Heap::add(RootSource& source) noexcept {
    source.next_ = sources_;
    sources_ = &source;
}

void Heap::remove(RootSource& source) noexcept {
    RootSource** at = &sources_;
    while (*at != &source)
        at = &(*at)->next_;
    *at = source.next_;
}

void Heap::release(const Mark& mark) noexcept {
    while (newest_ != nullptr && newest_->serial > mark.serial) {
        HeapObject* const last = newest_;
        newest_ = last->older;
        free(last);
    }
    debt_ = mark.debt;
    reached_ = mark.reached;
    last_serial_ = mark.serial;
}

Status HeapTrace::prepare() noexcept {
    for (RootSource* source = heap_.sources_; source != nullptr; source = source->next_)
        DETENT_CHECK(source->prepare_roots());
    return ok();
}

void HeapTrace::reach(Ref ref) noexcept {
    if (!ref.is_on_heap()) return;
    HeapObject& object = heap_.object(ref);
    if (object.is_reached) return;
    object.is_reached = true;
    object.next_traced = pending_;
    pending_ = &object;
    bytes_ += object.abstract_bytes();
}

void HeapTrace::finish() noexcept {
    for (const std::optional<Ref>& held : heap_.held_)
        reach(held.value_or(Ref()));
    for (RootSource* source = heap_.sources_; source != nullptr; source = source->next_)
        source->reach_roots(*this);
    while (pending_ != nullptr) {
        const HeapObject& next = *pending_;
        pending_ = next.next_traced;
        each_reference(next,
                       [&](std::size_t place) { reach(Ref(read_little_endian<std::uint64_t>(next.bytes() + place))); });
    }
    sweep();
    heap_.debt_ = bytes_;
    heap_.reached_ = bytes_;
    ++heap_.accountings_;
}

void HeapTrace::sweep() noexcept {
    HeapObject** at = &heap_.newest_;
    while (*at != nullptr) {
        HeapObject* const object = *at;
        if (object->is_reached) {
            object->is_reached = false;
            at = &object->older;
        } else {
            *at = object->older;
            heap_.free(object);
        }
    }
}

} // namespace detent
