// The program `detent`.
#include "cli/command.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <new>

namespace detent::cli {

namespace {

constexpr const char* kExitCodes = "Exit codes:\n"
                                   "  0  done\n"
                                   "  1  the input or a check failed\n"
                                   "  2  nothing was checked, or wrong usage\n"
                                   "  3  trapped\n"
                                   "  4  exhausted or waiting\n"
                                   "  5  host fault\n";

/// Whether a word is a negative number and not an option: no option begins so.
bool is_negative_number(std::string_view word) noexcept {
    if (word.size() < 2 || word[0] != '-') return false;
    return (word[1] >= '0' && word[1] <= '9') || word[1] == '.' || word == "-inf" || word == "-nan";
}

/// The words in the order that CLI11 wants: the last first. A negative argument of `run` or `trace` gets the empty type
/// in front, which parse_value knows, so that it is not taken for an option.
std::vector<std::string> words_of(int count, char** arguments) {
    std::vector<std::string> words(arguments + 1, arguments + count);
    const bool runs = !words.empty() && (words[0] == "run" || words[0] == "trace");
    for (std::size_t i = 1; runs && i < words.size(); ++i) {
        if (is_negative_number(words[i]) && !words[i - 1].starts_with("--")) words[i].insert(0, ":");
    }
    std::ranges::reverse(words);
    return words;
}

void add_commands(CLI::App& app, Program& program) {
    app.set_version_flag("--version", version_text, "Print version, compiler, dispatch, schedules and profiles");
    app.require_subcommand(1);
    app.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app.get_formatter()->label("Subcommands", "Commands");
    app.get_formatter()->label("REQUIRED", "(required)");
    app.footer(std::string("`detent COMMAND --help` shows options and examples.\n\n") + kExitCodes);
    add_run(app, program);
    add_resume(app, program);
    add_bisect(app, program);
    add_trace(app, program);
    add_validate(app, program);
    add_inspect(app, program);
    add_call(app, program);
    add_parse(app, program);
    add_print(app, program);
    add_instrument(app, program);
    add_vector(app, program);
    add_wast(app, program);
    add_conformance(app, program);
    add_schedule(app, program);
    add_calibrate(app, program);
    add_profile(app, program);
    add_docs(app, program);
}

/// Help and version are no errors; everything else that CLI11 throws is wrong usage.
ExitCode explain(const CLI::App& app, const CLI::ParseError& reason) {
    if (reason.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
        static_cast<void>(app.exit(reason));
        return ExitCode::done;
    }
    print(wrong_usage("", printable(reason.what())));
    std::cerr << "`detent --help` and `detent COMMAND --help` say more.\n";
    return ExitCode::usage;
}

/// With --json a failure, too, is one object on the last line.
ExitCode report(const Failure& failure, bool json) {
    print(failure);
    if (json) print_json({{"error", to_json(failure)}});
    return failure.code();
}

ExitCode carry_out(int count, char** arguments) {
    CLI::App app("Detent: a deterministic WebAssembly smart-contract engine", "detent");
    Program program;
    try {
        add_commands(app, program);
        std::vector<std::string> words = words_of(count, arguments);
        app.parse(words);
        return program.action();
    } catch (const CLI::ParseError& reason) {
        return explain(app, reason);
    } catch (const Failure& failure) {
        return report(failure, program.json);
    } catch (const std::bad_alloc&) {
        return report(Failure(ExitCode::fault, "", "the host is out of memory"), program.json);
    } catch (const std::exception& reason) {
        return report(Failure(ExitCode::fault, "", reason.what()), program.json);
    }
}

} // namespace

CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& what, const std::string& examples) {
    CLI::App& command = *app.add_subcommand(name, what);
    command.footer("Examples:\n" + examples + "\n" + kExitCodes);
    return command;
}

void add_json(CLI::App& command, Program& program) {
    command.add_flag("--json", program.json, "Print one object as the last line on standard output");
}

} // namespace detent::cli

int main(int count, char** arguments) {
    try {
        return static_cast<int>(detent::cli::carry_out(count, arguments));
    } catch (...) {
        // Only the report of a failure can fail here, for want of memory.
        std::fputs("detent: the host is out of memory\n", stderr);
        return static_cast<int>(detent::cli::ExitCode::fault);
    }
}
