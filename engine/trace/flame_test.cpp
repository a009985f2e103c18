// Flame graphs, by their boxes.
#include "engine/trace/flame.hpp"

#include "engine/testing/case.hpp"

#include <catch2/catch.hpp>

#include <regex>

using namespace detent;
using namespace detent::testing;
using namespace detent::trace;

namespace {

struct Box {
    std::string title;
    std::uint64_t fuel = 0;
    double x = 0;
    double y = 0;
    double width = 0;
};

std::vector<Box> boxes_of(const std::string& svg) {
    static const std::regex kBox(
        R"-(<title>(.*): (\d+) fuel, .*</title><rect x="([0-9.]+)" y="(\d+)" width="([0-9.]+)")-");
    std::vector<Box> boxes;
    for (std::sregex_iterator each(svg.begin(), svg.end(), kBox), end; each != end; ++each) {
        const std::smatch& m = *each;
        boxes.push_back({m[1], std::stoull(m[2]), std::stod(m[3]), std::stod(m[4]), std::stod(m[5])});
    }
    return boxes;
}

/// f: call g, call g, nop; g: two nops.
std::string graph_of(const FunctionName& name) {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    const auto f = b.function(type, {}, code(Op::call, 1, Op::call, 1, Op::nop));
    b.function(type, {}, code(Op::nop, Op::nop));
    b.export_function("f", f);
    Program program(b.build());
    Execution execution = program.begin("f", {});
    Profiler profiler;
    execution.observe(profiler);
    CHECK(must(execution.run()) == Ending::returned);
    profiler.finish();
    return flame_graph(profiler, "a <title>", name);
}

} // namespace

TEST_CASE("a flame graph has a box a path, as wide as its fuel") {
    const std::string svg = graph_of([](std::uint32_t function) { return function == 0 ? "f" : "g"; });
    const std::vector<Box> boxes = boxes_of(svg);
    // By hand: the entry 5; f 5 + 5 + 1 and twice 2 in g.
    REQUIRE(boxes.size() == 4);
    CHECK(boxes[0].title == "all");
    CHECK(boxes[0].fuel == 20);
    CHECK(boxes[0].width == Approx(1200));
    CHECK(boxes[1].title == "(entry)");
    CHECK(boxes[1].fuel == 5);
    CHECK(boxes[1].width == Approx(300));
    CHECK(boxes[2].title == "f");
    CHECK(boxes[2].fuel == 15);
    CHECK(boxes[2].x == Approx(310));
    CHECK(boxes[2].width == Approx(900));
    CHECK(boxes[3].title == "g");
    CHECK(boxes[3].fuel == 4);
    CHECK(boxes[3].width == Approx(240));
    CHECK(boxes[3].y > boxes[2].y);
    CHECK(svg.find("a &lt;title&gt;: 20 fuel") != svg.npos);
    CHECK(svg.find("<script") == svg.npos);
}

TEST_CASE("names cannot leave their place") {
    const std::string evil = "</title><script>alert('&')</script>\"\x1b\xff";
    const std::string svg = graph_of([&](std::uint32_t) { return evil; });
    CHECK(svg.find("<script") == svg.npos);
    CHECK(svg.find('\x1b') == svg.npos);
    CHECK(svg.find("&lt;/title&gt;&lt;script&gt;alert(&apos;&amp;&apos;)") != svg.npos);
    CHECK(xml_text("\xC3\xA9\xE2\x82\xAC") == "\xC3\xA9\xE2\x82\xAC");
    CHECK(xml_text("\xC3") == "\xEF\xBF\xBD");
    CHECK(xml_text("a\xEF\xBF\xBE") == "a\xEF\xBF\xBD");
}
