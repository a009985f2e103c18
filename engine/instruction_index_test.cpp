// The instruction table against the specification's own index. Source: instruction_index.tsv.
#include "engine/opcodes.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace detent {

namespace {

struct Facts {
    std::string mnemonic;
    std::string type;

    friend bool operator==(const Facts&, const Facts&) = default;
};

std::ostream& operator<<(std::ostream& out, const Facts& facts) { return out << facts.mnemonic << ": " << facts.type; }

/// By the opcode's bytes, as in "FD 80 01".
using Index = std::map<std::string, Facts>;

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream text(line);
    for (std::string field; std::getline(text, field, '\t');)
        fields.push_back(field);
    return fields;
}

/// A type with the abbreviations of the text format written out, as opcodes.def has them. Nothing else may differ.
std::string written_out(const std::string& type) {
    static const std::map<std::string, std::string> abbreviations = {
        {"eqref", "(ref null eq)"}, {"exnref", "(ref null exn)"}, {"i31ref", "(ref null i31)"}};
    std::istringstream words(type);
    std::string result;
    for (std::string word; words >> word;) {
        const auto found = abbreviations.find(word);
        result += (result.empty() ? "" : " ") + (found == abbreviations.end() ? word : found->second);
    }
    return result;
}

Index specification() {
    const char* const root = std::getenv("DETENT_ROOT");
    std::ifstream file(std::string(root == nullptr ? "." : root) + "/engine/instruction_index.tsv");
    Index index;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        const std::vector<std::string> fields = fields_of(line);
        INFO(line);
        REQUIRE((fields.size() >= 2 && fields.size() <= 4));
        const std::string type = fields.size() == 2 ? "" : written_out(fields.back());
        REQUIRE(index.emplace(fields[0], Facts{fields[1], type}).second);
    }
    return index;
}

void append_byte(std::string& text, std::uint32_t byte) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    if (!text.empty()) text += ' ';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
}

std::string opcode_bytes(std::uint8_t prefix, std::uint32_t code) {
    std::string text;
    if (prefix != 0) append_byte(text, prefix);
    for (; prefix != 0 && code >= 0x80; code >>= 7)
        append_byte(text, (code & 0x7F) | 0x80);
    append_byte(text, code);
    return text;
}

Index table() {
    Index index;
#define OP(prefix, code, identifier, mnemonic, immediate, type, feature, work_class, unit, anchor)                     \
    index.emplace(opcode_bytes(prefix, code), Facts{mnemonic, type});
#define DELIMITER(code, identifier, mnemonic) index.emplace(opcode_bytes(0, code), Facts{mnemonic, ""});
#include "engine/opcodes.def"
#undef DELIMITER
#undef OP
    return index;
}

} // namespace

TEST_CASE("index-instr: the table has the opcode, mnemonic and type of every instruction of the specification") {
    const Index ours = table();
    for (const auto& [opcode, facts] : specification()) {
        INFO(opcode << " " << facts);
        const auto found = ours.find(opcode);
        if (found == ours.end()) {
            FAIL_CHECK("opcodes.def has no such opcode");
        } else {
            CHECK(found->second == facts);
        }
    }
}

TEST_CASE("index-instr: the table has no instruction that the specification does not have") {
    const Index theirs = specification();
    for (const auto& [opcode, facts] : table()) {
        INFO(opcode << " " << facts);
        CHECK(theirs.contains(opcode));
    }
}

} // namespace detent
