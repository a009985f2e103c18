// Modules from files, under the profile that the command line names.
#pragma once

#include "cli/failure.hpp"

#include "engine/code/code.hpp"
#include "engine/exec/execution.hpp"
#include "engine/text/wat.hpp"

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

/// `--tier` and `--handover`: what executes.
struct TierChoice {
    std::string name = "fast";
    std::string handover;

    void add_to(CLI::App& command);
    [[nodiscard]] Tier chosen() const;
    [[nodiscard]] Handover chosen_handover() const;
};

/// A module from a file, in the binary format or as text. Where it was text, errors and positions are said in its
/// lines.
class ModuleFile {
  public:
    /// Reads, and translates text. The module may be malformed. No more is read than the limit allows and one; of text,
    /// no more than 64 MiB.
    [[nodiscard]] static ModuleFile read(const std::string& path, const LimitValues& limits,
                                         const text::ParseOptions& options = {});

    [[nodiscard]] const std::vector<std::uint8_t>& bytes() const noexcept { return parsed_.bytes; }
    [[nodiscard]] bool is_text() const noexcept { return is_text_; }

    /// Decodes and validates. A refusal is a failure that names the file, the place and the reason.
    [[nodiscard]] std::shared_ptr<const Code> code(const Profile& profile) const;

    /// The failure that an error is, whose offset is one in the module; `reason` instead of the error's own words.
    [[nodiscard]] Failure failure(const Error& error, const std::string& reason = "") const;

    /// Where a byte of the module is: `0x2a`, or of a text `3:7`.
    [[nodiscard]] std::string position(std::uint64_t offset) const;

  private:
    explicit ModuleFile(std::string path) : path_(std::move(path)) {}

    void translate(const text::ParseOptions& options);
    [[nodiscard]] Failure failure_at(std::size_t text_offset, Error error, const std::string& reason) const;

    std::string path_;
    bool is_text_ = false;
    std::string source_;
    text::ParsedModule parsed_;
};

/// "env.print (func)": an import as people name it.
[[nodiscard]] std::string name_of(const Module& module, const Import& import);

/// The schedule of that number, or wrong usage.
[[nodiscard]] const Schedule& published_schedule(std::uint32_t id);
[[nodiscard]] const Profile& published_profile(std::uint32_t id);

} // namespace detent::cli
