// Errors for people: what is wrong, where, and the line it is in.
#include "engine/text/space.hpp"
#include "engine/text/wat.hpp"

#include <algorithm>
#include <exception>

namespace detent::text {

namespace {

/// Characters of a line that are shown on each side of the place.
constexpr std::size_t kBefore = 60;
constexpr std::size_t kAfter = 50;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

bool ends_line(char c) noexcept { return c == '\n' || c == '\r'; }

/// The word of a space in the messages of the official test suite.
std::string_view word_of(Space space, ErrorCode code) noexcept {
    switch (space) {
    case Space::type: return "type";
    case Space::func: return code == ErrorCode::duplicate_identifier ? "func" : "function";
    case Space::table: return "table";
    case Space::memory: return "memory";
    case Space::tag: return "tag";
    case Space::global: return "global";
    case Space::elem: return "elem segment";
    case Space::data: return "data segment";
    case Space::local: return "local";
    case Space::label: return "label";
    case Space::field: return "field";
    }
    return "identifier";
}

/// The word at a place, up to a blank or a parenthesis, if it is short enough to be repeated.
std::string_view word_at(std::string_view source, std::size_t offset) noexcept {
    constexpr std::size_t kLongest = 64;
    const std::string_view rest = source.substr(std::min(offset, source.size()));
    const std::size_t size = std::min(rest.find_first_of(" \t\r\n()"), rest.size());
    const std::string_view word = rest.substr(0, size);
    const bool is_plain = std::ranges::all_of(word, [](char c) noexcept { return c > ' ' && c < '\x7F'; });
    return size <= kLongest && is_plain ? word : std::string_view();
}

/// Whether the text of a code ends in a word that the detail replaces, and how long that word is.
std::size_t placeholder_of(ErrorCode code) noexcept {
    if (code == ErrorCode::import_after_definition) return std::string_view("definition").size();
    const bool has_identifier = code == ErrorCode::duplicate_identifier || code == ErrorCode::unbound_identifier;
    return has_identifier ? std::string_view("identifier").size() : 0;
}

bool names_its_word(ErrorCode code) noexcept {
    return code == ErrorCode::unknown_operator || code == ErrorCode::duplicate_identifier ||
           code == ErrorCode::unbound_identifier;
}

std::string message(std::string_view source, const Error& error) {
    std::string out(to_text(error.code));
    if (const std::size_t placeholder = placeholder_of(error.code)) {
        out.resize(out.size() - placeholder);
        out += word_of(static_cast<Space>(error.detail), error.code);
    }
    if (!names_its_word(error.code)) return out;
    const std::string_view word = word_at(source, static_cast<std::size_t>(error.offset));
    if (!word.empty()) out.append(" ").append(word);
    return out;
}

/// The beginning of a window of the line: characters in front of the place, but no more than are shown.
std::size_t window_begin(std::string_view source, std::size_t offset) noexcept {
    std::size_t at = offset;
    for (std::size_t shown = 0; at > 0 && !ends_line(source[at - 1]) && shown < kBefore; ++shown) {
        --at;
        while (at > 0 && continues_character(source[at]))
            --at;
    }
    return at;
}

std::size_t window_end(std::string_view source, std::size_t offset) noexcept {
    std::size_t at = offset;
    for (std::size_t shown = 0; at < source.size() && !ends_line(source[at]) && shown < kAfter; ++shown) {
        ++at;
        while (at < source.size() && continues_character(source[at]))
            ++at;
    }
    return at;
}

/// Characters that change the direction of a line or end it, by which a text could hide what it says: U+061C,
/// U+200E and F, U+2028 to E, U+2066 to 9.
bool misleads(std::string_view character) noexcept {
    if (character == "\xD8\x9C") return true;
    if (character.size() != 3 || character[0] != '\xE2') return false;
    const auto last = static_cast<unsigned char>(character[2]);
    if (character[1] == '\x81') return last >= 0xA6 && last <= 0xA9;
    return character[1] == '\x80' && ((last >= 0xA8 && last <= 0xAE) || last == 0x8E || last == 0x8F);
}

/// One character as it is shown; none is wider than another, as far as a terminal keeps to that.
std::string_view shown(std::string_view character) noexcept {
    if (character == "\t") return " ";
    const auto first = static_cast<unsigned char>(character[0]);
    const bool is_control = first < 0x20 || first == 0x7F ||
                            (first == 0xC2 && character.size() > 1 && static_cast<unsigned char>(character[1]) < 0xA0);
    const bool is_alone = first >= 0x80 && character.size() == 1;
    return is_control || is_alone || misleads(character) ? kReplacement : character;
}

std::size_t append_shown(std::string& out, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < part.size(); ++count) {
        std::size_t end = at + 1;
        while (end < part.size() && continues_character(part[end]))
            ++end;
        out += shown(part.substr(at, end - at));
        at = end;
    }
    return count;
}

std::string description(std::string_view source, std::size_t offset, std::string_view message, std::string_view name) {
    const Place place = place_at(source, offset);
    std::string out(name);
    if (!name.empty()) out += ':';
    out += std::to_string(place.line) + ':' + std::to_string(place.column) + ": ";
    out.append(message).append("\n");
    const std::size_t begin = window_begin(source, place.offset);
    const std::size_t end = window_end(source, place.offset);
    const bool is_cut = begin > 0 && !ends_line(source[begin - 1]);
    out += is_cut ? "  …" : "  ";
    const std::size_t before = append_shown(out, source.substr(begin, place.offset - begin)) + (is_cut ? 3 : 2);
    append_shown(out, source.substr(place.offset, end - place.offset));
    if (end < source.size() && !ends_line(source[end])) out += "…";
    return out.append("\n").append(before, ' ').append("^\n");
}

} // namespace

std::string message_of(std::string_view source, const Error& error) noexcept {
    try {
        return message(source, error);
    } catch (const std::exception&) {
        return {};
    }
}

std::string describe(std::string_view source, std::size_t offset, std::string_view message,
                     std::string_view name) noexcept {
    try {
        return description(source, offset, message, name);
    } catch (const std::exception&) {
        return {};
    }
}

std::string describe(std::string_view source, const Error& error, std::string_view name) noexcept {
    return describe(source, static_cast<std::size_t>(error.offset), message_of(source, error), name);
}

} // namespace detent::text
