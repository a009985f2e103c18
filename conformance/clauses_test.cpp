#include "conformance/clause_scanner.hpp"
#include "conformance/clauses.hpp"
#include "conformance/testing/folder.hpp"

#include <catch2/catch.hpp>

namespace detent::conformance {

namespace {

// Clauses that are none are put together here, so that the register of this very tree does not meet them.
std::string id(const std::string& kind, int number) { return kind + "-" + std::to_string(number); }

std::string stated(const std::string& clause, const std::string& text) {
    return "**" + clause + ".** " + text + "\n\n";
}

std::string test_case(const std::string& name, const std::string& tags = "") {
    return "TEST"
           "_CASE(\"" +
           name + "\"" + (tags.empty() ? "" : ", \"" + tags + "\"") + ") {}\n";
}

/// A source tree of five documents with one clause each.
struct Tree {
    Tree() {
        (void)folder.write("metering/METERING.md", stated(id("MET", 901), "Fuel is `fuel.def` alone. And more."));
        (void)folder.write("host_abi/HOST_ABI.md", stated(id("ABI", 902), "A call calls: always."));
        (void)folder.write("conformance/DETERMINISM.md", stated(id("DET", 903), "Nothing differs"));
        (void)folder.write("engine/exec/STATE.md", stated(id("STA", 904), "All of it"));
        (void)folder.write("engine/instrument/INSTRUMENT.md", stated(id("INS", 905), "The same"));
        (void)folder.write("engine/instrument/third_test.cpp", test_case(id("INS", 905) + ": shown"));
        (void)folder.write("host_abi/SAVED.md", stated(id("SAV", 906), "Some of it"));
        (void)folder.write("host_abi/moving_test.cpp", test_case(id("SAV", 906) + ": shown"));
        (void)folder.write("engine/other_test.cpp", test_case(id("STA", 904) + ": shown"));
        (void)folder.write("vectors/suite/case.json", "{\"clauses\": [\"" + id("ABI", 902) + "\"]}");
        (void)folder.write("scripts/check_some.py", "\"\"\"[" + id("DET", 903) + "]\"\"\"\n");
        (void)folder.write("engine/some_test.cpp", test_case(id("MET", 901) + ": shown"));
    }

    [[nodiscard]] std::string problems() const {
        std::string text;
        for (const std::string& problem : read_clauses(folder.path()).problems)
            text += problem + "\n";
        return text;
    }

