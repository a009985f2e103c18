// detent run: instantiates a module without imports and carries out steps on it, on one fuel limit.
#include "cli/command.hpp"
#include "cli/counts.hpp"
#include "cli/output.hpp"
#include "cli/resume.hpp"
#include "cli/steps.hpp"
#include "cli/text.hpp"

#include <iostream>
#include <map>

namespace detent::cli {

namespace {

struct RunOptions {
    Task task;
    std::string save;
    std::string pause;
    CommitmentChoice commitments;
    TierChoice tier;
    bool stats = false;

    /// Whether all there is to do is one execution.
    [[nodiscard]] bool is_one() const { return !save.empty() || !pause.empty() || commitments.is_wanted(); }
};

/// Carries out the steps in order until one does not return, and says what each did.
class Report {
  public:
    Report(Runner& runner, bool json) : runner_(runner), json_(json) {}

    [[nodiscard]] Ending run(const std::vector<Step>& steps) {
        Ending ending = runner_.instantiate();
        if (!json_ && ending == Ending::returned)
            std::cout << "instantiated for " << grouped(runner_.used().units()) << " fuel\n";
        for (const Step& step : steps) {
            if (ending != Ending::returned) break;
            ending = std::visit([this](const auto& each) { return carry_out(each); }, step);
        }
        return ending;
    }

    [[nodiscard]] Json object(Ending ending) const {
        Json results = Json::array();
        if (ending == Ending::returned) results = machine_values(runner_.results());
        return {{"status", to_text(ending)},
                {"results", results},
                {"trap", ending == Ending::trapped ? Json(to_text(runner_.trap().code)) : Json(nullptr)},
                {"fuel_used", std::to_string(runner_.used().units())},
                {"fuel_left", std::to_string(runner_.left().units())},
                {"steps", steps_}};
    }

  private:
    [[nodiscard]] static Json machine_values(const std::vector<Value>& values) {
        Json list = Json::array();
        for (const Value& value : values)
            list.push_back(to_machine(value));
        return list;
    }

    [[nodiscard]] static std::string people_values(const std::vector<Value>& values) {
        std::string text;
        for (const Value& value : values)
            text += (text.empty() ? "" : ", ") + to_people(value);
        return text;
    }

    [[nodiscard]] Ending carry_out(const Invoke& step) {
        const Fuel before = runner_.used();
        const Ending ending = runner_.invoke(step);
        const Fuel own = runner_.used() - before;
        if (json_) {
            steps_.push_back({{"kind", "invoke"},
                              {"name", step.name},
                              {"results", machine_values(runner_.results())},
                              {"status", to_text(ending)},
                              {"fuel_used", std::to_string(own.units())}});
            return ending;
        }
        std::cout << printable(step.name) << "(" << people_values(step.arguments) << ")";
        if (ending == Ending::returned && !runner_.results().empty())
            std::cout << " = " << people_values(runner_.results());
        std::cout << coloured(Colour::faint, "  " + grouped(own.units()) + " fuel") << "\n";
        return ending;
    }

    [[nodiscard]] Ending carry_out(const Write& step) {
        runner_.write(step);
        if (json_) {
            steps_.push_back({{"kind", "write"}, {"address", step.address}, {"bytes", step.bytes.size()}});
        } else {
            std::cout << "wrote " << step.bytes.size() << " bytes at 0x" << to_hex(step.address, 0) << "\n";
        }
        return Ending::returned;
    }

    [[nodiscard]] Ending carry_out(const Read& step) {
        const std::span<const std::uint8_t> bytes = runner_.read(step);
        if (json_) {
            steps_.push_back({{"kind", "read"}, {"address", step.address}, {"hex", to_hex(bytes)}});
        } else {
            std::cout << hex_lines(step.address, bytes);
        }
        return Ending::returned;
    }

