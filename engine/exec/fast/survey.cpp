#include "engine/exec/fast/survey.hpp"

#include "engine/exec/fast/walk.hpp"

#include <algorithm>
#include <cstring>

namespace detent::fast {
namespace {

constexpr std::uint32_t kNone = 0xFFFF'FFFF;
/// A use in a loop within the loop counts for so many.
constexpr std::uint32_t kInnerWeight = 8;
/// Registers are loaded anew behind each call, which is worth so many uses.
constexpr std::uint32_t kCallWeight = 6;
/// A loop keeps the set of the loop around it if that covers at least this share of its own best, in hundredths.
constexpr std::uint64_t kGoodShare = 80;

struct Use {
    std::uint16_t slot = PinSet::kFree;
    std::uint32_t weight = 0;
};

/// What a loop uses most, the most first. No more are carried outward, so that a body takes linear time however its
/// loops are nested.
struct Favourites {
    static constexpr std::size_t kMost = 12;
    std::array<Use, kMost> uses{};
    std::uint32_t outer = kNone;
    /// As the uses are weighed.
    std::uint32_t calls = 0;

    void add(Use use) noexcept {
        std::size_t at = kMost;
        while (at > 0 && uses[at - 1].weight < use.weight)
            --at;
        if (at == kMost) return;
        std::move_backward(uses.begin() + at, uses.end() - 1, uses.end());
        uses[at] = use;
    }
    [[nodiscard]] std::uint64_t weight_of(std::uint16_t slot) const noexcept {
        const auto found = std::ranges::find(uses, slot, &Use::slot);
        return found == uses.end() ? 0 : found->weight;
    }
};

/// Counts the uses of locals, loop by loop.
class Survey {
  public:
    explicit Survey(const LoweringRequest& request) noexcept
        : request_(request), module_(request.code.module()), function_(request.code.function(request.function)) {}

    /// False if there is no memory.
    [[nodiscard]] bool body() noexcept;
    [[nodiscard]] Result<Buffer<PinSet>> choose() const noexcept;

  private:
    struct Block {
        /// The loop that it is, or kNone; and the one around it.
        std::uint32_t loop = kNone;
        std::uint32_t outer = kNone;
        /// Where the uses of the loop begin.
        std::uint32_t first_use = 0;
    };

    /// False if there is no memory.
    [[nodiscard]] bool prepare() noexcept {
        return counts_.resize(function_.local_words) && domains_.resize(function_.local_words) && add_domains();
    }

    [[nodiscard]] bool open(bool is_loop) noexcept {
        Block block{kNone, loop_, static_cast<std::uint32_t>(uses_.size())};
        if (is_loop) {
            Favourites favourites;
            favourites.outer = loop_;
            block.loop = loop_ = static_cast<std::uint32_t>(loops_.size());
            has_failed_ = !loops_.push_back(favourites) || has_failed_;
        }
        return blocks_.push_back(block) && !has_failed_;
    }

    void close() noexcept {
        const Block block = blocks_.back();
        blocks_.pop_back();
        if (block.loop != kNone) end_loop(block);
    }

    void use(std::uint32_t index) noexcept {
        if (loop_ == kNone) return;
        const LocalSlot local =
            function_.has_wide_locals ? request_.code.local(request_.function, index) : LocalSlot{index, 1};
        if (local.words == 1) keep({static_cast<std::uint16_t>(local.word), 1});
    }

    void keep(Use use) noexcept { has_failed_ = !uses_.push_back(use) || has_failed_; }

    [[nodiscard]] bool add_domains() noexcept {
        const FuncType type = module_.function_type(request_.function);
        std::size_t slot = 0;
        const auto add = [&](ValType local) {
            for (std::uint32_t i = 0; i < words_of(local); ++i)
                domains_[slot++] = domain_of(local);
        };
        std::ranges::for_each(type.parameters, add);
        const Body& body = module_.body(request_.function);
        for (const LocalRun& run : module_.local_runs.span().subspan(body.first_run, body.runs)) {
            for (std::uint32_t i = 0; i < run.count; ++i)
                add(run.type);
        }
        return true;
    }

