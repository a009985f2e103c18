#include "conformance/levels.hpp"

#include "conformance/comparison.hpp"
#include "conformance/line_process.hpp"
#include "conformance/vector_parts.hpp"

#include <algorithm>
#include <utility>

namespace detent::conformance {

namespace {

/// How many of kExpectedFields a level compares.
std::size_t field_count(Level level) {
    switch (level) {
    case Level::L0: return 4;
    case Level::L1: return 5;
    case Level::L2:
    case Level::L3: return kExpectedFields.size();
    }
    return 0;
}

std::span<const std::string_view> fields_of(Level level) {
    return std::span(kExpectedFields).first(field_count(level));
}

/// Fuel decides how the case ends, so an engine without fuel cannot answer it.
bool needs_fuel(const Vector& vector) {
    const auto names_fuel = [](const std::string& clause) { return clause.starts_with("MET-") || clause == "ABI-13"; };
    const auto ends_by_fuel = [](const Step& step) {
        return !step.resume.empty() || step.expected.status == Outcome::OutOfFuel;
    };
    return std::any_of(vector.clauses.begin(), vector.clauses.end(), names_fuel) ||
           std::any_of(vector.steps.begin(), vector.steps.end(), ends_by_fuel);
}

void write_question(JsonWriter& out, const Step& step) {
    out.open_object();
    write(out.key("env"), step.environment);
    write(out.key("tx"), step.transaction);
    if (!step.resume.empty()) write(out.key("resume"), step.resume);
    out.close_object();
}

/// The vector without anything that is expected, all code in place, on one line.
std::string question(const Vector& vector, Level level, const std::filesystem::path& root) {
    JsonWriter out(JsonWriter::Layout::line);
    out.open_object().field("protocol", "detent-conformance").key("version").integer(1).field("level", to_text(level));
    out.key("vector").open_object().field("format", "contract-vector").key("version").integer(1);
    out.field("name", vector.name);
    write(out.key("profile"), vector.profile);
    write(out.key("schedule"), vector.schedule);
    out.key("code").open_object();
    for (const auto& [name, code] : vector.code)
        write_code(out.key(name), load_code(name, code, root), code.hash);
    out.close_object();
    write(out.key("pre"), vector.pre);
    out.key("steps").open_array();
    for (const Step& step : vector.steps)
        write_question(out, step);
    out.close_array().close_object().close_object();
    return out.take();
}

/// What was answered for one step. Fields beyond those of the level may be left out.
Expectation parse_answer_step(const Field& field, Level level) {
    const auto fields = fields_of(level);
    field.shape({"status", "output", "events", "writes"}, {"fuel_used", "receipt_hash", "post_root"});
    for (const std::string_view name : fields) {
        if (!field.has(name)) field.refuse("the level needs the key " + std::string(name));
    }
    Expectation found;
    found.status = field.at("status").outcome();
    found.output = field.at("output").bytes();
    found.events = parse_events(field.at("events"));
    found.writes = parse_writes(field.at("writes"));
    if (field.has("fuel_used")) found.fuel_used = field.at("fuel_used").fuel();
    if (field.has("receipt_hash")) found.receipt_hash = field.at("receipt_hash").hash();
    if (field.has("post_root")) found.post_root = field.at("post_root").hash();
    return found;
}

std::vector<Expectation> parse_answer(const std::string& answer, const Vector& vector, const ClaimOptions& options) {
    const Json document = parse_json(answer, {.bytes = options.answer_bytes});
    const Field field(document);
    field.shape({"name"}, {"steps", "error"});
    field.at("name").must_be(vector.name);
    if (field.has("error")) throw FormatError("", "the engine says: " + field.at("error").text());
    if (!field.has("steps")) field.refuse("either steps or error is expected");
    std::vector<Expectation> steps;
    for (const Field& step : field.at("steps").items())
        steps.push_back(parse_answer_step(step, options.level));
    if (steps.size() != vector.steps.size()) field.at("steps").refuse("one answer for each step is expected");
    return steps;
}

/// Asks about one case at a time and keeps the verdicts.
class Examiner {
  public:
    Examiner(const std::string& command, const ClaimOptions& options, Claim& claim)
        : process_(words_of(command)), options_(options), claim_(claim) {}

    void examine(const std::filesystem::path& path) {
        Verdict verdict;
        verdict.path = path;
        verdict.name = case_name(path);
        try {
            const Vector vector = read_vector(path);
            if (options_.level == Level::L0 && needs_fuel(vector)) {
                ++claim_.left_out;
                return;
            }
            ask(verdict, vector);
        } catch (const FormatError& error) {
            verdict.error = error.what();
        }
        claim_.verdicts.push_back(std::move(verdict));
    }

  private:
    void ask(Verdict& verdict, const Vector& vector) {
        const std::filesystem::path root = std::filesystem::absolute(verdict.path).parent_path() / ".." / "..";
        const std::string line = question(vector, options_.level, root);
        const std::string answer = process_.ask(line, options_.patience, options_.answer_bytes);
        const std::vector<Expectation> found = parse_answer(answer, vector, options_);
        for (std::size_t number = 0; number < found.size(); ++number) {
            compare(verdict, number, vector.steps[number].expected, found[number], fields_of(options_.level));
            verdict.receipts.push_back(found[number].receipt_hash);
        }
    }

    LineProcess process_;
    ClaimOptions options_;
    Claim& claim_;
};

void examine_all(Claim& claim, const std::string& command, std::span<const std::filesystem::path> paths,
                 const ClaimOptions& options) {
    if (options.level == Level::L3) {
        claim.error = "level L3 cannot be claimed: vectors of version 1 have no commitments to steps";
        return;
    }
    const std::vector<std::filesystem::path> files = vector_files(paths);
    Examiner examiner(command, options, claim);
    for (const std::filesystem::path& file : files)
        examiner.examine(file);
}

} // namespace

std::optional<Level> level_named(std::string_view name) noexcept {
    for (const Level level : {Level::L0, Level::L1, Level::L2, Level::L3}) {
        if (name == to_text(level)) return level;
    }
    return std::nullopt;
}

std::string_view to_text(Level level) noexcept {
    switch (level) {
    case Level::L0: return "L0";
    case Level::L1: return "L1";
    case Level::L2: return "L2";
    case Level::L3: return "L3";
    }
    return "";
}

Claim claim(const std::string& command, std::span<const std::filesystem::path> paths, const ClaimOptions& options) {
    Claim claim;
    try {
        examine_all(claim, command, paths, options);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        claim.error = error.what();
    }
    for (const Verdict& verdict : claim.verdicts) {
        claim.assertions += verdict.assertions;
        if (!verdict.passed()) ++claim.failed;
    }
    return claim;
}

std::string failures_text(const Claim& claim) {
    std::string text;
    for (const Verdict& verdict : claim.verdicts)
        text += failures_text(verdict);
    return claim.error.empty() ? text : text + claim.error + "\n";
}

} // namespace detent::conformance
