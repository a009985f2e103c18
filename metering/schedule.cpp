#include "metering/schedule.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace detent {

namespace {

constexpr std::string_view kMagic = "DTNTFUEL";
constexpr std::uint32_t kFormat = 1;

/// C++ keywords need an underscore that names in documents do not have.
constexpr std::string_view document_name(std::string_view identifier) noexcept {
    return identifier.ends_with('_') ? identifier.substr(0, identifier.size() - 1) : identifier;
}

constexpr std::string_view kClassNames[] = {
#define WORK_CLASS(identifier, what) document_name(#identifier),
#include "metering/work_classes.def"
#undef WORK_CLASS
};

constexpr std::string_view kUnitNames[] = {
#define UNIT(identifier, what) #identifier,
#include "metering/units.def"
#undef UNIT
};

struct Price {
    WorkClass work_class;
    std::uint32_t base;
};

struct UnitRate {
    Unit unit;
    Rate rate;
};

constexpr Price kPrices1[] = {
#define CLASSIFICATION(digest)
#define PRICE(work_class, base) {WorkClass::work_class, base},
#define RATE(unit, numerator, denominator)
#include "metering/schedules/1.def"
#undef RATE
#undef PRICE
};

constexpr UnitRate kRates1[] = {
#define PRICE(work_class, base)
#define RATE(unit, numerator, denominator) {Unit::unit, {numerator, denominator}},
#include "metering/schedules/1.def"
#undef RATE
#undef PRICE
#undef CLASSIFICATION
};

constexpr std::string_view kClassification1 =
#define CLASSIFICATION(digest) digest
#define PRICE(work_class, base)
#define RATE(unit, numerator, denominator)
#include "metering/schedules/1.def"
#undef RATE
#undef PRICE
#undef CLASSIFICATION
    ;

constexpr Price kPrices2[] = {
#define CLASSIFICATION(digest)
#define PRICE(work_class, base) {WorkClass::work_class, base},
#define RATE(unit, numerator, denominator)
#include "metering/schedules/2.def"
#undef RATE
#undef PRICE
};

constexpr UnitRate kRates2[] = {
#define PRICE(work_class, base)
#define RATE(unit, numerator, denominator) {Unit::unit, {numerator, denominator}},
#include "metering/schedules/2.def"
#undef RATE
#undef PRICE
#undef CLASSIFICATION
};

constexpr std::string_view kClassification2 =
#define CLASSIFICATION(digest) digest
#define PRICE(work_class, base)
#define RATE(unit, numerator, denominator)
#include "metering/schedules/2.def"
#undef RATE
#undef PRICE
#undef CLASSIFICATION
    ;

// MET-20: every class and every unit once, in order, and no price or rate of 0.
constexpr bool prices_complete(std::span<const Price> prices) noexcept {
    for (std::size_t i = 0; i < prices.size(); ++i) {
        if (static_cast<std::size_t>(prices[i].work_class) != i || prices[i].base == 0) return false;
    }
    return prices.size() == kWorkClassCount;
}

constexpr bool rates_complete(std::span<const UnitRate> rates) noexcept {
    for (std::size_t i = 0; i < rates.size(); ++i) {
        const Rate rate = rates[i].rate;
        if (static_cast<std::size_t>(rates[i].unit) != i || rate.numerator == 0 || rate.denominator == 0) return false;
    }
    return rates.size() == kUnitCount;
}

static_assert(prices_complete(kPrices1), "schedule 1 prices every work class once, in the order of work_classes.def");
static_assert(rates_complete(kRates1), "schedule 1 rates every unit once, in the order of units.def");
static_assert(prices_complete(kPrices2), "schedule 2 prices every work class once, in the order of work_classes.def");
static_assert(rates_complete(kRates2), "schedule 2 rates every unit once, in the order of units.def");
static_assert(kClassification1.size() == 64 && kClassification2.size() == 64, "a SHA-256 has 64 hexadecimal digits");

constexpr std::uint8_t hex_digit(char digit) noexcept {
    return static_cast<std::uint8_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/// Writes integers and names one after the other.
class Writer {
  public:
    explicit Writer(std::span<std::uint8_t> out) noexcept : out_(out) {}

    void u32(std::uint32_t value) noexcept {
        for (unsigned i = 0; i < 4; ++i)
            out_[position_++] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    void bytes(const void* data, std::size_t size) noexcept {
        std::memcpy(out_.data() + position_, data, size);
        position_ += size;
    }
    void name(std::string_view text) noexcept {
        out_[position_++] = static_cast<std::uint8_t>(text.size());
        bytes(text.data(), text.size());
    }

  private:
    std::span<std::uint8_t> out_;
    std::size_t position_ = 0;
};

/// Reads the same, and keeps the first flaw; what follows a flaw reads as 0.
class Parser {
  public:
    explicit Parser(std::span<const std::uint8_t> bytes) noexcept : left_(bytes) {}

    [[nodiscard]] bool flawed() const noexcept { return flawed_; }
    [[nodiscard]] ScheduleFlaw flaw() const noexcept { return flaw_; }
    [[nodiscard]] bool at_end() const noexcept { return left_.empty(); }

    void expect(bool holds, ScheduleFlaw flaw) noexcept {
        if (holds || flawed_) return;
        flawed_ = true;
        flaw_ = flaw;
    }

    [[nodiscard]] std::span<const std::uint8_t> bytes(std::size_t size) noexcept {
        expect(size <= left_.size(), ScheduleFlaw::truncated);
        if (flawed_) return {};
        const std::span<const std::uint8_t> taken = left_.first(size);
        left_ = left_.subspan(size);
        return taken;
    }

    [[nodiscard]] std::uint32_t u32() noexcept {
        std::uint32_t value = 0;
        const std::span<const std::uint8_t> taken = bytes(4);
        for (std::size_t i = 0; i < taken.size(); ++i)
            value |= std::uint32_t{taken[i]} << (8 * i);
        return value;
    }

    void text(std::string_view expected, ScheduleFlaw flaw) noexcept {
        const std::span<const std::uint8_t> taken = bytes(expected.size());
        expect(std::equal(taken.begin(), taken.end(), expected.begin(), expected.end(), same_byte), flaw);
    }

    void name(std::string_view expected) noexcept {
        const std::span<const std::uint8_t> length = bytes(1);
        expect(!length.empty() && length[0] == expected.size(), ScheduleFlaw::bad_name);
        text(expected, ScheduleFlaw::bad_name);
    }

    [[nodiscard]] std::uint32_t price() noexcept {
        const std::uint32_t value = u32();
        expect(value != 0, ScheduleFlaw::zero_price);
        return value;
    }

  private:
    static bool same_byte(std::uint8_t byte, char character) noexcept {
        return byte == static_cast<std::uint8_t>(character);
    }

    std::span<const std::uint8_t> left_;
    bool flawed_ = false;
    ScheduleFlaw flaw_ = ScheduleFlaw::truncated;
};

std::size_t names_size(std::span<const std::string_view> names) noexcept {
    std::size_t size = 0;
    for (const std::string_view name : names)
        size += 1 + name.size();
    return size;
}

/// ceil(n * numerator / denominator), at most the greatest fuel. Where n is of more than 32 bits, the product needs 96,
/// which a 32-bit machine has no type for: it is kept, and divided, in halves of n.
std::uint64_t scaled(std::uint64_t n, std::uint32_t numerator, std::uint32_t denominator) noexcept {
    constexpr std::uint64_t kLow = 0xffff'ffff;
    if (n <= kLow) {
        const std::uint64_t product = n * numerator;
        if (denominator == 1) return std::min(Fuel::kMaximum, product);
        return std::min(Fuel::kMaximum, product / denominator + (product % denominator != 0 ? 1 : 0));
    }
    const std::uint64_t low = (n & kLow) * numerator;
    const std::uint64_t high = (n >> 32) * numerator + (low >> 32);
    const std::uint64_t rest = high % denominator << 32 | (low & kLow);
    if (high / denominator > Fuel::kMaximum >> 32) return Fuel::kMaximum;
    const std::uint64_t rounded_up = rest % denominator != 0 ? 1 : 0;
    return std::min(Fuel::kMaximum, (high / denominator << 32) + rest / denominator + rounded_up);
}

} // namespace

/// Makes schedules from their rows, at compile time.
struct PublishedSchedules {
    static constexpr Schedule make(std::uint32_t id, std::string_view digest, std::span<const Price> prices,
                                   std::span<const UnitRate> rates) noexcept {
        Schedule made;
        made.id_ = id;
        for (std::size_t i = 0; i < made.classification_.size(); ++i) {
            made.classification_[i] =
                static_cast<std::uint8_t>(hex_digit(digest[2 * i]) << 4 | hex_digit(digest[2 * i + 1]));
        }
        for (std::size_t i = 0; i < prices.size(); ++i)
            made.bases_[i] = prices[i].base;
        for (std::size_t i = 0; i < rates.size(); ++i)
            made.rates_[i] = rates[i].rate;
        return made;
    }

    static constexpr std::uint32_t base(const Schedule& schedule, WorkClass work_class) noexcept {
        return schedule.bases_[static_cast<std::size_t>(work_class)];
    }
    // MET-23
    static constexpr bool calls_dear_enough(const Schedule& schedule) noexcept {
        return base(schedule, WorkClass::host_call) >= Schedule::kLeastCallPrice &&
               base(schedule, WorkClass::host_create) >= Schedule::kLeastCallPrice;
    }
};

namespace {

constexpr Schedule kSchedule1 = PublishedSchedules::make(1, kClassification1, kPrices1, kRates1);
constexpr Schedule kSchedule2 = PublishedSchedules::make(2, kClassification2, kPrices2, kRates2);
static_assert(PublishedSchedules::calls_dear_enough(kSchedule1) && PublishedSchedules::calls_dear_enough(kSchedule2));

} // namespace

std::string_view to_text(WorkClass work_class) noexcept { return kClassNames[static_cast<std::size_t>(work_class)]; }

std::string_view to_text(Unit unit) noexcept {
    return unit == Unit::none ? "none" : kUnitNames[static_cast<std::size_t>(unit)];
}

const Schedule* Schedule::published(std::uint32_t id) noexcept {
    if (id == 1) return &kSchedule1;
    return id == 2 ? &kSchedule2 : nullptr;
}

std::optional<ScheduleFlaw> Schedule::load(std::span<const std::uint8_t> bytes, Schedule& into) noexcept {
    Parser in(bytes);
    Schedule read;
    in.text(kMagic, ScheduleFlaw::bad_magic);
    in.expect(in.u32() == kFormat, ScheduleFlaw::bad_format);
    read.id_ = in.u32();
    std::ranges::copy(in.bytes(read.classification_.size()), read.classification_.begin());
    in.expect(in.u32() == kWorkClassCount, ScheduleFlaw::bad_name);
    for (std::size_t i = 0; i < kWorkClassCount; ++i) {
        in.name(kClassNames[i]);
        read.bases_[i] = in.price();
    }
    in.expect(in.u32() == kUnitCount, ScheduleFlaw::bad_name);
    for (std::size_t i = 0; i < kUnitCount; ++i) {
        in.name(kUnitNames[i]);
        read.rates_[i].numerator = in.price();
        read.rates_[i].denominator = in.price();
    }
    in.expect(in.at_end(), ScheduleFlaw::trailing);
    in.expect(PublishedSchedules::calls_dear_enough(read), ScheduleFlaw::low_call_price);
    if (in.flawed()) return in.flaw();
    into = read;
    return std::nullopt;
}

Fuel Schedule::amount(Unit unit, std::uint64_t n) const noexcept {
    if (unit == Unit::none) return Fuel();
    const auto [numerator, denominator] = rate(unit);
    return Fuel(scaled(n, numerator, denominator));
}

std::size_t Schedule::canonical_size() noexcept {
    return kMagic.size() + 4 + 4 + 32 + 4 + names_size(kClassNames) + 4 * kWorkClassCount + 4 + names_size(kUnitNames) +
           8 * kUnitCount;
}

void Schedule::write_canonical(std::span<std::uint8_t> out) const noexcept {
    Writer writer(out);
    writer.bytes(kMagic.data(), kMagic.size());
    writer.u32(kFormat);
    writer.u32(id_);
    writer.bytes(classification_.data(), classification_.size());
    writer.u32(kWorkClassCount);
    for (std::size_t i = 0; i < kWorkClassCount; ++i) {
        writer.name(kClassNames[i]);
        writer.u32(bases_[i]);
    }
    writer.u32(kUnitCount);
    for (std::size_t i = 0; i < kUnitCount; ++i) {
        writer.name(kUnitNames[i]);
        writer.u32(rates_[i].numerator);
        writer.u32(rates_[i].denominator);
    }
}

} // namespace detent
