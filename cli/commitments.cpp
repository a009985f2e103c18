#include "cli/commitments.hpp"

#include "cli/files.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <fstream>

namespace detent::cli {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;
constexpr std::size_t kMostOfHeading = 256;

std::string heading(Fuel every) {
    return Json({{"format", "detent-commitments"}, {"version", 1}, {"every", std::to_string(every.units())}}).dump() +
           "\n";
}

Json line_of(const Commitment& one) {
    Json line{{"used", std::to_string(one.used.units())}, {"commitment", "0x" + to_hex(one.digest)}};
    if (!one.has_heap) line["heap"] = false;
    return line;
}

std::string text_of(const std::string& path) {
    const std::vector<std::uint8_t> bytes = read_file(path, kMostBytes);
    return {bytes.begin(), bytes.end()};
}

} // namespace

Commitment CommitmentChoice::from_json(const Json& line, const std::string& where) {
    const bool is_line = line.is_object() && line.contains("used") && line.contains("commitment") &&
                         line["used"].is_string() && line["commitment"].is_string();
    if (!is_line) throw Failure(ExitCode::failed, where, "a line of it is no commitment");
    const std::vector<std::uint8_t> bytes = parse_hex(line["commitment"].get<std::string>(), where);
    Commitment one{parse_fuel(line["used"].get<std::string>(), where), {}, !line.contains("heap")};
    if (bytes.size() != one.digest.size()) throw Failure(ExitCode::failed, where, "a commitment is 32 bytes");
    std::ranges::copy(bytes, one.digest.begin());
    return one;
}

bool CommitmentChoice::is_file_of_commitments(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string line;
    if (!std::getline(file, line)) return false;
    const Json head = Json::parse(line.substr(0, kMostOfHeading), nullptr, false);
    return head.is_object() && head.value("format", Json()) == Json("detent-commitments");
}

std::vector<Commitment> CommitmentChoice::read(const std::string& path, Fuel every) {
    const std::string text = text_of(path);
    const std::string head = heading(every);
    if (!text.starts_with(head) || !text.ends_with('\n'))
        throw Failure(ExitCode::failed, path, "has no commitments every " + std::to_string(every.units()) + " units");
    std::vector<Commitment> all;
    for (std::size_t begin = head.size(); begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        all.push_back(from_json(Json::parse(text.substr(begin, end - begin), nullptr, false), path));
        begin = end + 1;
    }
    return all;
}

void CommitmentChoice::add_to(CLI::App& command) {
    command.add_option("--commit-every", every_, "Commit to the state every N units of fuel (STATE.md, COM-1)")
        ->type_name("N");
    command
        .add_option("--commitments", file_,
                    "Where commitments are written, a line of JSON each; `resume` goes on behind those that are there")
        ->type_name("FILE");
}

Fuel CommitmentChoice::every() const {
    const Fuel every = parse_fuel(every_, "--commit-every");
    if (every == Fuel()) throw wrong_usage("--commit-every", "commitments every 0 units have no end");
    return every;
}

void CommitmentChoice::go_on(CommitmentChain& chain, Fuel used) {
    const Fuel every = this->every();
    before_ = heading(every);
    if (used < every) return;
    if (file_.empty()) throw wrong_usage("--commitments", "the commitments so far are needed to go on with them");
    const std::string text = text_of(file_);
    const std::vector<Commitment> all = read(file_, every);
    if (all.empty()) throw Failure(ExitCode::failed, file_, "has no commitments");
    const Commitment& last = all.back();
    if (last.used > used || last.used.units() / every.units() != used.units() / every.units()) {
        throw Failure(ExitCode::failed, file_,
                      "ends at " + std::to_string(last.used.units()) + " units; what was saved has used " +
                          std::to_string(used.units()));
    }
    before_ = text;
    chain.go_on_from(last.digest);
}

void CommitmentChoice::write(const CommitmentChain& chain) const {
    if (file_.empty()) return;
    std::string text = before_;
    for (const Commitment& one : chain.commitments())
        text += line_of(one).dump() + "\n";
    write_file(file_, text);
}

Json CommitmentChoice::to_json(const CommitmentChain& chain) {
    Json list = Json::array();
    for (const Commitment& one : chain.commitments())
        list.push_back(line_of(one));
    return list;
}

std::string CommitmentChoice::to_people(const CommitmentChain& chain) {
    return grouped(chain.commitments().size()) + " commitments, the last 0x" + to_hex(chain.head()) + "\n";
}

} // namespace detent::cli
