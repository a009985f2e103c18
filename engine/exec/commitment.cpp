#include "engine/exec/commitment.hpp"

#include "engine/exec/capture.hpp"
#include "engine/exec/machine.hpp"
#include "engine/exec/writer.hpp"

#include <algorithm>

namespace detent {
namespace {

using format::Writer;

constexpr Magic kMagic{'D', 'T', 'N', 'T', 'C', 'O', 'M', 'M'};
constexpr std::uint32_t kVersion = 1;
/// References of a table that are one piece.
constexpr std::size_t kWords = ZeroRoots::kPieceBytes / sizeof(std::uint64_t);
/// Allocation numbers that are hashed together.
constexpr std::uint64_t kGroup = 64;
/// Units of fuel at least, from one hash of the heap to the next, for each of its bytes.
constexpr std::uint64_t kFuelPerByte = 4;

/// The hash of what `write` writes.
template <class Write>
Result<Digest> hash_of(Sha256 sha256, Write write) noexcept {
    Writer out;
    write(out);
    DETENT_TRY(const Buffer<std::uint8_t> bytes, out.finish());
    return sha256(bytes.span());
}

/// Of part of a row of bytes: up to 4,096 of them, and zeros behind them.
Digest hash_piece(std::span<const std::uint8_t> bytes, Sha256 sha256) noexcept {
    if (bytes.size() == ZeroRoots::kPieceBytes) return sha256(bytes);
    std::array<std::uint8_t, ZeroRoots::kPieceBytes> whole{};
    std::ranges::copy(bytes, whole.begin());
    return sha256(whole);
}

/// Of instances only what their modules and constant expressions do not say: what a segment holds is one of both.
void write_instance(Writer& out, const InstanceState& instance) noexcept {
    out.numbers(instance.host_functions);
    out.number(instance.module);
    out.numbers(instance.imports);
    out.list(instance.elements, 1, [&out](const Buffer<std::uint64_t>& segment) {
        out.number(static_cast<std::uint8_t>(segment.empty() ? 1 : 0));
    });
    out.numbers(instance.dropped_data);
}

} // namespace

Result<CommitmentChain> CommitmentChain::begin(const Schedule& schedule, Fuel every, Sha256 sha256) noexcept {
    CommitmentChain made(every, sha256);
    DETENT_TRY(const Digest of_schedule, format::digest_of(schedule, sha256));
    DETENT_TRY(made.head_, hash_of(sha256, [&](Writer& out) {
                   out.head(kMagic, kVersion);
                   out.number(every.units());
                   out.digest(of_schedule);
               }));
    return made;
}

std::optional<Fuel> CommitmentChain::due_behind(Fuel used) const noexcept {
    const std::uint64_t due = used.units() / every_.units() + 1;
    if (due > Fuel::kMaximum / every_.units()) return std::nullopt;
    return Fuel(due * every_.units());
}

bool CommitmentChain::has_heap(Fuel used, std::uint64_t debt) const noexcept {
    const std::uint64_t due = used.units() / every_.units();
    std::uint64_t one_in = 1;
    while (one_in <= due && one_in * every_.units() / kFuelPerByte < debt)
        one_in *= 2;
    return due % one_in == 0;
}

Status CommitmentChain::add(Fuel used, const Digest& state, bool has_heap) noexcept {
    DETENT_TRY(head_, hash_of(sha256_, [&](Writer& out) {
                   out.digest(head_);
                   out.number(used.units());
                   out.digest(state);
               }));
    return commitments_.push_back({used, head_, has_heap}) ? ok() : Status(kOutOfMemory);
}

Result<Committer> Committer::begin(Store& store, const Schedule& schedule, Fuel every, Sha256 sha256) noexcept {
    DETENT_TRY(CommitmentChain chain, CommitmentChain::begin(schedule, every, sha256));
    DETENT_TRY(StateHasher hasher, StateHasher::begin(store, sha256));
    return Committer(std::move(chain), std::move(hasher));
}

Result<Ending> Committer::run(Execution& execution) noexcept {
    while (true) {
        const std::optional<Fuel> mark = chain_.due_behind(execution.used());
        if (!mark) return execution.run();
        DETENT_TRY(const Ending ending, execution.run_to(*mark));
        if (ending != Ending::exhausted || execution.used() < *mark) return ending;
        const bool has_heap = chain_.has_heap(execution.used(), execution.machine().store().heap().debt());
        DETENT_TRY(const Digest state, hasher_.hash(execution, has_heap));
        DETENT_CHECK(chain_.add(execution.used(), state, has_heap));
    }
}

Result<StateHasher> StateHasher::begin(Store& store, Sha256 sha256) noexcept {
    DETENT_CHECK(store.track_writes());
    return StateHasher(store, sha256);
}

Result<Digest> StateHasher::hash(const Execution& execution, bool has_heap) noexcept {
    const Machine& machine = execution.machine();
    if (!machine.is_suspended()) return Error{ErrorCode::not_suspended};
    const Objects objects = has_heap ? Objects::taken : Objects::left_out;
    DETENT_TRY(ExecutionState state, capture_for_commitment(machine, objects, reference_free_));
    // How far the host lets it go is not what it has come to.
    for (EntryState& entry : state.entries)
        entry.limit = entry.has_allowance != 0 ? entry.limit : 0;
    Writer out;
    out.number(state.used);
    out.number(state.heap_debt);
    out.number(state.heap_reached);
    out.number(state.allocations);
    DETENT_TRY(const Digest modules, this->modules(machine));
    out.digest(modules);
    DETENT_TRY(const Digest instances, hash_of(sha256_, [&state](Writer& part) {
                   part.list(state.instances, 0,
                             [&part](const InstanceState& instance) { write_instance(part, instance); });
                   part.numbers(state.host_functions);
               }));
    out.digest(instances);
    out.number(static_cast<std::uint32_t>(state.memories.size()));
    for (std::size_t i = 0; i < state.memories.size(); ++i) {
        out.number(state.memories[i].size);
        DETENT_TRY(const Digest root, memory(i));
        out.digest(root);
    }
    out.number(static_cast<std::uint32_t>(state.tables.size()));
    for (std::size_t i = 0; i < state.tables.size(); ++i) {
        out.number(static_cast<std::uint32_t>(state.tables[i].size()));
        DETENT_TRY(const Digest root, table(i, std::move(state.tables[i])));
        out.digest(root);
    }
    DETENT_TRY(const Digest globals, hash_of(sha256_, [&state](Writer& part) { part.numbers(state.globals); }));
    out.digest(globals);
    DETENT_TRY(const Digest held, hash_of(sha256_, [&state](Writer& part) { part.numbers(state.held); }));
    out.digest(held);
    DETENT_TRY(const Digest entries, hash_of(sha256_, [&state](Writer& part) {
                   part.list(state.entries, 0, [&part](const EntryState& entry) { format::visit_entry(part, entry); });
               }));
    out.digest(entries);
    out.number(static_cast<std::uint32_t>(state.frames.size()));
    DETENT_TRY(const Digest frames, this->frames(std::move(state.frames)));
    out.digest(frames);
    DETENT_TRY(const Digest heap, has_heap ? this->heap(state.objects) : Result<Digest>(Digest{}));
    out.digest(heap);
    DETENT_TRY(const Buffer<std::uint8_t> bytes, out.finish());
    return sha256_(bytes.span());
}

Result<Digest> StateHasher::modules(const Machine& machine) noexcept {
    DETENT_TRY(const Buffer<const Code*> codes, modules_of(machine));
    Writer out;
    out.number(static_cast<std::uint32_t>(codes.size()));
    for (const Code* const code : codes) {
        DETENT_TRY(const ModuleName name, name_of(machine, *code));
        out.digest(name.module);
        out.digest(name.profile);
    }
    DETENT_TRY(const Buffer<std::uint8_t> bytes, out.finish());
    return sha256_(bytes.span());
}

/// A code is kept as long as its name, so that none is mistaken for another one in its place.
Result<ModuleName> StateHasher::name_of(const Machine& machine, const Code& code) noexcept {
    const auto is_it = [&code](const std::shared_ptr<const Code>& other) { return other.get() == &code; };
    const auto known = std::ranges::find_if(names_, is_it, &NamedCode::code);
    if (known != names_.end()) return known->name;
    DETENT_TRY(const ModuleName name, format::name_of(code, sha256_));
    std::shared_ptr<const Code> kept;
    for (const Instance& instance : machine.store().instances())
        if (is_it(instance.code)) kept = instance.code;
    for (const Entry& entry : machine.entries())
        if (is_it(entry.request.code)) kept = entry.request.code;
    if (!names_.push_back({std::move(kept), name})) return kOutOfMemory;
    return name;
}

/// Hashes what was touched of a memory that was not there before, and what is marked of another one.
Result<Digest> StateHasher::memory(std::size_t index) noexcept {
    if (index >= memories_.size() && !memories_.resize(index + 1)) return kOutOfMemory;
    PieceTree& tree = memories_[index];
    Memory& memory = store_->memory(MemAddr{static_cast<std::uint32_t>(index)});
    const bool is_new = memory.is_seen_first();
    if (is_new) tree = PieceTree();
    const std::span<const std::uint8_t> touched = std::as_const(memory).touched();
    const std::span<std::uint8_t> marks = memory.marks();
    for (std::uint32_t piece = 0; std::size_t{piece} * ZeroRoots::kPieceBytes < touched.size(); ++piece) {
        if (marks[piece] == 0 && !is_new) continue;
        marks[piece] = 0;
        const std::span<const std::uint8_t> rest = touched.subspan(std::size_t{piece} * ZeroRoots::kPieceBytes);
        const Digest leaf = hash_piece(rest.first(std::min(rest.size(), ZeroRoots::kPieceBytes)), sha256_);
        if (!tree.set(piece, leaf, zeros_)) return kOutOfMemory;
    }
    return tree.root(marks.size(), zeros_, sha256_);
}

/// Hashes the pieces that are not what they were.
Result<Digest> StateHasher::table(std::size_t index, Buffer<std::uint64_t>&& words) noexcept {
    if (index >= tables_.size() && !tables_.resize(index + 1)) return kOutOfMemory;
    KnownTable& known = tables_[index];
    const auto piece_of = [](const Buffer<std::uint64_t>& from, std::size_t begin) {
        return from.span().subspan(begin, std::min(kWords, from.size() - begin));
    };
    if (words.size() < known.words.size()) known = KnownTable();
    for (std::size_t begin = 0; begin < words.size(); begin += kWords) {
        const std::span<const std::uint64_t> piece = piece_of(words, begin);
        const bool is_known = begin < known.words.size() && std::ranges::equal(piece, piece_of(known.words, begin));
        if (is_known) continue;
        std::array<std::uint8_t, ZeroRoots::kPieceBytes> bytes{};
        for (std::size_t i = 0; i < piece.size(); ++i)
            write_little_endian(bytes.data() + i * sizeof(std::uint64_t), piece[i]);
        if (!known.tree.set(static_cast<std::uint32_t>(begin / kWords), sha256_(bytes), zeros_)) return kOutOfMemory;
    }
    known.words = std::move(words);
    return known.tree.root((known.words.size() + kWords - 1) / kWords, zeros_, sha256_);
}

/// Those at the bottom that are as they were have the hashes that they had.
Result<Digest> StateHasher::frames(Buffer<FrameState>&& frames) noexcept {
    std::size_t same = 0;
    while (same < std::min(frames.size(), frames_.size()) && frames[same] == frames_[same])
        ++same;
    links_.truncate(same);
    for (std::size_t i = same; i < frames.size(); ++i) {
        DETENT_TRY(const Digest next, hash_of(sha256_, [&](Writer& out) {
                       out.digest(i == 0 ? Digest{} : links_[i - 1]);
                       format::visit_frame(out, frames[i]);
                   }));
        if (!links_.push_back(next)) return kOutOfMemory;
    }
    frames_ = std::move(frames);
    return links_.empty() ? Digest{} : links_.back();
}

/// Objects stand in the order of their allocation numbers.
Result<Digest> StateHasher::heap(const Buffer<ObjectState>& objects) const noexcept {
    Writer groups;
    for (std::size_t begin = 0; begin < objects.size();) {
        const std::uint64_t group = objects[begin].serial / kGroup;
        std::size_t end = begin;
        DETENT_TRY(const Digest digest, hash_of(sha256_, [&](Writer& out) {
                       for (; end < objects.size() && objects[end].serial / kGroup == group; ++end)
                           format::visit_object(out, objects[end]);
                   }));
        groups.number(group);
        groups.digest(digest);
        begin = end;
    }
    DETENT_TRY(const Buffer<std::uint8_t> bytes, groups.finish());
    return sha256_(bytes.span());
}

} // namespace detent
