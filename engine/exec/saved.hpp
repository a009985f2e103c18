// Saving and loading: the canonical bytes of an execution with its store, and back. Source: STATE.md, STA-1 to STA-20.
#pragma once

#include "engine/base/buffer.hpp"
#include "engine/exec/execution.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace detent {

using Digest = std::array<std::uint8_t, 32>;

/// The engine has no cryptography: whoever has it hands it in.
using Sha256 = Digest (*)(std::span<const std::uint8_t> bytes) noexcept;

/// How a state names a module: the SHA-256 of its bytes, and that of the canonical bytes of the profile that it was
/// validated under.
struct ModuleName {
    Digest module{};
    Digest profile{};

    friend bool operator==(const ModuleName&, const ModuleName&) noexcept = default;
};

/// Where an embedder has modules.
class CodeSource {
  public:
    /// The code of that name, or null. Whether it is of that name is tested. An error is handed on.
    [[nodiscard]] virtual Result<std::shared_ptr<const Code>> find(const ModuleName& name) noexcept = 0;

  protected:
    ~CodeSource() = default;
};

/// A function that the host offers, under the number that a state names it by. Module and type MUST outlive the store.
struct HostFunctionOffer {
    HostModule* module = nullptr;
    std::uint32_t number = 0;
    FuncType type;
};

/// What the bytes of an execution only name. All of it is the embedder's; `schedule` MUST outlive the execution.
struct Surroundings {
    Sha256 sha256;
    const Schedule& schedule;
    /// Of the store.
    const LimitValues& limits;
    CodeSource& codes;
    std::span<const HostFunctionOffer> host_functions;
};

/// The canonical bytes of an execution that was begun and has neither ended nor failed, and of all that is in its
/// store; of other executions on the store nothing. An error is not_suspended; not_savable where the host has added
/// something but functions to the store, or two functions under one number; or a Fault.
[[nodiscard]] Result<Buffer<std::uint8_t>> save(const Execution& execution, Sha256 sha256) noexcept;

/// An execution and the store that it lives in.
struct Loaded {
    std::unique_ptr<Store> store;
    Execution execution;

    Loaded(std::unique_ptr<Store> its_store, Execution its_execution) noexcept
        : store(std::move(its_store)), execution(std::move(its_execution)) {}
    Loaded(Loaded&&) noexcept = default;
    /// The store would go before the execution.
    Loaded& operator=(Loaded&&) = delete;
    ~Loaded() = default;
};

/// Makes a store and an execution from bytes that anybody may have written. What loads is in a state from which valid
/// modules go on as they would from one that they had reached, and `save` gives these bytes of it; everything else is
/// an error, whose offset is that of the part of the bytes that is wrong. Takes time and memory for the bytes, the
/// modules that they name, and memories and tables within the limits. What was granted is what was used: it is to be
/// refuelled. References that the embedder held are held again, in the order in which they were, without gaps.
[[nodiscard]] Result<Loaded> load(std::span<const std::uint8_t> bytes, const Surroundings& surroundings) noexcept;

} // namespace detent
