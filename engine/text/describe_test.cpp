// Places and how they are shown.
#include "engine/text/wat.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace detent::text {

namespace {

Place place(std::size_t offset, std::size_t line, std::size_t column) { return {offset, line, column}; }

} // namespace

TEST_CASE("text: a line ends at LF, CR or CR LF, and a column is a character") {
    const std::string source = "ab\ncd\r\ne\rλμx";
    CHECK(place_at(source, 0) == place(0, 1, 1));
    CHECK(place_at(source, 2) == place(2, 1, 3));
    CHECK(place_at(source, 3) == place(3, 2, 1));
    CHECK(place_at(source, 6) == place(6, 2, 4));
    CHECK(place_at(source, 7) == place(7, 3, 1));
    CHECK(place_at(source, 9) == place(9, 4, 1));
    CHECK(place_at(source, 13) == place(13, 4, 3));
    CHECK(place_at(source, 99) == place(14, 4, 4));
}

TEST_CASE("text: an error is shown with its line and a caret") {
    const std::string source = "(module\n  (func i32.addd)\n)";
    const Result<ParsedModule> module = parse_module(source);
    REQUIRE(!module.has_value());
    CHECK(describe(source, module.assume_error(), "a.wat") == "a.wat:2:9: unknown operator i32.addd\n"
                                                              "    (func i32.addd)\n"
                                                              "          ^\n");
    CHECK(describe("", 0, "empty") == "1:1: empty\n  \n  ^\n");
    CHECK(describe("(module", 7, "ends") == "1:8: ends\n  (module\n         ^\n");
}

TEST_CASE("text: a long line is cut to a window around the place") {
    const std::string source = std::string(1000, 'a') + "x" + std::string(1000, 'b');
    const std::string expected =
        "1:1001: m\n  …" + std::string(60, 'a') + "x" + std::string(49, 'b') + "…\n" + std::string(63, ' ') + "^\n";
    CHECK(describe(source, 1000, "m") == expected);
}

TEST_CASE("text: what a terminal would act on is shown as something harmless") {
    CHECK(describe("\ta\x1B[2Jb", 6, "m") == "1:7: m\n   a\xEF\xBF\xBD[2Jb\n        ^\n");
    CHECK(describe("λ\xC2\x9Bx", 4, "m") == "1:3: m\n  λ\xEF\xBF\xBDx\n    ^\n");
    // A right-to-left override, and a byte that is no UTF-8.
    CHECK(describe("\xE2\x80\xAEx", 3, "m") == "1:2: m\n  \xEF\xBF\xBDx\n   ^\n");
    CHECK(describe("\xFFx", 1, "m") == "1:2: m\n  \xEF\xBF\xBDx\n   ^\n");
}

} // namespace detent::text
