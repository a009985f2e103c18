#include "cli/documents.hpp"

#include "cli/failure.hpp"
#include "cli/text.hpp"

#include "conformance/features.hpp"
#include "engine/limits.hpp"
#include "engine/opcodes.hpp"
#include "engine/runtime/value.hpp"
#include "host_abi/outcome.hpp"
#include "host_abi/printers.hpp"
#include "metering/schedule.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

namespace detent::cli {

namespace {

/// One row of a table in Markdown.
std::string row_of(std::initializer_list<std::string_view> cells) {
    std::string line = "|";
    for (const std::string_view cell : cells)
        line.append(" ").append(cell).append(" |");
    return line + "\n";
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

/// `0xfc 0x08`: as it stands in the bytes.
std::string opcode(std::uint8_t prefix, std::uint32_t number) {
    std::string own = "0x" + to_hex(number, 2);
    return prefix == 0 ? own : "0x" + to_hex(prefix, 2) + " " + own;
}

std::string opcode(const OpRow& row) { return opcode(row.prefix, row.code); }

/// `3 + 1 per 4 frame_word`: what one instruction costs.
std::string price(const Schedule& schedule, WorkClass work_class, Unit unit) {
    std::string base = std::to_string(schedule.base(work_class).units());
    if (unit == Unit::none) return base;
    const auto [numerator, denominator] = schedule.rate(unit);
    const std::string each = denominator == 1 ? "" : std::to_string(denominator) + " ";
    return base + " + " + std::to_string(numerator) + " per " + each + std::string(to_text(unit));
}

std::string instructions() {
    const Schedule& schedule = *Schedule::published(1);
    std::string text =
        "# Instructions\n\n"
        "Printed by `detent docs instructions` from `engine/opcodes.def` and `metering/schedules/1.def`. Do not edit.\n"
        "Prices are those of schedule 1 (MET-3, MET-4): the base of the work class, and where a unit is named,\n"
        "the amount of that unit, rounded up. Delimiters (`end`, `else`) cost nothing (MET-2).\n\n";
    text += row_of({"Opcode", "Instruction", "Type", "Feature", "Work class", "Unit", "Price"});
    text += row_of({"---", "---", "---", "---", "---", "---", "---"});
    for (const OpRow& each : kOpRows) {
        text += row_of({code(opcode(each)), code(each.mnemonic), code(each.type), to_text(each.feature),
                        to_text(each.work_class), to_text(each.unit), price(schedule, each.work_class, each.unit)});
    }
    return text + "\n" + std::to_string(kOpCount) + " instructions.\n";
}

std::string limits() {
    std::string text =
        "# Limits\n\n"
        "Printed by `detent docs limits` from `engine/limits.def`. Do not edit.\n"
        "A limit is tested before anything is allocated by a declared count, exactly: N passes, N + 1 is refused.\n"
        "Preset `spec` has the numbers of the WebAssembly JavaScript API where it has one; `contract` is for "
        "consensus.\n\n";
    text += row_of({"Limit", "spec", "contract", "What is counted"});
    text += row_of({"---", "---:", "---:", "---"});
    for (std::size_t i = 0; i < kLimitCount; ++i) {
        const auto limit = static_cast<Limit>(i);
        text += row_of({code(to_text(limit)), std::to_string(LimitValues::of(Preset::spec)[limit]),
                        std::to_string(LimitValues::of(Preset::contract)[limit]), description(limit)});
    }
    return text;
}

std::string error_rows() {
    std::string text;
#define ERROR(number, identifier, kind, text_)                                                                         \
    text += row_of({std::to_string(number), code(#identifier), to_text(ErrorKind::kind), text_});
#include "engine/base/errors.def"
#undef ERROR
    return text;
}

std::string trap_rows() {
    std::string text;
#define TRAP(number, name, message_) text += row_of({std::to_string(number), code(#name), message_});
#include "engine/traps.def"
#undef TRAP
    return text;
}

std::string outcome_rows() {
    std::string text;
#define OUTCOME(number, name, when) text += row_of({std::to_string(number), code(#name), when});
#include "host_abi/outcomes.def"
#undef OUTCOME
    return text;
}

std::string errors() {
    return "# Errors, traps and outcomes\n\n"
           "Printed by `detent docs errors` from `engine/base/errors.def`, `engine/traps.def` and "
           "`host_abi/outcomes.def`.\n"
           "Do not edit. Numbers are never reused.\n\n"
           "## Errors\n\n"
           "What a door of the engine refuses (decode, validate, instantiate, invoke). Kind `fault` is the host's own "
           "failure\n"
           "and never stands in a receipt.\n\n" +
           row_of({"Number", "Name", "Kind", "Text"}) + row_of({"---:", "---", "---", "---"}) + error_rows() +
           "\n## Traps\n\n"
           "Why a program stopped; `detent run` names them.\n\n" +
           row_of({"Number", "Name", "Message of the official test suite"}) + row_of({"---:", "---", "---"}) +
           trap_rows() +
           "\n## Outcomes\n\n"
           "How a transaction or a contract call ended (ABI-5): what receipts hold and `call` and `create` "
           "return.\n\n" +
           row_of({"Number", "Name", "When"}) + row_of({"---:", "---", "---"}) + outcome_rows();
}

/// "1, 2": the published profiles that have it on.
std::string profiles_with(Feature feature) {
    std::string text;
    for (std::uint32_t id = 1; Profile::published(id) != nullptr; ++id) {
        if (Profile::published(id)->features.has(feature)) text += (text.empty() ? "" : ", ") + std::to_string(id);
    }
    return text;
}

std::string instructions_of(Feature feature) {
    return std::to_string(std::ranges::count(kOpRows, feature, &OpRow::feature));
}

/// Each file that holds tests of a feature, with their number.
std::string test_files(const conformance::CoveredFeature& covered) {
    std::map<std::string, std::size_t> files;
    for (const std::string& test : covered.tests)
        ++files[test.substr(0, test.find(':'))];
    std::string text;
    for (const auto& [file, count] : files)
        text += (text.empty() ? "" : ", ") + code(file) + " (" + std::to_string(count) + ")";
    return text.empty() ? "none" : text;
}

std::string suite_files(Feature feature) {
    std::istringstream patterns{std::string(row(feature).suite)};
    std::string text;
    for (std::string pattern; patterns >> pattern;)
        text += (text.empty() ? "" : ", ") + code(pattern);
    return text;
}

/// What of the proposals is refused: opcodes, other bytes, words.
std::string refused_tables() {
    std::string opcodes = row_of({"Error", "From", "To"}) + row_of({"---", "---", "---"});
    std::string bytes = row_of({"Error", "Place", "Byte"}) + row_of({"---", "---", "---"});
    std::string words = row_of({"Error", "Word"}) + row_of({"---", "---"});
#define REFUSED(prefix, first, last, error)                                                                            \
    opcodes += row_of({code(#error), code(opcode(prefix, first)), code(opcode(prefix, last))});
#define REFUSED_BYTE(place, byte, error) bytes += row_of({code(#error), code(#place), code(opcode(0, byte))});
#define REFUSED_WORD(pattern, error) words += row_of({code(#error), code(pattern)});
#include "engine/refused.def"
#undef REFUSED_WORD
#undef REFUSED_BYTE
#undef REFUSED
    return opcodes + "\n" + bytes + "\n" + words;
}

std::string features(const std::string& root) {
    if (!std::filesystem::is_directory(root + "/engine"))
        throw wrong_usage("features", "names the tests of a project, and there is none at " + printable(root));
    const auto covered = conformance::read_features(root, *Profile::published(Profile::kDefault));
    std::string text =
        "# Features\n\n"
        "Printed by `detent docs features` from `engine/features.def`, the profiles, `engine/opcodes.def` and the "
        "tags\n"
        "of the tests. Do not edit. A feature that a profile leaves off is refused with the error `feature_off`, "
        "which\n"
        "names it.\n\n" +
        row_of({"Flag", "Proposal", "WebAssembly", "Since", "Profiles", "Instructions", "What it brings"}) +
        row_of({"---", "---", "---", "---", "---", "---:", "---"});
    for (const conformance::CoveredFeature& each : covered.features) {
        const FeatureRow& facts = row(each.feature);
        text += row_of({code(facts.name), facts.proposal, facts.edition, facts.since, profiles_with(each.feature),
                        instructions_of(each.feature), facts.what});
    }
    text += "\n## Tests\n\n"
            "The project's own, by file, with the number of those that carry the feature's tag, and the files of the\n"
            "official test suite that are about it.\n\n" +
            row_of({"Flag", "Tests", "Official suite"}) + row_of({"---", "---", "---"});
    for (const conformance::CoveredFeature& each : covered.features)
        text += row_of({code(to_text(each.feature)), test_files(each), suite_files(each.feature)});
    text += "\n## Refused\n\n"
            "Under every profile, what is of proposals that Detent does not have, from `engine/refused.def`: opcodes,\n"
            "other bytes of the binary format, and words of the text format.\n\n" +
            refused_tables();
    return text;
}

/// For a document that the tables alone decide.
template <std::string (*Print)()>
std::string from_tables(const std::string& /*root*/) {
    return Print();
}

constexpr Document kDocuments[] = {
    {"instructions", "docs/instructions.md", from_tables<instructions>},
    {"features", "docs/features.md", features},
    {"limits", "docs/limits.md", from_tables<limits>},
    {"errors", "docs/errors.md", from_tables<errors>},
    {"host-functions", "docs/host-functions.md", from_tables<host_function_reference>},
    {"guest-header", "contracts/include/detent_v1.h", from_tables<guest_header>},
};

} // namespace

std::span<const Document> documents() noexcept { return kDocuments; }

std::string classification() {
    std::string text;
    for (const OpRow& each : kOpRows) {
        text += opcode(each) + " " + std::string(each.mnemonic) + " " + std::string(to_text(each.work_class)) + " " +
                std::string(to_text(each.unit)) + "\n";
    }
#define HOST_FUNCTION(identifier, parameters, result, work_class, unit, since, doc)                                    \
    text += "detent_v1." #identifier " " + std::string(to_text(WorkClass::work_class)) + " " +                         \
            std::string(to_text(Unit::unit)) + "\n";
#include "host_abi/host_functions.def"
#undef HOST_FUNCTION
    return text;
}

} // namespace detent::cli
