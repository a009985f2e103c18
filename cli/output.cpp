#include "cli/output.hpp"

#include "cli/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace detent::cli {

namespace {

bool colours_wanted() {
    const char* const refused = std::getenv("NO_COLOR");
    const char* const terminal = std::getenv("TERM");
    const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
    return (refused == nullptr || *refused == '\0') && !dumb && ::isatty(STDOUT_FILENO) == 1;
}

std::string_view sequence_of(Colour colour) noexcept {
    switch (colour) {
    case Colour::green: return "\x1b[32m";
    case Colour::yellow: return "\x1b[33m";
    case Colour::red: return "\x1b[31m";
    case Colour::faint: return "\x1b[2m";
    }
    return "";
}

/// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::size_t> widths_of(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const std::vector<std::string>& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width_of(row[i]));
    }
    return widths;
}

std::string padded(const std::string& cell, std::size_t width, bool right) {
    const std::string room(width - width_of(cell), ' ');
    return right ? room + cell : cell + room;
}

} // namespace

void print_json(const Json& object) {
    // What is not UTF-8 can only come from names of files; it is replaced, so that the line is always JSON.
    std::cout << object.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
}

void print(const Failure& failure) {
    std::cout.flush();
    std::string where = failure.where();
    if (const std::optional<TextPlace>& place = failure.place()) {
        where += ":" + std::to_string(place->line) + ":" + std::to_string(place->column);
    }
    std::cerr << "detent: " << printable(where + (where.empty() ? "" : ": ") + failure.what()) << "\n";
    if (failure.place()) print_lines(failure.place()->excerpt);
}

void print_lines(std::string_view lines) {
    std::cout.flush();
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        std::cerr << printable(lines.substr(0, end)) << "\n";
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

Json to_json(const Failure& failure) {
    Json object;
    if (!failure.where().empty()) object["file"] = failure.where();
    if (const std::optional<Error>& error = failure.error()) {
        object["code"] = name_of(error->code);
        object["number"] = static_cast<unsigned>(error->code);
        object["kind"] = to_text(kind_of(error->code));
        object["offset"] = error->offset;
    }
    if (const std::optional<TextPlace>& place = failure.place()) {
        object["line"] = place->line;
        object["column"] = place->column;
    }
    object["reason"] = failure.what();
    return object;
}

std::string coloured(Colour colour, std::string_view text) {
    static const bool wanted = colours_wanted();
    if (!wanted) return std::string(text);
    return std::string(sequence_of(colour)) + std::string(text) + "\x1b[0m";
}

std::string grouped(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

std::string table(const std::vector<std::vector<std::string>>& rows, std::string_view right) {
    const std::vector<std::size_t> widths = widths_of(rows);
    std::string text;
    for (const std::vector<std::string>& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const bool at_right = right.find(static_cast<char>('0' + i)) != right.npos;
            line += "  " + padded(row[i], widths[i], at_right);
        }
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

} // namespace detent::cli
