#include "conformance/clause_scanner.hpp"

#include "conformance/json.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace detent::conformance {

namespace {

constexpr std::array<std::string_view, 7> kKinds{"MET-", "ABI-", "DET-", "STA-", "COM-", "INS-", "SAV-"};
constexpr std::size_t kMaximumSourceBytes = std::size_t{16} << 20;

bool is_digit(char character) { return character >= '0' && character <= '9'; }

bool is_word_character(char character) {
    return is_digit(character) || (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           character == '_';
}

/// The clause that stands at the beginning of a text, or nothing.
std::string clause_at(std::string_view text) {
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](auto known) { return text.starts_with(known); });
    if (kind == kKinds.end()) return "";
    std::size_t end = kind->size();
    while (end < text.size() && is_digit(text[end]))
        ++end;
    const bool is_number = end > kind->size() && text[kind->size()] != '0';
    const bool ends_here = end == text.size() || !is_word_character(text[end]);
    return is_number && ends_here ? std::string(text.substr(0, end)) : "";
}

/// Up to the end of the first phrase, at most so many characters, at a word's end.
std::string first_words(std::string_view text) {
    constexpr std::size_t kMost = 58;
    const std::string line(text.substr(0, text.find('\n')));
    const auto is_end = [](char character, char next) {
        return std::string_view(".:;").find(character) != std::string_view::npos && next == ' ';
    };
    const auto end = std::adjacent_find(line.begin(), line.end(), is_end);
    std::string words(line.begin(), end);
    if (words.ends_with('.') || words.ends_with(':')) words.pop_back();
    return words.size() <= kMost ? words : words.substr(0, words.rfind(' ', kMost)) + " ...";
}

std::string_view skip_space(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    return start == std::string_view::npos ? std::string_view() : text.substr(start);
}

/// Takes string literals that stand one after the other from the front of `text`; nothing if there is none.
std::optional<std::string> take_literal(std::string_view& text) {
    std::optional<std::string> literal;
    for (text = skip_space(text); text.starts_with('"'); text = skip_space(text)) {
        if (!literal) literal.emplace();
        std::size_t at = 1;
        for (; at < text.size() && text[at] != '"'; ++at) {
            if (text[at] == '\\') ++at;
            if (at < text.size()) *literal += text[at];
        }
        text.remove_prefix(std::min(at + 1, text.size()));
    }
    return literal;
}

/// A list of clauses, each but the last followed by a comma and a space, taken from the front of `text`.
std::vector<std::string> take_clauses(std::string_view& text) {
    std::vector<std::string> clauses;
    for (std::string id = clause_at(text); !id.empty(); id = clause_at(text)) {
        text.remove_prefix(id.size());
        clauses.push_back(std::move(id));
        if (!text.starts_with(", ")) break;
        text.remove_prefix(2);
    }
    return clauses;
}

/// A test that does not run by itself shows nothing: Catch2 hides those tagged so.
bool is_hidden(const std::string& tags) {
    return tags.find("[.") != std::string::npos || tags.find("[!hide]") != std::string::npos;
}

/// Every name in `[feature:name]`.
std::vector<std::string> features_in(std::string_view tags) {
    constexpr std::string_view kTag = "[feature:";
    std::vector<std::string> features;
    for (std::size_t at = tags.find(kTag); at != std::string_view::npos; at = tags.find(kTag)) {
        tags.remove_prefix(at + kTag.size());
        features.emplace_back(tags.substr(0, tags.find(']')));
    }
    return features;
}

std::vector<NamedTest> cpp_tests(const std::string& file, std::string_view text) {
    constexpr std::string_view kMacro = "TEST_CASE(";
    std::vector<NamedTest> tests;
    for (std::size_t at = text.find(kMacro); at != std::string_view::npos; at = text.find(kMacro)) {
        text.remove_prefix(at + kMacro.size());
        const std::optional<std::string> name = take_literal(text);
        if (!name) continue;
        if (text.starts_with(',')) text.remove_prefix(1);
        const std::optional<std::string> tags = take_literal(text);
        if (tags && is_hidden(*tags)) continue;
        std::string_view rest = *name;
        NamedTest test{file + ": " + *name, take_clauses(rest), features_in(tags.value_or("")), ""};
        if (test.clauses.empty() && test.features.empty()) continue;
        if (!test.clauses.empty() && !rest.starts_with(": "))
            test.problem = "the clauses that a name begins with end in a colon and a space";
        tests.push_back(std::move(test));
    }
    return tests;
}

