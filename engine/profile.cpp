#include "engine/profile.hpp"

#include <array>
#include <span>
#include <string_view>

namespace detent {

namespace {

constexpr Profile kProfile1{
#define PROFILE(id, preset) id,
#define WITH(feature)
#define FLOAT_RULE(name)
#include "engine/profiles/1.def"
#undef WITH
#undef PROFILE
#define PROFILE(id, preset) FeatureSet()
#define WITH(feature) .with(Feature::feature)
#include "engine/profiles/1.def"
#undef WITH
#undef PROFILE
    ,
#define PROFILE(id, preset) Preset::preset,
#define WITH(feature)
#include "engine/profiles/1.def"
#undef FLOAT_RULE
#undef WITH
#undef PROFILE
};

constexpr std::string_view kFloatRules[] = {
#define PROFILE(id, preset)
#define WITH(feature)
#define FLOAT_RULE(name) name,
#include "engine/profiles/1.def"
#undef FLOAT_RULE
#undef WITH
#undef PROFILE
};

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

void write_limits(CanonicalWriter& out, Preset preset) noexcept {
    out.name(to_text(preset));
    out.number(kLimitCount, 4);
    for (std::size_t i = 0; i < kLimitCount; ++i) {
        out.name(to_text(static_cast<Limit>(i)));
        out.number(LimitValues::of(preset)[static_cast<Limit>(i)], 8);
    }
}

} // namespace

const Profile* Profile::published(std::uint32_t id) noexcept { return id == kProfile1.id ? &kProfile1 : nullptr; }

bool Profile::append_canonical(Buffer<std::uint8_t>& out) const noexcept {
    CanonicalWriter writer(out);
    writer.text("DTNTPROF");
    writer.number(kFormat, 4);
    writer.number(id, 4);
    write_features(writer, features);
    write_limits(writer, preset);
    writer.number(std::size(kFloatRules), 4);
    for (const std::string_view rule : kFloatRules)
        writer.name(rule);
    return writer.good();
}

} // namespace detent
