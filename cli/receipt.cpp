// Addresses and receipts as people write and read them.
#include "cli/call.hpp"
#include "cli/commitments.hpp"
#include "cli/text.hpp"

#include <algorithm>
#include <iostream>

namespace detent::cli {

namespace {

/// Longer bytes are shown by their beginning and their number.
constexpr std::size_t kShownBytes = 128;

bool is_name_character(std::uint8_t c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

std::string hex_of(ByteView bytes) { return "0x" + to_hex(bytes); }

/// Bytes in hexadecimal, and as text where they are text.
std::string shown(ByteView bytes) {
    std::string text = hex_of(bytes.first(std::min(bytes.size(), kShownBytes)));
    if (bytes.size() > kShownBytes) return text + "... (" + grouped(bytes.size()) + " bytes)";
    if (is_printable(bytes)) text += coloured(Colour::faint, " \"" + std::string(bytes.begin(), bytes.end()) + "\"");
    return text;
}

std::string entry_text(const Write& write) {
    if (write.slot.is_storage()) {
        return "storage " + shown(write.slot.key()) + (write.present ? " = " + shown(write.value.span()) : " removed");
    }
    if (!write.present) return "account removed";
    const Account account = Account::decode(write.value.span());
    const std::string code = account.has_code() ? ", code " + hex_of(account.code_hash.view()) : "";
    return "balance " + grouped(account.balance) + code;
}

Json entry_json(const Write& write) {
    Json object{{"address", hex_of(write.slot.address().view())}};
    if (write.slot.is_storage()) {
        object["key"] = hex_of(write.slot.key());
        object["value"] = write.present ? Json(hex_of(write.value.span())) : Json(nullptr);
    } else if (!write.present) {
        object["removed"] = true;
    } else {
        const Account account = Account::decode(write.value.span());
        object["balance"] = std::to_string(account.balance);
        object["code_hash"] = hex_of(account.code_hash.view());
    }
    return object;
}

Colour colour_of(ExitCode code) noexcept {
    if (code == ExitCode::done) return Colour::green;
    return code == ExitCode::exhausted ? Colour::yellow : Colour::red;
}

bool is_new_contract(const Settled& settled) noexcept {
    return settled.input.kind == TransactionInput::Kind::deploy && settled.receipt.outcome == Outcome::Success;
}

void print_head(const Settled& settled) {
    const Receipt& receipt = settled.receipt;
    std::cout << coloured(colour_of(exit_code_of(receipt.outcome)), to_text(receipt.outcome)) << ": "
              << description(receipt.outcome) << "\n";
    if (is_new_contract(settled)) std::cout << "contract " << to_people(address_from(receipt.output.span())) << "\n";
    std::cout << "fuel     " << grouped(receipt.fuel_used.units()) << " used of "
              << grouped(settled.input.fuel_limit.units()) << "\n";
    if (!is_new_contract(settled) && !receipt.output.empty())
        std::cout << "output   " << shown(receipt.output.span()) << "\n";
}

void print_people(const Settled& settled) {
    const Receipt& receipt = settled.receipt;
    print_head(settled);
    for (const Event& event : receipt.events) {
        std::cout << "event    " << to_people(event.address) << "\n           topic " << shown(event.topic.span())
                  << "\n           data  " << shown(event.data.span()) << "\n";
    }
    for (const Write& write : settled.writes) {
        std::cout << "write    " << to_people(write.slot.address()) << "\n           " << entry_text(write) << "\n";
    }
    std::cout << "root     " << hex_of(receipt.post_root.view()) << "\n"
              << "receipt  " << hex_of(take(receipt.hash(), "").view()) << "\n";
}

} // namespace

Address parse_address(std::string_view text, const std::string& what) {
    Address address;
    if (text.starts_with("0x")) {
        const std::string even = (text.size() % 2 == 0 ? "" : "0") + std::string(text.substr(2));
        const std::vector<std::uint8_t> bytes = parse_hex(even, what);
        if (bytes.size() > Address::kSize) throw wrong_usage(what, "an address has at most 32 bytes");
        std::ranges::copy(bytes, address.bytes.end() - static_cast<std::ptrdiff_t>(bytes.size()));
        return address;
    }
    const bool named = !text.empty() && text.size() <= Address::kSize && std::ranges::all_of(text, [](char c) {
        return is_name_character(static_cast<std::uint8_t>(c));
    });
    if (!named) throw wrong_usage(what, "'" + printable(text) + "' is neither 0x and hexadecimal digits nor a name");
    std::ranges::copy(text, address.bytes.begin());
    return address;
}

std::string to_people(const Address& address) {
    const auto end = std::ranges::find(address.bytes, 0);
    const bool named = end != address.bytes.begin() && std::all_of(address.bytes.begin(), end, is_name_character) &&
                       std::all_of(end, address.bytes.end(), [](std::uint8_t byte) { return byte == 0; });
    const std::string name = named ? " " + std::string(address.bytes.begin(), end) : "";
    return hex_of(address.view()) + coloured(Colour::faint, name);
}

Json to_json(const Settled& settled) {
    const Receipt& receipt = settled.receipt;
    Json events = Json::array();
    for (const Event& event : receipt.events) {
        events.push_back({{"address", hex_of(event.address.view())},
                          {"topic", hex_of(event.topic.span())},
                          {"data", hex_of(event.data.span())}});
    }
    Json writes = Json::array();
    for (const Write& write : settled.writes)
        writes.push_back(entry_json(write));
    return {{"status", to_text(receipt.outcome)},
            {"output", hex_of(receipt.output.span())},
            {"fuel_used", std::to_string(receipt.fuel_used.units())},
            {"fuel_limit", std::to_string(settled.input.fuel_limit.units())},
            {"events", events},
            {"writes", writes},
            {"change_root", hex_of(receipt.change_root.view())},
            {"schedule_hash", hex_of(receipt.schedule_hash.view())},
            {"profile_hash", hex_of(receipt.profile_hash.view())},
            {"post_root", hex_of(receipt.post_root.view())},
            {"receipt_hash", hex_of(take(receipt.hash(), "").view())}};
}

ExitCode show(const Settled& settled, bool json) {
    const CommitmentChain* const chain = settled.commitments;
    if (json) {
        Json object = to_json(settled);
        if (chain != nullptr) object["commitments"] = CommitmentChoice::to_json(*chain);
        print_json(object);
    } else {
        print_people(settled);
        if (chain != nullptr) std::cout << CommitmentChoice::to_people(*chain);
    }
    return exit_code_of(settled.receipt.outcome);
}

ExitCode exit_code_of(Outcome outcome) noexcept {
    switch (outcome) {
    case Outcome::Success: return ExitCode::done;
    case Outcome::OutOfFuel: return ExitCode::exhausted;
    case Outcome::Revert:
    case Outcome::Abort:
    case Outcome::InvalidModule:
    case Outcome::LinkError:
    case Outcome::ReentryDenied:
    case Outcome::InsufficientValue:
    case Outcome::AddressTaken: return ExitCode::failed;
    case Outcome::Unreachable:
    case Outcome::IntegerDivideByZero:
    case Outcome::IntegerOverflow:
    case Outcome::InvalidConversionToInteger:
    case Outcome::OutOfBoundsMemoryAccess:
    case Outcome::OutOfBoundsTableAccess:
    case Outcome::UndefinedElement:
    case Outcome::UninitializedElement:
    case Outcome::IndirectCallTypeMismatch:
    case Outcome::NullReference:
    case Outcome::CastFailure:
    case Outcome::OutOfBoundsArrayAccess:
    case Outcome::UncaughtException:
    case Outcome::CallDepth:
    case Outcome::StackExhausted:
    case Outcome::HeapExhausted:
    case Outcome::StaticViolation:
    case Outcome::AbiViolation:
    case Outcome::LimitExceeded: return ExitCode::trapped;
    }
    return ExitCode::fault;
}

} // namespace detent::cli
