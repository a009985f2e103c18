// The official test suite, as far as parsing shows it: every file is a script, and no module is refused but where the
// suite says so. Its directory comes from the environment; where that names none, the test says that it did not run.
#include "engine/text/script.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace detent::text {

namespace {

struct Counts {
    std::size_t files = 0;
    std::size_t commands = 0;
    std::size_t refused = 0;
    std::size_t other_message = 0;
};

std::vector<std::filesystem::path> files_of(const std::filesystem::path& suite) {
    std::vector<std::filesystem::path> out;
    for (const char* folder :
         {"", "core-extra", "custom", "proposals/custom-page-sizes", "proposals/wide-arithmetic"}) {
        for (const auto& entry : std::filesystem::directory_iterator(suite / folder)) {
            if (entry.path().extension() == ".wast") out.push_back(entry.path());
        }
    }
    std::ranges::sort(out);
    return out;
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A module that must be refused by the parser, if it is text.
void check_refusal(const AssertModule& assertion, Counts& counts) {
    const ScriptModule& module = assertion.module;
    if (module.form == ModuleForm::binary) return;
    INFO(assertion.message << "\n" << module.quoted);
    REQUIRE(!module.parsed.has_value());
    ++counts.refused;
    const std::string told = message_of(module.quoted, module.parsed.assume_error());
    if (told.starts_with(assertion.message)) return;
    ++counts.other_message;
    std::cout << "  told \"" << told << "\", expected \"" << assertion.message << "\": " << module.quoted << "\n";
}

/// A module that must parse.
void check_module(const ScriptModule& module) {
    if (module.parsed.has_value()) {
        CHECK(true);
        return;
    }
    FAIL_CHECK(module.place.line << ": " << describe(module.quoted, module.parsed.assume_error()));
}

void check(const AssertModule& assertion, Counts& counts) {
    const bool is_malformed =
        assertion.fault == ModuleFault::malformed || assertion.fault == ModuleFault::malformed_custom;
    if (is_malformed || assertion.fault == ModuleFault::invalid_custom) return check_refusal(assertion, counts);
    check_module(assertion.module);
}

void check(const Command& command, Counts& counts) {
    ++counts.commands;
    if (const auto* it = std::get_if<ModuleCommand>(&command.what)) check_module(it->module);
    if (const auto* it = std::get_if<DefinitionCommand>(&command.what)) check_module(it->module);
    if (const auto* it = std::get_if<AssertModule>(&command.what)) check(*it, counts);
}

} // namespace

TEST_CASE("text: the official suite parses, and what it calls malformed is refused") {
    const char* suite = std::getenv("DETENT_TESTSUITE");
    if (suite == nullptr) {
        std::cout << "DETENT_TESTSUITE is not set: the official suite was not read\n";
        SUCCEED();
        return;
    }
    Counts counts;
    for (const std::filesystem::path& path : files_of(suite)) {
        const std::string source = content_of(path);
        const Result<Script> script = parse_script(source);
        ++counts.files;
        if (!script.has_value()) {
            FAIL_CHECK(describe(source, script.assume_error(), path.filename().string()));
            continue;
        }
        INFO(path);
        for (const Command& command : script.assume_value().commands)
            check(command, counts);
    }
    std::cout << counts.files << " files, " << counts.commands << " commands, " << counts.refused
              << " texts refused as they must be, " << counts.other_message << " of them with another message\n";
}

} // namespace detent::text
