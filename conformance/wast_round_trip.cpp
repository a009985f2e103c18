#include "conformance/wast_round_trip.hpp"

#include "engine/text/printer.hpp"

#include <algorithm>

namespace detent::conformance {

namespace {

/// The module of a command, or null.
const text::ScriptModule* module_of(const text::Command& command) {
    if (const auto* module = std::get_if<text::ModuleCommand>(&command.what)) return &module->module;
    if (const auto* definition = std::get_if<text::DefinitionCommand>(&command.what)) return &definition->module;
    if (const auto* refused = std::get_if<text::AssertModule>(&command.what)) return &refused->module;
    const auto* const trap = std::get_if<text::AssertTrap>(&command.what);
    return trap == nullptr ? nullptr : std::get_if<text::ScriptModule>(&trap->what);
}

/// The module whose round trip can be made: a binary one may say the same in more bytes than a parser makes of it.
const text::ParsedModule* text_module_of(const text::Command& command) {
    const text::ScriptModule* const module = module_of(command);
    const bool is_text = module != nullptr && module->form != text::ModuleForm::binary && module->parsed.has_value();
    return is_text ? &module->parsed.assume_value() : nullptr;
}

/// Why the bytes do not come back, or nothing. What names the printer shows were in a name section, so that the parser
/// writes one too.
std::string flaw_of(const std::vector<std::uint8_t>& bytes) {
    const Result<std::string> printed = text::print_module(bytes);
    if (printed.has_error()) return "cannot be printed: " + std::string(to_text(printed.assume_error().code));
    const std::string& shown = printed.assume_value();
    const Result<text::ParsedModule> again = text::parse_module(shown, {.names = true});
    if (again.has_error()) return "what is printed cannot be read: " + text::message_of(shown, again.assume_error());
    const std::vector<std::uint8_t>& read = again.assume_value().bytes;
    const auto [first, second] = std::ranges::mismatch(bytes, read);
    if (first == bytes.end() && second == read.end()) return "";
    return "another byte at " + std::to_string(first - bytes.begin()) + " of " + std::to_string(bytes.size());
}

/// With the modules as `options` make them.
void add_round_trips(RoundTrips& made, std::string_view source, const text::ParseOptions& options) {
    const Result<text::Script> script = text::parse_script(source, options);
    if (script.has_error()) {
        const Error error = script.assume_error();
        made.failures.push_back({text::place_at(source, static_cast<std::size_t>(error.offset)), CommandKind::module,
                                 "the script cannot be read: " + text::message_of(source, error)});
        return;
    }
    for (const text::Command& command : script.assume_value().commands) {
        const text::ParsedModule* const module = text_module_of(command);
        if (module == nullptr) continue;
        ++made.modules;
        const std::string flaw = flaw_of(module->bytes);
        const char* const how = options.names ? "with names: " : "";
        if (!flaw.empty()) made.failures.push_back({command.place, kind_of(command), how + flaw});
    }
}

} // namespace

RoundTrips round_trips(std::string_view source) {
    RoundTrips made;
    add_round_trips(made, source, {.names = false});
    add_round_trips(made, source, {.names = true});
    return made;
}

} // namespace detent::conformance
