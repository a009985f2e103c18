// ScriptRunner: carries out the commands of one script and judges what came of each.
#pragma once

#include "conformance/wast.hpp"
#include "conformance/wast_stage.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace detent::conformance {

class ScriptRunner {
  public:
    /// `source` is the text that the places of the script count in. All three MUST outlive the runner.
    ScriptRunner(std::string_view file, std::string_view source, const ScriptOptions& options)
        : file_(file), source_(source), options_(options), stage_(options) {}

    [[nodiscard]] ScriptReport run(const text::Script& script);

  private:
    /// Why a command failed, or nothing.
    using Verdict = std::optional<std::string>;

    /// A module that was parsed, decoded and validated, or the step that refused it.
    struct Loaded {
        SharedCode code;
        std::optional<Error> error;
        /// Whether the text was refused, and not the bytes.
        bool in_text = false;
    };

    void run(const text::Command& command);

    [[nodiscard]] Verdict carry_out(const text::ModuleCommand& command);
    [[nodiscard]] Verdict carry_out(const text::DefinitionCommand& command);
    [[nodiscard]] Verdict carry_out(const text::InstanceCommand& command);
    [[nodiscard]] Verdict carry_out(const text::RegisterCommand& command);
    [[nodiscard]] Verdict carry_out(const text::ActionCommand& command);
    [[nodiscard]] Verdict carry_out(const text::AssertReturn& command);
    [[nodiscard]] Verdict carry_out(const text::AssertTrap& command);
    [[nodiscard]] Verdict carry_out(const text::AssertExhaustion& command);
    [[nodiscard]] Verdict carry_out(const text::AssertException& command);
    [[nodiscard]] Verdict carry_out(const text::AssertModule& command);

    [[nodiscard]] Loaded load(const text::ScriptModule& module) const;
    [[nodiscard]] Verdict define(const text::ScriptModule& module);
    [[nodiscard]] Verdict instantiate(const SharedCode& code, const text::ScriptId& id);
    [[nodiscard]] Verdict judge_results(const std::vector<text::Expected>& wanted, const Outcome& outcome) const;
    [[nodiscard]] Verdict judge_refusal(const text::AssertModule& command, const Loaded& loaded);
    void compare_message(const std::string& wanted, std::string_view got);

    [[nodiscard]] std::string described(const text::ScriptModule& module, const Loaded& loaded) const;

    std::string_view file_;
    std::string_view source_;
    const ScriptOptions& options_;
    ScriptStage stage_;
    ScriptReport report_;
    /// Of the command that is carried out.
    text::Place place_;
    CommandKind kind_ = CommandKind::module;
};

} // namespace detent::conformance