    void end_loop(const Block& block) noexcept {
        Favourites& favourites = loops_[block.loop];
        for (std::size_t i = block.first_use; i < uses_.size(); ++i) {
            std::uint32_t& count = counts_[uses_[i].slot];
            count = std::min(count + uses_[i].weight, kMostWeight);
        }
        for (std::size_t i = block.first_use; i < uses_.size(); ++i) {
            const std::uint16_t slot = uses_[i].slot;
            if (counts_[slot] != 0) favourites.add({slot, counts_[slot]});
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

    void choose(PinSet& set, const Favourites& favourites, const PinSet& outer, Domain domain) const noexcept;
    [[nodiscard]] std::uint64_t covered(const PinSet& set, const Favourites& favourites) const noexcept;

    static constexpr std::uint32_t kMostWeight = 0x0FFF'FFFF;

    const LoweringRequest& request_;
    const Module& module_;
    const FunctionCode& function_;
    std::uint32_t loop_ = kNone;
    bool has_failed_ = false;
    Buffer<Block> blocks_;
    Buffer<Favourites> loops_;
    Buffer<Use> uses_;
    Buffer<std::uint32_t> counts_;
    Buffer<Domain> domains_;
};

bool Survey::body() noexcept {
    if (!prepare() || !open(false)) return false;
    Walk walk(module_, module_.body(request_.function).expression.begin);
    while (!blocks_.empty() && !has_failed_) {
        const Op op = walk.op();
        if (op == Op::end) {
            close();
        } else if (op == Op::local_get || op == Op::local_set || op == Op::local_tee) {
            use(walk.u32());
        } else if (is_instruction(op)) {
            const bool is_call = op == Op::call || op == Op::call_indirect || op == Op::call_ref;
            if (is_call && loop_ != kNone) ++loops_[loop_].calls;
            walk.pass_immediate(immediate_of(op));
            if (is_opening(op) && !open(op == Op::loop)) return false;
        }
    }
    return !has_failed_;
}

/// The best of a domain; a local that has a register outside keeps it.
void Survey::choose(PinSet& set, const Favourites& favourites, const PinSet& outer, Domain domain) const noexcept {
    std::array<std::uint16_t, 4> best{};
    std::size_t count = 0;
    for (const Use& use : favourites.uses) {
        const bool fits = use.weight != 0 && domains_[use.slot] == domain && count < pins_of(domain);
        if (fits) best[count++] = use.slot;
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
    for (const std::uint16_t slot : set.slots)
        weight += slot == PinSet::kFree ? 0 : favourites.weight_of(slot);
    return weight;
}

Result<Buffer<PinSet>> Survey::choose() const noexcept {
    Buffer<PinSet> sets;
    if (!sets.resize(loops_.size())) return kOutOfMemory;
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        const Favourites& favourites = loops_[i];
        const PinSet outer = favourites.outer == kNone ? PinSet{} : sets[favourites.outer];
        PinSet own;
        for (const Domain domain : {Domain::word, Domain::f64, Domain::f32})
            choose(own, favourites, outer, domain);
        if (covered(own, favourites) < std::uint64_t{favourites.calls} * kCallWeight) own = {};
        const bool is_outer_good = covered(outer, favourites) * 100 >= covered(own, favourites) * kGoodShare;
        sets[i] = is_outer_good ? outer : own;
    }
    return sets;
}

/// Whether a body can have a loop: the byte of the opcode is there.
[[nodiscard]] bool may_have_loops(const LoweringRequest& request) noexcept {
    constexpr int kLoopCode = 0x03;
    const ByteRange range = request.code.module().body(request.function).expression;
    const std::uint8_t* const bytes = request.code.module().bytes.data();
    return std::memchr(bytes + range.begin, kLoopCode, range.end - range.begin) != nullptr;
}

} // namespace

Result<Buffer<PinSet>> survey(const LoweringRequest& request) noexcept {
    if (!kHasPins || !may_have_loops(request)) return Buffer<PinSet>();
    Survey found(request);
    if (!found.body()) return kOutOfMemory;
    return found.choose();
}

} // namespace detent::fast
