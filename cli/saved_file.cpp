#include "cli/saved_file.hpp"

#include "cli/call.hpp"
#include "cli/files.hpp"
#include "cli/modules.hpp"

#include "conformance/state_file.hpp"
#include "engine/base/bytes.hpp"
#include "host_abi/crypto.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace detent::cli {

namespace {

constexpr std::string_view kMagic = "DTNTSAVE";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kMostSavedBytes = std::uint64_t{1} << 32;

/// What the sections hold. Those of an execution, and of a transaction, stand once each, in this order.
enum class Section : std::uint32_t { names = 1, modules = 2, state = 3, chain = 4, transaction = 5 };

template <class T>
void append(std::string& to, T value) {
    std::uint8_t bytes[sizeof(T)];
    write_little_endian(bytes, value);
    to.append(reinterpret_cast<const char*>(bytes), sizeof bytes);
}

void append_section(std::string& to, Section section, std::string_view content) {
    append(to, static_cast<std::uint32_t>(section));
    append(to, std::uint64_t{content.size()});
    to += content;
}

std::string_view text_of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string names_of(const Law& law) {
    std::string out;
    append(out, law.schedule);
    append(out, law.profile.id);
    append(out, static_cast<std::uint8_t>(law.profile.preset));
    return out;
}

/// Magic, version, and the first section.
std::string head_of(const Law& law) {
    std::string out(kMagic);
    append(out, kVersion);
    append_section(out, Section::names, names_of(law));
    return out;
}

std::string modules_of(const Beginning& beginning) {
    std::string out;
    append(out, static_cast<std::uint32_t>(beginning.codes.size()));
    for (const std::shared_ptr<const Code>& code : beginning.codes) {
        const Buffer<std::uint8_t>& bytes = code->module().bytes;
        append(out, static_cast<std::uint32_t>(bytes.size()));
        out += text_of(bytes.span());
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

    [[nodiscard]] bool is_next(Section section) {
        return read_little_endian<std::uint32_t>(peek(4).data()) == static_cast<std::uint32_t>(section);
    }

    /// Goes into the next section, which MUST be this one. Gives its size.
    [[nodiscard]] std::uint64_t enter(Section section) {
        if (!is_next(section)) fail(ErrorCode::state_unexpected_content);
        position_ += 4;
        return number<std::uint64_t>();
    }

    /// The last one, behind which nothing stands.
    [[nodiscard]] std::span<const std::uint8_t> take_last(Section section) {
        const std::span<const std::uint8_t> content = take(enter(section));
        if (!at_end()) fail(ErrorCode::state_unexpected_content);
        return content;
    }

    /// What is wrong in what was taken last.
    [[nodiscard]] Failure failure_in(std::span<const std::uint8_t> taken, Error error) const {
        return failure_of(path_, {error.code, error.offset + position_ - taken.size(), error.detail});
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
            names_.push_back({digest_of(code->module().bytes.span()), digest_of(profile.span())});
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

Law read_law(FileReader& in) {
    static_cast<void>(in.enter(Section::names));
    Law law;
    law.schedule = in.number<std::uint32_t>();
    if (Schedule::published(law.schedule) == nullptr) in.fail(ErrorCode::wrong_schedule);
    const Profile* const profile = Profile::published(in.number<std::uint32_t>());
    if (profile == nullptr) in.fail(ErrorCode::unknown_module);
    law.profile = *profile;
    const auto preset = in.number<std::uint8_t>();
    if (preset > static_cast<std::uint8_t>(Preset::contract)) in.fail(ErrorCode::wrong_limits);
    law.profile.preset = static_cast<Preset>(preset);
    return law;
}

Beginning read_modules(FileReader& in, Law law, const std::string& path) {
    Beginning beginning{std::move(law), {}};
    static_cast<void>(in.enter(Section::modules));
    const auto count = in.number<std::uint32_t>();
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::span<const std::uint8_t> bytes = in.take(in.number<std::uint32_t>());
        beginning.codes.push_back(take(compile(bytes, beginning.law.profile), path + ": module " + std::to_string(i)));
    }
    return beginning;
}

Continued read_execution(FileReader& in, Law law, const std::string& path) {
    Beginning beginning = read_modules(in, std::move(law), path);
    const std::span<const std::uint8_t> state = in.take_last(Section::state);
    FileCodes codes(beginning.codes);
    const Surroundings surroundings{
        digest_of, *Schedule::published(beginning.law.schedule), beginning.law.profile.limits(), codes, {}};
    Result<Loaded> loaded = load(state, surroundings);
    if (loaded.has_error()) throw in.failure_in(state, loaded.assume_error());
    return {std::move(beginning), std::move(loaded).assume_value()};
}

ContinuedCall read_transaction(FileReader& in, Law law, const std::string& path) {
    const std::string_view text = text_of(in.take(in.enter(Section::chain)));
    auto state = std::make_unique<State>(state_from(path, [text] { return conformance::parse_state(text); }));
    const std::span<const std::uint8_t> bytes = in.take_last(Section::transaction);
    Result<Transaction> loaded = Transaction::load(*state, bytes, *Schedule::published(law.schedule), law.profile);
    if (loaded.has_error()) throw in.failure_in(bytes, loaded.assume_error());
    return {std::move(law), std::move(state), std::move(loaded).assume_value()};
}

} // namespace

void write_saved(const std::string& path, const Beginning& beginning, const Execution& execution) {
    const Buffer<std::uint8_t> state = take(save(execution, digest_of), path);
    std::string out = head_of(beginning.law);
    append_section(out, Section::modules, modules_of(beginning));
    append_section(out, Section::state, text_of(state.span()));
    write_file(path, out);
}

void write_saved(const std::string& path, const Law& law, const State& state, const Transaction& transaction) {
    const Buffer<std::uint8_t> bytes = take(transaction.save(), path);
    std::string out = head_of(law);
    append_section(out, Section::chain, conformance::to_text(state));
    append_section(out, Section::transaction, text_of(bytes.span()));
    write_file(path, out);
}

std::variant<Continued, ContinuedCall> read_saved(const std::string& path) {
    const std::vector<std::uint8_t> bytes = read_file(path, kMostSavedBytes);
    FileReader in(path, bytes);
    in.expect_head();
    Law law = read_law(in);
    if (in.is_next(Section::chain)) return read_transaction(in, std::move(law), path);
    return read_execution(in, std::move(law), path);
}

} // namespace detent::cli
