#include "host_abi/printers.hpp"

#include "host_abi/host_table.hpp"
#include "host_abi/outcome.hpp"

#include <initializer_list>
#include <string_view>

namespace detent {

namespace {

constexpr std::string_view kHeaderHead =
    R"(// The host functions of module `detent_v1`, for contracts in C. Printed from host_abi/host_functions.def and
// host_abi/outcomes.def; the rules stand in host_abi/HOST_ABI.md. Do not edit.

#ifndef DETENT_V1_H
#define DETENT_V1_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How a call or a creation ended (ABI-5).
enum {
)";

constexpr std::string_view kHeaderMiddle = R"(};

// Results under 0 (ABI-4).
enum {
    DETENT_NOT_FOUND = -1,
    DETENT_INVALID_SIGNATURE = -2,
};

// Flags of detent_call (ABI-31).
enum {
    DETENT_CALL_STATIC = 1,
    DETENT_CALL_DELEGATE = 2,
    DETENT_CALL_ALLOW_REENTRY = 4,
};
)";

constexpr std::string_view kHeaderTail = R"(
#ifdef __cplusplus
}
#endif

#endif // DETENT_V1_H
)";

constexpr Outcome kOutcomes[] = {
#define OUTCOME(number, name, when) Outcome::name,
#include "host_abi/outcomes.def"
#undef OUTCOME
};

std::string text_of(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts)
        text += part;
    return text;
}

bool is_upper(char letter) { return letter >= 'A' && letter <= 'Z'; }
bool is_lower(char letter) { return letter >= 'a' && letter <= 'z'; }

/// "OutOfFuel" as "OUT_OF_FUEL".
std::string upper_snake(std::string_view name) {
    std::string text;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (i > 0 && is_upper(name[i]) && is_lower(name[i - 1])) text += '_';
        text += is_lower(name[i]) ? static_cast<char>(name[i] - 'a' + 'A') : name[i];
    }
    return text;
}

std::string c_parameter(const HostParameter& parameter) {
    const std::string_view name = parameter.name;
    switch (parameter.kind) {
    case HostParameter::Kind::in: return text_of({"const uint8_t *", name, "_ptr, uint32_t ", name, "_len"});
    case HostParameter::Kind::out: return text_of({"uint8_t *", name, "_ptr, uint32_t ", name, "_cap"});
    case HostParameter::Kind::i32: return text_of({"uint32_t ", name});
    case HostParameter::Kind::i64: return text_of({"uint64_t ", name});
    }
    return "";
}

/// What `print` makes of each parameter, with `separator` between.
template <class Print>
std::string joined(const HostFunctionRow& function, std::string_view separator, Print&& print) {
    std::string text;
    for (const HostParameter& parameter : function.parameters()) {
        if (!text.empty()) text += separator;
        text += print(parameter);
    }
    return text;
}

std::string_view c_result(const HostFunctionRow& function) {
    if (!function.result) return "void";
    return *function.result == kI32 ? "int32_t" : "uint64_t";
}

std::string c_declaration(const HostFunctionRow& function) {
    const std::string parameters = joined(function, ", ", c_parameter);
    return text_of({"\n// ", function.doc, "\n__attribute__((import_module(\"", kHostModule, "\"), import_name(\"",
                    function.name, "\")))\n", c_result(function), " detent_", function.name, "(",
                    parameters.empty() ? "void" : parameters, ");\n"});
}

std::string outcome_number(Outcome outcome) { return std::to_string(static_cast<std::uint32_t>(outcome)); }

} // namespace

std::string guest_header() {
    std::string text(kHeaderHead);
    for (const Outcome outcome : kOutcomes) {
        text += text_of({"    DETENT_OUTCOME_", upper_snake(to_text(outcome)), " = ", outcome_number(outcome), ", // ",
                         description(outcome), "\n"});
    }
    text += kHeaderMiddle;
    for (const HostFunctionRow& function : kHostFunctions)
        text += c_declaration(function);
    return text += kHeaderTail;
}

namespace {

constexpr std::string_view kReferenceHead = R"(# Host functions of module `detent_v1`

Printed by `detent docs host-functions` from `host_abi/host_functions.def` and `host_abi/outcomes.def`; do not edit. The rules, in
numbered clauses, stand in `host_abi/HOST_ABI.md`.

A range `in` or `out` is two `i32`: a pointer and a length, or a pointer and a capacity. The types are those of the import. A
call costs the base price of the instruction `call`, the base price of the work class, and the amount of the unit (MET-19).

)";

constexpr std::string_view kOutcomesHead = R"(## Outcomes

How a transaction or a contract call ended, as `call` and `create` return it and receipts hold it (ABI-5).

| number | name | when |
|---|---|---|
)";

std::string_view kind_name(HostParameter::Kind kind) {
    switch (kind) {
    case HostParameter::Kind::in: return "in";
    case HostParameter::Kind::out: return "out";
    case HostParameter::Kind::i32: return "i32";
    case HostParameter::Kind::i64: return "i64";
    }
    return "unknown";
}

/// " of 1 to 256 bytes", or nothing where any length will do.
std::string lengths(const HostParameter& parameter) {
    const std::string least = std::to_string(parameter.least);
    const std::string most = std::to_string(parameter.most);
    if (parameter.least == parameter.most) return text_of({" of ", least, " bytes"});
    if (parameter.most != host_table::kAnyLength) return text_of({" of ", least, " to ", most, " bytes"});
    return parameter.least == 0 ? "" : text_of({" of at least ", least, " bytes"});
}

std::string reference_parameter(const HostParameter& parameter) {
    return text_of({"`", kind_name(parameter.kind), " ", parameter.name, "`", lengths(parameter)});
}

/// "(i32 i32) -> i32": the type of the import.
std::string wasm_type(const HostFunctionRow& function) {
    std::string text = "(";
    for (const ValType type : function.type().parameters) {
        if (text.size() > 1) text += " ";
        text += to_text(type).c_str();
    }
    text += ") -> ";
    return text += function.result ? to_text(*function.result).c_str() : "()";
}

/// ABI-21.
std::string_view in_static_frame(const HostFunctionRow& function) {
    if (function.changes_state) return "StaticViolation";
    return &function == &row(HostFunction::call) ? "StaticViolation if the value is above 0" : "allowed";
}

std::string reference_entry(const HostFunctionRow& function) {
    const std::string parameters = joined(function, "; ", reference_parameter);
    return text_of({"## `", function.name, "`\n\n", function.doc, "\n\n| | |\n|---|---|\n| parameters | ",
                    parameters.empty() ? "none" : parameters, " |\n| type | `", wasm_type(function), "` |\n| price | ",
                    to_text(function.work_class), ", ", to_text(function.unit), " |\n| in a static frame | ",
                    in_static_frame(function), " |\n| since | ", std::to_string(function.since), " |\n\n"});
}

} // namespace

std::string host_function_reference() {
    std::string text(kReferenceHead);
    for (const HostFunctionRow& function : kHostFunctions)
        text += reference_entry(function);
    text += kOutcomesHead;
    for (const Outcome outcome : kOutcomes) {
        text += text_of({"| ", outcome_number(outcome), " | ", to_text(outcome), " | ", description(outcome), " |\n"});
    }
    return text;
}

} // namespace detent
