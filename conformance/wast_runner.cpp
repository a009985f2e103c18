#include "conformance/wast_runner.hpp"

#include "conformance/wast_choices.hpp"
#include "conformance/wast_values.hpp"
#include "engine/features.hpp"
#include "engine/limits.hpp"

#include <utility>

namespace detent::conformance {

namespace {

/// Traps fall into classes, which a script tells apart: of WebAssembly's own, of exhausted resources, and an exception
/// that nothing caught. The others are no trap in the sense of a script.
enum class TrapClass : std::uint8_t { trap, exhaustion, exception, other };

TrapClass class_of(TrapCode code) noexcept {
    switch (code) {
    case TrapCode::Unreachable:
    case TrapCode::IntegerDivideByZero:
    case TrapCode::IntegerOverflow:
    case TrapCode::InvalidConversionToInteger:
    case TrapCode::OutOfBoundsMemoryAccess:
    case TrapCode::OutOfBoundsTableAccess:
    case TrapCode::UndefinedElement:
    case TrapCode::UninitializedElement:
    case TrapCode::IndirectCallTypeMismatch:
    case TrapCode::NullReference:
    case TrapCode::CastFailure:
    case TrapCode::OutOfBoundsArrayAccess: return TrapClass::trap;
    case TrapCode::UncaughtException: return TrapClass::exception;
    case TrapCode::CallDepth:
    case TrapCode::StackExhausted: return TrapClass::exhaustion;
    case TrapCode::HeapExhausted:
    case TrapCode::LimitExceeded:
    case TrapCode::Host: break;
    }
    return TrapClass::other;
}

bool trapped_as(const Outcome& outcome, TrapClass wanted) noexcept {
    return outcome.end == Outcome::End::trapped && class_of(outcome.trap.code) == wanted;
}

std::string described(const Outcome& outcome) {
    switch (outcome.end) {
    case Outcome::End::returned: break;
    case Outcome::End::trapped: return "trapped: " + std::string(message(outcome.trap.code));
    case Outcome::End::out_of_fuel: return "ran out of fuel";
    case Outcome::End::unlinkable: return "cannot be linked: " + outcome.reason;
    case Outcome::End::refused: return "cannot be run: " + outcome.reason;
    }
    std::string text = "returned";
    for (const Value& value : outcome.results)
        text += (&value == outcome.results.data() ? " " : ", ") + shown(value, nullptr);
    return text;
}

/// The text of an error and what its detail names.
std::string message_of(const Error& error) {
    const std::string text(to_text(error.code));
    if (error.code == ErrorCode::limit_exceeded && error.detail < kLimitCount) {
        return text + ": " + std::string(to_text(static_cast<Limit>(error.detail)));
    }
    if (error.code == ErrorCode::feature_off && error.detail < kFeatureCount) {
        return text + ": " + std::string(to_text(static_cast<Feature>(error.detail)));
    }
    return text;
}

/// The last part of a path.
std::string_view name_of(std::string_view file) noexcept { return file.substr(file.find_last_of('/') + 1); }

} // namespace

ScriptReport ScriptRunner::run(const text::Script& script) {
    if (const Status ready = stage_.prepare(); ready.has_error()) {
        report_.tallies.unreadable = 1;
        report_.failures.push_back({{}, CommandKind::module, "spectest: " + message_of(ready.assume_error())});
        return std::move(report_);
    }
    for (const text::Command& command : script.commands)
        run(command);
    report_.used = stage_.used();
    report_.counts = stage_.counts();
    return std::move(report_);
}

void ScriptRunner::run(const text::Command& command) {
    place_ = command.place;
    kind_ = kind_of(command);
    Tally& tally = report_.tallies.of(kind_);
    ++tally.ran;
    Verdict failure = std::visit([this](const auto& each) { return carry_out(each); }, command.what);
    if (!failure) return;
    ++tally.failed;
    report_.failures.push_back({place_, kind_, std::move(*failure)});
}

// Modules

ScriptRunner::Loaded ScriptRunner::load(const text::ScriptModule& module) const {
    if (module.parsed.has_error()) return {nullptr, module.parsed.assume_error(), true};
    Result<SharedCode> code = compile(module.parsed.assume_value().bytes, options_.profile);
    if (code.has_error()) return {nullptr, code.assume_error(), false};
    return {std::move(code).assume_value(), std::nullopt, false};
}

/// "malformed: unknown operator i32.addd at 3:7". Places of a quoted module count in the quoted text.
std::string ScriptRunner::described(const text::ScriptModule& module, const Loaded& loaded) const {
    const Error error = *loaded.error;
    const std::string_view text = module.form == text::ModuleForm::quote ? module.quoted : source_;
    std::optional<std::size_t> offset = static_cast<std::size_t>(error.offset);
    if (!loaded.in_text) offset = module.parsed.assume_value().source.find(error.offset);
    std::string said = std::string(to_text(kind_of(error.code))) + ": ";
    said += loaded.in_text ? text::message_of(text, error) : message_of(error);
    if (module.form == text::ModuleForm::binary || !offset) return said + " at byte " + std::to_string(error.offset);
    const text::Place place = text::place_at(text, *offset);
    return said + " at " + std::to_string(place.line) + ":" + std::to_string(place.column) +
           (module.form == text::ModuleForm::quote ? " of the quoted text" : "");
}

ScriptRunner::Verdict ScriptRunner::define(const text::ScriptModule& module) {
    Loaded loaded = load(module);
    stage_.bind_definition(module.id, loaded.code);
    if (loaded.error) return "the module is refused as " + described(module, loaded);
    return std::nullopt;
}

ScriptRunner::Verdict ScriptRunner::instantiate(const SharedCode& code, const text::ScriptId& id) {
    const Outcome outcome = stage_.instantiate(code);
    const bool made = outcome.end == Outcome::End::returned;
    stage_.bind_instance(id, made ? outcome.instance : std::nullopt);
    if (made) return std::nullopt;
    return "the module " + conformance::described(outcome);
}

ScriptRunner::Verdict ScriptRunner::carry_out(const text::ModuleCommand& command) {
    const text::ScriptId& id = command.module.id;
    if (Verdict refused = define(command.module)) {
        stage_.bind_instance(id, std::nullopt);
        return refused;
    }
    return instantiate(stage_.find_definition({}), id);
}

ScriptRunner::Verdict ScriptRunner::carry_out(const text::DefinitionCommand& command) { return define(command.module); }

ScriptRunner::Verdict ScriptRunner::carry_out(const text::InstanceCommand& command) {
    const SharedCode code = stage_.find_definition(command.module);
    if (code != nullptr) return instantiate(code, command.instance);
    stage_.bind_instance(command.instance, std::nullopt);
    return "there is no such module definition";
}

ScriptRunner::Verdict ScriptRunner::carry_out(const text::RegisterCommand& command) {
    const std::optional<InstanceAddr> instance = stage_.find_instance(command.instance);
    if (!instance) return "there is no such instance";
    stage_.register_instance(command.name, *instance);
    return std::nullopt;
}

// Actions

ScriptRunner::Verdict ScriptRunner::carry_out(const text::ActionCommand& command) {
    const Outcome outcome = stage_.perform(command.action);
    if (outcome.end == Outcome::End::returned) return std::nullopt;
    return conformance::described(outcome);
}

ScriptRunner::Verdict ScriptRunner::judge_results(const std::vector<text::Expected>& wanted,
                                                  const Outcome& outcome) const {
    if (outcome.end != Outcome::End::returned) return conformance::described(outcome);
    if (outcome.results.size() != wanted.size()) {
        return "expected " + std::to_string(wanted.size()) + " results, but it " + conformance::described(outcome);
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (matches(wanted[i], outcome.results[i], stage_.store())) continue;
        const std::string which = wanted.size() == 1 ? "" : "result " + std::to_string(i + 1) + ": ";
        return which + "expected " + shown(wanted[i]) + ", got " + shown(outcome.results[i], &wanted[i]);
    }
    return std::nullopt;
}

ScriptRunner::Verdict ScriptRunner::carry_out(const text::AssertReturn& command) {
    const Outcome outcome = stage_.perform(command.action);
    if (!options_.strict) return judge_results(command.results, outcome);
    const auto* const invoke = std::get_if<text::Invoke>(&command.action);
    std::vector<text::Expected> wanted = command.results;
    if (Verdict unknown = narrow(wanted, name_of(file_), invoke == nullptr ? "" : invoke->name)) return unknown;
    return judge_results(wanted, outcome);
}

ScriptRunner::Verdict ScriptRunner::carry_out(const text::AssertTrap& command) {
    Outcome outcome;
    if (const auto* action = std::get_if<text::Action>(&command.what)) {
        outcome = stage_.perform(*action);
    } else {
        const auto& module = std::get<text::ScriptModule>(command.what);
        const Loaded loaded = load(module);
        if (loaded.error) return "expected a trap, but the module is refused as " + described(module, loaded);
        outcome = stage_.instantiate(loaded.code);
    }
    if (!trapped_as(outcome, TrapClass::trap)) return "expected a trap, but it " + conformance::described(outcome);
    compare_message(command.message, message(outcome.trap.code));
    return std::nullopt;
}

ScriptRunner::Verdict ScriptRunner::carry_out(const text::AssertExhaustion& command) {
    const Outcome outcome = stage_.perform(command.action);
    if (!trapped_as(outcome, TrapClass::exhaustion)) {
        return "expected to exhaust the call stack, but it " + conformance::described(outcome);
    }
    compare_message(command.message, message(outcome.trap.code));
    return std::nullopt;
}

ScriptRunner::Verdict ScriptRunner::carry_out(const text::AssertException& command) {
    const Outcome outcome = stage_.perform(command.action);
    if (trapped_as(outcome, TrapClass::exception)) return std::nullopt;
    return "expected an exception, but it " + conformance::described(outcome);
}

// Modules that are wrong

namespace {

/// Whether the refusal is of the class that the script asserts. What is malformed in the text is refused as text, and
/// what is wrong with the bytes as bytes. Annotations are read by the parser alone, which judges both their form and
/// their meaning.
bool is_of_class(text::ModuleFault fault, ErrorKind kind, bool in_text, text::ModuleForm form) noexcept {
    switch (fault) {
    case text::ModuleFault::malformed:
        return kind == ErrorKind::malformed && in_text == (form != text::ModuleForm::binary);
    case text::ModuleFault::invalid: return kind == ErrorKind::invalid && !in_text;
    case text::ModuleFault::malformed_custom: return kind == ErrorKind::malformed && in_text;
    case text::ModuleFault::invalid_custom: return kind == ErrorKind::invalid && in_text;
    case text::ModuleFault::unlinkable: break;
    }
    return false;
}

} // namespace

ScriptRunner::Verdict ScriptRunner::judge_refusal(const text::AssertModule& command, const Loaded& loaded) {
    const text::ScriptModule& module = command.module;
    if (!is_of_class(command.fault, kind_of(loaded.error->code), loaded.in_text, module.form)) {
        return "the module is refused as " + described(module, loaded);
    }
    const std::string_view text = module.form == text::ModuleForm::quote ? module.quoted : source_;
    compare_message(command.message,
                    loaded.in_text ? text::message_of(text, *loaded.error) : message_of(*loaded.error));
    return std::nullopt;
}

ScriptRunner::Verdict ScriptRunner::carry_out(const text::AssertModule& command) {
    const Loaded loaded = load(command.module);
    if (loaded.error) return judge_refusal(command, loaded);
    if (command.fault != text::ModuleFault::unlinkable) return "the module is accepted";
    const Outcome outcome = stage_.instantiate(loaded.code);
    if (outcome.end != Outcome::End::unlinkable) return "the module " + conformance::described(outcome);
    compare_message(command.message, outcome.reason);
    return std::nullopt;
}

void ScriptRunner::compare_message(const std::string& wanted, std::string_view got) {
    if (got.starts_with(wanted) || wanted.starts_with(got)) return;
    report_.remarks.push_back({place_, kind_, "\"" + wanted + "\" here is \"" + std::string(got) + "\""});
}

} // namespace detent::conformance
