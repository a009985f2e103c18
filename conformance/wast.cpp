#include "conformance/wast.hpp"

#include "conformance/wast_runner.hpp"

namespace detent::conformance {

namespace {

constexpr std::string_view kKindNames[kCommandKinds] = {
    "module",
    "module definition",
    "module instance",
    "register",
    "action",
    "assert_return",
    "assert_trap",
    "assert_exhaustion",
    "assert_exception",
    "assert_malformed",
    "assert_invalid",
    "assert_unlinkable",
    "assert_malformed_custom",
    "assert_invalid_custom",
};

CommandKind kind_asserted(text::ModuleFault fault) noexcept {
    switch (fault) {
    case text::ModuleFault::malformed: return CommandKind::assert_malformed;
    case text::ModuleFault::invalid: return CommandKind::assert_invalid;
    case text::ModuleFault::unlinkable: return CommandKind::assert_unlinkable;
    case text::ModuleFault::malformed_custom: return CommandKind::assert_malformed_custom;
    case text::ModuleFault::invalid_custom: return CommandKind::assert_invalid_custom;
    }
    return CommandKind::assert_malformed;
}

struct KindOf {
    CommandKind operator()(const text::ModuleCommand&) const noexcept { return CommandKind::module; }
    CommandKind operator()(const text::DefinitionCommand&) const noexcept { return CommandKind::definition; }
    CommandKind operator()(const text::InstanceCommand&) const noexcept { return CommandKind::instance; }
    CommandKind operator()(const text::RegisterCommand&) const noexcept { return CommandKind::register_; }
    CommandKind operator()(const text::ActionCommand&) const noexcept { return CommandKind::action; }
    CommandKind operator()(const text::AssertReturn&) const noexcept { return CommandKind::assert_return; }
    CommandKind operator()(const text::AssertTrap&) const noexcept { return CommandKind::assert_trap; }
    CommandKind operator()(const text::AssertExhaustion&) const noexcept { return CommandKind::assert_exhaustion; }
    CommandKind operator()(const text::AssertException&) const noexcept { return CommandKind::assert_exception; }
    CommandKind operator()(const text::AssertModule& assertion) const noexcept {
        return kind_asserted(assertion.fault);
    }
};

} // namespace

std::string_view to_text(CommandKind kind) noexcept { return kKindNames[static_cast<std::size_t>(kind)]; }

CommandKind kind_of(const text::Command& command) noexcept { return std::visit(KindOf{}, command.what); }

std::size_t Tallies::commands() const noexcept {
    std::size_t sum = 0;
    for (const Tally& each : kinds)
        sum += each.ran;
    return sum;
}

std::size_t Tallies::assertions() const noexcept {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < kCommandKinds; ++i)
        sum += is_assertion(static_cast<CommandKind>(i)) ? kinds[i].ran : 0;
    return sum;
}

std::size_t Tallies::failed() const noexcept {
    std::size_t sum = unreadable;
    for (const Tally& each : kinds)
        sum += each.failed;
    return sum;
}

Tallies& Tallies::operator+=(const Tallies& other) noexcept {
    for (std::size_t i = 0; i < kCommandKinds; ++i) {
        kinds[i].ran += other.kinds[i].ran;
        kinds[i].failed += other.kinds[i].failed;
    }
    unreadable += other.unreadable;
    return *this;
}

ScriptReport run_script(std::string_view file, std::string_view source, const ScriptOptions& options) {
    const Result<text::Script> script = text::parse_script(source);
    if (script.has_value()) return ScriptRunner(file, source, options).run(script.assume_value());
    const Error error = script.assume_error();
    ScriptReport report;
    report.tallies.unreadable = 1;
    report.failures.push_back({text::place_at(source, static_cast<std::size_t>(error.offset)), CommandKind::module,
                               "the script cannot be read: " + text::message_of(source, error)});
    return report;
}

} // namespace detent::conformance
