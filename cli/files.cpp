#include "cli/files.hpp"

#include "conformance/json.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

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

} // namespace

std::vector<std::uint8_t> read_file(const std::string& path, std::uint64_t limit) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) throw Failure(ExitCode::failed, path, "is a folder, not a file");
    const File file = open(path, "rb");
    std::vector<std::uint8_t> bytes;
    std::uint8_t chunk[65536];
    // One byte more than the limit is enough to know, whatever size a file claims or however long a device goes on.
    while (bytes.size() <= limit && std::feof(file.get()) == 0) {
        const std::uint64_t wanted = std::min<std::uint64_t>(sizeof chunk, limit + 1 - bytes.size());
        const std::size_t got = std::fread(chunk, 1, static_cast<std::size_t>(wanted), file.get());
        if (std::ferror(file.get()) != 0) throw system_failure(path);
        bytes.insert(bytes.end(), chunk, chunk + got);
    }
    if (bytes.size() > limit) throw too_long(path, limit);
    return bytes;
}

Failure too_long(const std::string& path, std::uint64_t limit) {
    return Failure(ExitCode::failed, path, "is longer than " + std::to_string(limit) + " bytes");
}

void write_file(const std::string& path, std::string_view text) {
    try {
        conformance::write_file(path, text);
    } catch (const std::exception& reason) {
        throw Failure(ExitCode::fault, path, reason.what());
    }
}

void write_file(const std::string& path, std::span<const std::uint8_t> bytes) {
    write_file(path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

bool file_exists(const std::string& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

} // namespace detent::cli
