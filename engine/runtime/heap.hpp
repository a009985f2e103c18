// Heap: structures, arrays and exceptions, and what counts of them. Source: spec, Execution, Runtime Structure,
// Aggregate Instances and Exception Instances; DET-11.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/runtime/value.hpp"
#include "engine/syntax/type_space.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace detent {

/// A structure, an array or an exception. Its bytes follow it in memory: fields in little-endian at the offsets of its
/// type, whatever the machine; of an exception the words of its payload, then for each word a byte that is 1 where the
/// word is a reference.
struct HeapObject {
    /// Null for an exception.
    const CanonicalType* type = nullptr;
    /// Made before this one, of those that are there.
    HeapObject* older = nullptr;
    /// To be traced after this one.
    HeapObject* next_traced = nullptr;
    /// Its allocation number: objects are numbered from 1 on as they are made. No guest sees it; saved states and
    /// commitments tell objects apart by it.
    std::uint64_t serial = 0;
    std::uint32_t slot = 0;
    /// Elements of an array, or words of the payload of an exception.
    std::uint32_t length = 0;
    /// Of an exception.
    TagAddr tag{};
    bool is_reached = false;

    [[nodiscard]] bool is_exception() const noexcept { return type == nullptr; }
    [[nodiscard]] std::uint8_t* bytes() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }
    [[nodiscard]] const std::uint8_t* bytes() const noexcept { return reinterpret_cast<const std::uint8_t*>(this + 1); }
    /// Where a field or an element begins. They MUST exist.
    [[nodiscard]] std::uint8_t* field(std::uint32_t index) noexcept { return bytes() + type->fields[index].offset; }
    [[nodiscard]] std::uint8_t* element(std::uint64_t index) noexcept {
        return bytes() + static_cast<std::size_t>(index * type->fields[0].storage.bytes());
    }
    /// Bytes of fields, elements or payload words.
    [[nodiscard]] std::size_t byte_count() const noexcept;
    /// Of an exception: 1 for each word of the payload that is a reference.
    [[nodiscard]] std::uint8_t* payload_map() noexcept { return bytes() + std::size_t{8} * length; }
    [[nodiscard]] const std::uint8_t* payload_map() const noexcept { return bytes() + std::size_t{8} * length; }
    /// DET-11.
    [[nodiscard]] std::uint64_t abstract_bytes() const noexcept;
    [[nodiscard]] Ref ref() const noexcept {
        return Ref::of(is_exception() ? RefKind::exception : RefKind::object, slot);
    }
};

// Abstract sizes: 16 bytes and the fields, elements or payload words, in multiples of 8 (DET-11).

inline constexpr std::uint64_t kHeaderBytes = 16;
inline constexpr std::uint64_t kObjectUnit = 8;
[[nodiscard]] std::uint64_t structure_bytes(const CanonicalType& type) noexcept;
/// For any length: the sum does not wrap.
[[nodiscard]] std::uint64_t array_bytes(const CanonicalType& type, std::uint32_t length) noexcept;
[[nodiscard]] std::uint64_t exception_bytes(std::uint32_t words) noexcept;

/// Calls `visit` with the place of each reference in the object's bytes, in their order.
template <class Visit>
void each_reference(const HeapObject& object, Visit visit) noexcept {
    if (object.is_exception()) {
        for (std::size_t i = 0; i < object.length; ++i) {
            if (object.payload_map()[i] != 0) visit(8 * i);
        }
    } else if (object.type->kind == CompositeKind::array) {
        if (!object.type->fields[0].storage.unpacked.is_reference()) return;
        for (std::size_t i = 0; i < object.length; ++i)
            visit(8 * i);
    } else {
        for (const FieldLayout& field : object.type->fields) {
            if (field.storage.unpacked.is_reference()) visit(std::size_t{field.offset});
        }
    }
}

class HeapTrace;

/// Who keeps references that the store does not list itself: an execution, until it has ended.
class RootSource {
  public:
    /// Before a trace. Fails by a Fault only.
    [[nodiscard]] virtual Status prepare_roots() noexcept = 0;
    /// Calls `reach` of the trace with each reference. Cannot fail: what it needs it has been asked to prepare.
    virtual void reach_roots(HeapTrace& trace) const noexcept = 0;

  protected:
    ~RootSource() = default;

  private:
    friend class Heap;
    friend class HeapTrace;
    RootSource* next_ = nullptr;
};

/// What the embedder holds a reference by.
enum class HeldRef : std::uint32_t {};

/// `debt` counts abstract bytes: those that the last accounting reached, and those made since. It
/// is part of the canonical state; when memory is freed is not, and cannot be observed (DET-11).
class Heap {
  public:
    Heap() noexcept = default;
    Heap(const Heap&) = delete;
    Heap& operator=(const Heap&) = delete;
    ~Heap();

