// Contracts: the contract calls that are running, and how one begins and ends. Source: HOST_ABI.md, ABI-30 to ABI-37.
#pragma once

#include "engine/base/result.hpp"
#include "engine/exec/host.hpp"
#include "engine/profile.hpp"
#include "host_abi/code_cache.hpp"
#include "host_abi/journal.hpp"
#include "host_abi/linker.hpp"
#include "host_abi/outcome.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace detent {

/// The flags of `call` (ABI-31).
inline constexpr std::uint32_t kCallStatic = 1;
inline constexpr std::uint32_t kCallDelegate = 2;
inline constexpr std::uint32_t kCallAllowReentry = 4;

/// A contract call that is running. Its depth is its place among the frames.
struct ContractFrame {
    /// Of the code that runs.
    Hash code_hash;
    Address self;
    Address caller;
    std::uint64_t value = 0;
    bool is_static = false;
    /// Of the call that this frame is making, if any (ABI-32).
    bool allows_reentry = false;
    Bytes input;
    Bytes output;
    Bytes return_data;
    /// What to go back to if it fails, the transfer undone too.
    Journal::Checkpoint before;
    /// Set where the frame is a creation's.
    std::optional<Address> created;
};

struct CallTarget {
    Address to;
    std::uint64_t value = 0;
    ByteView input;
    std::uint32_t flags = 0;
};

struct Creation {
    ByteView code;
    std::uint64_t salt = 0;
    std::uint64_t value = 0;
    ByteView input;
};

/// A call that is over at once, because it was refused or had no code to run; or guest code to enter, for which a frame
/// has been made.
struct Opened {
    Outcome outcome = Outcome::Success;
    std::optional<EntryRequest> entry;
};

/// A call that has ended. The output is empty where it does not count.
struct Closed {
    Outcome outcome = Outcome::Success;
    Bytes output;
    std::optional<Address> created;
};

/// What they refer to MUST outlive them. Every error is a Fault.
class Contracts {
  public:
    /// Nested contract calls beyond the transaction's own (ABI-31).
    static constexpr std::size_t kMaximumDepth = 64;

    Contracts(Journal& journal, const Linker& linker, const Schedule& schedule, const Profile& profile,
              CodeCache& cache, const Address& origin) noexcept
        : journal_(journal), linker_(linker), schedule_(schedule), profile_(profile), cache_(cache), origin_(origin) {}

    /// Begins a call, or a creation, by the top frame, or by the origin while there is none. The views MUST NOT lie in
    /// frames.
    [[nodiscard]] Result<Opened> call(const CallTarget& target) noexcept;
    [[nodiscard]] Result<Opened> create(const Creation& creation) noexcept;

    /// Ends the top frame; undoes everything it did unless it returned.
    [[nodiscard]] Closed close(const EntryResult& result) noexcept;

    [[nodiscard]] ContractFrame& top() noexcept { return frames_.back(); }
    /// Of the top frame.
    [[nodiscard]] std::uint32_t depth() const noexcept { return static_cast<std::uint32_t>(frames_.size() - 1); }
    [[nodiscard]] const Address& origin() const noexcept { return origin_; }
    /// The outermost first.
    [[nodiscard]] std::span<const ContractFrame> frames() const noexcept { return frames_.span(); }

    /// Code that the journal has, compiled; null if it has none of that hash. An error is that of the code, or a Fault.
    [[nodiscard]] Result<std::shared_ptr<const Code>> find_code(const Hash& hash) noexcept;

  private:
    friend class ContractsRestorer;

    [[nodiscard]] bool is_too_deep() const noexcept { return frames_.size() > kMaximumDepth; }
    [[nodiscard]] bool may_enter(const Address& address) const noexcept;
    [[nodiscard]] Address sender() const noexcept { return frames_.empty() ? origin_ : frames_.back().self; }
    [[nodiscard]] Result<bool> transfer(const Address& from, const Address& to, std::uint64_t value) noexcept;
    [[nodiscard]] Result<std::shared_ptr<const Code>> compiled(const Hash& hash, ByteView code) noexcept;
    [[nodiscard]] Result<std::shared_ptr<const Code>> stored(const Hash& hash) noexcept;
    [[nodiscard]] ContractFrame callee(const CallTarget& target) const noexcept;
    [[nodiscard]] Result<Opened> enter_call(const CallTarget& target, const Hash& code_hash,
                                            Journal::Checkpoint&& before) noexcept;
    [[nodiscard]] Result<Opened> enter_creation(const Creation& creation, const Hash& code_hash,
                                                std::shared_ptr<const Code> code, Buffer<ExternVal>&& imports) noexcept;
    [[nodiscard]] Status push(ContractFrame&& frame, ByteView input) noexcept;

    Journal& journal_;
    const Linker& linker_;
    const Schedule& schedule_;
    const Profile& profile_;
    CodeCache& cache_;
    Address origin_;
    Buffer<ContractFrame> frames_;
};

/// ABI-36.
[[nodiscard]] Address created_address(const Address& creator, std::uint64_t salt, const Hash& code_hash) noexcept;

} // namespace detent
