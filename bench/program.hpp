// What the programs of bench/ share: reading a file, taking the least of several times, and giving up.
#pragma once

#include "engine/base/result.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <malloc.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace detent::bench {

[[noreturn]] inline void fail(std::string_view reason) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(reason.size()), reason.data());
    std::exit(1);
}

template <class T>
[[nodiscard]] T take(Result<T> result) {
    if (result.has_error()) fail(to_text(result.assume_error().code));
    return std::move(result).assume_value();
}

[[nodiscard]] inline std::vector<std::uint8_t> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) fail("cannot open " + path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Seconds, and what every round gave.
struct Least {
    double seconds;
    std::uint64_t result;
};

/// The least seconds of `rounds` calls of `work`, which MUST give the same each time.
template <class Work>
[[nodiscard]] Least least(int rounds, Work&& work) {
    double seconds = std::numeric_limits<double>::infinity();
    std::optional<std::uint64_t> result;
    for (int i = 0; i < rounds; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        const std::uint64_t given = work();
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begun;
        seconds = std::min(seconds, passed.count());
        if (result.has_value() && *result != given) fail("two rounds gave different results");
        result = given;
    }
    if (!result.has_value()) fail("no rounds");
    return {seconds, *result};
}

/// The bytes that malloc has given out.
[[nodiscard]] inline std::size_t held() {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// What each of the results of `make` takes, which are kept; the first is not counted, since what it takes may serve
/// the others.
template <class Make>
[[nodiscard]] std::size_t bytes_each(Make&& make) {
    constexpr std::size_t kMany = 16;
    std::vector<decltype(make())> kept;
    kept.reserve(1 + kMany);
    kept.push_back(make());
    const std::size_t before = held();
    for (std::size_t i = 0; i < kMany; ++i)
        kept.push_back(make());
    return (held() - before) / kMany;
}

/// The word behind a leading `--variant`, taken out; empty without one.
[[nodiscard]] inline std::string take_variant(std::vector<std::string>& words) {
    if (words.size() < 2 || words[0] != "--variant") return "";
    std::string variant = std::move(words[1]);
    words.erase(words.begin(), words.begin() + 2);
    return variant;
}

inline void print_seconds(double seconds) { std::printf("{\"seconds\": %e}\n", seconds); }

} // namespace detent::bench
