#include "cli/modules.hpp"

#include "cli/failure.hpp"
#include "cli/files.hpp"
#include "cli/text.hpp"

#include <algorithm>

namespace detent::cli {

namespace {

/// Whether a file looks like the text format: white space, comments and a parenthesis come first.
bool looks_like_text(const std::string& path, const std::vector<std::uint8_t>& bytes) {
    if (path.ends_with(".wat") || path.ends_with(".wast")) return true;
    const auto first = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte > ' '; });
    return first != bytes.end() && (*first == '(' || *first == ';');
}

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

Profile Judgement::chosen() const {
    Profile made = published_profile(profile);
    if (!preset.empty()) made.preset = *preset_named(preset);
    return made;
}

std::vector<std::uint8_t> read_module(const std::string& path, const LimitValues& limits) {
    std::vector<std::uint8_t> bytes = read_file(path, limits[Limit::module_bytes]);
    if (!has_magic(bytes) && looks_like_text(path, bytes)) {
        throw Failure(ExitCode::failed, path,
                      "is in the text format, which this release does not read; translate it first (wat2wasm)");
    }
    return bytes;
}

std::shared_ptr<const Code> load_code(const std::string& path, const Profile& profile) {
    return take(compile(read_module(path, profile.limits()), profile), path);
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
