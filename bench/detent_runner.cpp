// Detent as one of the programs that bench/run measures; bench/README.md describes the protocol. Fuel is counted and
// every check is on, as in a contract; only the limits are those of preset `spec`, and the fuel is plenty. The fast
// tier executes, with variant `stepper` the stepper.
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
constexpr int kCalls = 10'000;

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

/// An instance in a store of its own, and what executes in it.
class Running {
  public:
    Running(const std::shared_ptr<const Code>& code, Tier tier) : store_(profile().limits()), tier_(tier) {
        Execution execution =
            take(Execution::instantiate(store_, code, {}, schedule(), Fuel::maximum(), Fuel::maximum()));
        execution.use(tier_);
        finish(execution);
        instance_ = execution.instance();
    }

    [[nodiscard]] FuncAddr function(const std::string& name) const {
        const std::optional<ExternVal> found = store_.instance(*instance_).find_export(name);
        if (!found || found->kind != ExternKind::func) fail("no function " + name);
        return FuncAddr(found->address);
    }

    [[nodiscard]] Execution begin(FuncAddr function, std::uint32_t argument, Fuel grant) {
        const Value value = Value::i32(argument);
        Execution execution =
            take(Execution::invoke(store_, function, std::span(&value, 1), schedule(), Fuel::maximum(), grant));
        execution.use(tier_);
        return execution;
    }

    [[nodiscard]] std::uint64_t call(FuncAddr function, std::uint32_t argument) {
        Execution execution = begin(function, argument, Fuel::maximum());
        finish(execution);
        used_ = execution.used();
        stepper_fuel_ = execution.counts().stepper_fuel;
        return execution.result(0).low;
    }

    /// By the last call.
    [[nodiscard]] Fuel used() const { return used_; }
    /// The part of it that instructions used which the stepper executed.
    [[nodiscard]] double stepper_share() const {
        return static_cast<double>(stepper_fuel_.units()) / static_cast<double>(used_.units());
    }

    [[nodiscard]] std::size_t memory_bytes() const {
        std::size_t bytes = 0;
        for (const Memory& memory : store_.memories())
            bytes += memory.bytes().size();
        return bytes;
    }

  private:
    Store store_;
    Tier tier_;
    std::optional<InstanceAddr> instance_;
    Fuel used_;
    Fuel stepper_fuel_;
};

std::uint32_t argument_of(const std::string& word) { return static_cast<std::uint32_t>(std::stol(word)); }

/// CASE.wasm EXPORT ARG ROUNDS
void run(std::span<const std::string> words, Tier tier) {
    Running running(compiled(read_file(words[0])), tier);
    const FuncAddr function = running.function(words[1]);
    const std::uint32_t argument = argument_of(words[2]);
    const Least least = bench::least(std::stoi(words[3]), [&] { return running.call(function, argument); });
    std::printf("{\"seconds\": %e, \"result\": \"%" PRId64 "\", \"fuel\": %" PRIu64 ", \"stepper_share\": %.6f}\n",
                least.seconds, static_cast<std::int64_t>(least.result), running.used().units(),
                running.stepper_share());
}

struct Settings {
    Tier tier = Tier::fast;
    /// Whether all functions are lowered before the first call.
    bool is_eager = false;
};

/// --start MODULE.wasm ROUNDS
void start(std::span<const std::string> words, const Settings& settings) {
    const std::vector<std::uint8_t> bytes = read_file(words[0]);
    const Least least = bench::least(std::stoi(words[1]), [&] {
        const std::shared_ptr<const Code> code = compiled(bytes);
        if (settings.is_eager && lower_all(*code, schedule()).has_error()) fail("out of memory");
        const Running running(code, settings.tier);
        return std::uint64_t{0};
    });
    print_seconds(least.seconds);
}

/// The seconds of one of so many.
void print_each(const Least& least, int count) {
    std::printf("{\"seconds\": %e, \"result\": \"%" PRId64 "\"}\n", least.seconds / count,
                static_cast<std::int64_t>(least.result));
}

