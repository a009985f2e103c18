#include "conformance/wast_stage.hpp"

#include "conformance/wast_values.hpp"

#include <algorithm>
#include <utility>

namespace detent::conformance {

namespace {

Outcome refused(std::string reason) { return {Outcome::End::refused, {}, {}, {}, std::move(reason)}; }

Outcome refused(const Error& error) { return refused(std::string(to_text(error.code))); }

std::string named(const Module& module, const Import& import) {
    return std::string(module.text(import.module_name)) + "." + std::string(module.text(import.name));
}

Outcome unlinkable(const Error& error, const Module& module, const Import& import) {
    return {Outcome::End::unlinkable, {}, {}, {}, std::string(to_text(error.code)) + ": " + named(module, import)};
}

/// What the name names; null where that is nothing.
template <class T>
const T* find(const std::map<std::string, T, std::less<>>& names, std::string_view name) {
    const auto found = names.find(name);
    return found == names.end() ? nullptr : &found->second;
}

} // namespace

void ScriptStage::bind_definition(const text::ScriptId& id, SharedCode code) {
    if (id) definitions_[*id] = code;
    last_definition_ = std::move(code);
}

SharedCode ScriptStage::find_definition(const text::ScriptId& id) const {
    if (!id) return last_definition_;
    const SharedCode* const found = find(definitions_, *id);
    return found == nullptr ? nullptr : *found;
}

void ScriptStage::bind_instance(const text::ScriptId& id, std::optional<InstanceAddr> instance) {
    if (id) instances_.erase(*id);
    if (id && instance) instances_.emplace(*id, *instance);
    current_ = instance;
}

std::optional<InstanceAddr> ScriptStage::find_instance(const text::ScriptId& id) const {
    if (!id) return current_;
    const InstanceAddr* const found = find(instances_, *id);
    return found == nullptr ? std::nullopt : std::optional(*found);
}

// Instantiation

std::optional<ExternVal> ScriptStage::find_import(std::string_view module, std::string_view name) const {
    if (const InstanceAddr* const instance = find(registered_, module)) {
        return store_.instance(*instance).find_export(name);
    }
    return module == "spectest" ? spectest_.find(name) : std::nullopt;
}

Outcome ScriptStage::instantiate(const SharedCode& code) {
    const Module& module = code->module();
    std::vector<ExternVal> imports;
    for (const Import& import : module.imports) {
        const auto found = find_import(module.text(import.module_name), module.text(import.name));
        if (!found) return unlinkable(Error{ErrorCode::unknown_import}, module, import);
        imports.push_back(*found);
    }
    Result<Execution> begun =
        Execution::instantiate(store_, code, imports, *options_.schedule, options_.limit, options_.slice);
    if (begun.has_error() && kind_of(begun.assume_error().code) == ErrorKind::link) {
        return unlinkable(begun.assume_error(), module, module.imports[begun.assume_error().detail]);
    }
    return drive(std::move(begun));
}

// Actions

Outcome ScriptStage::perform(const text::Action& action) {
    return std::visit([this](const auto& each) { return act(each); }, action);
}

std::optional<std::uint32_t> ScriptStage::find_export(const text::ScriptId& id, const std::string& name,
                                                      ExternKind kind, Outcome& outcome) const {
    const std::optional<InstanceAddr> instance = find_instance(id);
    if (!instance) {
        outcome = refused(id ? "there is no instance $" + *id : "there is no current instance");
        return std::nullopt;
    }
    const std::optional<ExternVal> found = store_.instance(*instance).find_export(name);
    if (!found || found->kind != kind) {
        outcome = refused("no " + std::string(to_text(kind)) + " is exported as \"" + name + "\"");
        return std::nullopt;
    }
    return found->address;
}

Outcome ScriptStage::act(const text::Invoke& invoke) {
    Outcome outcome;
    const auto address = find_export(invoke.instance, invoke.name, ExternKind::func, outcome);
    if (!address) return outcome;
    const std::span<const ValType> parameters = store_.function(FuncAddr(*address)).type.parameters;
    if (invoke.arguments.size() != parameters.size()) {
        return refused("the function has " + std::to_string(parameters.size()) + " parameters");
    }
    std::vector<Value> arguments;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const std::optional<Value> argument = argument_of(invoke.arguments[i], parameters[i]);
        if (!argument) return refused(shown(invoke.arguments[i]) + " is no " + to_text(parameters[i]).c_str());
        arguments.push_back(*argument);
    }
    return drive(
        Execution::invoke(store_, FuncAddr(*address), arguments, *options_.schedule, options_.limit, options_.slice));
}

Outcome ScriptStage::act(const text::Get& get) {
    Outcome outcome;
    const auto address = find_export(get.instance, get.name, ExternKind::global, outcome);
    if (!address) return outcome;
    const GlobalCell& global = store_.global(GlobalAddr(*address));
    outcome.results.push_back({global.type.value, global.low, global.high});
    return outcome;
}

/// Runs with one grant after the other until it ends.
Outcome ScriptStage::drive(Result<Execution>&& begun) {
    if (begun.has_error()) return refused(begun.assume_error());
    Execution& execution = begun.assume_value();
    execution.use(options_.tier, options_.handover);
    Result<Ending> ending = execution.run();
    while (ending.has_value() && ending.assume_value() == Ending::exhausted && !execution.at_limit()) {
        const Status fuelled = execution.refuel(std::min(execution.grant() + options_.slice, execution.limit()));
        if (fuelled.has_error()) return refused(fuelled.assume_error());
        ending = execution.run();
    }
    used_ = used_ + execution.used();
    counts_ += execution.counts();
    if (ending.has_error()) return refused(ending.assume_error());
    Outcome outcome;
    outcome.instance = execution.instance();
    switch (ending.assume_value()) {
    case Ending::returned: outcome.end = Outcome::End::returned; break;
    case Ending::trapped: outcome.end = Outcome::End::trapped; break;
    case Ending::exhausted: outcome.end = Outcome::End::out_of_fuel; break;
    case Ending::waiting: return refused("it waits for the host");
    }
    if (outcome.end == Outcome::End::trapped) outcome.trap = execution.trap();
    for (std::size_t i = 0; outcome.end == Outcome::End::returned && i < execution.result_count(); ++i)
        outcome.results.push_back(execution.result(i));
    return outcome;
}

} // namespace detent::conformance
