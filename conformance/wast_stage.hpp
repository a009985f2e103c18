// ScriptStage: what the commands of one script act on: a store, the modules and instances that have names, and the one
// that is current.
#pragma once

#include "conformance/wast.hpp"
#include "conformance/wast_spectest.hpp"
#include "engine/exec/execution.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detent::conformance {

using SharedCode = std::shared_ptr<const Code>;

/// How an action or an instantiation ended.
struct Outcome {
    /// `unlinkable` and `refused` began nothing; the latter is what a script cannot mean: an unknown name, wrong
    /// arguments. A Fault is `refused` too.
    enum class End : std::uint8_t { returned, trapped, out_of_fuel, unlinkable, refused };

    End end = End::returned;
    Trap trap;
    std::vector<Value> results;
    std::optional<InstanceAddr> instance;
    /// Why it was unlinkable or refused.
    std::string reason;
};

class ScriptStage {
  public:
    /// A script keeps the instances of all of its modules in one store, where a transaction has its own and those it
    /// calls: so their number alone is not that of the preset.
    explicit ScriptStage(const ScriptOptions& options)
        : options_(options),
          store_(options.profile.limits().with(Limit::instances, LimitValues::of(Preset::spec)[Limit::instances])) {}

    /// Adds `spectest`. Once, before anything else.
    [[nodiscard]] Status prepare() { return spectest_.add_to(store_); }

    [[nodiscard]] const Store& store() const noexcept { return store_; }
    /// By all executions.
    [[nodiscard]] Fuel used() const noexcept { return used_; }
    [[nodiscard]] const TierCounts& counts() const noexcept { return counts_; }

    // Names. Without an id, the last definition or the current instance; null or nothing where there is none.
    void bind_definition(const text::ScriptId& id, SharedCode code);
    [[nodiscard]] SharedCode find_definition(const text::ScriptId& id) const;
    /// Nothing for an instance that could not be made, so that no later command takes an older one for it.
    void bind_instance(const text::ScriptId& id, std::optional<InstanceAddr> instance);
    [[nodiscard]] std::optional<InstanceAddr> find_instance(const text::ScriptId& id) const;
    void register_instance(const std::string& name, InstanceAddr instance) { registered_[name] = instance; }

    /// The instance is bound to no name.
    [[nodiscard]] Outcome instantiate(const SharedCode& code);
    [[nodiscard]] Outcome perform(const text::Action& action);

  private:
    [[nodiscard]] Outcome act(const text::Invoke& invoke);
    [[nodiscard]] Outcome act(const text::Get& get);
    [[nodiscard]] Outcome drive(Result<Execution>&& begun);
    /// The export, or why there is none of that kind.
    [[nodiscard]] std::optional<std::uint32_t> find_export(const text::ScriptId& id, const std::string& name,
                                                           ExternKind kind, Outcome& outcome) const;
    [[nodiscard]] std::optional<ExternVal> find_import(std::string_view module, std::string_view name) const;

    const ScriptOptions& options_;
    Spectest spectest_;
    Store store_;
    Fuel used_;
    TierCounts counts_;
    std::map<std::string, SharedCode, std::less<>> definitions_;
    std::map<std::string, InstanceAddr, std::less<>> instances_;
    std::map<std::string, InstanceAddr, std::less<>> registered_;
    SharedCode last_definition_;
    std::optional<InstanceAddr> current_;
};

} // namespace detent::conformance
