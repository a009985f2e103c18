#include "cli/schedules.hpp"

#include "cli/failure.hpp"
#include "cli/files.hpp"
#include "cli/modules.hpp"
#include "cli/text.hpp"

#include "host_abi/receipt.hpp"

#include <algorithm>
#include <limits>

namespace detent::cli {

namespace {

std::string_view reason_of(ScheduleFlaw flaw) noexcept {
    switch (flaw) {
    case ScheduleFlaw::truncated: return "is cut off";
    case ScheduleFlaw::bad_magic: return "does not begin as a schedule does";
    case ScheduleFlaw::bad_format: return "is of a format that is not known";
    case ScheduleFlaw::bad_name: return "leaves out, repeats or does not know a work class or unit";
    case ScheduleFlaw::zero_price: return "has a price or rate of 0";
    case ScheduleFlaw::low_call_price: return "has host_call or host_create below 1,024";
    case ScheduleFlaw::trailing: return "goes on behind its end";
    }
    return "is no schedule";
}

bool is_number(std::string_view text) noexcept {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// Canonical bytes as they are, or their digits, without the end of the line.
std::vector<std::uint8_t> canonical_bytes(const std::string& path) {
    constexpr std::uint64_t kMostBytes = 65536;
    std::vector<std::uint8_t> bytes = read_file(path, kMostBytes);
    if (bytes.size() < 2 || bytes[0] != '0' || bytes[1] != 'x') return bytes;
    std::string digits(bytes.begin(), bytes.end());
    digits.erase(digits.find_last_not_of(" \r\n") + 1);
    return parse_hex(digits, path);
}

std::string rate_text(Rate rate) { return std::to_string(rate.numerator) + "/" + std::to_string(rate.denominator); }

std::uint64_t thousandths(std::uint64_t after, std::uint64_t before) noexcept { return after * 1000 / before; }

/// after / before, of numbers below 2^32: the product of two of them fits, and loses ten bits to have room for 1,000.
std::uint64_t thousandths(Rate after, Rate before) noexcept {
    std::uint64_t dividend = std::uint64_t{after.numerator} * before.denominator;
    std::uint64_t divisor = std::uint64_t{after.denominator} * before.numerator;
    while (dividend >= std::uint64_t{1} << 54) {
        dividend >>= 1;
        divisor >>= 1;
    }
    return thousandths(dividend, std::max<std::uint64_t>(divisor, 1));
}

} // namespace

Schedule schedule_named(const std::string& text) {
    if (is_number(text)) {
        const std::uint64_t id = parse_number(text, "schedule", std::numeric_limits<std::uint32_t>::max());
        return published_schedule(static_cast<std::uint32_t>(id));
    }
    Schedule schedule;
    const std::optional<ScheduleFlaw> flaw = Schedule::load(canonical_bytes(text), schedule);
    if (flaw) throw Failure(ExitCode::failed, text, std::string(reason_of(*flaw)));
    return schedule;
}

std::string hash_text(const Schedule& schedule) { return "0x" + to_hex(take(hash_of(schedule), "").bytes); }

std::string hash_text(const Profile& profile) { return "0x" + to_hex(take(hash_of(profile), "").bytes); }

std::vector<PriceChange> changes_between(const Schedule& before, const Schedule& after) {
    std::vector<PriceChange> changes;
    for (std::size_t i = 0; i < kWorkClassCount; ++i) {
        const auto work_class = static_cast<WorkClass>(i);
        const std::uint64_t was = before.base(work_class).units();
        const std::uint64_t is = after.base(work_class).units();
        if (was == is) continue;
        changes.push_back({to_text(work_class), false, std::to_string(was), std::to_string(is), thousandths(is, was)});
    }
    for (std::size_t i = 0; i < kUnitCount; ++i) {
        const auto unit = static_cast<Unit>(i);
        const Rate was = before.rate(unit);
        const Rate is = after.rate(unit);
        if (was == is) continue;
        changes.push_back({to_text(unit), true, rate_text(was), rate_text(is), thousandths(is, was)});
    }
    return changes;
}

} // namespace detent::cli
