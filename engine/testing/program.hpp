// Program: one module, instantiated and called, for tests: outcome and fuel through one helper.
#pragma once

#include "engine/code/code.hpp"
#include "engine/exec/execution.hpp"
#include "engine/exec/state.hpp"
#include "engine/testing/module_builder.hpp"

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace detent::testing {

inline const Schedule& schedule() { return *Schedule::published(1); }
inline const Profile& profile() { return *Profile::published(1); }

template <class T>
T must(Result<T>&& result) {
    if (result.has_error())
        throw std::runtime_error(std::string(to_text(result.error().code)) + " at " +
                                 std::to_string(result.error().offset));
    return std::move(result).assume_value();
}
inline void must(const Status& status) {
    if (status.has_error()) throw std::runtime_error(std::string(to_text(status.error().code)));
}

/// Every feature that there is, under the limits of profile 1.
inline const Profile& full_profile() {
    static const Profile full = [] {
        Profile all = profile();
        for (std::size_t i = 0; i < kFeatureCount; ++i)
            all.features = all.features.with(static_cast<Feature>(i));
        return all;
    }();
    return full;
}

inline std::shared_ptr<const Code> compiled(const Bytes& bytes, const Profile& judge = profile()) {
    return must(compile(bytes, judge));
}

/// How a call ended, what it used, and the words it returned.
struct Outcome {
    Ending ending = Ending::returned;
    TrapCode trap = TrapCode::Unreachable;
    std::uint64_t used = 0;
    std::vector<std::uint64_t> results;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline Outcome outcome_of(const Execution& execution, Ending ending) {
    Outcome out;
    out.ending = ending;
    out.used = execution.used().units();
    if (ending == Ending::trapped) out.trap = execution.trap().code;
    if (ending == Ending::returned)
        out.results.assign(execution.result_words().begin(), execution.result_words().end());
    return out;
}

/// What executes in all tests of a program: lowered code, or with DETENT_TIER=stepper the stepper.
inline Tier tested_tier() {
    const char* const name = std::getenv("DETENT_TIER");
    return name != nullptr && std::string_view(name) == "stepper" ? Tier::stepper : Tier::fast;
}

/// A module without imports, instantiated.
class Program {
  public:
    explicit Program(const Bytes& bytes, const LimitValues& limits = LimitValues::of(Preset::contract),
                     const Profile& judge = profile())
        : Program(compiled(bytes, judge), limits) {}
    explicit Program(std::shared_ptr<const Code> code, const LimitValues& limits = LimitValues::of(Preset::contract))
        : store_(limits), code_(std::move(code)) {
        Execution made = must(Execution::instantiate(store_, code_, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
        made.use(tested_tier());
        if (must(made.run()) != Ending::returned) throw std::runtime_error("the module does not instantiate");
        instance_ = made.instance().value();
    }

    Store& store() { return store_; }
    const Code& code() const { return *code_; }
    Instance& instance() { return store_.instance(instance_); }

    FuncAddr function(std::string_view name) { return FuncAddr{instance().find_export(name).value().address}; }

    Execution begin(std::string_view name, const std::vector<Value>& arguments, std::uint64_t limit = Fuel::kMaximum,
                    std::uint64_t grant = Fuel::kMaximum) {
        Execution begun =
            must(Execution::invoke(store_, function(name), arguments, schedule(), Fuel(limit), Fuel(grant)));
        begun.use(tested_tier());
        return begun;
    }

    Outcome call(std::string_view name, const std::vector<Value>& arguments, std::uint64_t limit = Fuel::kMaximum) {
        Execution execution = begin(name, arguments, limit, limit);
        const Ending ending = must(execution.run());
        return outcome_of(execution, ending);
    }

  private:
    Store store_;
    std::shared_ptr<const Code> code_;
    InstanceAddr instance_{};
};

/// A program that may use every feature.
class FullProgram : public Program {
  public:
    explicit FullProgram(const Bytes& bytes, const LimitValues& limits = LimitValues::of(Preset::contract))
        : Program(bytes, limits, full_profile()) {}
};

/// A module of one exported function "f".
inline Bytes module_of(const std::vector<ValType>& parameters, const std::vector<ValType>& results, const Bytes& body,
                       const std::vector<Locals>& locals = {}) {
    ModuleBuilder b;
    b.export_function("f", b.function(b.type(parameters, results), locals, body));
    return b.build();
}

} // namespace detent::testing
