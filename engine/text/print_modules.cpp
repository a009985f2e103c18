// For comparisons with other assemblers: prints the modules of a script or of a module's text, one a line: the line it
// begins on, then its bytes in hexadecimal. Modules that are given as bytes or that do not parse are left out.
#include "engine/text/script.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace {

using namespace detent::text;

void print(const ScriptModule& module) {
    if (module.form == ModuleForm::binary || !module.parsed.has_value()) return;
    std::printf("%zu ", module.place.line);
    for (const std::uint8_t byte : module.parsed.assume_value().bytes)
        std::printf("%02x", byte);
    std::printf("\n");
}

void print(const Command& command) {
    if (const auto* it = std::get_if<ModuleCommand>(&command.what)) print(it->module);
    if (const auto* it = std::get_if<DefinitionCommand>(&command.what)) print(it->module);
    if (const auto* it = std::get_if<AssertModule>(&command.what)) print(it->module);
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) return 2;
    std::ifstream file(arguments[1], std::ios::binary);
    const std::string source{std::istreambuf_iterator<char>(file), {}};
    const detent::Result<Script> script = parse_script(source);
    if (!script.has_value()) {
        std::cerr << describe(source, script.assume_error(), arguments[1]);
        return 1;
    }
    for (const Command& command : script.assume_value().commands)
        print(command);
    return 0;
}
