#include "cli/side.hpp"

#include "cli/child.hpp"
#include "cli/commitments.hpp"
#include "cli/files.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

#include <filesystem>
#include <sstream>

namespace detent::cli {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;
constexpr std::string_view kExec = "exec:";

[[nodiscard]] Json answer_of(const std::string& line, const std::string& who) {
    Json answer = Json::parse(line, nullptr, false);
    if (!answer.is_object()) throw Failure(ExitCode::failed, who, "does not answer with an object");
    return answer;
}

[[nodiscard]] std::vector<Commitment> chain_in(const Json& answer, const std::string& who) {
    if (!answer.contains("commitments") || !answer["commitments"].is_array()) {
        throw Failure(ExitCode::failed, who, "answers without commitments");
    }
    std::vector<Commitment> chain;
    for (const Json& one : answer["commitments"])
        chain.push_back(CommitmentChoice::from_json(one, who));
    return chain;
}

/// What the end of a run is, or the receipt of a call, as far as it has to be the same.
[[nodiscard]] Json outcome_in(const Json& said) {
    if (!said.contains("receipt_hash"))
        return {{"results", said.value("results", Json())}, {"trap", said.value("trap", Json())}};
    Json receipt = said;
    for (const char* const key : {"status", "fuel_used", "fuel_limit", "commitments"})
        receipt.erase(key);
    return receipt;
}

/// `said` is what `run --json`, or `call --json`, says of the end.
[[nodiscard]] Moment moment_in(const Json& said, const std::string& who, const std::string& saved) {
    const bool is_end = said.contains("status") && said["status"].is_string() && said.contains("fuel_used") &&
                        said["fuel_used"].is_string();
    if (!is_end) throw Failure(ExitCode::failed, who, "does not say how it ended");
    Moment moment{said["status"].get<std::string>(), "", 0, ""};
    moment.used = parse_fuel(said["fuel_used"].get<std::string>(), who).units();
    if (moment.status == "exhausted" && file_exists(saved)) {
        const std::vector<std::uint8_t> bytes = read_file(saved, kMostBytes);
        moment.saved.assign(bytes.begin(), bytes.end());
    } else {
        moment.outcome = outcome_in(said).dump();
    }
    return moment;
}

/// A build of detent, with options of its own behind those of the task.
class Build final : public Side {
  public:
    Build(const std::string& text, std::vector<std::string> task) : task_(std::move(task)) {
        if (task_.front() == "call") {
            command_ = "call";
            task_.front() = "--dry-run";
            // What a function has come to is no part of a state, so that one that goes on would be lowered elsewhere.
            tier_ = "fast";
        }
        std::istringstream words(text);
        words >> program_;
        for (std::string word; words >> word;) {
            if (word == "--tier") {
                words >> tier_;
            } else {
                options_.push_back(word);
            }
        }
    }

    [[nodiscard]] bool has_states() const noexcept override { return true; }

    [[nodiscard]] std::vector<Commitment> chain(Fuel every) override {
        return chain_in(ask(command_, task_, tier_, {"--commit-every", std::to_string(every.units())}), program_);
    }

    [[nodiscard]] Moment at(const std::string& from, Fuel pause, const std::string& scratch,
                            const std::string& tier) override {
        std::error_code ignored;
        std::filesystem::remove(scratch, ignored);
        const std::vector<std::string> more = {"--pause", std::to_string(pause.units()), "--save", scratch};
        // A side that is the stepper's has nothing lowered.
        const std::string& its_tier = tier.empty() || tier_ == "stepper" ? tier_ : tier;
        const Json said =
            from.empty() ? ask(command_, task_, its_tier, more) : ask("resume", {from, "--fuel", "0"}, its_tier, more);
        return moment_in(said, program_, scratch);
    }

  private:
    [[nodiscard]] Json ask(const std::string& command, const std::vector<std::string>& words, const std::string& tier,
                           const std::vector<std::string>& more) const {
        std::vector<std::string> all = {program_, command};
        for (const auto* const list : {&words, &options_, &more})
            all.insert(all.end(), list->begin(), list->end());
        if (!tier.empty()) all.insert(all.end(), {"--tier", tier});
        all.emplace_back("--json");
        Child child(all);
        std::string last;
        for (std::string line; child.read_line(line);)
            last = line;
        if (last.empty()) throw Failure(ExitCode::failed, program_, "does not run, or says nothing");
        return answer_of(last, program_);
    }

    std::string program_;
    std::string tier_;
    std::vector<std::string> options_;
    std::string command_ = "run";
    std::vector<std::string> task_;
};

/// A file that --commitments has written.
class Recorded final : public Side {
  public:
    explicit Recorded(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] bool has_states() const noexcept override { return false; }
    [[nodiscard]] std::vector<Commitment> chain(Fuel every) override { return CommitmentChoice::read(path_, every); }
    [[nodiscard]] Moment at(const std::string&, Fuel, const std::string&, const std::string&) override {
        throw Failure(ExitCode::failed, path_, "has commitments, and no states");
    }

  private:
    std::string path_;
};

/// A process that answers a line of JSON with a line of JSON.
class Answering final : public Side {
  public:
    explicit Answering(const std::string& command) : command_(command), child_({"sh", "-c", command}) {}

    [[nodiscard]] bool has_states() const noexcept override { return true; }

    [[nodiscard]] std::vector<Commitment> chain(Fuel every) override {
        return chain_in(ask({{"ask", "commitments"}, {"every", std::to_string(every.units())}}), command_);
    }

    [[nodiscard]] Moment at(const std::string& from, Fuel pause, const std::string& scratch,
                            const std::string& tier) override {
        std::error_code ignored;
        std::filesystem::remove(scratch, ignored);
        const Json said = ask({{"ask", "state"},
                               {"from", from.empty() ? Json() : Json(from)},
                               {"pause", std::to_string(pause.units())},
                               {"tier", tier.empty() ? Json() : Json(tier)},
                               {"save", scratch}});
        return moment_in(said, command_, scratch);
    }

  private:
    [[nodiscard]] Json ask(const Json& question) {
        std::string line;
        if (!child_.write_line(question.dump()) || !child_.read_line(line)) {
            throw Failure(ExitCode::failed, command_, "does not answer");
        }
        return answer_of(line, command_);
    }

    std::string command_;
    Child child_;
};

} // namespace

std::unique_ptr<Side> Side::of(const std::string& text, const std::vector<std::string>& task) {
    if (text.starts_with(kExec)) return std::make_unique<Answering>(text.substr(kExec.size()));
    if (CommitmentChoice::is_file_of_commitments(text)) return std::make_unique<Recorded>(text);
    return std::make_unique<Build>(text, task);
}

} // namespace detent::cli
