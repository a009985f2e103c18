// Sides: who `detent bisect` compares, as it asks them: for their commitments, and for the moment at which so much fuel
// is used.
#pragma once

#include "engine/exec/commitment.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace detent::cli {

/// Where a run stands that was allowed so much fuel: paused, with the bytes of what was saved, or at its end.
struct Moment {
    std::string status;
    /// What the end is, as JSON; empty of a pause.
    std::string outcome;
    std::uint64_t used = 0;
    std::string saved;

    [[nodiscard]] bool is_paused() const noexcept { return !saved.empty(); }
    friend bool operator==(const Moment&, const Moment&) noexcept = default;
};

class Side {
  public:
    /// `text` is a command line of a build of detent, a file of commitments, or `exec:` and a command. What is none of
    /// these, or does not answer, is a failure that names it.
    [[nodiscard]] static std::unique_ptr<Side> of(const std::string& text, const std::vector<std::string>& task);

    Side() = default;
    Side(const Side&) = delete;
    Side& operator=(const Side&) = delete;
    virtual ~Side() = default;

    [[nodiscard]] virtual bool has_states() const noexcept = 0;
    [[nodiscard]] virtual std::vector<Commitment> chain(Fuel every) = 0;
    /// From a saved file on, or from the beginning if that is empty. `scratch` is a file that may be written. `tier` is
    /// one that is asked for, unless it is empty.
    [[nodiscard]] virtual Moment at(const std::string& from, Fuel pause, const std::string& scratch,
                                    const std::string& tier) = 0;
};

} // namespace detent::cli
