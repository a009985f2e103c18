// What an observer is told: every step, with all that an execution uses, and nothing that changes it.
#include "engine/exec/machine.hpp"
#include "engine/testing/tiers.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace detent;
using namespace detent::testing;

namespace {

/// Adds up what steps used, and looks at where they begin.
class Adder final : public StepObserver {
  public:
    Status before(const Machine& machine) noexcept override {
        is_open_ = !std::exchange(is_open_, true);
        before_ = machine.meter().used();
        if (machine.at_entry()) return ok();
        const Frame& frame = machine.frames().back();
        const std::uint8_t byte = frame.code->module().bytes[frame.position];
        at_delimiters += byte == 0x05 || byte == 0x0B;
        at_instruction_ = true;
        return ok();
    }
    Status after(const Machine& machine, Step step) noexcept override {
        unpaired += !std::exchange(is_open_, false);
        sum = sum + (machine.meter().used() - before_);
        instructions += std::exchange(at_instruction_, false) && !starts_anew(step);
        return ok();
    }

    Fuel sum;
    std::uint64_t instructions = 0;
    std::uint64_t at_delimiters = 0;
    std::uint64_t unpaired = 0;

  private:
    Fuel before_;
    bool is_open_ = false;
    bool at_instruction_ = false;
};

constexpr std::uint64_t kMostFuel = 100'000;

/// In grants of `slice`.
Ending run_in_slices(Execution& execution, std::uint64_t slice) {
    Ending ending = must(execution.run());
    while (ending == Ending::exhausted && !execution.at_limit()) {
        must(execution.refuel(std::min(execution.grant() + Fuel(slice), execution.limit())));
        ending = must(execution.run());
    }
    return ending;
}

bool adds_up(const Case& test, std::uint64_t limit, std::uint64_t slice) {
    const Compiled compiled(test);
    const Outcome expected = outcome_by(compiled, limit, kByLoweredCode);
    Program program(compiled.code);
    Execution execution = program.begin("f", test.arguments, limit, std::min(limit, slice));
    Adder adder;
    execution.observe(adder);
    const Ending ending = run_in_slices(execution, slice);
    return outcome_of(execution, ending) == expected && adder.sum == execution.used() && adder.at_delimiters == 0 &&
           adder.unpaired == 0 && adder.instructions == execution.counts().steps;
}

/// Fails when it is told of a step.
class Failing final : public StepObserver {
  public:
    explicit Failing(bool before) noexcept : before_(before) {}
    Status before(const Machine&) noexcept override { return before_ ? Status(kOutOfMemory) : ok(); }
    Status after(const Machine&, Step) noexcept override { return kOutOfMemory; }

  private:
    bool before_;
};

} // namespace

TEST_CASE("MET-1, MET-15: an observed run is the run of lowered code, and its steps use all of its fuel") {
    const auto all_add_up = [](std::uint64_t seed) {
        return adds_up(case_of(seed), kMostFuel, kMostFuel) && adds_up(edge_case_of(seed), kMostFuel, kMostFuel) &&
               adds_up(edge_case_of(seed), kMostFuel, 1 + seed % 97) &&
               adds_up(edge_case_of(seed), seed % 3000, kMostFuel);
    };
    CHECK(rc::check("modules at random", all_add_up));
}

TEST_CASE("MET-9: instantiation, the start function and its entry are steps too") {
    ModuleBuilder b;
    const auto type = b.type({}, {});
    const auto start = b.function(type, {}, code(Op::nop, Op::nop));
    b.start(start);
    const std::shared_ptr<const Code> made = compiled(b.build());
    Store store(LimitValues::of(Preset::contract));
    Execution execution = must(Execution::instantiate(store, made, {}, schedule(), Fuel(10000), Fuel(10000)));
    Adder adder;
    execution.observe(adder);
    CHECK(must(execution.run()) == Ending::returned);
    // By hand, from schedule 1: instantiation 2000, function 5; the entry 5; two instructions 2.
    CHECK(adder.sum == Fuel(2012));
    CHECK(adder.instructions == 2);
    CHECK(execution.used() == adder.sum);
}

TEST_CASE("an observer that fails ends the run by a fault") {
    Program program(module_of({}, {}, code(Op::nop)));
    for (const bool before : {true, false}) {
        Execution execution = program.begin("f", {});
        Failing failing(before);
        execution.observe(failing);
        const Result<Ending> ended = execution.run();
        REQUIRE(ended.has_error());
        CHECK(ended.error().code == kOutOfMemory.code);
    }
}
