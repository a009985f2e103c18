// Line tables: what LLVM's dwarfdump reads of modules that its compiler made, and bytes that mean harm.
#include "engine/trace/line_table.hpp"

#include "engine/binary/reader.hpp"
#include "engine/testing/generator.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

using namespace detent;
using namespace detent::testing;
using namespace detent::trace;

namespace {

using Sections = std::map<std::string, Bytes>;

std::string path_of(const std::string& name) {
    const char* const root = std::getenv("DETENT_ROOT");
    return std::string(root == nullptr ? "." : root) + "/engine/trace/lines/" + name;
}

Bytes read_file(const std::string& name) {
    std::ifstream file(path_of(name), std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

/// The custom sections of a module, by a walk of its own.
Sections custom_sections(const Bytes& module) {
    Sections found;
    Reader in(module, 8, static_cast<std::uint32_t>(module.size()));
    while (!in.at_end()) {
        const std::uint8_t id = must(in.byte());
        const std::uint32_t size = must(in.u32());
        const std::uint32_t end = in.position() + size;
        if (id == 0) {
            Reader inside(module, in.position(), end);
            const std::uint32_t length = must(inside.u32());
            const auto name = module.begin() + inside.position();
            found[std::string(name, name + length)] = Bytes(name + length, module.begin() + end);
        }
        must(in.skip(size));
    }
    return found;
}

std::optional<LineTable> table_of(Sections& sections) {
    return LineTable::read({sections[".debug_line"], sections[".debug_str"], sections[".debug_line_str"]});
}

/// A row of `llvm-dwarfdump --debug-line`: from its address to that of the next one of its sequence.
struct Row {
    std::uint64_t begin = 0;
    std::uint64_t line = 0;
    bool ends = false;
};

std::vector<Row> dumped_rows(const std::string& name) {
    std::ifstream file(path_of(name));
    std::vector<Row> rows;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string address;
        Row row;
        if (!line.starts_with("0x") || !(words >> address >> row.line)) continue;
        row.begin = std::stoull(address, nullptr, 16);
        row.ends = line.find("end_sequence") != line.npos;
        rows.push_back(row);
    }
    return rows;
}

} // namespace

TEST_CASE("lines are those that llvm-dwarfdump reads, of version 4 and 5") {
    for (const std::string name : {"lines4", "lines5"}) {
        Sections sections = custom_sections(read_file(name + ".wasm"));
        const std::optional<LineTable> table = table_of(sections);
        REQUIRE(table);
        const std::vector<Row> rows = dumped_rows(name + ".txt");
        std::size_t compared = 0;
        for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
            for (std::uint64_t at = rows[i].begin; !rows[i].ends && at < rows[i + 1].begin; ++at) {
                const std::optional<SourceLine> found = table->find(at);
                REQUIRE(found.has_value() == (rows[i].line != 0));
                if (!found) continue;
                REQUIRE(found->line == rows[i].line);
                // Version 4 leaves the directory of the compilation to another section.
                REQUIRE(table->path(found->file) == (name == "lines4" ? "lines.c" : "/source/lines.c"));
                ++compared;
            }
            if (rows[i].ends) CHECK(!table->find(rows[i].begin));
        }
        CHECK(compared > 50);
        CHECK(!table->find(0));
    }
}

TEST_CASE("a section that is cut off or changed anywhere is read or refused, and nothing else") {
    for (const std::string name : {"lines4", "lines5"}) {
        const Sections whole = custom_sections(read_file(name + ".wasm"));
        const std::size_t size = whole.at(".debug_line").size();
        std::size_t refused = 0;
        for (std::size_t i = 0; i < size; ++i) {
            Sections cut = whole;
            cut[".debug_line"].resize(i);
            refused += !table_of(cut);
            for (const int bits : {0x01, 0x80, 0xFF}) {
                Sections changed = whole;
                changed[".debug_line"][i] ^= static_cast<std::uint8_t>(bits);
                const std::optional<LineTable> table = table_of(changed);
                if (!table) continue;
                for (std::uint64_t at = 0; at < 300; ++at) {
                    if (const auto found = table->find(at)) CHECK(table->path(found->file).size() <= 4096);
                }
            }
        }
        // Every cut but that to nothing, which is a section without units, is within the one unit.
        CHECK(refused == size - 1);
    }
}

TEST_CASE("bytes at random make no line table that takes more than they do") {
    Random random(1);
    for (int i = 0; i < 20'000; ++i) {
        Sections sections;
        Bytes& bytes = sections[".debug_line"];
        const std::uint32_t size = random.below(100);
        // A version that is read, so that what follows is looked at.
        bytes = {static_cast<std::uint8_t>(size), 0, 0, 0, static_cast<std::uint8_t>(4 + random.below(2)), 0};
        for (std::uint32_t at = 2; at < size; ++at)
            bytes.push_back(static_cast<std::uint8_t>(random.one_in(3) ? 0 : random.below(256)));
        static_cast<void>(table_of(sections));
    }
    SUCCEED();
}

TEST_CASE("tables of no byte an entry are refused, whatever their number") {
    // Version 5: address size, segments, header length 14; 1, 1, 1, -3, 12, opcode base 1; no format, 2^35 entries.
    Sections sections;
    sections[".debug_line"] = {0x1A, 0,  0, 0, 5,    0,    4,    0,    0x12, 0, 0, 0, 1, 1, 1,
                               0xFD, 12, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0, 0, 0};
    CHECK(!table_of(sections));
}
