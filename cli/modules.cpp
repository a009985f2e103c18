#include "cli/modules.hpp"

#include "cli/files.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <limits>

namespace detent::cli {

namespace {

/// Whether a file looks like the text format: white space, comments and a parenthesis come first.
bool looks_like_text(const std::string& path, const std::vector<std::uint8_t>& bytes) {
    if (path.ends_with(".wat") || path.ends_with(".wast")) return true;
    const auto first = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte > ' '; });
    return first != bytes.end() && (*first == '(' || *first == ';');
}

/// A text says in many characters what takes few bytes; what it becomes is bound by the limits.
constexpr std::uint64_t kMostTextBytes = std::uint64_t{64} << 20;

bool has_magic(const std::vector<std::uint8_t>& bytes) {
    static constexpr std::uint8_t kMagic[] = {0, 'a', 's', 'm'};
    return bytes.size() >= std::size(kMagic) && std::equal(std::begin(kMagic), std::end(kMagic), bytes.begin());
}

} // namespace

void Judgement::add_to(CLI::App& command) {
    command.add_option("--profile", profile, "The published profile that modules are judged by")
        ->type_name("ID")
        ->capture_default_str();
    command.add_option("--preset", preset, "The limits to judge by instead of the profile's own")
        ->check(CLI::IsMember({"spec", "contract"}))
        ->type_name("NAME");
}

void TierChoice::add_to(CLI::App& command) {
    command.add_option("--tier", name, "What executes, which changes nothing that can be observed")
        ->check(CLI::IsMember({"stepper", "fast", "adaptive", "single"}))
        ->type_name("NAME")
        ->capture_default_str();
    command.add_option("--handover", handover, "Have tier fast hand over to the stepper early, for tests")
        ->type_name("every|random:SEED");
}

Tier TierChoice::chosen() const {
    if (name == "stepper") return Tier::stepper;
    if (name == "single") return Tier::single;
    return name == "fast" ? Tier::fast : Tier::adaptive;
}

Handover TierChoice::chosen_handover() const {
    constexpr std::string_view kRandom = "random:";
    const std::string what = "--handover";
    if (handover.empty()) return {};
    if (chosen() != Tier::fast) throw wrong_usage(what, "only tier fast hands over");
    if (handover == "every") return {Handover::When::every, 0};
    if (!handover.starts_with(kRandom)) {
        throw wrong_usage(what, "'" + printable(handover) + "' is not every or random:SEED");
    }
    const std::string_view seed = std::string_view(handover).substr(kRandom.size());
    return {Handover::When::random, parse_number(seed, what, std::numeric_limits<std::uint64_t>::max())};
}

Profile Judgement::chosen() const {
    Profile made = published_profile(profile);
    if (!preset.empty()) made.preset = *preset_named(preset);
    return made;
}

ModuleFile ModuleFile::read(const std::string& path, const LimitValues& limits, const text::ParseOptions& options) {
    const std::uint64_t limit = limits[Limit::module_bytes];
    ModuleFile file(path);
    file.parsed_.bytes = read_file(path, std::max(limit, kMostTextBytes));
    file.is_text_ = !has_magic(file.parsed_.bytes) && looks_like_text(path, file.parsed_.bytes);
    if (file.is_text_) {
        file.translate(options);
    } else if (file.parsed_.bytes.size() > limit) {
        throw too_long(path, limit);
    }
    return file;
}

void ModuleFile::translate(const text::ParseOptions& options) {
    source_.assign(parsed_.bytes.begin(), parsed_.bytes.end());
    Result<text::ParsedModule> parsed = text::parse_module(source_, options);
    if (parsed.has_value()) {
        parsed_ = std::move(parsed).assume_value();
        return;
    }
    const Error error = parsed.assume_error();
    const std::string reason = std::string(name_of(error.code)) + ": " + text::message_of(source_, error);
    throw failure_at(static_cast<std::size_t>(error.offset), error, reason);
}

std::shared_ptr<const Code> ModuleFile::code(const Profile& profile) const {
    Result<std::shared_ptr<const Code>> made = compile(bytes(), profile);
    if (made.has_error()) throw failure(made.assume_error());
    return std::move(made).assume_value();
}

Failure ModuleFile::failure(const Error& error, const std::string& reason) const {
    const std::string said = reason.empty() ? reason_of(error) : reason;
    if (const std::optional<std::size_t> place = parsed_.source.find(error.offset)) {
        return failure_at(*place, error, said);
    }
    return Failure(exit_code_of(kind_of(error.code)), path_, reason.empty() ? describe(error) : reason, error);
}

Failure ModuleFile::failure_at(std::size_t text_offset, Error error, const std::string& reason) const {
    const text::Place place = text::place_at(source_, text_offset);
    const std::string lines = text::describe(source_, text_offset, "");
    error.offset = text_offset;
    return Failure(exit_code_of(kind_of(error.code)), path_, reason, error,
                   TextPlace{place.line, place.column, lines.substr(std::min(lines.find('\n'), lines.size() - 1) + 1)});
}

std::string ModuleFile::position(std::uint64_t offset) const {
    const std::optional<std::size_t> found = parsed_.source.find(offset);
    if (!found) return "0x" + to_hex(offset, 0);
    const text::Place place = text::place_at(source_, *found);
    return std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string name_of(const Module& module, const Import& import) {
    return printable(module.text(import.module_name)) + "." + printable(module.text(import.name)) + " (" +
           to_text(import.kind) + ")";
}

const Schedule& published_schedule(std::uint32_t id) {
    const Schedule* const found = Schedule::published(id);
    if (found == nullptr) throw wrong_usage("schedule " + std::to_string(id), "no such schedule was published");
    return *found;
}

const Profile& published_profile(std::uint32_t id) {
    const Profile* const found = Profile::published(id);
    if (found == nullptr) throw wrong_usage("profile " + std::to_string(id), "no such profile was published");
    return *found;
}

} // namespace detent::cli
