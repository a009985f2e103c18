// The table of host functions as the compiler sees it: names, Wasm types, prices, rules of lengths. Source:
// host_functions.def, ABI-1 to ABI-3.
#pragma once

#include "engine/syntax/types.hpp"
#include "host_abi/bytes.hpp"
#include "host_abi/state.hpp"
#include "metering/schedule.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace detent {

/// The module that contracts import from.
inline constexpr std::string_view kHostModule = "detent_v1";

enum class HostFunction : std::uint32_t {
#define HOST_FUNCTION(identifier, parameters, result, work_class, unit, since, doc) identifier,
#include "host_abi/host_functions.def"
#undef HOST_FUNCTION
};

#define HOST_FUNCTION(identifier, parameters, result, work_class, unit, since, doc) +1
inline constexpr std::size_t kHostFunctionCount = 0
#include "host_abi/host_functions.def"
    ;
#undef HOST_FUNCTION

/// A parameter as the table writes it: a scalar, or a guest range.
struct HostParameter {
    enum class Kind : std::uint8_t { in, out, i32, i64 };

    Kind kind = Kind::i32;
    std::string_view name;
    /// Where its operands begin: one word, or pointer and length.
    std::size_t word = 0;
    /// The lengths that a range may have.
    std::uint32_t least = 0;
    std::uint32_t most = 0xFFFFFFFF;

    [[nodiscard]] constexpr bool is_range() const noexcept { return kind == Kind::in || kind == Kind::out; }
};

struct HostFunctionRow {
    static constexpr std::size_t kMostParameters = 6;
    static constexpr std::size_t kMostWords = 10;

    std::string_view name;
    std::array<HostParameter, kMostParameters> parameter_array{};
    std::size_t parameter_count = 0;
    std::array<ValType, kMostWords> word_types{};
    std::size_t word_count = 0;
    std::optional<ValType> result;
    WorkClass work_class{};
    Unit unit = Unit::none;
    std::uint32_t since = 0;
    std::string_view doc;
    /// ABI-21. `call` is refused by its value, not by this.
    bool changes_state = false;

    [[nodiscard]] constexpr std::span<const HostParameter> parameters() const noexcept {
        return std::span(parameter_array).first(parameter_count);
    }
    [[nodiscard]] FuncType type() const noexcept {
        return {std::span(word_types).first(word_count), std::span(result ? &*result : nullptr, result ? 1U : 0U)};
    }
};

/// How the rows are made while compiling.
namespace host_table {

inline constexpr std::uint32_t kAddress = Address::kSize;
inline constexpr std::uint32_t kKey = kMaximumKeyBytes;
inline constexpr std::uint32_t kValue = kMaximumValueBytes;
inline constexpr std::uint32_t kTopic = 64;
inline constexpr std::uint32_t kAnyLength = 0xFFFFFFFF;

/// The lengths that a range of a function may have: ABI-11, ABI-20 to ABI-23, ABI-35, ABI-40, ABI-41.
struct LengthRule {
    HostFunction function;
    std::string_view parameter;
    std::uint32_t least;
    std::uint32_t most;
};

inline constexpr LengthRule kLengthRules[] = {
    {HostFunction::balance, "address", kAddress, kAddress},
    {HostFunction::storage_read, "key", 1, kKey},
    {HostFunction::storage_write, "key", 1, kKey},
    {HostFunction::storage_write, "value", 0, kValue},
    {HostFunction::storage_remove, "key", 1, kKey},
    {HostFunction::storage_has, "key", 1, kKey},
    {HostFunction::storage_next, "key", 0, kKey},
    {HostFunction::storage_previous, "key", 0, kKey},
    {HostFunction::transient_read, "key", 1, kKey},
    {HostFunction::transient_write, "key", 1, kKey},
    {HostFunction::transient_write, "value", 0, kValue},
    {HostFunction::event, "topic", 0, kTopic},
    {HostFunction::event, "data", 0, kValue},
    {HostFunction::call, "address", kAddress, kAddress},
    {HostFunction::create, "address", kAddress, kAnyLength},
    {HostFunction::ed25519_verify, "public_key", 32, 32},
    {HostFunction::ed25519_verify, "signature", 64, 64},
    {HostFunction::secp256k1_recover, "hash", 32, 32},
    {HostFunction::secp256k1_recover, "signature", 64, 64},
};

/// ABI-21.
inline constexpr HostFunction kChangeState[] = {HostFunction::storage_write, HostFunction::storage_remove,
                                                HostFunction::transient_write, HostFunction::event,
                                                HostFunction::create};

consteval HostParameter::Kind kind_named(std::string_view text) {
    if (text == "in") return HostParameter::Kind::in;
    if (text == "out") return HostParameter::Kind::out;
    return text == "i64" ? HostParameter::Kind::i64 : HostParameter::Kind::i32;
}

consteval ValType type_named(std::string_view text) { return text == "i64" ? kI64 : kI32; }

consteval void add_parameter(HostFunctionRow& row, std::string_view text) {
    const std::size_t colon = text.find(':');
    HostParameter& parameter = row.parameter_array[row.parameter_count++];
    parameter = {kind_named(text.substr(0, colon)), text.substr(colon + 1), row.word_count};
    row.word_types[row.word_count++] = type_named(text.substr(0, colon));
    if (parameter.is_range()) row.word_types[row.word_count++] = kI32;
}

consteval void add_parameters(HostFunctionRow& row, std::string_view list) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(", "), list.size());
        add_parameter(row, list.substr(0, comma));
        list.remove_prefix(std::min(comma + 2, list.size()));
    }
}

/// A rule for a parameter that is not there does not compile: there is no row behind the last.
consteval void add_length(HostFunctionRow& row, const LengthRule& rule) {
    std::size_t at = 0;
    while (row.parameter_array.at(at).name != rule.parameter)
        ++at;
    row.parameter_array[at].least = rule.least;
    row.parameter_array[at].most = rule.most;
}

consteval HostFunctionRow row_from(HostFunction function, std::string_view name, std::string_view parameters,
                                   std::string_view result, WorkClass work_class, Unit unit, std::uint32_t since,
                                   std::string_view doc) {
    HostFunctionRow row;
    row.name = name;
    row.work_class = work_class;
    row.unit = unit;
    row.since = since;
    row.doc = doc;
    add_parameters(row, parameters);
    if (result != "none") row.result = type_named(result);
    row.changes_state = std::ranges::find(kChangeState, function) != std::end(kChangeState);
    for (const LengthRule& rule : kLengthRules) {
        if (rule.function == function) add_length(row, rule);
    }
    return row;
}

} // namespace host_table

/// In the order of host_functions.def; a function's number is its place here.
inline constexpr std::array<HostFunctionRow, kHostFunctionCount> kHostFunctions = {{
#define HOST_FUNCTION(identifier, parameters, result, work_class, unit, since, doc)                                    \
    host_table::row_from(HostFunction::identifier, #identifier, parameters, result, WorkClass::work_class, Unit::unit, \
                         since, doc),
#include "host_abi/host_functions.def"
#undef HOST_FUNCTION
}};

[[nodiscard]] constexpr const HostFunctionRow& row(HostFunction function) noexcept {
    return kHostFunctions[static_cast<std::size_t>(function)];
}

/// The place of a parameter of that name; does not compile if there is none.
[[nodiscard]] consteval std::size_t parameter(HostFunction function, std::string_view name) {
    std::size_t at = 0;
    while (row(function).parameter_array.at(at).name != name)
        ++at;
    return at;
}

[[nodiscard]] std::optional<HostFunction> host_function_named(std::string_view name) noexcept;

} // namespace detent