/// Every `[MET-8]`, `[MET-8, MET-9]` and `[feature:simd]`; the test is the file.
std::vector<NamedTest> script_tests(const std::string& file, std::string_view text) {
    NamedTest test{file, {}, features_in(text), ""};
    for (std::size_t at = text.find('['); at != std::string_view::npos; at = text.find('[')) {
        text.remove_prefix(at + 1);
        std::string_view rest = text;
        const std::vector<std::string> clauses = take_clauses(rest);
        if (rest.starts_with(']')) test.clauses.insert(test.clauses.end(), clauses.begin(), clauses.end());
    }
    if (test.clauses.empty() && test.features.empty()) return {};
    return {std::move(test)};
}

std::vector<NamedTest> vector_test(const std::string& file, std::string_view text) {
    NamedTest test{file.substr(0, file.rfind('.')), {}, {}, ""};
    try {
        const Json document = parse_json(text);
        if (const Json* clauses = document.find("clauses")) {
            for (const Json::Member& item : clauses->members)
                test.clauses.push_back(item.value.string);
        }
    } catch (const FormatError& error) {
        test.problem = error.what();
    }
    return {std::move(test)};
}

bool is_script_test(const std::string& name) {
    return name.starts_with("test_") || name.starts_with("check") || name.ends_with("_test.py");
}

/// vectors/suite/case.json; the controls show the runner, not a clause.
bool is_vector(const std::filesystem::path& file) {
    const bool in_suite = std::distance(file.begin(), file.end()) == 3 && *file.begin() == "vectors";
    return in_suite && file.extension() == ".json" && file.parent_path().filename() != "controls";
}

bool is_foreign(const std::filesystem::path& folder) {
    const std::string name = folder.filename().string();
    return (name.starts_with('.') && name != ".ci") || name.starts_with("build") || name == "__pycache__";
}

bool is_text(const std::filesystem::path& file) {
    static constexpr std::string_view kExtensions[] = {".hpp", ".cpp",  ".h",   ".c",  ".def",  ".py",
                                                       ".md",  ".json", ".mjs", ".sh", ".build"};
    const std::string extension = file.extension().string();
    if (extension.empty()) return is_script_test(file.filename().string()) || file.parent_path().filename() == ".ci";
    return std::find(std::begin(kExtensions), std::end(kExtensions), extension) != std::end(kExtensions);
}

} // namespace

std::vector<Clause> clauses_in(std::string_view document) {
    std::vector<Clause> clauses;
    while (!document.empty()) {
        const std::string_view line = document.substr(0, document.find('\n'));
        document.remove_prefix(std::min(line.size() + 1, document.size()));
        if (!line.starts_with("**")) continue;
        const std::string id = clause_at(line.substr(2));
        const std::string_view rest = line.substr(std::min(line.size(), 2 + id.size()));
        if (!id.empty() && rest.starts_with(".** ")) clauses.push_back({id, first_words(rest.substr(4)), {}});
    }
    return clauses;
}

std::vector<std::string> mentions_in(std::string_view text) {
    std::vector<std::string> mentions;
    for (std::size_t at = text.find('-'); at != std::string_view::npos; at = text.find('-', at + 1)) {
        constexpr std::size_t kLetters = 3;
        if (at < kLetters || (at > kLetters && is_word_character(text[at - kLetters - 1]))) continue;
        std::string id = clause_at(text.substr(at - kLetters));
        if (!id.empty()) mentions.push_back(std::move(id));
    }
    return mentions;
}

std::vector<NamedTest> tests_in(const std::string& file, std::string_view text) {
    const std::filesystem::path path = file;
    if (file.ends_with("_test.cpp")) return cpp_tests(file, text);
    if (is_vector(path)) return vector_test(file, text);
    if (is_script_test(path.filename().string()) && path.extension() != ".cpp") return script_tests(file, text);
    return {};
}

std::vector<std::filesystem::path> source_files(const std::filesystem::path& source) {
    std::vector<std::filesystem::path> files;
    auto entry = std::filesystem::recursive_directory_iterator(source);
    for (; entry != std::filesystem::recursive_directory_iterator(); ++entry) {
        if (entry->is_directory() && is_foreign(entry->path())) {
            entry.disable_recursion_pending();
        } else if (entry->is_regular_file() && is_text(entry->path())) {
            files.push_back(entry->path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string read_source(const std::filesystem::path& file) { return read_file(file, kMaximumSourceBytes); }

} // namespace detent::conformance
