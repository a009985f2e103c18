// Detent as one of the programs that bench/run measures; bench/README.md describes the protocol. Fuel is counted and
// every check is on, as in a contract; only the limits are those of preset `spec`, and the fuel is plenty.
#include "bench/program.hpp"

#include "engine/exec/execution.hpp"
#include "engine/profile.hpp"

#include <cinttypes>
#include <span>
#include <string>
#include <vector>

namespace detent::bench {

namespace {

constexpr int kSpawns = 100;

const Schedule& schedule() { return *Schedule::published(1); }

Profile profile() {
    Profile chosen = *Profile::published(Profile::kDefault);
    chosen.preset = Preset::spec;
    return chosen;
}

std::shared_ptr<const Code> compiled(std::span<const std::uint8_t> bytes) { return take(compile(bytes, profile())); }

void finish(Execution& execution) {
    const Ending ending = take(execution.run());
    if (ending == Ending::trapped) fail(to_text(execution.trap().code));
    if (ending != Ending::returned) fail(to_text(ending));
}

/// An instance in a store of its own.
class Running {
  public:
    explicit Running(const std::shared_ptr<const Code>& code) : store_(profile().limits()) {
        Execution execution =
            take(Execution::instantiate(store_, code, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
        finish(execution);
        instance_ = execution.instance();
    }

    [[nodiscard]] FuncAddr function(const std::string& name) const {
        const std::optional<ExternVal> found = store_.instance(*instance_).find_export(name);
        if (!found || found->kind != ExternKind::func) fail("no function " + name);
        return FuncAddr(found->address);
    }

    [[nodiscard]] std::uint64_t call(FuncAddr function, std::uint32_t argument) {
        const Value value = Value::i32(argument);
        Execution execution = take(
            Execution::invoke(store_, function, std::span(&value, 1), schedule(), Fuel::maximum(), Fuel::maximum()));
        finish(execution);
        return execution.result(0).low;
    }

  private:
    Store store_;
    std::optional<InstanceAddr> instance_;
};

void print(double seconds, std::uint64_t result) {
    std::printf("{\"seconds\": %e, \"result\": \"%" PRId64 "\"}\n", seconds, static_cast<std::int64_t>(result));
}

std::uint32_t argument_of(const std::string& word) { return static_cast<std::uint32_t>(std::stol(word)); }

/// CASE.wasm EXPORT ARG ROUNDS
void run(std::span<const std::string> words) {
    Running running(compiled(read_file(words[0])));
    const FuncAddr function = running.function(words[1]);
    const std::uint32_t argument = argument_of(words[2]);
    const Least least = bench::least(std::stoi(words[3]), [&] { return running.call(function, argument); });
    print(least.seconds, least.result);
}

/// --start MODULE.wasm ROUNDS
void start(std::span<const std::string> words) {
    const std::vector<std::uint8_t> bytes = read_file(words[0]);
    const Least least = bench::least(std::stoi(words[1]), [&] {
        const Running running(compiled(bytes));
        return std::uint64_t{0};
    });
    print_seconds(least.seconds);
}

/// --spawn CASE.wasm EXPORT ARG ROUNDS
void spawn(std::span<const std::string> words) {
    const std::shared_ptr<const Code> code = compiled(read_file(words[0]));
    const std::uint32_t argument = argument_of(words[2]);
    const Least least = bench::least(std::stoi(words[3]), [&] {
        std::uint64_t sum = 0;
        for (int i = 0; i < kSpawns; ++i) {
            Running running(code);
            sum += running.call(running.function(words[1]), argument);
        }
        return sum;
    });
    print(least.seconds / kSpawns, least.result);
}

void carry_out(const std::vector<std::string>& words) {
    const std::span<const std::string> rest(words);
    if (words.size() == 4 && words[0][0] != '-') {
        run(rest);
    } else if (words.size() == 3 && words[0] == "--start") {
        start(rest.subspan(1));
    } else if (words.size() == 5 && words[0] == "--spawn") {
        spawn(rest.subspan(1));
    } else {
        fail("usage: detent_runner [--spawn] CASE.wasm EXPORT ARG ROUNDS | --start MODULE.wasm ROUNDS");
    }
}

} // namespace

} // namespace detent::bench

int main(int count, char** arguments) { detent::bench::carry_out({arguments + 1, arguments + count}); }
