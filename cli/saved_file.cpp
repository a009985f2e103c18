#include "cli/saved_file.hpp"

#include "cli/files.hpp"
#include "cli/modules.hpp"

#include "engine/base/bytes.hpp"
#include "host_abi/crypto.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace detent::cli {

namespace {

constexpr std::string_view kMagic = "DTNTSAVE";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 32;

/// What the sections hold; each stands once, in this order.
enum class Section : std::uint32_t { names = 1, modules = 2, state = 3 };

Digest sha256_of(std::span<const std::uint8_t> bytes) noexcept { return sha256(bytes).bytes; }

template <class T>
void append(std::string& to, T value) {
    std::uint8_t bytes[sizeof(T)];
    write_little_endian(bytes, value);
    to.append(reinterpret_cast<const char*>(bytes), sizeof bytes);
}

void append(std::string& to, std::span<const std::uint8_t> bytes) {
    to.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void append_section(std::string& to, Section section, const std::string& content) {
    append(to, static_cast<std::uint32_t>(section));
    append(to, std::uint64_t{content.size()});
    to += content;
}

std::string names_of(const Beginning& beginning) {
    std::string out;
    append(out, beginning.schedule);
    append(out, beginning.profile.id);
    append(out, static_cast<std::uint8_t>(beginning.profile.preset));
    return out;
}

std::string modules_of(const Beginning& beginning) {
    std::string out;
    append(out, static_cast<std::uint32_t>(beginning.codes.size()));
    for (const std::shared_ptr<const Code>& code : beginning.codes) {
        const Buffer<std::uint8_t>& bytes = code->module().bytes;
        append(out, static_cast<std::uint32_t>(bytes.size()));
        append(out, bytes.span());
    }
    return out;
}

/// Reads a file; what is wrong is a failure at its offset.
class FileReader {
  public:
    FileReader(std::string path, std::span<const std::uint8_t> bytes) : path_(std::move(path)), bytes_(bytes) {}

    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
    [[nodiscard]] bool at_end() const noexcept { return position_ == bytes_.size(); }

    [[nodiscard]] std::span<const std::uint8_t> take(std::uint64_t count) {
        if (count > bytes_.size() - position_) fail(ErrorCode::state_unexpected_end);
        const std::span<const std::uint8_t> taken = bytes_.subspan(position_, static_cast<std::size_t>(count));
        position_ += taken.size();
        return taken;
    }
    template <class T>
    [[nodiscard]] T number() {
        return read_little_endian<T>(take(sizeof(T)).data());
    }

    void expect_head() {
        const std::span<const std::uint8_t> first = bytes_.first(std::min(bytes_.size(), kMagic.size()));
        if (!std::ranges::equal(first, kMagic)) fail(ErrorCode::not_a_state);
        position_ = first.size();
        if (read_little_endian<std::uint32_t>(peek(sizeof kVersion).data()) != kVersion) {
            fail(ErrorCode::unknown_state_version);
        }
        position_ += sizeof kVersion;
    }

    /// Goes into the next section, which MUST be this one. Gives its size.
    [[nodiscard]] std::uint64_t enter(Section section) {
        const bool is_it = read_little_endian<std::uint32_t>(peek(4).data()) == static_cast<std::uint32_t>(section);
        if (!is_it) fail(ErrorCode::state_unexpected_content);
        position_ += 4;
        return number<std::uint64_t>();
    }

    [[noreturn]] void fail(ErrorCode code) const { throw failure_of(path_, Error{code, position_}); }

  private:
    [[nodiscard]] std::span<const std::uint8_t> peek(std::size_t count) {
        const std::span<const std::uint8_t> next = take(count);
        position_ -= count;
        return next;
    }

    std::string path_;
    std::span<const std::uint8_t> bytes_;
    std::size_t position_ = 0;
};

/// Has the modules of a file.
class FileCodes final : public CodeSource {
  public:
    explicit FileCodes(const std::vector<std::shared_ptr<const Code>>& codes) : codes_(codes) {
        for (const std::shared_ptr<const Code>& code : codes) {
            Buffer<std::uint8_t> profile;
            if (!code->profile().append_canonical(profile)) throw std::bad_alloc();
            names_.push_back({sha256_of(code->module().bytes.span()), sha256_of(profile.span())});
        }
    }

    Result<std::shared_ptr<const Code>> find(const ModuleName& name) noexcept override {
        const auto found = std::ranges::find(names_, name);
        return found == names_.end() ? nullptr : codes_[static_cast<std::size_t>(found - names_.begin())];
    }

  private:
    const std::vector<std::shared_ptr<const Code>>& codes_;
    std::vector<ModuleName> names_;
};

Beginning read_names(FileReader& in) {
    static_cast<void>(in.enter(Section::names));
    Beginning beginning;
    beginning.schedule = in.number<std::uint32_t>();
    if (Schedule::published(beginning.schedule) == nullptr) in.fail(ErrorCode::wrong_schedule);
    const Profile* const profile = Profile::published(in.number<std::uint32_t>());
    if (profile == nullptr) in.fail(ErrorCode::unknown_module);
    beginning.profile = *profile;
    const auto preset = in.number<std::uint8_t>();
    if (preset > static_cast<std::uint8_t>(Preset::contract)) in.fail(ErrorCode::wrong_limits);
    beginning.profile.preset = static_cast<Preset>(preset);
    return beginning;
}

void read_modules(FileReader& in, Beginning& beginning, const std::string& path) {
    static_cast<void>(in.enter(Section::modules));
    const auto count = in.number<std::uint32_t>();
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::span<const std::uint8_t> bytes = in.take(in.number<std::uint32_t>());
        beginning.codes.push_back(take(compile(bytes, beginning.profile), path + ": module " + std::to_string(i)));
    }
}

} // namespace

void write_saved(const std::string& path, const Beginning& beginning, const Execution& execution) {
    const Buffer<std::uint8_t> state = take(save(execution, sha256_of), path);
    std::string out(kMagic);
    append(out, kVersion);
    append_section(out, Section::names, names_of(beginning));
    append_section(out, Section::modules, modules_of(beginning));
    append(out, static_cast<std::uint32_t>(Section::state));
    append(out, std::uint64_t{state.size()});
    append(out, state.span());
    write_file(path, out);
}

Continued read_saved(const std::string& path) {
    const std::vector<std::uint8_t> bytes = read_file(path, kMostBytes);
    FileReader in(path, bytes);
    in.expect_head();
    Beginning beginning = read_names(in);
    read_modules(in, beginning, path);
    const std::uint64_t size = in.enter(Section::state);
    const std::uint64_t first = in.position();
    const std::span<const std::uint8_t> state = in.take(size);
    if (!in.at_end()) in.fail(ErrorCode::state_unexpected_content);
    FileCodes codes(beginning.codes);
    const Surroundings surroundings{
        sha256_of, *Schedule::published(beginning.schedule), beginning.profile.limits(), codes, {}};
    Result<Loaded> loaded = load(state, surroundings);
    if (loaded.has_value()) return {std::move(beginning), std::move(loaded).assume_value()};
    Error error = loaded.assume_error();
    error.offset += first;
    throw failure_of(path, error);
}

} // namespace detent::cli
