// Json: a document that was read strictly and within bounds, and the canonical text that is written. The files that a
// person or a peer can hand us (vectors, states, answers of a foreign engine) pass through here and nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace detent::conformance {

/// Why a document was refused: where, as a JSON pointer (RFC 6901), and a reason for people. `what()` is both.
class FormatError : public std::runtime_error {
  public:
    FormatError(std::string pointer, std::string reason);

    [[nodiscard]] const std::string& pointer() const noexcept { return pointer_; }
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

  private:
    std::string pointer_;
    std::string reason_;
};

/// What a document may have. A value takes about 100 bytes of memory, so that all bounds together are one.
struct JsonBounds {
    std::size_t bytes = std::size_t{64} << 20;
    std::size_t depth = 16;
    std::size_t values = std::size_t{1} << 20;
};

/// A value. Objects keep the order of their keys, each of which stands once. Numbers are integers from 0 to 2^64 - 1:
/// a fraction, an exponent or a sign is refused, since no format of ours has one.
struct Json {
    struct Member;
    enum class Kind : std::uint8_t { null, boolean, integer, string, array, object };

    Kind kind = Kind::null;
    bool boolean = false;
    std::uint64_t integer = 0;
    std::string string;
    /// The members of an object, or, with empty names, the items of an array.
    std::vector<Member> members;

    /// The member of that name; null if there is none.
    [[nodiscard]] const Json* find(std::string_view name) const noexcept;
};

struct Json::Member {
    std::string name;
    Json value;
};

/// Parses UTF-8 text that is one document and nothing behind it. Throws FormatError.
[[nodiscard]] Json parse_json(std::string_view text, const JsonBounds& bounds = {});

/// A whole file. Throws FormatError, with an empty pointer, if it cannot be read or has more than `most` bytes.
[[nodiscard]] std::string read_file(const std::filesystem::path& path, std::size_t most);

/// Writes a file whole or not at all: beside it first, then over it. Throws std::runtime_error, and then the file is as
/// it was.
void write_file(const std::filesystem::path& path, std::string_view text);

/// The JSON pointer `pointer` with one more step, escaped as RFC 6901 says.
[[nodiscard]] std::string below(const std::string& pointer, std::string_view step);

} // namespace detent::conformance
