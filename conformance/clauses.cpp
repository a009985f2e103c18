#include "conformance/clauses.hpp"

#include "conformance/clause_scanner.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace detent::conformance {

namespace {

/// Collects what the files say, then judges it.
class Collector {
  public:
    explicit Collector(std::filesystem::path source) : source_(std::move(source)) {}

    void read_documents() {
        for (const char* document : kClauseDocuments) {
            for (Clause& clause : clauses_in(read_source(source_ / document)))
                add_clause(std::move(clause), document);
        }
    }

    void read_file(const std::filesystem::path& file) {
        const std::string name = file.lexically_relative(source_).generic_string();
        const std::string text = read_source(file);
        for (const std::string& id : mentions_in(text))
            look_up(id, name);
        for (const NamedTest& test : tests_in(name, text))
            add_test(test);
    }

    [[nodiscard]] ClauseRegister judge() {
        for (Clause& clause : register_.clauses) {
            const std::set<std::string>& tests = tests_[clause.id];
            clause.tests.assign(tests.begin(), tests.end());
            if (tests.empty()) register_.problems.push_back(clause.id + ": no test names it");
        }
        register_.problems.insert(register_.problems.end(), problems_.begin(), problems_.end());
        return std::move(register_);
    }

  private:
    void add_clause(Clause clause, const std::string& document) {
        if (!known_.insert(clause.id).second) problems_.insert(document + ": " + clause.id + " stands twice");
        register_.clauses.push_back(std::move(clause));
    }

    void look_up(const std::string& id, const std::string& file) {
        ++register_.mentions;
        if (!known_.contains(id)) problems_.insert(file + ": " + id + " is no clause");
    }

    void add_test(const NamedTest& test) {
        if (!test.problem.empty()) problems_.insert(test.name + ": " + test.problem);
        for (const std::string& id : test.clauses)
            tests_[id].insert(test.name);
    }

    std::filesystem::path source_;
    ClauseRegister register_;
    std::set<std::string> known_;
    std::set<std::string> problems_;
    std::map<std::string, std::set<std::string>> tests_;
};

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
}

std::string line_of(const Clause& clause) {
    constexpr std::size_t kIdWidth = 8;
    constexpr std::size_t kTitleWidth = 62;
    const std::string count = std::to_string(clause.tests.size());
    const std::string first = clause.tests.empty() ? "" : "  " + clause.tests.front();
    return padded(clause.id, kIdWidth) + padded(clause.title, kTitleWidth) +
           std::string(count.size() < 4 ? 4 - count.size() : 0, ' ') + count + first + "\n";
}

} // namespace

ClauseRegister read_clauses(const std::filesystem::path& source) {
    Collector collector(source);
    collector.read_documents();
    for (const std::filesystem::path& file : source_files(source))
        collector.read_file(file);
    return collector.judge();
}

std::string to_text(const ClauseRegister& clauses, bool every_test) {
    std::string text;
    std::set<std::string> tests;
    for (const Clause& clause : clauses.clauses) {
        text += line_of(clause);
        tests.insert(clause.tests.begin(), clause.tests.end());
        for (std::size_t i = 1; every_test && i < clause.tests.size(); ++i)
            text += std::string(76, ' ') + clause.tests[i] + "\n";
    }
    return text + std::to_string(clauses.clauses.size()) + " clauses, " + std::to_string(tests.size()) +
           " tests that name them, " + std::to_string(clauses.mentions) + " mentions\n";
}

std::filesystem::path find_source(const std::filesystem::path& start) {
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(start, error);
    for (std::filesystem::path folder = absolute; !error; folder = folder.parent_path()) {
        if (std::filesystem::exists(folder / kClauseDocuments[0], error)) return folder;
        if (folder == folder.parent_path()) break;
    }
    return start;
}

} // namespace detent::conformance
