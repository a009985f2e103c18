#include "conformance/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace detent::conformance {

namespace {

std::string explain(const std::string& pointer, const std::string& reason) {
    return pointer.empty() ? reason : pointer + ": " + reason;
}

std::string place_of(std::string_view text, std::size_t position) {
    const std::string_view before = text.substr(0, std::min(position, text.size()));
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const std::size_t line_start = before.rfind('\n');
    const std::size_t column = line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
    return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column);
}

/// Builds a Json from the events of the parser. An event that returns false ends the parsing.
class Builder : public nlohmann::json_sax<nlohmann::json> {
  public:
    Builder(std::string_view text, const JsonBounds& bounds) : text_(text), bounds_(bounds) {}

    [[nodiscard]] Json take() { return std::move(root_); }

    bool null() override {
        add(Json::Kind::null);
        return true;
    }
    bool boolean(bool value) override {
        add(Json::Kind::boolean).boolean = value;
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override {
        add(Json::Kind::integer).integer = value;
        return true;
    }
    bool number_integer(number_integer_t) override { refuse_number(); }
    bool number_float(number_float_t, const string_t&) override { refuse_number(); }
    bool binary(binary_t&) override { refuse_number(); }
    bool string(string_t& value) override {
        add(Json::Kind::string).string = std::move(value);
        return true;
    }
    bool start_object(std::size_t) override { return open(Json::Kind::object); }
    bool start_array(std::size_t) override { return open(Json::Kind::array); }
    bool key(string_t& name) override {
        open_.back()->members.push_back({std::move(name), {}});
        return true;
    }
    bool end_object() override {
        check_names();
        open_.pop_back();
        return true;
    }
    bool end_array() override {
        open_.pop_back();
        return true;
    }
    bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
        const std::string place = place_of(text_, position);
        const std::string pointer = open_.empty() ? "" : path(open_.size() - 1);
        if (open_.empty() && values_ > 0) throw FormatError(pointer, "more stands behind the document, at " + place);
        if (position > text_.size()) throw FormatError(pointer, "the document ends too early, at " + place);
        throw FormatError(pointer, "no JSON in UTF-8, at " + place);
    }

  private:
    [[noreturn]] void refuse_number() {
        (void)add(Json::Kind::null);
        throw FormatError(path(open_.size()), "a number that is no integer from 0 to 2^64 - 1");
    }

    Json& add(Json::Kind kind) {
        Json& value = slot();
        value.kind = kind;
        if (++values_ > bounds_.values) {
            throw FormatError(path(open_.size()), "more than " + std::to_string(bounds_.values) + " values");
        }
        return value;
    }

    /// Where the next value goes. A member of an object was made by its key.
    Json& slot() {
        if (open_.empty()) return root_;
        Json& parent = *open_.back();
        if (parent.kind == Json::Kind::array) parent.members.emplace_back();
        return parent.members.back().value;
    }

    /// A value that is open is the last of its parent, which does not grow meanwhile, so the address holds.
    bool open(Json::Kind kind) {
        Json& value = add(kind);
        if (open_.size() == bounds_.depth) {
            throw FormatError(path(open_.size()), "nested deeper than " + std::to_string(bounds_.depth));
        }
        open_.push_back(&value);
        return true;
    }

    void check_names() {
        std::vector<std::string_view> names;
        names.reserve(open_.back()->members.size());
        for (const Json::Member& member : open_.back()->members)
            names.push_back(member.name);
        std::sort(names.begin(), names.end());
        const auto twice = std::adjacent_find(names.begin(), names.end());
        if (twice != names.end()) throw FormatError(below(path(open_.size() - 1), *twice), "the key stands twice");
    }