    Runner& runner_;
    bool json_;
    Json steps_ = Json::array();
};

void print_end(const Runner& runner, Ending ending) {
    const Colour colour = ending == Ending::returned  ? Colour::green
                          : ending == Ending::trapped ? Colour::red
                                                      : Colour::yellow;
    std::string end(to_text(ending));
    if (ending == Ending::trapped) {
        end += ": " + std::string(to_text(runner.trap().code)) + " (" + std::string(message(runner.trap().code)) + ")";
    }
    std::cout << coloured(colour, end) << "; fuel used " << grouped(runner.used().units()) << " of "
              << grouped(runner.limit().units()) << "\n";
}

// What was counted.

/// Carries out the same once more, and says nothing.
void repeat(Runner& runner, const std::vector<Step>& steps) {
    Ending ending = runner.instantiate();
    for (const Step& step : steps) {
        if (ending != Ending::returned) break;
        if (const auto* invoke = std::get_if<Invoke>(&step)) ending = runner.invoke(*invoke);
        if (const auto* write = std::get_if<Write>(&step)) runner.write(*write);
    }
}

/// What is counted by carrying out everything again: of all instructions by the stepper, of cells by lowered code.
struct Counted {
    ClassFuel by_class{};
    std::uint64_t instructions = 0;
    Buffer<CellCount> cells;

