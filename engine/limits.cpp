#include "engine/limits.hpp"

namespace detent {

namespace {

constexpr LimitValues kSpecLimits{{
#define LIMIT(identifier, spec, contract, what) spec,
#include "engine/limits.def"
#undef LIMIT
}};

constexpr LimitValues kContractLimits{{
#define LIMIT(identifier, spec, contract, what) contract,
#include "engine/limits.def"
#undef LIMIT
}};

} // namespace

std::string_view to_text(Limit limit) noexcept {
    switch (limit) {
#define LIMIT(identifier, spec, contract, what)                                                                        \
    case Limit::identifier: return #identifier;
#include "engine/limits.def"
#undef LIMIT
    }
    return "unknown";
}

std::string_view description(Limit limit) noexcept {
    switch (limit) {
#define LIMIT(identifier, spec, contract, what)                                                                        \
    case Limit::identifier: return what;
#include "engine/limits.def"
#undef LIMIT
    }
    return "unknown";
}

std::string_view to_text(Preset preset) noexcept {
    switch (preset) {
    case Preset::spec: return "spec";
    case Preset::contract: return "contract";
    }
    return "unknown";
}

std::optional<Preset> preset_named(std::string_view name) noexcept {
    for (const Preset preset : {Preset::spec, Preset::contract}) {
        if (to_text(preset) == name) return preset;
    }
    return std::nullopt;
}

const LimitValues& LimitValues::of(Preset preset) noexcept {
    return preset == Preset::spec ? kSpecLimits : kContractLimits;
}

} // namespace detent
