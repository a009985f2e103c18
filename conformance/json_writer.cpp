#include "conformance/json_writer.hpp"

#include <utility>

namespace detent::conformance {

JsonWriter& JsonWriter::key(std::string_view name) {
    begin_value();
    quote(name);
    text_ += ": ";
    after_key_ = true;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
    begin_value();
    quote(value);
    return *this;
}

JsonWriter& JsonWriter::integer(std::uint64_t value) {
    begin_value();
    text_ += std::to_string(value);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    begin_value();
    text_ += value ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::null() {
    begin_value();
    text_ += "null";
    return *this;
}

std::string JsonWriter::take() { return std::exchange(text_, {}); }

JsonWriter& JsonWriter::open(char bracket) {
    begin_value();
    text_ += bracket;
    counts_.push_back(0);
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    const bool has_values = counts_.back() > 0;
    counts_.pop_back();
    if (has_values) break_line();
    text_ += bracket;
    return *this;
}

/// What stands between the value before and this one.
void JsonWriter::begin_value() {
    if (std::exchange(after_key_, false) || counts_.empty()) return;
    const bool is_first = counts_.back()++ == 0;
    if (!is_first) text_ += layout_ == Layout::line ? ", " : ",";
    break_line();
}

void JsonWriter::break_line() {
    if (layout_ == Layout::line) return;
    text_ += '\n';
    text_.append(2 * counts_.size(), ' ');
}

void JsonWriter::quote(std::string_view value) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    static constexpr std::string_view kShort = "\b\f\n\r\t\"\\";
    static constexpr std::string_view kLetters = "bfnrt\"\\";
    text_ += '"';
    for (const char character : value) {
        if (const std::size_t found = kShort.find(character); found != std::string_view::npos) {
            (text_ += '\\') += kLetters[found];
        } else if (const auto byte = static_cast<unsigned char>(character); byte < 0x20) {
            ((text_ += "\\u00") += kDigits[byte >> 4]) += kDigits[byte & 15];
        } else {
            text_ += character;
        }
    }
    text_ += '"';
}

} // namespace detent::conformance