    /// The way to the value that the first `depth` open ones lead to.
    [[nodiscard]] std::string path(std::size_t depth) const {
        std::string pointer;
        for (std::size_t i = 0; i < depth; ++i) {
            const std::vector<Json::Member>& members = open_[i]->members;
            const bool is_array = open_[i]->kind == Json::Kind::array;
            pointer = below(pointer, is_array ? std::to_string(members.size() - 1) : members.back().name);
        }
        return pointer;
    }

    std::string_view text_;
    JsonBounds bounds_;
    Json root_;
    std::vector<Json*> open_;
    std::size_t values_ = 0;
};

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
    throw std::system_error(errno, std::generic_category(), path.string() + ": " + what);
}

/// A file beside another, gone again unless it is renamed.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::filesystem::path& beside) {
        for (int attempt = 0; descriptor_ < 0 && attempt < 100; ++attempt) {
            path_ = beside.string() + "." + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".tmp";
            descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (descriptor_ < 0 && errno != EEXIST) fail(beside, "cannot write beside it");
        }
        if (descriptor_ < 0) fail(beside, "cannot write beside it");
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
        if (!path_.empty()) ::unlink(path_.c_str());
    }

    void write(std::string_view text) {
        while (!text.empty()) {
            const ssize_t written = ::write(descriptor_, text.data(), text.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail(path_, "cannot be written");
            text.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    /// The new file is as readable as the one that it replaces.
    void keep_mode_of(const std::filesystem::path& other) {
        struct stat status{};
        if (::stat(other.c_str(), &status) != 0) return;
        if (::fchmod(descriptor_, status.st_mode & 07777) != 0) fail(path_, "cannot set its mode");
    }

    void become(const std::filesystem::path& target) {
        if (::fsync(descriptor_) != 0) fail(path_, "cannot be written");
        if (::rename(path_.c_str(), target.c_str()) != 0) fail(target, "cannot be replaced");
        path_.clear();
    }

  private:
    std::string path_;
    int descriptor_ = -1;
};

/// Makes a rename last. A file system that cannot is none of our business: the file is whole in any case.
void sync_folder(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    (void)::fsync(descriptor);
    ::close(descriptor);
}

} // namespace

FormatError::FormatError(std::string pointer, std::string reason)
    : std::runtime_error(explain(pointer, reason)), pointer_(std::move(pointer)), reason_(std::move(reason)) {}

const Json* Json::find(std::string_view name) const noexcept {
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const Member& member) { return member.name == name; });
    return found == members.end() ? nullptr : &found->value;
}

Json parse_json(std::string_view text, const JsonBounds& bounds) {
    if (text.size() > bounds.bytes) throw FormatError("", "more than " + std::to_string(bounds.bytes) + " bytes");
    Builder builder(text, bounds);
    (void)nlohmann::json::sax_parse(text, &builder);
    return builder.take();
}

std::string read_file(const std::filesystem::path& path, std::size_t most) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) throw FormatError("", path.string() + " is no file");
    std::ifstream file(path, std::ios::binary);
    std::string text;
    // Read in pieces: what a file says of its size need not hold.
    std::vector<char> piece(std::size_t{1} << 16);
    while (file && text.size() <= most) {
        file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (text.size() > most) throw FormatError("", path.string() + " has more than " + std::to_string(most) + " bytes");
    if (!file.eof()) throw FormatError("", path.string() + " cannot be read");
    return text;
}

void write_file(const std::filesystem::path& path, std::string_view text) {
    // A link stays a link: what it leads to is replaced.
    const std::filesystem::path target = std::filesystem::is_symlink(path) ? std::filesystem::canonical(path) : path;
    TemporaryFile file(target);
    file.write(text);
    file.keep_mode_of(target);
    file.become(target);
    sync_folder(target.parent_path());
}

std::string below(const std::string& pointer, std::string_view step) {
    std::string longer = pointer + '/';
    for (const char character : step) {
        if (character == '~') {
            longer += "~0";
        } else if (character == '/') {
            longer += "~1";
        } else {
            longer += character;
        }
    }
    return longer;
}

} // namespace detent::conformance
