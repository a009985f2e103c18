// What the commands of the program have in common.
#pragma once

#include "cli/failure.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace detent::cli {

/// Filled by parsing the command line: what to do, and how to say it.
struct Program {
    bool json = false;
    std::function<ExitCode()> action;
};

/// A command with its examples and, behind them, the exit codes.
[[nodiscard]] CLI::App& add_command(CLI::App& app, const std::string& name, const std::string& what,
                                    const std::string& examples);

/// `--json`: the last line on standard output is one object.
void add_json(CLI::App& command, Program& program);

void add_run(CLI::App& app, Program& program);
void add_trace(CLI::App& app, Program& program);
void add_bisect(CLI::App& app, Program& program);
void add_resume(CLI::App& app, Program& program);
void add_validate(CLI::App& app, Program& program);
void add_inspect(CLI::App& app, Program& program);
void add_vector(CLI::App& app, Program& program);
void add_call(CLI::App& app, Program& program);
void add_conformance(CLI::App& app, Program& program);
void add_calibrate(CLI::App& app, Program& program);
void add_schedule(CLI::App& app, Program& program);
void add_profile(CLI::App& app, Program& program);
void add_docs(CLI::App& app, Program& program);
void add_parse(CLI::App& app, Program& program);
void add_print(CLI::App& app, Program& program);
void add_instrument(CLI::App& app, Program& program);
void add_wast(CLI::App& app, Program& program);

/// The name of the program's version, compiler, dispatch, schedules and profiles.
[[nodiscard]] std::string version_text();

} // namespace detent::cli
