#include "engine/exec/fast/survey.hpp"

#include <algorithm>
#include <utility>

namespace detent::fast {
namespace {

/// A use in a loop within the loop counts for so many.
constexpr std::uint32_t kInnerWeight = 8;
/// A branch out of a loop is taken once in so many times.
constexpr std::uint32_t kTurns = 8;
/// Registers are loaded anew behind each call, which is worth so many uses.
constexpr std::uint32_t kCallWeight = 6;
/// A body without loops loads them each time it is called, which is worth so many calls.
constexpr std::uint32_t kEntryWeight = 2;
/// A loop keeps the set of the loop around it if that covers at least this share of its own best, in hundredths.
constexpr std::uint64_t kGoodShare = 80;

/// What a survey makes of an instruction or delimiter.
enum class Sight : std::uint8_t { nothing, number, access, local, branch, branch_if, leaving, end, other };

[[nodiscard]] constexpr Sight sight_of(Op op) noexcept {
    // Not every instruction is listed, on purpose: what has other immediates, or an opcode of two parts, is rare.
    if (op == Op::end) return Sight::end;
    if (op == Op::br) return Sight::branch;
    if (op == Op::br_if) return Sight::branch_if;
    if (op == Op::return_ || op == Op::unreachable) return Sight::leaving;
    if (!is_instruction(op)) return Sight::other;
    const Immediate immediate = immediate_of(op);
    if (immediate == Immediate::none) return Sight::nothing;
    if (immediate == Immediate::local) return Sight::local;
    if (immediate >= Immediate::mem_8 && immediate <= Immediate::mem_64) return Sight::access;
    const bool is_number = immediate == Immediate::i32 || immediate == Immediate::i64 ||
                           immediate == Immediate::label || immediate == Immediate::global;
    return is_number ? Sight::number : Sight::other;
}

/// By the first byte of an opcode.
constexpr auto kSights = [] {
    std::array<Sight, kOneByteOps.size()> sights{};
    for (std::size_t i = 0; i < sights.size(); ++i)
        sights[i] = sight_of(kOneByteOps[i]);
    return sights;
}();

} // namespace

void Survey::Favourites::add(Use use) noexcept {
    if (uses.back().weight >= use.weight) return;
    std::size_t at = kMost - 1;
    for (; at > 0 && uses[at - 1].weight < use.weight; --at)
        uses[at] = uses[at - 1];
    uses[at] = use;
}

/// False if there is no memory.
bool Survey::prepare() noexcept {
    blocks_.truncate(0);
    loops_.truncate(0);
    uses_.truncate(0);
    loop_ = kNone;
    has_failed_ = false;
    return knows_domains_ || add_domains();
}

bool Survey::add_domains() noexcept {
    const std::size_t words = function().local_words;
    domains_.truncate(0);
    if (!domains_.resize(words) || (counts_.size() < words && !counts_.resize(words))) return false;
    std::size_t slot = 0;
    has_floats_ = false;
    const auto add = [&](ValType local) {
        const Domain domain = domain_of(local);
        has_floats_ = has_floats_ || domain != Domain::word;
        for (std::uint32_t i = 0; i < words_of(local); ++i)
            domains_[slot++] = domain;
    };
    const Module& module = request_->code.module();
    std::ranges::for_each(module.function_type(request_->function).parameters, add);
    const Body& body = module.body(request_->function);
    for (const LocalRun& run : module.local_runs.span().subspan(body.first_run, body.runs)) {
        for (std::uint32_t i = 0; i < run.count; ++i)
            add(run.type);
    }
    knows_domains_ = true;
    return true;
}

bool Survey::open(bool is_loop, std::uint32_t often) noexcept {
    Block block{kNone, loop_, static_cast<std::uint32_t>(uses_.size())};
    if (is_loop) {
        block.loop = loop_ = static_cast<std::uint32_t>(loops_.size());
        if (!loops_.emplace_back()) return false;
        loops_.back().outer = block.outer;
        loops_.back().entered = often;
    }
    return blocks_.push_back(block);
}

std::uint32_t Survey::close(std::uint32_t often) noexcept {
    const Block block = blocks_.back();
    blocks_.pop_back();
    if (block.loop == kNone) return std::clamp(often + block.behind + block.otherwise, 1U, kAlways);
    end_loop(block);
    return often == 0 ? 1 : loops_[block.loop].entered;
}

void Survey::use(std::uint32_t index, std::uint32_t often) noexcept {
    if (often == 0) return;
    if (has_wide_locals_) {
        const LocalSlot local = request_->code.local(request_->function, index);
        if (local.words != 1) return;
        index = local.word;
    }
    has_failed_ = !uses_.push_back({static_cast<std::uint16_t>(index), often}) || has_failed_;
}

/// To a block that is not within the innermost loop.
bool Survey::leaves_loop(std::uint32_t label) const noexcept {
    if (label >= blocks_.size()) return true;
    const Block& target = blocks_[blocks_.size() - 1 - label];
    return target.loop == kNone && target.outer != loop_;
}

void Survey::branch(std::uint32_t label, std::uint32_t often) noexcept {
    if (label >= blocks_.size()) return;
    Block& target = blocks_[blocks_.size() - 1 - label];
    // Who goes into a loop comes out of it.
    const std::uint32_t more = leaves_loop(label) ? loops_[loop_].entered : often;
    target.behind = std::min(target.behind + more, kAlways);
}

std::uint32_t Survey::branch_if(std::uint32_t label, std::uint32_t often) noexcept {
    const std::uint32_t taken = often / (leaves_loop(label) ? kTurns : 2);
    branch(label, taken);
    return taken;
}

void Survey::branch_table(Walk& targets, std::uint32_t often) noexcept {
    const std::uint64_t count = std::uint64_t{targets.u32()} + 1;
    const auto share = static_cast<std::uint32_t>(often / count);
    for (std::uint64_t i = 0; i < count; ++i)
        branch(targets.u32(), share);
}

void Survey::end_loop(const Block& block) noexcept {
    Favourites& favourites = loops_[block.loop];
    // Each local once, where its first use stands.
    std::size_t locals = block.first_use;
    for (std::size_t i = block.first_use; i < uses_.size(); ++i) {
        const Use use = uses_[i];
        std::uint32_t& count = counts_[use.slot];
        uses_[locals].slot = use.slot;
        locals += count == 0 ? 1 : 0;
        count = std::min(count + use.weight, kMostWeight);
    }
    for (std::size_t i = block.first_use; i < locals; ++i) {
        const std::uint16_t slot = uses_[i].slot;
        favourites.add({slot, counts_[slot]});
        counts_[slot] = 0;
    }
    uses_.truncate(block.first_use);
    loop_ = block.outer;
    if (loop_ == kNone) return;
    const auto as_inner = [&favourites](std::uint32_t weight) {
        const std::uint64_t all = std::uint64_t{weight} * kInnerWeight * favourites.entered / kAlways;
        return static_cast<std::uint32_t>(std::min<std::uint64_t>(all, kMostWeight));
    };
    loops_[loop_].calls = std::min(loops_[loop_].calls + as_inner(favourites.calls), kMostWeight);
    for (const Use& use : favourites.uses) {
        const std::uint32_t weight = as_inner(use.weight);
        if (weight != 0) has_failed_ = !uses_.push_back({use.slot, weight}) || has_failed_;
    }
}

/// From the first instruction of a loop that was opened, or of a body, to its end. False if there is no memory.
bool Survey::walk(Walk in) noexcept {
    std::uint32_t often = kAlways;
    while (true) {
        const std::uint8_t opcode = in.peek();
        // The most frequent one by itself, which is foreseen more often than where a jump goes.
        if (opcode == row(Op::local_get).code) {
            static_cast<void>(in.byte());
            use_soon(in.u32(), often);
            continue;
        }
        switch (kSights[opcode]) {
        case Sight::nothing: static_cast<void>(in.byte()); continue;
        case Sight::number:
            static_cast<void>(in.byte());
            in.pass_number();
            continue;
        case Sight::access:
            static_cast<void>(in.byte());
            static_cast<void>(in.memarg());
            continue;
        case Sight::local:
            static_cast<void>(in.byte());
            use_soon(in.u32(), often);
            continue;
        case Sight::branch:
            static_cast<void>(in.byte());
            branch(in.u32(), often);
            often = 0;
            continue;
        case Sight::branch_if:
            static_cast<void>(in.byte());
            often -= branch_if(in.u32(), often);
            continue;
        case Sight::leaving:
            static_cast<void>(in.byte());
            often = 0;
            continue;
        case Sight::end:
            static_cast<void>(in.byte());
            often = close(often);
            if (blocks_.empty()) return !has_failed_;
            continue;
        case Sight::other: break;
        }
        Walk other = in;
        const std::optional<std::uint32_t> next = pass_other(other, often);
        in = other;
        if (!next) return false;
        often = *next;
    }
}

/// How often what stands behind the instruction is come to; nothing if there is no memory.
std::optional<std::uint32_t> Survey::pass_other(Walk& in, std::uint32_t often) noexcept {
    const Op op = in.op();
    if (op == Op::br_table) {
        branch_table(in, often);
        return 0;
    }
    in.pass_immediate(immediate_of(op));
    if (op == Op::else_) {
        Block& block = blocks_.back();
        block.behind = std::min(block.behind + often, kAlways);
        return std::max(std::exchange(block.otherwise, 0), 1U);
    }
    if (op == Op::call || op == Op::call_indirect || op == Op::call_ref) {
        loops_[loop_].calls = std::min(loops_[loop_].calls + often, kMostWeight);
        return often;
    }
    if (!is_opening(op)) return often;
    if (!open(op == Op::loop, often)) return std::nullopt;
    if (op == Op::loop) return kAlways;
    if (op == Op::if_) blocks_.back().otherwise = often / 2;
    return often - blocks_.back().otherwise;
}

/// The best of a domain; a local that has a register outside keeps it.
void Survey::choose(PinSet& set, const Favourites& favourites, const PinSet& outer, Domain domain) const noexcept {
    std::array<std::uint16_t, 4> best{};
    std::size_t count = 0;
    for (const Use& use : favourites.uses) {
        if (use.weight == 0) break;
        if (domains_[use.slot] == domain && count < pins_of(domain)) best[count++] = use.slot;
    }
    const std::span<std::uint16_t> to = set.of(domain);
    const std::span<const std::uint16_t> kept = outer.of(domain);
    for (std::size_t i = 0; i < to.size(); ++i) {
        auto* const found = std::find(best.begin(), best.begin() + count, kept[i]);
        if (found == best.begin() + count) continue;
        to[i] = *found;
        *found = PinSet::kFree;
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (best[i] != PinSet::kFree) *std::ranges::find(to, PinSet::kFree) = best[i];
    }
}

std::uint64_t Survey::covered(const PinSet& set, const Favourites& favourites) const noexcept {
    std::uint64_t weight = 0;
    if (&set == &kNoPins) return weight;
    for (const Use& use : favourites.uses) {
        if (use.weight == 0) break;
        if (set.find(use.slot, domains_[use.slot]) != PinSet::kMost) weight += use.weight;
    }
    return weight;
}

bool Survey::choose() noexcept {
    sets_.truncate(0);
    if (!sets_.resize(loops_.size())) return false;
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        const Favourites& favourites = loops_[i];
        const PinSet& outer = favourites.outer == kNone ? kNoPins : sets_[favourites.outer];
        PinSet own;
        choose(own, favourites, outer, Domain::word);
        if (has_floats_) {
            choose(own, favourites, outer, Domain::f64);
            choose(own, favourites, outer, Domain::f32);
        }
        std::uint64_t own_share = covered(own, favourites);
        if (own_share < std::uint64_t{favourites.calls} * kCallWeight) {
            own = {};
            own_share = 0;
        }
        const bool is_outer_good = covered(outer, favourites) * 100 >= own_share * kGoodShare;
        sets_[i] = is_outer_good ? outer : own;
    }
    return true;
}

void Survey::swap(Survey& other) noexcept {
    blocks_.swap(other.blocks_);
    loops_.swap(other.loops_);
    uses_.swap(other.uses_);
    counts_.swap(other.counts_);
    domains_.swap(other.domains_);
    sets_.swap(other.sets_);
}

Result<std::span<const PinSet>> Survey::loop(Walk behind_opcode) noexcept {
    behind_opcode.pass_immediate(Immediate::block_type);
    if (!prepare() || !open(true, kAlways) || !walk(behind_opcode) || !choose()) return kOutOfMemory;
    return std::as_const(sets_).span();
}

Result<const PinSet*> Survey::body(Walk first) noexcept {
    if (!prepare() || !open(true, kAlways)) return kOutOfMemory;
    loops_.back().calls = kEntryWeight * kAlways;
    if (!walk(first) || !choose()) return kOutOfMemory;
    return &std::as_const(sets_)[0];
}

} // namespace detent::fast