    [[nodiscard]] std::uint64_t debt() const noexcept { return debt_; }
    /// What the last accounting reached; 0 before the first.
    [[nodiscard]] std::uint64_t reached() const noexcept { return reached_; }

    // Making objects: what they hold is zero or null. `debt` grows by the abstract size, for which there MUST be room.
    // Null if the host has no memory: a Fault.

    [[nodiscard]] HeapObject* make_structure(const CanonicalType& type) noexcept;
    [[nodiscard]] HeapObject* make_array(const CanonicalType& type, std::uint32_t length) noexcept;
    /// `types` are those of the payload.
    [[nodiscard]] HeapObject* make_exception(TagAddr tag, std::span<const ValType> types) noexcept;

    /// The object of a reference to one, or to an exception.
    [[nodiscard]] HeapObject& object(Ref ref) noexcept { return *slots_[slot_of(ref)].object; }
    [[nodiscard]] const HeapObject& object(Ref ref) const noexcept { return *slots_[slot_of(ref)].object; }
    /// Whether a word from outside is a reference to what is there.
    [[nodiscard]] bool has(Ref ref) const noexcept;

    /// Keeps a reference for the embedder, which MUST NOT outlive the instances whose types and functions it leads to.
    /// Nothing if there is no memory.
    [[nodiscard]] std::optional<HeldRef> hold(Ref ref) noexcept;
    void release(HeldRef held) noexcept { held_[number(held)].reset(); }
    /// MUST be held.
    [[nodiscard]] Ref held(HeldRef held) const noexcept { return *held_[number(held)]; }
    /// All that was ever held, nothing where it was released.
    [[nodiscard]] std::span<const std::optional<Ref>> all_held() const noexcept { return held_.span(); }

    void add(RootSource& source) noexcept;
    void remove(RootSource& source) noexcept;

    /// For a step that is taken back: what was made since is gone, and `debt` is as it was. Nothing may refer to it.
    struct Mark {
        std::uint64_t debt = 0;
        std::uint64_t reached = 0;
        std::uint64_t serial = 0;
    };
    [[nodiscard]] Mark mark() const noexcept { return {debt_, reached_, last_serial_}; }
    void release(const Mark& mark) noexcept;

    /// How many objects were made, those of steps that were taken back not counted.
    [[nodiscard]] std::uint64_t allocations() const noexcept { return last_serial_; }

    /// For loading: what counts, how many objects were made, and what the embedder holds.
    void restore(std::uint64_t debt, std::uint64_t reached, std::uint64_t allocations,
                 Buffer<std::optional<Ref>>&& held) noexcept {
        debt_ = debt;
        reached_ = reached;
        last_serial_ = allocations;
        held_ = std::move(held);
    }

    // For tests of memory and time, nothing else.

    [[nodiscard]] std::size_t objects() const noexcept { return objects_; }
    [[nodiscard]] std::uint64_t accountings() const noexcept { return accountings_; }

  private:
    friend class HeapTrace;

    /// An object, or the next free slot, plus one.
    struct Slot {
        HeapObject* object = nullptr;
        std::uint32_t next_free = 0;
    };

    [[nodiscard]] static std::size_t slot_of(Ref ref) noexcept { return static_cast<std::size_t>(ref.payload()); }
    [[nodiscard]] HeapObject* make(std::uint64_t bytes, std::uint64_t counted) noexcept;
    [[nodiscard]] bool take_slot(HeapObject* object) noexcept;
    void free(HeapObject* object) noexcept;

    Buffer<Slot> slots_;
    /// The first free slot, plus one.
    std::uint32_t first_free_ = 0;
    HeapObject* newest_ = nullptr;
    std::uint64_t last_serial_ = 0;
    std::size_t objects_ = 0;
    std::uint64_t accountings_ = 0;
    std::uint64_t debt_ = 0;
    std::uint64_t reached_ = 0;
    Buffer<std::optional<Ref>> held_;
    RootSource* sources_ = nullptr;
};

/// An accounting: one pass over what can be reached. Needs no memory and no recursion: what is still to be traced is a
/// list through the objects.
class HeapTrace {
  public:
    explicit HeapTrace(Heap& heap) noexcept : heap_(heap) {}

    /// Asks all sources to prepare. Fails by a Fault only, with nothing changed.
    [[nodiscard]] Status prepare() noexcept;
    /// Any reference, null too.
    void reach(Ref ref) noexcept;
    void reach(std::span<const std::uint64_t> references) noexcept {
        for (const std::uint64_t word : references)
            reach(Ref(word));
    }
    /// What the sources and the embedder have, and all that can be reached from there; frees the rest, and sets `debt`.
    void finish() noexcept;

  private:
    void sweep() noexcept;

    Heap& heap_;
    HeapObject* pending_ = nullptr;
    std::uint64_t bytes_ = 0;
};

} // namespace detent
