// generate_modules DIR COUNT SEED: writes COUNT modules at random as DIR/0.wasm and so on, for the comparisons with
// other engines. Module i is made from seed SEED + i, so that one alone can be made again.
#include "engine/testing/generator.hpp"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return value;
}

bool write(const std::filesystem::path& path, const detent::testing::Bytes& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    file.close();
    return file.good();
}

} // namespace

int main(int count, char** arguments) {
    const std::optional<std::uint64_t> modules = count == 4 ? number(arguments[2]) : std::nullopt;
    const std::optional<std::uint64_t> seed = count == 4 ? number(arguments[3]) : std::nullopt;
    if (!modules || !seed) {
        std::cerr << "usage: generate_modules DIR COUNT SEED\n";
        return 2;
    }
    for (std::uint64_t i = 0; i < *modules; ++i) {
        const std::filesystem::path path = std::filesystem::path(arguments[1]) / (std::to_string(i) + ".wasm");
        if (!write(path, detent::testing::Generator(*seed + i).module())) {
            std::cerr << "generate_modules: cannot write " << path << "\n";
            return 1;
        }
    }
    return 0;
}
