// JsonWriter: canonical JSON text, as Python's json.dumps(value, indent=2, ensure_ascii=False) writes it; or one line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace detent::conformance {

/// Calls make the document from left to right. Inside an object each value follows its `key`. Strings MUST be UTF-8.
class JsonWriter {
  public:
    enum class Layout : std::uint8_t { indented, line };

    explicit JsonWriter(Layout layout = Layout::indented) : layout_(layout) {}

    JsonWriter& open_object() { return open('{'); }
    JsonWriter& close_object() { return close('}'); }
    JsonWriter& open_array() { return open('['); }
    JsonWriter& close_array() { return close(']'); }
    JsonWriter& key(std::string_view name);
    JsonWriter& string(std::string_view value);
    JsonWriter& integer(std::uint64_t value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();

    /// `key` and `string`.
    JsonWriter& field(std::string_view name, std::string_view value) { return key(name).string(value); }

    [[nodiscard]] std::string take();

  private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void begin_value();
    void break_line();
    void quote(std::string_view value);

    Layout layout_;
    std::string text_;
    /// Of each open object or array, how many values it has.
    std::vector<std::size_t> counts_;
    bool after_key_ = false;
};

} // namespace detent::conformance
