// Vector: one case of contract-vector version 1, read strictly and written canonically. The format is that of
// vectors/schema.json.
#pragma once

#include "conformance/json.hpp"
#include "host_abi/bytes.hpp"
#include "host_abi/outcome.hpp"
#include "metering/fuel.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace detent::conformance {

using ByteString = std::vector<std::uint8_t>;

/// A profile or a schedule, by number and by the SHA-256 of its canonical bytes.
struct NamedHash {
    std::uint32_t id = 0;
    Hash hash;

    friend bool operator==(const NamedHash&, const NamedHash&) = default;
};

/// Code from a file below the project's root, or in place.
struct CodeSource {
    std::variant<std::string, ByteString> source;
    Hash hash;

    friend bool operator==(const CodeSource&, const CodeSource&) = default;
};

struct AccountEntry {
    std::uint64_t balance = 0;
    /// A name of the code section.
    std::optional<std::string> code;
    std::map<ByteString, ByteString> storage;

    friend bool operator==(const AccountEntry&, const AccountEntry&) = default;
};

/// The order of a map is the order of its canonical form.
using Accounts = std::map<Address, AccountEntry>;

struct Environment {
    std::uint64_t height = 0;
    std::uint64_t time = 0;
    std::uint64_t chain_id = 0;
    std::map<std::uint64_t, Hash> block_hashes;

    friend bool operator==(const Environment&, const Environment&) = default;
};

struct CallRequest {
    Address to;

    friend bool operator==(const CallRequest&, const CallRequest&) = default;
};

struct DeployRequest {
    /// A name of the code section.
    std::string code;
    std::uint64_t salt = 0;

    friend bool operator==(const DeployRequest&, const DeployRequest&) = default;
};

struct TransactionRequest {
    std::variant<CallRequest, DeployRequest> kind;
    Address from;
    std::uint64_t value = 0;
    ByteString input;
    Fuel fuel_limit;

    friend bool operator==(const TransactionRequest&, const TransactionRequest&) = default;
};

/// An entry of a plan. The execution is begun with the first grant, or the whole limit where the plan begins with no
/// grant; at each pause the next entry is taken, and the whole limit behind the last.
struct Refuel {
    enum class Kind : std::uint8_t {
        grant, ///< absolute, in fuel used; at least the grant before it, at most the limit
        limit, ///< raises the limit, and the grant with it, at an exhaustion at the limit
    };

    Kind kind = Kind::grant;
    Fuel amount;

    friend bool operator==(const Refuel&, const Refuel&) = default;
};

struct ExpectedEvent {
    Address address;
    ByteString topic;
    ByteString data;

    friend bool operator==(const ExpectedEvent&, const ExpectedEvent&) = default;
};

/// An entry of state after the step (ABI-61).
struct ExpectedWrite {
    struct OwnEntry {
        std::uint64_t balance = 0;
        Hash code_hash;

        friend bool operator==(const OwnEntry&, const OwnEntry&) = default;
    };
    struct Removed {
        friend bool operator==(const Removed&, const Removed&) = default;
    };
    /// No value: the entry is gone.
    struct StorageEntry {
        ByteString key;
        std::optional<ByteString> value;

        friend bool operator==(const StorageEntry&, const StorageEntry&) = default;
    };

    Address address;
    std::variant<OwnEntry, Removed, StorageEntry> entry;

    friend bool operator==(const ExpectedWrite&, const ExpectedWrite&) = default;
};

/// What a step ends with, and equally what it is found to end with.
struct Expectation {
    Outcome status = Outcome::Success;
    ByteString output;
    Fuel fuel_used;
    std::vector<ExpectedEvent> events;
    std::vector<ExpectedWrite> writes;
    Hash receipt_hash;
    Hash post_root;

    friend bool operator==(const Expectation&, const Expectation&) = default;
};

struct Step {
    Environment environment;
    TransactionRequest transaction;
    std::vector<Refuel> resume;
    Expectation expected;

    friend bool operator==(const Step&, const Step&) = default;
};

struct Vector {
    std::string name;
    std::vector<std::string> note;
    std::vector<std::string> clauses;
    NamedHash profile;
    NamedHash schedule;
    std::map<std::string, CodeSource> code;
    Accounts pre;
    std::vector<Step> steps;

    friend bool operator==(const Vector&, const Vector&) = default;
};

/// The most that a code file may have: over every limit of a profile, so that a vector can exceed those.
inline constexpr std::size_t kMaximumCodeBytes = std::size_t{16} << 20;

/// Reads nothing but the text: files of code are not opened. Throws FormatError.
[[nodiscard]] Vector parse_vector(std::string_view text);
[[nodiscard]] Vector read_vector(const std::filesystem::path& path);

/// The canonical form: keys in the order of the schema, maps sorted, two spaces of indent, a line feed at the end.
[[nodiscard]] std::string to_text(const Vector& vector);

/// The code of one entry, its hash compared. `root` is the folder that file names start from. Throws FormatError.
[[nodiscard]] ByteString load_code(const std::string& name, const CodeSource& code, const std::filesystem::path& root);

/// Parts of a vector as canonical text, for messages.
[[nodiscard]] std::string to_text(const std::vector<ExpectedEvent>& events);
[[nodiscard]] std::string to_text(const std::vector<ExpectedWrite>& writes);

} // namespace detent::conformance
