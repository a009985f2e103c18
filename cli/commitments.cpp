#include "cli/commitments.hpp"

#include "cli/files.hpp"
#include "cli/text.hpp"

#include "host_abi/crypto.hpp"

#include <algorithm>

namespace detent::cli {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;

Digest sha256_of(std::span<const std::uint8_t> bytes) noexcept { return sha256(bytes).bytes; }

std::string heading(Fuel every) {
    return Json({{"format", "detent-commitments"}, {"version", 1}, {"every", std::to_string(every.units())}}).dump() +
           "\n";
}

Json line_of(const Commitment& one) {
    return {{"used", std::to_string(one.used.units())}, {"commitment", to_hex(one.digest)}};
}

/// The last line of a file of commitments.
Commitment last_of(const std::string& file, const std::string& text) {
    const std::size_t begin = text.rfind('\n', text.size() - 2) + 1;
    const Json line = Json::parse(text.substr(begin), nullptr, false);
    const bool is_line = line.is_object() && line.contains("used") && line.contains("commitment") &&
                         line["used"].is_string() && line["commitment"].is_string();
    if (!is_line) throw Failure(ExitCode::failed, file, "its last line is no commitment");
    const std::vector<std::uint8_t> bytes = parse_hex(line["commitment"].get<std::string>(), file);
    Commitment last{parse_fuel(line["used"].get<std::string>(), file), {}};
    if (bytes.size() != last.digest.size()) throw Failure(ExitCode::failed, file, "a commitment is 32 bytes");
    std::ranges::copy(bytes, last.digest.begin());
    return last;
}

} // namespace

void CommitmentChoice::add_to(CLI::App& command) {
    command.add_option("--commit-every", every_, "Commit to the state every N units of fuel (STATE.md, COM-1)")
        ->type_name("N");
    command
        .add_option("--commitments", file_,
                    "Where commitments are written, a line of JSON each; `resume` goes on behind those that are there")
        ->type_name("FILE");
}

Committer CommitmentChoice::begin(Store& store, const Schedule& schedule, Fuel used) {
    const Fuel every = parse_fuel(every_, "--commit-every");
    if (every == Fuel()) throw wrong_usage("--commit-every", "commitments every 0 units have no end");
    Committer committer = take(Committer::begin(store, schedule, every, sha256_of), "--commit-every");
    before_ = heading(every);
    if (used < every) return committer;
    if (file_.empty()) throw wrong_usage("--commitments", "the commitments so far are needed to go on with them");
    const std::vector<std::uint8_t> bytes = read_file(file_, kMostBytes);
    const std::string text(bytes.begin(), bytes.end());
    if (!text.starts_with(before_) || text.size() == before_.size() || !text.ends_with('\n'))
        throw Failure(ExitCode::failed, file_, "has no commitments every " + std::to_string(every.units()) + " units");
    const Commitment last = last_of(file_, text);
    if (last.used > used || last.used.units() / every.units() != used.units() / every.units()) {
        throw Failure(ExitCode::failed, file_,
                      "ends at " + std::to_string(last.used.units()) + " units; the execution has used " +
                          std::to_string(used.units()));
    }
    before_ = text;
    committer.go_on_from(last.digest);
    return committer;
}

void CommitmentChoice::write(const Committer& committer) const {
    if (file_.empty()) return;
    std::string text = before_;
    for (const Commitment& one : committer.commitments())
        text += line_of(one).dump() + "\n";
    write_file(file_, text);
}

Json CommitmentChoice::to_json(const Committer& committer) {
    Json list = Json::array();
    for (const Commitment& one : committer.commitments())
        list.push_back(line_of(one));
    return list;
}

} // namespace detent::cli