    [[nodiscard]] std::uint64_t executed_cells() const noexcept {
        std::uint64_t sum = 0;
        for (const CellCount& each : cells)
            sum += each.count;
        return sum;
    }
    /// How often each fusion was made use of.
    [[nodiscard]] std::map<std::string_view, std::uint64_t> fusions() const {
        std::map<std::string_view, std::uint64_t> sums;
        for (const CellCount& each : cells) {
            if (!each.fusion.empty()) sums[each.fusion] += each.count;
        }
        return sums;
    }
};

Json cells_object(const Counted& counted) {
    Json handlers = Json::array();
    for (const CellCount& each : counted.cells)
        handlers.push_back({{"name", each.name}, {"fusion", each.fusion}, {"count", each.count}});
    Json fusions = Json::object();
    for (const auto& [fusion, count] : counted.fusions())
        fusions[std::string(fusion)] = count;
    return {{"instructions", counted.instructions},
            {"cells", counted.executed_cells()},
            {"fusions", std::move(fusions)},
            {"cells_by_handler", std::move(handlers)}};
}

Json stats_object(const Runner& runner, const Counted& counted) {
    Json classes = Json::object();
    for (std::size_t i = 0; i < kWorkClassCount; ++i) {
        if (counted.by_class[i] == Fuel()) continue;
        classes[std::string(to_text(static_cast<WorkClass>(i)))] = std::to_string(counted.by_class[i].units());
    }
    Json stats = to_json(runner.counts());
    stats["stepper_share"] = stepper_share(runner.counts(), runner.used());
    stats["fuel_by_class"] = std::move(classes);
    stats.update(cells_object(counted));
    return stats;
}

void print_classes(const Runner& runner, const ClassFuel& by_class) {
    std::vector<std::vector<std::string>> rows{{"work class", "fuel"}};
    Fuel rest = runner.used();
    for (std::size_t i = 0; i < kWorkClassCount; ++i) {
        if (by_class[i] == Fuel()) continue;
        rows.push_back({std::string(to_text(static_cast<WorkClass>(i))), grouped(by_class[i].units())});
        rest = rest - by_class[i];
    }
    rows.push_back({"instances and entries", grouped(rest.units())});
    std::cout << table(rows, "1");
}

void print_cells(const Counted& counted) {
    std::vector<std::vector<std::string>> rows{{"lowered code", "in the same cell", "executed"}};
    for (const CellCount& each : counted.cells)
        rows.push_back({std::string(each.name), std::string(each.fusion), grouped(each.count)});
    rows.push_back({"all", "", grouped(counted.executed_cells())});
    std::cout << "\n" << table(rows, "2");
    for (const auto& [fusion, count] : counted.fusions())
        std::cout << grouped(count) << " times: " << fusion << "\n";
    std::cout << grouped(counted.instructions) << " instructions\n";
}

void print_stats(const Runner& runner, const Counted& counted) {
    print_classes(runner, counted.by_class);
    if (!counted.cells.empty()) print_cells(counted);
    std::cout << to_text(runner.counts()) << "\n";
}

/// Carries everything out once more by each tier, for what is counted of it.
Counted count(const RunOptions& options, const Prepared& task) {
    Counted counted;
    Runner stepper(task);
    stepper.use(Tier::stepper, {});
    stepper.count_classes(counted.by_class);
    repeat(stepper, options.task.steps);
    counted.instructions = stepper.counts().steps;
    if (options.tier.chosen() == Tier::stepper) return counted;
    require_ok(count_cells(*task.code, *task.schedule), task.file);
    Runner fast(task);
    fast.use(options.tier.chosen(), options.tier.chosen_handover());
    repeat(fast, options.task.steps);
    counted.cells = take(cell_counts(*task.code, *task.schedule), task.file);
    return counted;
}

/// One execution of all there is to do, so that what is saved lacks nothing.
ExitCode run_to_save(const RunOptions& options, const Prepared& task, bool json) {
    const std::vector<Step>& steps = options.task.steps;
    const Invoke* const invoke = steps.empty() ? nullptr : std::get_if<Invoke>(&steps[0]);
    const bool is_one = steps.empty() || (steps.size() == 1 && invoke != nullptr);
    if (!is_one || options.stats) {
        throw wrong_usage("--save", "as --pause and --commit-every, it goes with one --invoke at most, and nothing "
                                    "else to do");
    }
    EntryRequest request;
    request.code = task.code;
    if (invoke != nullptr) {
        request.new_function = invoke->function;
        for (const Value& value : invoke->arguments) {
            const std::uint64_t words[] = {value.low, value.high};
            if (!request.arguments.append(std::span(words).first(words_of(value.type)))) throw std::bad_alloc();
        }
    }
    Store store(task.profile.limits());
    Execution execution =
        take(Execution::enter(store, std::move(request), *task.schedule, task.limit, Fuel()), task.file);
    execution.use(options.tier.chosen(), options.tier.chosen_handover());
    const Beginning beginning{{options.task.schedule, task.profile}, {task.code}};
    Resumable resumable{beginning,          store, execution, task.slice, pause_of(options.pause), options.save,
                        options.commitments};
    return resumable.run(task.file, json);
}

ExitCode run(RunOptions& options, bool json) {
    const Prepared task = prepare(options.task, "run");
    if (options.is_one()) return run_to_save(options, task, json);
    Runner runner(task);
    runner.use(options.tier.chosen(), options.tier.chosen_handover());
    Report report(runner, json);
    const Ending ending = report.run(options.task.steps);
    const Counted counted = options.stats ? count(options, task) : Counted{};
    if (json) {
        Json object = report.object(ending);
        if (options.stats) object["stats"] = stats_object(runner, counted);
        print_json(object);
    } else {
        if (options.task.steps.empty()) std::cout << exported_functions(task.code->module()) << "\n";
        if (options.stats) print_stats(runner, counted);
        print_end(runner, ending);
    }
    return exit_code_of(ending);
}

} // namespace

void add_run(CLI::App& app, Program& program) {
    CLI::App& command =
        add_command(app, "run", "Run exports of a module without imports",
                    "  detent run add.wasm --invoke add i32:1 i32:2\n"
                    "  detent run hash.wasm --write 1024=616263 --invoke hash 1024 3 --read 2048:32 --json\n"
                    "  detent run loop.wasm --invoke loop --fuel 100000 --preset spec\n"
                    "--invoke, --write and --read are carried out in their order, on one instance and one fuel limit,\n"
                    "until one does not return. Without any, the module is instantiated.\n");
    auto options = std::make_shared<RunOptions>();
    options->task.add_to(command);
    command
        .add_option("--save", options->save,
                    "Where to save the execution if it is exhausted, for `detent resume`; with one --invoke at most")
        ->type_name("FILE");
    command.add_option("--pause", options->pause, "Stop once N units are used, whatever the limit")->type_name("N");
    options->commitments.add_to(command);
    options->tier.add_to(command);
    command.add_flag(
        "--stats", options->stats,
        "Show what the tiers did, the fuel by work class, and how often which cells of lowered code ran, for which "
        "all of it is run twice more");
    add_json(command, program);
    command.callback(
        [&program, options] { program.action = [&program, options] { return run(*options, program.json); }; });
}

} // namespace detent::cli
