#include "host_abi/outcome.hpp"

namespace detent {

std::string_view to_text(Outcome outcome) noexcept {
    switch (outcome) {
#define OUTCOME(number, name, when)                                                                                    \
    case Outcome::name: return #name;
#include "host_abi/outcomes.def"
#undef OUTCOME
    }
    return "unknown";
}

std::string_view description(Outcome outcome) noexcept {
    switch (outcome) {
#define OUTCOME(number, name, when)                                                                                    \
    case Outcome::name: return when;
#include "host_abi/outcomes.def"
#undef OUTCOME
    }
    return "unknown";
}

std::optional<Outcome> outcome_numbered(std::uint32_t number) noexcept {
    switch (static_cast<Outcome>(number)) {
#define OUTCOME(number, name, when) case Outcome::name:
#include "host_abi/outcomes.def"
#undef OUTCOME
        return static_cast<Outcome>(number);
    }
    return std::nullopt;
}

std::optional<Outcome> outcome_named(std::string_view text) noexcept {
#define OUTCOME(number, name, when)                                                                                    \
    if (text == #name) return Outcome::name;
#include "host_abi/outcomes.def"
#undef OUTCOME
    return std::nullopt;
}

Outcome outcome_of(Trap trap) noexcept {
    const bool by_host = trap.code == TrapCode::Host;
    return static_cast<Outcome>(by_host ? trap.host_code : static_cast<std::uint32_t>(trap.code));
}

bool has_output(Outcome outcome) noexcept {
    return outcome == Outcome::Success || outcome == Outcome::Revert || outcome == Outcome::Abort;
}

} // namespace detent
