#include "engine/syntax/type_space.hpp"

#include <algorithm>
#include <mutex>
#include <new>

namespace detent {

/// A group of types as all modules share it. `key` says all there is to know of it: its types in turn, in which a type
/// of the group is named by its place and one of an earlier group by its serial number. It owns what its types point
/// to. Whoever has a group has all groups that it names, so that it needs no hold on them.
struct CanonicalGroup {
    Buffer<std::uint64_t> key;
    Buffer<CanonicalType> types;
    Buffer<const CanonicalType*> supertypes;
    Buffer<FieldLayout> layouts;
    std::uint64_t hash = 0;
    std::uint64_t holders = 0;
    CanonicalGroup* next = nullptr;
};

namespace {

/// FNV-1a over words. Decides the bucket of a group and nothing else.
std::uint64_t hash_of(std::span<const std::uint64_t> key) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325;
    for (const std::uint64_t word : key) {
        hash = (hash ^ (word & 0xFFFF'FFFF)) * 0x100000001B3;
        hash = (hash ^ (word >> 32)) * 0x100000001B3;
    }
    return hash ^ (hash >> 32);
}

/// All groups that some space has. Buckets are chains; their number grows with that of the groups.
class Registry {
  public:
    /// The group of the draft's key: the one that is there, or the draft itself, whose memory it then owns. Null if
    /// there is no memory.
    [[nodiscard]] CanonicalGroup* intern(CanonicalGroup& draft) noexcept {
        const std::lock_guard lock(mutex_);
        draft.hash = hash_of(draft.key.span());
        if (CanonicalGroup* const found = find(draft); found != nullptr) {
            ++found->holders;
            return found;
        }
        return insert(draft);
    }

    void release(std::span<CanonicalGroup* const> groups) noexcept {
        const std::lock_guard lock(mutex_);
        for (CanonicalGroup* const group : groups) {
            if (--group->holders == 0) remove(group);
        }
    }

  private:
    static constexpr std::size_t kLeastBuckets = 64;

    [[nodiscard]] CanonicalGroup*& bucket(std::uint64_t hash) noexcept {
        return buckets_[static_cast<std::size_t>(hash % buckets_.size())];
    }

    [[nodiscard]] CanonicalGroup* find(const CanonicalGroup& draft) noexcept {
        if (buckets_.empty()) return nullptr;
        CanonicalGroup* one = bucket(draft.hash);
        while (one != nullptr && (one->hash != draft.hash || !(one->key == draft.key)))
            one = one->next;
        return one;
    }

    [[nodiscard]] CanonicalGroup* insert(CanonicalGroup& draft) noexcept {
        if (count_ >= buckets_.size() && !grow()) return nullptr;
        void* const memory = try_allocate(sizeof(CanonicalGroup), false);
        if (memory == nullptr) return nullptr;
        auto* const group = ::new (memory) CanonicalGroup(std::move(draft));
        for (CanonicalType& type : group->types)
            type.serial = ++last_serial_;
        group->holders = 1;
        link(group);
        ++count_;
        return group;
    }

    void link(CanonicalGroup* group) noexcept {
        CanonicalGroup*& first = bucket(group->hash);
        group->next = first;
        first = group;
    }

    [[nodiscard]] bool grow() noexcept {
        Buffer<CanonicalGroup*> old;
        if (!old.resize(std::max(kLeastBuckets, buckets_.size() * 2))) return false;
        old.swap(buckets_);
        for (CanonicalGroup* chain : old) {
            while (chain != nullptr) {
                CanonicalGroup* const one = chain;
                chain = chain->next;
                link(one);
            }
        }
        return true;
    }

    void remove(CanonicalGroup* group) noexcept {
        CanonicalGroup** at = &bucket(group->hash);
        while (*at != group)
            at = &(*at)->next;
        *at = group->next;
        --count_;
        std::destroy_at(group);
        deallocate(group);
    }

    std::mutex mutex_;
    Buffer<CanonicalGroup*> buckets_;
    std::size_t count_ = 0;
    std::uint64_t last_serial_ = 0;
};

/// Never destroyed: a space that lives as long as the program may be released after it.
Registry& registry() noexcept {
    alignas(Registry) static unsigned char memory[sizeof(Registry)];
    static Registry* const made = ::new (memory) Registry;
    return *made;
}

/// Fills a draft from a group of a module. Every step is false if there is no memory.
class Drafter {
  public:
    Drafter(const Module& module, const RecGroup& group, std::span<const CanonicalType* const> earlier,
            CanonicalGroup& draft) noexcept
        : module_(module), group_(group), earlier_(earlier), draft_(draft) {}

    [[nodiscard]] bool run() noexcept {
        if (!draft_.types.resize(group_.count)) return false;
        for (std::uint32_t i = 0; i < group_.count; ++i) {
            if (!type(i)) return false;
        }
        return true;
    }

  private:
    /// What stands in front of a heap type's word, so that none is taken for another.
    enum class Named : std::uint8_t { abstract, in_group, earlier };

    [[nodiscard]] bool word(std::uint64_t value) noexcept { return draft_.key.push_back(value); }

    [[nodiscard]] bool type(std::uint32_t place) noexcept {
        const SubType& from = module_.types[group_.first + place];
        const std::uint64_t facts =
            static_cast<std::uint64_t>(from.kind) | (from.is_final ? 4U : 0U) | (from.supertype ? 8U : 0U);
        if (!word(facts) || (from.supertype && !index(*from.supertype))) return false;
        return from.kind == CompositeKind::func ? function(from) : fields(TypeIdx{group_.first + place});
    }

    [[nodiscard]] bool function(const SubType& from) noexcept {
        if (!word(from.parameters) || !word(from.results)) return false;
        const std::span<const ValType> all = module_.type_pool.span();
        return std::ranges::all_of(all.subspan(from.begin, from.parameters + from.results),
                                   [this](ValType one) { return value(one); });
    }

    [[nodiscard]] bool fields(TypeIdx type) noexcept {
        const std::span<const FieldType> all = module_.fields(type);
        return word(all.size()) && std::ranges::all_of(all, [this](const FieldType& field) {
                   return word(field.storage.packed_bits | (field.is_mutable ? 1U : 0U)) &&
                          value(field.storage.unpacked);
               });
    }

    [[nodiscard]] bool value(ValType type) noexcept {
        if (!type.is_reference()) return word(static_cast<std::uint64_t>(type.kind()));
        const std::uint64_t facts =
            static_cast<std::uint64_t>(ValType::Kind::ref) | (type.is_nullable() ? std::uint64_t{1} << 8 : 0);
        if (!word(facts)) return false;
        if (type.heap().is_index()) return index(type.heap().index());
        return named(Named::abstract, static_cast<std::uint64_t>(type.heap().abstract()));
    }

    [[nodiscard]] bool index(TypeIdx index) noexcept {
        const std::uint32_t at = number(index);
        if (at >= group_.first) return named(Named::in_group, at - group_.first);
        return named(Named::earlier, earlier_[at]->serial);
    }

    [[nodiscard]] bool named(Named how, std::uint64_t what) noexcept {
        return word(static_cast<std::uint64_t>(how)) && word(what);
    }

    const Module& module_;
    const RecGroup& group_;
    std::span<const CanonicalType* const> earlier_;
    CanonicalGroup& draft_;
};

/// Fills in what the types of a draft point to, once: the draft's buffers do not move again.
class Layouter {
  public:
    Layouter(const Module& module, const RecGroup& group, std::span<const CanonicalType* const> earlier,
             CanonicalGroup& draft) noexcept
        : module_(module), group_(group), earlier_(earlier), draft_(draft) {}

    [[nodiscard]] bool run() noexcept {
        if (!reserve()) return false;
        for (std::uint32_t i = 0; i < group_.count; ++i)
            type(i);
        return true;
    }

  private:
    [[nodiscard]] bool reserve() noexcept {
        std::size_t supertypes = 0;
        std::size_t layouts = 0;
        for (std::uint32_t i = 0; i < group_.count; ++i) {
            const SubType& from = module_.types[group_.first + i];
            draft_.types[i].depth = from.supertype ? found(*from.supertype).depth + 1 : 0;
            supertypes += draft_.types[i].depth + std::size_t{1};
            layouts += from.fields;
        }
        return draft_.supertypes.resize(supertypes) && draft_.layouts.resize(layouts);
    }

    [[nodiscard]] const CanonicalType& found(TypeIdx index) const noexcept {
        const std::uint32_t at = number(index);
        return at < group_.first ? *earlier_[at] : draft_.types[at - group_.first];
    }

    void type(std::uint32_t place) noexcept {
        const SubType& from = module_.types[group_.first + place];
        CanonicalType& to = draft_.types[place];
        to.kind = from.kind;
        to.is_final = from.is_final;
        const std::span<const CanonicalType*> own =
            draft_.supertypes.span().subspan(next_supertype_, to.depth + std::size_t{1});
        if (from.supertype) std::ranges::copy(found(*from.supertype).supertypes, own.begin());
        own.back() = &to;
        to.supertypes = own;
        next_supertype_ += own.size();
        if (from.kind != CompositeKind::func) fields(TypeIdx{group_.first + place}, to);
    }

    void fields(TypeIdx index, CanonicalType& to) noexcept {
        const std::span<const FieldType> all = module_.fields(index);
        const std::span<FieldLayout> own = draft_.layouts.span().subspan(next_layout_, all.size());
        for (std::size_t i = 0; i < all.size(); ++i) {
            own[i] = {all[i].storage, to.field_bytes};
            to.field_bytes += all[i].storage.bytes();
        }
        to.fields = own;
        next_layout_ += own.size();
    }

    const Module& module_;
    const RecGroup& group_;
    std::span<const CanonicalType* const> earlier_;
    CanonicalGroup& draft_;
    std::size_t next_supertype_ = 0;
    std::size_t next_layout_ = 0;
};

} // namespace

TypeSpace::~TypeSpace() {
    if (!groups_.empty()) registry().release(groups_.span());
}

bool TypeSpace::add(const Module& module, const RecGroup& group) noexcept {
    CanonicalGroup draft;
    return Drafter(module, group, types_.span(), draft).run() && Layouter(module, group, types_.span(), draft).run() &&
           intern(draft);
}

bool TypeSpace::add(const FuncType& type) noexcept {
    Module module;
    SubType one;
    one.parameters = static_cast<std::uint32_t>(type.parameters.size());
    one.results = static_cast<std::uint32_t>(type.results.size());
    if (!module.type_pool.append(type.parameters) || !module.type_pool.append(type.results)) return false;
    const auto first = static_cast<std::uint32_t>(types_.size());
    if (!module.types.resize(first) || !module.types.push_back(one)) return false;
    return add(module, RecGroup{first, 1, 0});
}

/// Room first, so that a group that is interned is also held.
bool TypeSpace::intern(CanonicalGroup& draft) noexcept {
    const std::size_t count = draft.types.size();
    if (!groups_.push_back(nullptr)) return false;
    const std::size_t before = types_.size();
    CanonicalGroup* const group = types_.resize(before + count) ? registry().intern(draft) : nullptr;
    if (group == nullptr) {
        groups_.pop_back();
        types_.truncate(before);
        return false;
    }
    groups_.back() = group;
    for (std::size_t i = 0; i < count; ++i)
        types_[before + i] = &group->types[i];
    return true;
}

HeapType top_of(HeapType heap, const TypeSpace& types) noexcept {
    return top_of(heap.is_index() ? abstract_of(types[heap.index()].kind) : heap.abstract());
}

bool matches(const StorageType& a, const StorageType& b, const TypeSpace& types) noexcept {
    return a.packed_bits == b.packed_bits && matches(a.unpacked, b.unpacked, types);
}

/// A field that can be written holds what each side may write.
bool matches(const FieldType& a, const FieldType& b, const TypeSpace& types) noexcept {
    if (a.is_mutable != b.is_mutable || !matches(a.storage, b.storage, types)) return false;
    return !a.is_mutable || matches(b.storage, a.storage, types);
}

} // namespace detent
