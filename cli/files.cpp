#include "cli/files.hpp"

#include "cli/failure.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <unistd.h>

namespace detent::cli {

namespace {

namespace fs = std::filesystem;

struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Failure system_failure(const std::string& path) { return Failure(ExitCode::failed, path, std::strerror(errno)); }

File open(const std::string& path, const char* mode) {
    File file(std::fopen(path.c_str(), mode));
    if (file == nullptr) throw system_failure(path);
    return file;
}

/// The name beside `path` that is written first; of this process, so that two programs do not meet in one file.
std::string draft_of(const std::string& path) { return path + ".new-" + std::to_string(::getpid()); }

void write_whole(const std::string& path, std::string_view text) {
    File file = open(path, "wb");
    const bool written = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
    if (!written || std::fflush(file.get()) != 0 || ::fsync(::fileno(file.get())) != 0) throw system_failure(path);
}

} // namespace

std::vector<std::uint8_t> read_file(const std::string& path, std::uint64_t limit) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) throw Failure(ExitCode::failed, path, "is a folder, not a file");
    const File file = open(path, "rb");
    std::vector<std::uint8_t> bytes;
    std::uint8_t chunk[65536];
    // One byte more than the limit is enough to know, whatever size a file claims or however long a device goes on.
    while (bytes.size() <= limit) {
        const std::uint64_t wanted = std::min<std::uint64_t>(sizeof chunk, limit + 1 - bytes.size());
        const std::size_t got = std::fread(chunk, 1, static_cast<std::size_t>(wanted), file.get());
        if (got == 0) break;
        bytes.insert(bytes.end(), chunk, chunk + got);
    }
    if (std::ferror(file.get()) != 0) throw system_failure(path);
    if (bytes.size() > limit) {
        throw Failure(ExitCode::failed, path, "is longer than " + std::to_string(limit) + " bytes");
    }
    return bytes;
}

void write_file(const std::string& path, std::string_view text) {
    const std::string draft = draft_of(path);
    try {
        write_whole(draft, text);
        fs::rename(draft, path);
    } catch (const std::exception& reason) {
        std::error_code ignored;
        fs::remove(draft, ignored);
        throw Failure(ExitCode::fault, path, reason.what());
    }
}

bool file_exists(const std::string& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

} // namespace detent::cli
