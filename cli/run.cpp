// detent run: instantiates a module without imports and carries out steps on it, on one fuel limit.
#include "cli/command.hpp"
#include "cli/counts.hpp"
#include "cli/files.hpp"
#include "cli/modules.hpp"
#include "cli/output.hpp"
#include "cli/resume.hpp"
#include "cli/text.hpp"

#include "engine/exec/execution.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <variant>

namespace detent::cli {

namespace {

constexpr std::string_view kDefaultFuel = "1000000000";
constexpr std::uint64_t kAddressEnd = std::uint64_t{1} << 32;

struct Invoke {
    std::string name;
    std::vector<std::string> texts;
    FuncIdx function{};
    std::vector<Value> arguments;
};

struct Write {
    std::string text;
    std::uint64_t address = 0;
    std::vector<std::uint8_t> bytes;
};

struct Read {
    std::string text;
    std::uint64_t address = 0;
    std::uint64_t length = 0;
};

using Step = std::variant<Invoke, Write, Read>;

struct Options {
    std::string file;
    std::vector<Step> steps;
    std::vector<std::string> trailing;
    std::string fuel{kDefaultFuel};
    std::string slice;
    std::string save;
    std::uint32_t schedule = 1;
    Judgement judgement;
    TierChoice tier;
    bool stats = false;
};

// Settling what the steps name before anything runs.

/// `ADDR=HEX` or `ADDR=@FILE`.
void resolve(Write& write, const Module&) {
    const std::size_t equals = write.text.find('=');
    if (equals == write.text.npos) {
        throw wrong_usage("--write", "'" + printable(write.text) + "' is not ADDR=HEX or ADDR=@FILE");
    }
    const std::string source = write.text.substr(equals + 1);
    write.address = parse_number(write.text.substr(0, equals), "--write", kAddressEnd);
    write.bytes = source.starts_with('@') ? read_file(source.substr(1), kAddressEnd) : parse_hex(source, "--write");
}

/// `ADDR:LEN`.
void resolve(Read& read, const Module&) {
    const std::size_t colon = read.text.find(':');
    if (colon == read.text.npos) throw wrong_usage("--read", "'" + printable(read.text) + "' is not ADDR:LEN");
    read.address = parse_number(read.text.substr(0, colon), "--read", kAddressEnd);
    read.length = parse_number(read.text.substr(colon + 1), "--read", kAddressEnd);
}

std::string exported_functions(const Module& module) {
    std::string names;
    for (const Export& each : module.exports) {
        if (each.kind != ExternKind::func) continue;
        names += (names.empty() ? "" : ", ") + printable(module.text(each.name));
    }
    return names.empty() ? "no function is exported" : "the exported functions are " + names;
}

void resolve(Invoke& invoke, const Module& module) {
    const Export* const found = module.find_export(invoke.name);
    const std::string name = "--invoke " + printable(invoke.name);
    if (found == nullptr) throw wrong_usage(name, "no such export; " + exported_functions(module));
    if (found->kind != ExternKind::func) {
        throw wrong_usage(name, "is a " + std::string(to_text(found->kind)) + ", not a function");
    }
    invoke.function = FuncIdx(found->index);
    const FuncType type = module.function_type(invoke.function);
    if (invoke.texts.size() != type.parameters.size()) {
        throw wrong_usage(name, std::to_string(invoke.texts.size()) + " arguments for a function of type " +
                                    signature_text(type));
    }
    for (std::size_t i = 0; i < invoke.texts.size(); ++i) {
        invoke.arguments.push_back(parse_value(invoke.texts[i], type.parameters[i]));
    }
}

/// Arguments behind other options belong to the last export that was named.
void give_trailing(Options& options, const Module& module) {
    if (options.trailing.empty()) return;
    for (auto step = options.steps.rbegin(); step != options.steps.rend(); ++step) {
        Invoke* const invoke = std::get_if<Invoke>(&*step);
        if (invoke == nullptr) continue;
        invoke->texts.insert(invoke->texts.end(), options.trailing.begin(), options.trailing.end());
        return;
    }
    throw wrong_usage(printable(options.trailing[0]), "an argument, but no --invoke; " + exported_functions(module));
}

void refuse_imports(const ModuleFile& file, const Module& module) {
    if (module.imports.empty()) return;
    const Import& first = module.imports[0];
    const std::size_t more = module.imports.size() - 1;
    throw file.failure(Error{ErrorCode::unknown_import, first.offset, 0},
                       "imports " + name_of(module, first) +
                           (more == 0 ? "" : " and " + std::to_string(more) + " more") +
                           "; `run` takes modules without imports");
}

// Carrying them out.

class Runner {
  public:
    Runner(std::string file, std::shared_ptr<const Code> code, const LimitValues& limits, const Schedule& schedule,
           Fuel limit, Fuel slice)
        : file_(std::move(file)), code_(std::move(code)), schedule_(schedule), limit_(limit), slice_(slice),
          store_(limits) {}

