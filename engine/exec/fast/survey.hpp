// Survey: which locals a loop uses most, so that they get registers while it runs.
#pragma once

#include "engine/exec/fast/handlers.hpp"
#include "engine/exec/fast/lower.hpp"
#include "engine/exec/fast/walk.hpp"

#include <bit>
#include <optional>

namespace detent::fast {

[[nodiscard]] constexpr Domain domain_of(ValType type) noexcept {
    return type == kF64 ? Domain::f64 : type == kF32 ? Domain::f32 : Domain::word;
}

/// The locals that have registers, by domain.
struct PinSet {
    static constexpr std::uint16_t kFree = 0xFFFF;
    /// Of a domain: so many slots are one word.
    static constexpr std::size_t kMost = 4;
    using Slots = std::array<std::uint16_t, kMost>;
    static constexpr Slots kAllFree = {kFree, kFree, kFree, kFree};

    std::array<Slots, kDomains> slots{kAllFree, kAllFree, kAllFree};

    friend bool operator==(const PinSet&, const PinSet&) noexcept = default;

    /// The slots of a domain's registers.
    [[nodiscard]] std::span<std::uint16_t> of(Domain domain) noexcept {
        return std::span(slots[static_cast<std::size_t>(domain)]).first(pins_of(domain));
    }
    [[nodiscard]] std::span<const std::uint16_t> of(Domain domain) const noexcept {
        return std::span(slots[static_cast<std::size_t>(domain)]).first(pins_of(domain));
    }
    [[nodiscard]] bool is_empty() const noexcept { return *this == PinSet{}; }

    /// Which register of a domain a local has; kMost for none. Looks at all slots at once, since each operand is asked.
    [[nodiscard]] std::size_t find(std::uint32_t slot, Domain domain) const noexcept {
        constexpr std::uint64_t kEach = 0x0001'0001'0001'0001;
        constexpr std::uint64_t kLow = 0x7FFF * kEach;
        const auto row = std::bit_cast<std::uint64_t>(slots[static_cast<std::size_t>(domain)]);
        const std::uint64_t differ = row ^ slot * kEach;
        // The uppermost bit of each that does not differ.
        const std::uint64_t same = ~(((differ & kLow) + kLow) | differ | kLow);
        const int before = std::endian::native == std::endian::little ? std::countr_zero(same) : std::countl_zero(same);
        return static_cast<std::size_t>(before) / 16;
    }
};

/// Outside of loops.
inline constexpr PinSet kNoPins;

/// Chooses the registers of loops, one outermost loop after the other; keeps its room. Time and room are linear in what
/// the loops have of a body, and in the locals of a function that has any.
///
/// A use counts by how often it is probably come to: at the beginning of a loop kAlways, and so on from there, a branch
/// being taken as often as not, but seldom if it leaves the loop.
class Survey {
  public:
    /// Exchanges the room of both, between functions.
    void swap(Survey& other) noexcept;

    /// Loops of this function come next.
    void begin(const LoweringRequest& request) noexcept {
        request_ = &request;
        has_wide_locals_ = function().has_wide_locals;
        knows_domains_ = false;
    }

    /// Of the loop whose block type comes next, which is within no other, and of those within it, in the order of their
    /// opcodes: as long as no other one is surveyed.
    [[nodiscard]] Result<std::span<const PinSet>> loop(Walk behind_opcode) noexcept;
    /// Of a whole body without branches, from its first instruction.
    [[nodiscard]] Result<const PinSet*> body(Walk first) noexcept;

  private:
    static constexpr std::uint32_t kNone = 0xFFFF'FFFF;
    static constexpr std::uint32_t kMostWeight = 0x0FFF'FFFF;
    static constexpr std::uint32_t kAlways = 256;

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
        /// How often it is come to, where it stands.
        std::uint32_t entered = kAlways;
        /// As the uses are weighed.
        std::uint32_t calls = 0;

        void add(Use use) noexcept;
    };

    struct Block {
        /// The loop that it is, or kNone; and the one around it.
        std::uint32_t loop = kNone;
        std::uint32_t outer = kNone;
        /// Where the uses of the loop begin.
        std::uint32_t first_use = 0;
        /// How often branches come to what stands behind it. Of an `if`, how often its condition does not hold.
        std::uint32_t behind = 0;
        std::uint32_t otherwise = 0;
    };

    [[nodiscard]] const FunctionCode& function() const noexcept { return request_->code.function(request_->function); }
    [[nodiscard]] bool prepare() noexcept;
    [[nodiscard]] bool add_domains() noexcept;
    [[nodiscard]] bool walk(Walk in) noexcept;
    [[nodiscard, gnu::noinline]] std::optional<std::uint32_t> pass_other(Walk& in, std::uint32_t often) noexcept;
    /// What is said to be `often` is how often the instruction is come to.
    [[nodiscard]] bool open(bool is_loop, std::uint32_t often) noexcept;
    /// How often what stands behind the block is come to.
    [[nodiscard]] std::uint32_t close(std::uint32_t often) noexcept;
    void end_loop(const Block& block) noexcept;
    [[gnu::noinline]] void use(std::uint32_t index, std::uint32_t often) noexcept;
    /// The same, without a call where there is room.
    [[gnu::always_inline]] void use_soon(std::uint32_t index, std::uint32_t often) noexcept {
        if (often == 0 || has_wide_locals_ || uses_.size() == uses_.capacity()) return use(index, often);
        static_cast<void>(uses_.push_back({static_cast<std::uint16_t>(index), often}));
    }
    void branch(std::uint32_t label, std::uint32_t often) noexcept;
    /// How often it is taken.
    [[nodiscard]] std::uint32_t branch_if(std::uint32_t label, std::uint32_t often) noexcept;
    void branch_table(Walk& targets, std::uint32_t often) noexcept;
    [[nodiscard]] bool leaves_loop(std::uint32_t label) const noexcept;
    [[nodiscard]] bool choose() noexcept;
    void choose(PinSet& set, const Favourites& favourites, const PinSet& outer, Domain domain) const noexcept;
    [[nodiscard]] std::uint64_t covered(const PinSet& set, const Favourites& favourites) const noexcept;

    const LoweringRequest* request_ = nullptr;
    std::uint32_t loop_ = kNone;
    bool has_failed_ = false;
    bool has_wide_locals_ = false;
    bool knows_domains_ = false;
    /// Among the locals.
    bool has_floats_ = false;
    Buffer<Block> blocks_;
    Buffer<Favourites> loops_;
    Buffer<Use> uses_;
    /// Of slots, zero between loops.
    Buffer<std::uint32_t> counts_;
    Buffer<Domain> domains_;
    Buffer<PinSet> sets_;
};

} // namespace detent::fast
