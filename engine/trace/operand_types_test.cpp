// The types of operands at every position, compared with what the state says of references, and with counts by hand.
#include "engine/trace/operand_types.hpp"

#include "engine/code/operand_map.hpp"
#include "engine/exec/machine.hpp"
#include "engine/testing/case.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace detent;
using namespace detent::testing;
using detent::trace::OperandTypes;

namespace {

/// At every instruction of a run: as many words as the machine has, and references where map_operands has them.
class Comparing final : public StepObserver {
  public:
    explicit Comparing(std::size_t most_nodes) : most_nodes_(most_nodes) {}

    Status before(const Machine& machine) noexcept override {
        if (machine.at_entry()) return ok();
        const Frame& frame = machine.frames().back();
        const auto [place, is_new] = types_.try_emplace(number(frame.function));
        too_many += is_new && must(OperandTypes::of(*frame.code, frame.function, most_nodes_)).nodes() > most_nodes_;
        if (is_new) place->second.emplace(must(OperandTypes::of(*frame.code, frame.function, most_nodes_)));
        const Buffer<ValType> types = must(place->second->at(frame.position));
        const std::size_t words =
            machine.stack().size() - frame.base - frame.code->function(frame.function).local_words;
        differences += words_of(types.span()) != words;
        const std::uint32_t positions[] = {frame.position};
        const OperandMap map = must(map_operands(*frame.code, frame.function, positions));
        std::vector<std::uint8_t> marks;
        for (const ValType type : types) {
            marks.push_back(type.is_reference());
            if (words_of(type) == 2) marks.push_back(0);
        }
        differences += !std::ranges::equal(marks, map.at(0));
        ++compared;
        return ok();
    }
    Status after(const Machine&, Step) noexcept override { return ok(); }

    std::uint64_t compared = 0;
    std::uint64_t differences = 0;
    std::uint64_t too_many = 0;

  private:
    std::size_t most_nodes_;
    std::map<std::uint32_t, std::optional<OperandTypes>> types_;
};

std::vector<std::string> names_at(const OperandTypes& types, std::uint32_t position) {
    std::vector<std::string> names;
    const Buffer<ValType> all = must(types.at(position));
    for (const ValType type : all)
        names.emplace_back(to_text(type).c_str());
    return names;
}

} // namespace

TEST_CASE("operand types are those of the words on the stack, however few nodes are kept") {
    std::uint64_t compared = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        for (const std::size_t most_nodes : {OperandTypes::kMostNodes, std::size_t{7}, std::size_t{0}}) {
            const Case test = edge_case_of(seed);
            Program program(compiled(test.module, full_profile()));
            Execution execution = program.begin("f", test.arguments, 400, 400);
            Comparing comparing(most_nodes);
            execution.observe(comparing);
            static_cast<void>(must(execution.run()));
            REQUIRE(comparing.differences == 0);
            REQUIRE(comparing.too_many == 0);
            compared += comparing.compared;
        }
    }
    CHECK(compared > 1000);
}

TEST_CASE("operand types by hand") {
    // Offsets in the body: i64.const 1 at 0, f32.const at 2, block at 7, i32.const at 9, drop at 11, drop at 13.
    const Bytes body = code(Op::i64_const, 1, Op::f32_const, 1.0F, Op::block, kEmptyBlock, Op::i32_const, 1, Op::drop,
                            Op::end, Op::drop, Op::drop);
    const std::shared_ptr<const Code> made = compiled(module_of({kI32}, {}, body));
    const std::uint32_t first = made->module().body(FuncIdx{0}).expression.begin;
    const OperandTypes types = must(OperandTypes::of(*made, FuncIdx{0}));
    using Names = std::vector<std::string>;
    CHECK(names_at(types, first) == Names{});
    CHECK(names_at(types, first + 2) == Names{"i64"});
    CHECK(names_at(types, first + 7) == Names{"i64", "f32"});
    CHECK(names_at(types, first + 11) == Names{"i64", "f32", "i32"});
    CHECK(names_at(types, first + 13) == Names{"i64", "f32"});
    CHECK(names_at(types, first + 14) == Names{"i64"});
}