    void use(Tier tier, Handover handover) noexcept {
        tier_ = tier;
        handover_ = handover;
    }
    void count_classes(ClassFuel& fuel) noexcept { class_fuel_ = &fuel; }
    [[nodiscard]] const TierCounts& counts() const noexcept { return counts_; }

    [[nodiscard]] Fuel used() const noexcept { return used_; }
    [[nodiscard]] Fuel limit() const noexcept { return limit_; }
    [[nodiscard]] Fuel left() const noexcept { return limit_ - used_; }
    [[nodiscard]] Trap trap() const noexcept { return trap_; }
    [[nodiscard]] const std::vector<Value>& results() const noexcept { return results_; }

    [[nodiscard]] Ending instantiate() {
        Execution execution = take(Execution::instantiate(store_, code_, {}, schedule_, left(), slice_), file_);
        const Ending ending = drive(execution);
        instance_ = execution.instance();
        return ending;
    }

    [[nodiscard]] Ending invoke(const Invoke& step) {
        const FuncAddr function = store_.instance(*instance_).functions[number(step.function)];
        Execution execution =
            take(Execution::invoke(store_, function, step.arguments, schedule_, left(), slice_), file_);
        const Ending ending = drive(execution);
        results_.clear();
        for (std::size_t i = 0; ending == Ending::returned && i < execution.result_count(); ++i) {
            results_.push_back(execution.result(i));
        }
        return ending;
    }

    /// A range of memory 0, whether it is exported or not.
    [[nodiscard]] std::span<std::uint8_t> range(std::uint64_t address, std::uint64_t length, const std::string& what) {
        const Instance& instance = store_.instance(*instance_);
        if (instance.memories.empty()) throw Failure(ExitCode::failed, what, "the module has no memory");
        Memory& memory = store_.memory(instance.memories[0]);
        if (!memory.contains(address, length)) {
            throw Failure(ExitCode::failed, what,
                          std::to_string(length) + " bytes at 0x" + to_hex(address, 0) +
                              " are not within a memory of " + std::to_string(memory.size()) + " bytes");
        }
        return {memory.at(address, length), static_cast<std::size_t>(length)};
    }

  private:
    /// Runs with further grants of one slice each until it ends or is at its limit.
    [[nodiscard]] Ending drive(Execution& execution) {
        execution.use(tier_, handover_);
        if (class_fuel_ != nullptr) execution.count_classes(*class_fuel_);
        Ending ending = take(execution.run(), file_);
        while (ending == Ending::exhausted && !execution.at_limit()) {
            require_ok(execution.refuel(std::min(execution.grant() + slice_, execution.limit())), file_);
            ending = take(execution.run(), file_);
        }
        used_ = used_ + execution.used();
        counts_ += execution.counts();
        if (ending == Ending::trapped) trap_ = execution.trap();
        return ending;
    }

    std::string file_;
    std::shared_ptr<const Code> code_;
    const Schedule& schedule_;
    Fuel limit_;
    Fuel slice_;
    Tier tier_ = Tier::stepper;
    Handover handover_;
    TierCounts counts_;
    ClassFuel* class_fuel_ = nullptr;
    Store store_;
    std::optional<InstanceAddr> instance_;
    Fuel used_;
    Trap trap_;
    std::vector<Value> results_;
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
        std::ranges::copy(step.bytes, runner_.range(step.address, step.bytes.size(), "--write").begin());
        if (json_) {
            steps_.push_back({{"kind", "write"}, {"address", step.address}, {"bytes", step.bytes.size()}});
        } else {
            std::cout << "wrote " << step.bytes.size() << " bytes at 0x" << to_hex(step.address, 0) << "\n";
        }
        return Ending::returned;
    }

