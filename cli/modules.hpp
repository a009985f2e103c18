// Modules from files, under the profile that the command line names.
#pragma once

#include "engine/code/code.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace detent::cli {

/// `--profile` and `--preset`: what modules are judged by.
struct Judgement {
    std::uint32_t profile = Profile::kDefault;
    std::string preset;

    void add_to(CLI::App& command);

    /// The published profile, under the limits of another preset if one was named.
    [[nodiscard]] Profile chosen() const;
};

/// Reads, decodes and validates. Every refusal is a failure that names the file, the offset and the reason.
[[nodiscard]] std::shared_ptr<const Code> load_code(const std::string& path, const Profile& profile);

/// The bytes of a module that may be malformed; no more are read than the limit allows and one.
[[nodiscard]] std::vector<std::uint8_t> read_module(const std::string& path, const LimitValues& limits);

/// "env.print (func)": an import as people name it.
[[nodiscard]] std::string name_of(const Module& module, const Import& import);

/// The schedule of that number, or wrong usage.
[[nodiscard]] const Schedule& published_schedule(std::uint32_t id);
[[nodiscard]] const Profile& published_profile(std::uint32_t id);

} // namespace detent::cli
