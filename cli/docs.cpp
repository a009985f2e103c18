// detent docs: prints the documents that repeat tables, writes them, compares them.
#include "cli/command.hpp"
#include "cli/documents.hpp"
#include "cli/files.hpp"

#include "conformance/clauses.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>

namespace detent::cli {

namespace {

constexpr std::uint64_t kLongest = 16 << 20;

struct DocsOptions {
    std::string name;
    std::string write;
    std::string check;
};

std::string path_of(const std::string& root, const Document& document) {
    return root + "/" + std::string(document.path);
}

ExitCode list() {
    for (const Document& each : documents())
        std::cout << each.name << "  " << each.path << "\n";
    return ExitCode::done;
}

ExitCode print_one(const std::string& name) {
    const auto found = std::ranges::find(documents(), name, &Document::name);
    if (found == documents().end()) throw wrong_usage(name, "no such document; `detent docs` lists them");
    std::cout << found->print(conformance::find_source(std::filesystem::current_path()).string());
    return ExitCode::done;
}

ExitCode write_all(const std::string& root) {
    std::vector<std::string> texts;
    for (const Document& each : documents())
        texts.push_back(each.print(root));
    for (std::size_t i = 0; i < texts.size(); ++i)
        write_file(path_of(root, documents()[i]), texts[i]);
    std::cout << documents().size() << " documents written\n";
    return ExitCode::done;
}

/// Whether the committed text is what would be printed now; says so where it is not.
bool is_current(const std::string& root, const Document& document) {
    const std::string path = path_of(root, document);
    std::string committed;
    if (file_exists(path)) {
        const std::vector<std::uint8_t> bytes = read_file(path, kLongest);
        committed.assign(bytes.begin(), bytes.end());
    }
    const std::string printed = document.print(root);
    if (committed == printed) return true;
    const auto [differs, unused] = std::ranges::mismatch(committed, printed);
    std::cout << path << ": line " << 1 + std::count(committed.begin(), differs, '\n') << " is not what `detent docs "
              << document.name << "` prints\n";
    return false;
}

ExitCode check_all(const std::string& root) {
    const auto current = static_cast<std::size_t>(
        std::ranges::count_if(documents(), [&root](const Document& each) { return is_current(root, each); }));
    const std::size_t stale = documents().size() - current;
    std::cout << current << " passed, " << stale << " failed\n";
    return stale == 0 ? ExitCode::done : ExitCode::failed;
}

ExitCode docs(const DocsOptions& options) {
    if (!options.write.empty()) return write_all(options.write);
    if (!options.check.empty()) return check_all(options.check);
    return options.name.empty() ? list() : print_one(options.name);
}

} // namespace

void add_docs(CLI::App& app, Program& program) {
    CLI::App& command = add_command(app, "docs", "Print the documents that repeat the project's tables",
                                    "  detent docs\n"
                                    "  detent docs instructions\n"
                                    "  detent docs guest-header > detent_v1.h\n"
                                    "  detent docs --check .\n");
    auto options = std::make_shared<DocsOptions>();
    CLI::Option* const name = command.add_option("NAME", options->name, "The document; without it they are listed");
    CLI::Option* const write =
        command.add_option("--write", options->write, "Write all of them into a project")->type_name("ROOT");
    command.add_option("--check", options->check, "Compare all of them with those of a project")
        ->type_name("ROOT")
        ->excludes(write)
        ->excludes(name);
    write->excludes(name);
    command.callback([&program, options] { program.action = [options] { return docs(*options); }; });
}

} // namespace detent::cli