    [[nodiscard]] Ending carry_out(const Read& step) {
        const std::span<const std::uint8_t> bytes = runner_.range(step.address, step.length, "--read");
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

ExitCode exit_code_of(Ending ending) noexcept {
    switch (ending) {
    case Ending::returned: return ExitCode::done;
    case Ending::trapped: return ExitCode::trapped;
    case Ending::exhausted:
    case Ending::waiting: return ExitCode::exhausted;
    }
    return ExitCode::fault;
}

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
        if (const auto* write = std::get_if<Write>(&step))
            std::ranges::copy(write->bytes, runner.range(write->address, write->bytes.size(), "--write").begin());
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
Counted count(const Options& options, const std::shared_ptr<const Code>& code, const Profile& profile, Fuel limit,
              Fuel slice) {
    const Schedule& schedule = published_schedule(options.schedule);
    Counted counted;
    Runner stepper(options.file, code, profile.limits(), schedule, limit, slice);
    stepper.use(Tier::stepper, {});
    stepper.count_classes(counted.by_class);
    repeat(stepper, options.steps);
    counted.instructions = stepper.counts().steps;
    if (options.tier.chosen() == Tier::stepper) return counted;
    require_ok(count_cells(*code, schedule), options.file);
    Runner fast(options.file, code, profile.limits(), schedule, limit, slice);
    fast.use(options.tier.chosen(), options.tier.chosen_handover());
    repeat(fast, options.steps);
    counted.cells = take(cell_counts(*code, schedule), options.file);
    return counted;
}

/// One execution of all there is to do, so that what is saved lacks nothing.
ExitCode run_to_save(const Options& options, const std::shared_ptr<const Code>& code, const Profile& profile,
                     Fuel limit, Fuel slice, bool json) {
    const Invoke* const invoke = options.steps.empty() ? nullptr : std::get_if<Invoke>(&options.steps[0]);
    const bool is_one = options.steps.empty() || (options.steps.size() == 1 && invoke != nullptr);
    if (!is_one || options.stats) throw wrong_usage("--save", "goes with one --invoke at most, and nothing else to do");
    EntryRequest request;
    request.code = code;
    if (invoke != nullptr) {
        request.new_function = invoke->function;
        for (const Value& value : invoke->arguments) {
            const std::uint64_t words[] = {value.low, value.high};
            if (!request.arguments.append(std::span(words).first(words_of(value.type)))) throw std::bad_alloc();
        }
    }
    Store store(profile.limits());
    const Schedule& schedule = published_schedule(options.schedule);
    Execution execution = take(Execution::enter(store, std::move(request), schedule, limit, Fuel()), options.file);
    execution.use(options.tier.chosen(), options.tier.chosen_handover());
    const Beginning beginning{{options.schedule, profile}, {code}};
    return Resumable{beginning, execution, slice, options.save}.run(options.file, json);
}

ExitCode run(Options& options, bool json) {
    const Profile profile = options.judgement.chosen();
    const Schedule& schedule = published_schedule(options.schedule);
    const Fuel limit = parse_fuel(options.fuel, "--fuel");
    const Fuel slice = options.slice.empty() ? limit : parse_fuel(options.slice, "--slice");
    if (!options.slice.empty() && slice == Fuel()) throw wrong_usage("--slice", "a slice of 0 never ends");
    const ModuleFile file = ModuleFile::read(options.file, profile.limits());
    const std::shared_ptr<const Code> code = file.code(profile);
    refuse_imports(file, code->module());
    give_trailing(options, code->module());
    for (Step& step : options.steps) {
        std::visit([&code](auto& each) { resolve(each, code->module()); }, step);
    }
    if (!options.save.empty()) return run_to_save(options, code, profile, limit, slice, json);
    Runner runner(options.file, code, profile.limits(), schedule, limit, slice);
    runner.use(options.tier.chosen(), options.tier.chosen_handover());
    Report report(runner, json);
    const Ending ending = report.run(options.steps);
    const Counted counted = options.stats ? count(options, code, profile, limit, slice) : Counted{};
    if (json) {
        Json object = report.object(ending);
        if (options.stats) object["stats"] = stats_object(runner, counted);
        print_json(object);
    } else {
        if (options.steps.empty()) std::cout << exported_functions(code->module()) << "\n";
        if (options.stats) print_stats(runner, counted);
        print_end(runner, ending);
    }
    return exit_code_of(ending);
}

/// Each occurrence of a step's option is seen when it is parsed, so that the steps keep their order.
void add_steps(CLI::App& command, std::vector<Step>& steps) {
    command
        .add_option_function<std::vector<std::string>>(
            "--invoke",
            [&steps](const std::vector<std::string>& words) {
                steps.emplace_back(Invoke{words[0], {words.begin() + 1, words.end()}, {}, {}});
            },
            "Call an export with arguments: i32:7, i64:-3, f32:1.5, f32:0x7fc00000 (bits), externref:null, or bare")
        ->type_name("NAME [ARG...]")
        ->expected(1, -1)
        ->trigger_on_parse();
    command
        .add_option_function<std::string>(
            "--write", [&steps](const std::string& text) { steps.emplace_back(Write{text, 0, {}}); },
            "Put bytes into memory 0")
        ->type_name("ADDR=HEX|ADDR=@FILE")
        ->trigger_on_parse();
    command
        .add_option_function<std::string>(
            "--read", [&steps](const std::string& text) { steps.emplace_back(Read{text, 0, 0}); },
            "Show bytes of memory 0")
        ->type_name("ADDR:LEN")
        ->trigger_on_parse();
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
    auto options = std::make_shared<Options>();
    command.add_option("FILE", options->file, "A module, binary or text")->type_name("")->required();
    command.add_option("ARG", options->trailing, "Further arguments of the last --invoke")->type_name("");
    add_steps(command, options->steps);
    command.add_option("--fuel", options->fuel, "The limit, over instantiation and all calls")
        ->type_name("N")
        ->capture_default_str();
    command.add_option("--slice", options->slice, "Run in grants of N, which changes nothing that can be observed")
        ->type_name("N");
    command
        .add_option("--save", options->save,
                    "Where to save the execution if it is exhausted, for `detent resume`; with one --invoke at most")
        ->type_name("FILE");
    command.add_option("--schedule", options->schedule, "The published schedule of prices")
        ->type_name("ID")
        ->capture_default_str();
    options->judgement.add_to(command);
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
