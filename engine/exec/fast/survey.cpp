#include "engine/exec/fast/survey.hpp"

#include <algorithm>

namespace detent::fast {
namespace {

/// A use in a loop within the loop counts for so many.
constexpr std::uint32_t kInnerWeight = 8;
/// Registers are loaded anew behind each call, which is worth so many uses.
constexpr std::uint32_t kCallWeight = 6;
/// A loop keeps the set of the loop around it if that covers at least this share of its own best, in hundredths.
constexpr std::uint64_t kGoodShare = 80;

/// What a survey makes of an instruction or delimiter.
enum class Sight : std::uint8_t { nothing, number, access, local, call, opening, end, other };

[[nodiscard]] constexpr Sight sight_of(Op op) noexcept {
    // Not every instruction is listed, on purpose: what has other immediates, or an opcode of two parts, is rare.
    if (op == Op::end) return Sight::end;
    if (op == Op::else_) return Sight::nothing;
    if (!is_instruction(op)) return Sight::other;
    if (op == Op::call || op == Op::call_indirect || op == Op::call_ref) return Sight::call;
    const Immediate immediate = immediate_of(op);
    if (is_opening(op)) return Sight::opening;
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
    std::size_t at = kMost;
    while (at > 0 && uses[at - 1].weight < use.weight)
        --at;
    if (at == kMost) return;
    std::move_backward(uses.begin() + at, uses.end() - 1, uses.end());
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
    const auto add = [&](ValType local) {
        for (std::uint32_t i = 0; i < words_of(local); ++i)
            domains_[slot++] = domain_of(local);
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

bool Survey::open(bool is_loop) noexcept {
    Block block{kNone, loop_, static_cast<std::uint32_t>(uses_.size())};
    if (is_loop) {
        block.loop = loop_ = static_cast<std::uint32_t>(loops_.size());
        if (!loops_.emplace_back()) return false;
        loops_.back().outer = block.outer;
    }
    return blocks_.push_back(block);
}

void Survey::close() noexcept {
    const Block block = blocks_.back();
    blocks_.pop_back();
    if (block.loop != kNone) end_loop(block);
}

void Survey::use(std::uint32_t index) noexcept {
    if (!has_wide_locals_) return keep({static_cast<std::uint16_t>(index), 1});
    const LocalSlot local = request_->code.local(request_->function, index);
    if (local.words == 1) keep({static_cast<std::uint16_t>(local.word), 1});
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
    loops_[loop_].calls += std::min(favourites.calls, kMostWeight / kInnerWeight) * kInnerWeight;
    loops_[loop_].calls = std::min(loops_[loop_].calls, kMostWeight);
    for (const Use& use : favourites.uses) {
        if (use.weight != 0) keep({use.slot, std::min(use.weight, kMostWeight / kInnerWeight) * kInnerWeight});
    }
}

/// From behind the opcode of a loop to its end. False if there is no memory.
bool Survey::walk(Walk behind_opcode) noexcept {
    behind_opcode.pass_immediate(Immediate::block_type);
    if (!open(true)) return false;
    // A copy, which a compiler keeps in registers.
    Walk in = behind_opcode;
    while (true) {
        const std::uint8_t opcode = in.peek();
        // The most frequent one by itself, which is foreseen more often than where a jump goes.
        if (opcode == row(Op::local_get).code) {
            static_cast<void>(in.byte());
            use(in.u32());
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
            use(in.u32());
            continue;
        case Sight::end:
            static_cast<void>(in.byte());
            close();
            if (blocks_.empty()) return !has_failed_;
            continue;
        case Sight::call: ++loops_[loop_].calls; break;
        case Sight::opening:
        case Sight::other: break;
        }
        Walk other = in;
        const Op op = other.op();
        other.pass_immediate(immediate_of(op));
        in = other;
        if (is_opening(op) && !open(op == Op::loop)) return false;
    }
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
        for (const Domain domain : {Domain::word, Domain::f64, Domain::f32})
            choose(own, favourites, outer, domain);
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

Result<std::span<const PinSet>> Survey::loop(Walk behind_opcode) noexcept {
    if (!prepare() || !walk(behind_opcode) || !choose()) return kOutOfMemory;
    return std::as_const(sets_).span();
}

} // namespace detent::fast
