// print_wasm IN OUT [IN OUT]…: the text of each module, for the comparison with other tools. A module that cannot be
// printed is a line `IN: error at offset` on the error output, and makes no file.
#include "engine/text/printer.hpp"

#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

namespace {

bool print_file(const char* from, const char* to) {
    std::ifstream in(from, std::ios::binary);
    const std::vector<char> read{std::istreambuf_iterator<char>(in), {}};
    const std::vector<std::uint8_t> bytes(read.begin(), read.end());
    const auto text = detent::text::print_module(bytes);
    if (text.has_error()) {
        std::cerr << from << ": " << detent::to_text(text.error().code) << " at " << text.error().offset << "\n";
        return false;
    }
    std::ofstream out(to, std::ios::binary);
    out << text.assume_value();
    out.close();
    return in.good() && out.good();
}

} // namespace

int main(int count, char** arguments) {
    if (count < 3 || count % 2 == 0) {
        std::cerr << "usage: print_wasm IN OUT [IN OUT]...\n";
        return 2;
    }
    bool is_good = true;
    for (int i = 1; i < count; i += 2)
        is_good = print_file(arguments[i], arguments[i + 1]) && is_good;
    return is_good ? 0 : 1;
}