/// --spawn CASE.wasm EXPORT ARG ROUNDS
void spawn(std::span<const std::string> words, Tier tier) {
    const std::shared_ptr<const Code> code = compiled(read_file(words[0]));
    const std::uint32_t argument = argument_of(words[2]);
    const Least least = bench::least(std::stoi(words[3]), [&] {
        std::uint64_t sum = 0;
        for (int i = 0; i < kSpawns; ++i) {
            Running running(code, tier);
            sum += running.call(running.function(words[1]), argument);
        }
        return sum;
    });
    print_each(least, kSpawns);
}

/// --calls CASE.wasm EXPORT ARG ROUNDS
void calls(std::span<const std::string> words, Tier tier) {
    Running running(compiled(read_file(words[0])), tier);
    const FuncAddr function = running.function(words[1]);
    const std::uint32_t argument = argument_of(words[2]);
    const Least least = bench::least(std::stoi(words[3]), [&] {
        std::uint64_t sum = 0;
        for (int i = 0; i < kCalls; ++i)
            sum += running.call(function, argument);
        return sum;
    });
    print_each(least, kCalls);
}

/// --memory CASE.wasm EXPORT ARG
void memory(std::span<const std::string> words, Tier tier) {
    const std::vector<std::uint8_t> bytes = read_file(words[0]);
    const std::uint32_t argument = argument_of(words[2]);
    const auto started = [&](const std::shared_ptr<const Code>& code) {
        auto running = std::make_unique<Running>(code, tier);
        static_cast<void>(running->call(running->function(words[1]), argument));
        return running;
    };
    const std::size_t module_bytes = bytes_each([&] {
        std::shared_ptr<const Code> code = compiled(bytes);
        static_cast<void>(started(code));
        return code;
    });
    const std::shared_ptr<const Code> code = compiled(bytes);
    const std::size_t instance_bytes = bytes_each([&] { return started(code); });

    Running running(code, tier);
    const FuncAddr function = running.function(words[1]);
    const std::size_t memory_bytes = running.memory_bytes();
    const std::uint64_t result = running.call(function, argument);
    const Fuel half(running.used().units() / 2);
    const std::size_t suspended_bytes = bytes_each([&] {
        Execution execution = running.begin(function, argument, half);
        if (take(execution.run()) != Ending::exhausted) fail("half of the fuel was enough");
        return execution;
    });
    std::printf("{\"module\": %zu, \"instance\": %zu, \"suspended\": %zu, \"memory\": %zu, \"result\": \"%" PRId64
                "\"}\n",
                module_bytes, instance_bytes, suspended_bytes, memory_bytes, static_cast<std::int64_t>(result));
}

[[nodiscard]] Settings settings_named(const std::string& variant) {
    if (variant == "stepper") return {Tier::stepper, false};
    if (!variant.empty() && variant != "fast" && variant != "eager") fail("no variant " + variant);
    return {Tier::fast, variant == "eager"};
}

void carry_out(std::vector<std::string> words) {
    const Settings settings = settings_named(take_variant(words));
    const Tier tier = settings.tier;
    const std::span<const std::string> rest(words);
    const std::string first = words.empty() ? "" : words[0];
    if (words.size() == 4 && first == "--memory") {
        memory(rest.subspan(1), tier);
    } else if (words.size() == 4 && !first.starts_with('-')) {
        run(rest, tier);
    } else if (words.size() == 3 && first == "--start") {
        start(rest.subspan(1), settings);
    } else if (words.size() == 5 && first == "--spawn") {
        spawn(rest.subspan(1), tier);
    } else if (words.size() == 5 && first == "--calls") {
        calls(rest.subspan(1), tier);
    } else {
        fail("usage: detent_runner [--variant fast|eager|stepper] [--spawn|--calls] CASE.wasm EXPORT ARG ROUNDS "
             "| --start MODULE.wasm ROUNDS | --memory CASE.wasm EXPORT ARG");
    }
}

} // namespace

} // namespace detent::bench

int main(int count, char** arguments) { detent::bench::carry_out({arguments + 1, arguments + count}); }
