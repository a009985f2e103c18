#include "engine/profile.hpp"

#include <array>
#include <iterator>
#include <string_view>

namespace detent {

namespace {

/// A published profile with what only its canonical bytes need.
struct Published {
    Profile profile{};
    std::array<std::string_view, 2> float_rules{};
};

// The rows of one file fill `made`; each FLOAT_RULE takes the next place.
#define PROFILE(number, limits)                                                                                        \
    made.profile.id = number;                                                                                          \
    made.profile.preset = Preset::limits;
#define WITH(feature) made.profile.features = made.profile.features.with(Feature::feature);
#define FLOAT_RULE(name) made.float_rules[rule++] = name;

constexpr Published profile_1() noexcept {
    Published made;
    std::size_t rule = 0;
#include "engine/profiles/1.def"
    return made;
}

constexpr Published profile_2() noexcept {
    Published made;
    std::size_t rule = 0;
#include "engine/profiles/2.def"
    return made;
}

#undef FLOAT_RULE
#undef WITH
#undef PROFILE

/// In the order of their numbers, from 1 without a gap.
constexpr Published kPublished[] = {profile_1(), profile_2()};

constexpr bool are_numbered() noexcept {
    for (std::size_t i = 0; i < std::size(kPublished); ++i) {
        if (kPublished[i].profile.id != i + 1 || kPublished[i].float_rules.back().empty()) return false;
    }
    return true;
}
static_assert(are_numbered(), "a profile stands at the place of its number and names every float rule");

const Published* published_under(std::uint32_t id) noexcept {
    return id == 0 || id > std::size(kPublished) ? nullptr : &kPublished[id - 1];
}

constexpr std::uint32_t kFormat = 1;

/// Appends to a buffer until an allocation fails, and remembers that.
class CanonicalWriter {
  public:
    explicit CanonicalWriter(Buffer<std::uint8_t>& out) noexcept : out_(out) {}

    void number(std::uint64_t value, unsigned bytes) noexcept {
        for (unsigned i = 0; i < bytes; ++i)
            byte(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    void text(std::string_view characters) noexcept {
        for (const char character : characters)
            byte(static_cast<std::uint8_t>(character));
    }
    void name(std::string_view characters) noexcept {
        byte(static_cast<std::uint8_t>(characters.size()));
        text(characters);
    }
    [[nodiscard]] bool good() const noexcept { return good_; }

  private:
    void byte(std::uint8_t value) noexcept { good_ = good_ && out_.push_back(value); }

    Buffer<std::uint8_t>& out_;
    bool good_ = true;
};

void write_features(CanonicalWriter& out, FeatureSet features) noexcept {
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < kFeatureCount; ++i)
        count += features.has(static_cast<Feature>(i)) ? 1U : 0U;
    out.number(count, 4);
    for (std::size_t i = 0; i < kFeatureCount; ++i) {
        if (features.has(static_cast<Feature>(i))) out.name(to_text(static_cast<Feature>(i)));
    }
}

void write_limits(CanonicalWriter& out, const LimitValues& limits) noexcept {
    out.number(kLimitCount, 4);
    for (std::size_t i = 0; i < kLimitCount; ++i) {
        out.name(to_text(static_cast<Limit>(i)));
        out.number(limits[static_cast<Limit>(i)], 8);
    }
}

/// A profile that was not published has none.
void write_float_rules(CanonicalWriter& out, std::uint32_t id) noexcept {
    const Published* const found = published_under(id);
    out.number(found == nullptr ? 0 : found->float_rules.size(), 4);
    if (found == nullptr) return;
    for (const std::string_view rule : found->float_rules)
        out.name(rule);
}

} // namespace

const Profile* Profile::published(std::uint32_t id) noexcept {
    const Published* const found = published_under(id);
    return found == nullptr ? nullptr : &found->profile;
}

bool Profile::append_canonical(Buffer<std::uint8_t>& out) const noexcept {
    CanonicalWriter writer(out);
    writer.text("DTNTPROF");
    writer.number(kFormat, 4);
    writer.number(id, 4);
    write_features(writer, features);
    writer.name(to_text(preset));
    write_limits(writer, limits());
    write_float_rules(writer, id);
    return writer.good();
}

bool append_canonical(const LimitValues& limits, Buffer<std::uint8_t>& out) noexcept {
    CanonicalWriter writer(out);
    write_limits(writer, limits);
    return writer.good();
}

} // namespace detent
