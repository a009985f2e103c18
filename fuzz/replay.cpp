// Replays what fuzzing begins with, and a corpus, without libFuzzer: all of it must hold, and not few of the corpus
// must load. With --seeds it writes what fuzzing begins with instead.
//
// usage: replay FOLDER LEAST | replay --seeds FOLDER
#include "fuzz/target.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace detent::fuzz;

namespace {

Bytes bytes_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Says what is wrong with a file.
bool holds(const std::filesystem::path& path, const Bytes& bytes) {
    std::string why = "what loaded says another thing, or the tiers part";
    try {
        if (is_sound(bytes)) return true;
    } catch (const std::exception& failure) {
        why = failure.what();
    }
    std::printf("%s: %s\n", path.c_str(), why.c_str());
    return false;
}

struct Counts {
    unsigned long loaded = 0;
    unsigned long passed = 0;
    unsigned long failed = 0;

    void add(const std::filesystem::path& path, const Bytes& bytes) {
        const bool is_good = holds(path, bytes);
        ++(is_good ? passed : failed);
        if (is_good && loads(bytes)) ++loaded;
    }
    void demand(unsigned long least, const char* what) {
        std::printf("%lu of %s load\n", loaded, what);
        if (loaded >= least) return;
        std::printf("at least %lu should: the format or the modules are others\n", least);
        ++failed;
    }
};

int replay(const char* folder, unsigned long least) {
    Counts fresh;
    for (const Bytes& seed : seeds())
        fresh.add("a seed", seed);
    fresh.demand(fresh.passed + fresh.failed, "the seeds");
    Counts kept;
    for (const auto& file : std::filesystem::directory_iterator(folder))
        kept.add(file.path(), bytes_of(file.path()));
    kept.demand(least, "the corpus");
    const unsigned long failed = fresh.failed + kept.failed;
    std::printf("%lu passed, %lu failed\n", fresh.passed + kept.passed, failed);
    return failed == 0 ? 0 : 1;
}

int write_seeds(const std::filesystem::path& folder) {
    std::size_t number = 0;
    for (const Bytes& seed : seeds()) {
        std::ofstream out(folder / ("seed-" + std::to_string(number++)), std::ios::binary);
        std::copy(seed.begin(), seed.end(), std::ostreambuf_iterator<char>(out));
    }
    std::printf("%zu seeds\n", number);
    return number == 0 ? 1 : 0;
}

} // namespace

int main(int count, char** words) {
    if (count != 3) {
        std::fputs("usage: replay FOLDER LEAST | replay --seeds FOLDER\n", stderr);
        return 2;
    }
    if (std::strcmp(words[1], "--seeds") == 0) return write_seeds(words[2]);
    return replay(words[1], std::stoul(words[2]));
}