    Folder folder;
};

} // namespace

TEST_CASE("a tree in which each clause has a test passes, and the table names them") {
    const Tree tree;
    const ClauseRegister clauses = read_clauses(tree.folder.path());
    CHECK(clauses.passed());
    REQUIRE(clauses.clauses.size() == 6);
    CHECK(clauses.clauses[0].title == "Fuel is `fuel.def` alone");
    CHECK(clauses.clauses[0].tests == std::vector{"engine/some_test.cpp: " + id("MET", 901) + ": shown"});
    CHECK(clauses.clauses[1].tests == std::vector<std::string>{"vectors/suite/case"});
    CHECK(clauses.clauses[2].tests == std::vector<std::string>{"scripts/check_some.py"});
    CHECK(clauses.clauses[3].tests == std::vector{"engine/other_test.cpp: " + id("STA", 904) + ": shown"});
    CHECK(clauses.clauses[4].tests == std::vector{"engine/instrument/third_test.cpp: " + id("INS", 905) + ": shown"});
    CHECK(clauses.clauses[5].tests == std::vector{"host_abi/moving_test.cpp: " + id("SAV", 906) + ": shown"});
    const std::string table = to_text(clauses);
    CHECK(table.find(id("ABI", 902) + " A call calls") != std::string::npos);
    CHECK(table.ends_with("6 clauses, 6 tests that name them, 12 mentions\n"));
}

TEST_CASE("a clause without a test fails") {
    const Tree tree;
    (void)tree.folder.write("engine/some_test.cpp", test_case("shown without saying what"));
    CHECK(tree.problems() == id("MET", 901) + ": no test names it\n");
    (void)tree.folder.write("engine/some_test.cpp", test_case(id("MET", 901) + ": only by hand", "[.][slow]"));
    CHECK(tree.problems() == id("MET", 901) + ": no test names it\n");
    (void)tree.folder.write("engine/some_test.cpp", "// " + id("MET", 901) + "\n");
    CHECK(tree.problems() == id("MET", 901) + ": no test names it\n");
    (void)tree.folder.write("engine/some_test.cpp", test_case(id("MET", 901) + ": shown", "[fast]"));
    CHECK(tree.problems().empty());
}

TEST_CASE("controls and scripts that are no checks show no clause") {
    const Tree tree;
    std::filesystem::rename(tree.folder.path() / "vectors/suite", tree.folder.path() / "vectors/controls");
    std::filesystem::rename(tree.folder.path() / "scripts/check_some.py", tree.folder.path() / "scripts/some.py");
    CHECK(tree.problems() == id("ABI", 902) + ": no test names it\n" + id("DET", 903) + ": no test names it\n");
}

TEST_CASE("a tag or an anchor that names no clause fails, wherever it stands") {
    const Tree tree;
    const std::string wrong = id("MET", 77);
    (void)tree.folder.write("engine/more_test.cpp", test_case(id("MET", 901) + ", " + wrong + ": shown"));
    CHECK(tree.problems() == "engine/more_test.cpp: " + wrong + " is no clause\n");
    (void)tree.folder.write("engine/more_test.cpp", "");
    (void)tree.folder.write("engine/some.hpp", "// (" + wrong + ")\n");
    CHECK(tree.problems() == "engine/some.hpp: " + wrong + " is no clause\n");
    (void)tree.folder.write("engine/some.hpp", "");
    (void)tree.folder.write("vectors/suite/more.json", "{\"clauses\": [\"" + wrong + "\"]}");
    CHECK(tree.problems() == "vectors/suite/more.json: " + wrong + " is no clause\n");
    (void)tree.folder.write("vectors/suite/more.json", "{\"clauses\": [");
    CHECK(tree.problems().find("vectors/suite/more: /clauses: the document ends too early") == 0);
}

TEST_CASE("a clause that stands twice, and a name that does not end its clauses, fail") {
    const Tree tree;
    (void)tree.folder.write("metering/METERING.md", stated(id("MET", 901), "One.") + stated(id("MET", 901), "Two."));
    CHECK(tree.problems() == "metering/METERING.md: " + id("MET", 901) + " stands twice\n");
    (void)tree.folder.write("metering/METERING.md", stated(id("MET", 901), "One."));
    (void)tree.folder.write("engine/more_test.cpp", test_case(id("MET", 901) + " shown"));
    CHECK(tree.problems() == "engine/more_test.cpp: " + id("MET", 901) +
                                 " shown: the clauses that a name begins with end in a colon and a space\n");
}

TEST_CASE("names of tests are read over lines, pieces and escapes") {
    const std::string text = "TEST"
                             "_CASE(\"" +
                             id("MET", 1) + ", \"\n    \"" + id("ABI", 2) + ": a \\\"b\\\"\",\n    \"[tag]\") {}";
    const std::vector<NamedTest> tests = tests_in("engine/x_test.cpp", text);
    REQUIRE(tests.size() == 1);
    CHECK(tests[0].clauses == std::vector{id("MET", 1), id("ABI", 2)});
    CHECK(tests[0].name == "engine/x_test.cpp: " + id("MET", 1) + ", " + id("ABI", 2) + ": a \"b\"");
}

TEST_CASE("a mention is a whole word with a number") {
    const auto count = [](const std::string& text) { return mentions_in(text).size(); };
    CHECK(count("(" + id("MET", 1) + ", " + id("DET", 23) + ")") == 2);
    CHECK(count("X" + id("MET", 1)) == 0);
    CHECK(count(id("MET", 1) + "a") == 0);
    CHECK(count("MET"
                "-n, MET"
                "-, -1, MET"
                "-01") == 0);
}

TEST_CASE("a folder without documents has no register, and the tree is found from below") {
    const Folder empty;
    CHECK_THROWS_AS(read_clauses(empty.path()), std::runtime_error);
    const Tree tree;
    CHECK(find_source(tree.folder.path() / "vectors" / "suite") == tree.folder.path());
    CHECK(find_source(empty.path()) == empty.path());
}

TEST_CASE("every clause of this tree has a test, and every anchor a clause") {
    const ClauseRegister clauses = read_clauses(".");
    CHECK(clauses.clauses.size() >= 60);
    for (const std::string& problem : clauses.problems) {
        INFO(problem);
        CHECK(false);
    }
    CHECK(clauses.passed());
}

} // namespace detent::conformance
