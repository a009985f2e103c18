// Many vectors: which files, in what order, the controls, and the digest over all receipts.
#include "conformance/comparison.hpp"
#include "conformance/json_field.hpp"
#include "conformance/runner.hpp"
#include "host_abi/crypto.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace detent::conformance {

namespace {

constexpr char kControls[] = "controls";
constexpr char kDigestFile[] = "receipts.sha256";

/// The field that a control is named for.
std::string field_of_control(const std::filesystem::path& path) {
    std::string stem = path.stem().string();
    std::replace(stem.begin(), stem.end(), '-', '_');
    for (const std::string_view field : kExpectedFields) {
        if (stem == field || stem.starts_with(std::string(field) + "_")) return std::string(field);
    }
    return "";
}

/// Turns the verdict on a control round: one assertion, that it fails in its field and no other.
Verdict judge_control(Verdict plain) {
    Verdict verdict{std::move(plain.path), std::move(plain.name), 1, {}, std::move(plain.error), {}, plain.counts};
    const std::string field = field_of_control(verdict.path);
    if (field.empty()) verdict.error = "a control is named for a field of expect";
    if (!verdict.error.empty()) return verdict;
    std::string failed;
    for (const Mismatch& mismatch : plain.mismatches)
        failed += (failed.empty() ? "" : ", ") + mismatch.field;
    if (failed != field) {
        verdict.mismatches.push_back(
            {std::nullopt, "control", "fails in " + field, failed.empty() ? "passes" : "fails in " + failed});
    }
    return verdict;
}

/// A vector file.
struct Found {
    Found(const std::filesystem::path& file, bool control)
        : path(file), is_control(control), folder(std::filesystem::absolute(file).lexically_normal().parent_path()),
          stem(file.stem().string()) {}

    std::filesystem::path path;
    /// Met below a folder that was named, in the suite of controls.
    bool is_control;
    std::filesystem::path folder;
    std::string stem;
};

bool is_vector_file(const std::filesystem::directory_entry& entry) {
    const std::filesystem::path& path = entry.path();
    return entry.is_regular_file() && path.extension() == ".json" && path.filename() != "schema.json";
}

void find_below(const std::filesystem::path& folder, std::vector<Found>& found) {
    const bool controls_are_named =
        std::filesystem::absolute(folder / "").lexically_normal().parent_path().filename() == kControls;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!is_vector_file(entry)) continue;
        const bool in_controls = entry.path().parent_path().filename() == kControls;
        found.emplace_back(entry.path(), in_controls && !controls_are_named);
    }
}

/// Sorted by folder, then case; each file once, and as a plain vector where it was also named itself.
void sort_once(std::vector<Found>& found) {
    const auto place = [](const Found& one) { return std::tie(one.folder, one.stem); };
    std::sort(found.begin(), found.end(), [&](const Found& a, const Found& b) {
        return place(a) != place(b) ? place(a) < place(b) : a.is_control < b.is_control;
    });
    const auto is_same = [&](const Found& a, const Found& b) { return place(a) == place(b); };
    found.erase(std::unique(found.begin(), found.end(), is_same), found.end());
}

/// Throws std::exception for a path that cannot be read.
std::vector<Found> find_vectors(std::span<const std::filesystem::path> paths) {
    std::vector<Found> found;
    for (const std::filesystem::path& path : paths) {
        if (std::filesystem::is_directory(path)) {
            find_below(path, found);
        } else if (std::filesystem::is_regular_file(path)) {
            found.emplace_back(path, false);
        } else {
            throw FormatError("", path.string() + ": no such file or folder");
        }
    }
    sort_once(found);
    return found;
}

Hash digest_of(std::span<const Verdict> verdicts) {
    ByteString receipts;
    for (const Verdict& verdict : verdicts) {
        for (const Hash& hash : verdict.receipts)
            receipts.insert(receipts.end(), hash.bytes.begin(), hash.bytes.end());
    }
    return sha256(receipts);
}

bool is_below(const std::filesystem::path& path, const std::filesystem::path& folder) {
    const auto inner = std::filesystem::absolute(path).lexically_normal();
    const auto outer = std::filesystem::absolute(folder / "").lexically_normal().parent_path();
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

/// Compares the digest over a folder with the committed one, where there is one.
void check_digest(Report& report, const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / kDigestFile;
    if (!std::filesystem::is_directory(folder) || !std::filesystem::exists(file)) return;
    std::vector<Verdict> below;
    std::copy_if(report.verdicts.begin(), report.verdicts.end(), std::back_inserter(below),
                 [&](const Verdict& verdict) { return is_below(verdict.path, folder); });
    const std::string expected = read_file(file, 1024);
    const std::string got = hex(digest_of(below).view()).substr(2) + "\n";
    ++report.assertions;
    if (expected == got) return;
    report.problems.push_back(file.string() + ": expected " + expected.substr(0, expected.find('\n')) + ", got " +
                              got.substr(0, got.find('\n')));
}

void run_all(Report& report, std::span<const std::filesystem::path> paths, const RunMode& mode) {
    for (const Found& found : find_vectors(paths)) {
        Verdict verdict = run_vector_file(found.path, mode);
        report.verdicts.push_back(found.is_control ? judge_control(std::move(verdict)) : std::move(verdict));
    }
    for (const std::filesystem::path& path : paths)
        check_digest(report, path);
}

void count(Report& report) {
    std::set<std::string> suites;
    for (const Verdict& verdict : report.verdicts) {
        suites.insert(std::filesystem::absolute(verdict.path).parent_path().lexically_normal().string());
        report.assertions += verdict.assertions;
        report.counts += verdict.counts;
        report.moves += verdict.moves;
        if (!verdict.passed()) ++report.failed;
    }
    report.failed += report.problems.size();
    report.suites = suites.size();
    report.digest = digest_of(report.verdicts);
}

} // namespace

Report run_paths(std::span<const std::filesystem::path> paths, const RunMode& mode) {
    Report report;
    try {
        run_all(report, paths, mode);
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        report.problems.emplace_back(error.what());
    }
    count(report);
    return report;
}

std::string failures_text(const Report& report) {
    std::string text;
    for (const Verdict& verdict : report.verdicts)
        text += failures_text(verdict);
    for (const std::string& problem : report.problems)
        text += problem + "\n";
    return text;
}

std::vector<std::filesystem::path> vector_files(std::span<const std::filesystem::path> paths) {
    std::vector<std::filesystem::path> files;
    for (Found& found : find_vectors(paths)) {
        if (!found.is_control) files.push_back(std::move(found.path));
    }
    return files;
}

std::string case_name(const std::filesystem::path& path) {
    const std::filesystem::path absolute = std::filesystem::absolute(path).lexically_normal();
    return absolute.parent_path().filename().string() + "/" + absolute.stem().string();
}

} // namespace detent::conformance
