#include "cli/steps.hpp"

#include "cli/files.hpp"
#include "cli/text.hpp"

#include "engine/exec/observer.hpp"

#include <algorithm>

namespace detent::cli {

namespace {

constexpr std::uint64_t kAddressEnd = std::uint64_t{1} << 32;

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
void give_trailing(Task& task, const Module& module) {
    if (task.trailing.empty()) return;
    for (auto step = task.steps.rbegin(); step != task.steps.rend(); ++step) {
        Invoke* const invoke = std::get_if<Invoke>(&*step);
        if (invoke == nullptr) continue;
        invoke->texts.insert(invoke->texts.end(), task.trailing.begin(), task.trailing.end());
        return;
    }
    throw wrong_usage(printable(task.trailing[0]), "an argument, but no --invoke; " + exported_functions(module));
}

void refuse_imports(const ModuleFile& file, const Module& module, const std::string& command) {
    if (module.imports.empty()) return;
    const Import& first = module.imports[0];
    const std::size_t more = module.imports.size() - 1;
    throw file.failure(Error{ErrorCode::unknown_import, first.offset, 0},
                       "imports " + name_of(module, first) +
                           (more == 0 ? "" : " and " + std::to_string(more) + " more") + "; `" + command +
                           "` takes modules without imports");
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

std::string exported_functions(const Module& module) {
    std::string names;
    for (const Export& each : module.exports) {
        if (each.kind != ExternKind::func) continue;
        names += (names.empty() ? "" : ", ") + printable(module.text(each.name));
    }
    return names.empty() ? "no function is exported" : "the exported functions are " + names;
}

void Task::add_to(CLI::App& command) {
    command.add_option("FILE", file, "A module, binary or text")->type_name("")->required();
    command.add_option("ARG", trailing, "Further arguments of the last --invoke")->type_name("");
    add_steps(command, steps);
    command.add_option("--fuel", fuel, "The limit, over instantiation and all calls")
        ->type_name("N")
        ->capture_default_str();
    command.add_option("--slice", slice, "Run in grants of N, which changes nothing that can be observed")
        ->type_name("N");
    command.add_option("--schedule", schedule, "The published schedule of prices")
        ->type_name("ID")
        ->capture_default_str();
    judgement.add_to(command);
}

Prepared prepare(Task& task, const std::string& command, const text::ParseOptions& options) {
    Prepared made{task.file, nullptr, task.judgement.chosen(), &published_schedule(task.schedule), {}, {}};
    made.limit = parse_fuel(task.fuel, "--fuel");
    made.slice = task.slice.empty() ? made.limit : parse_fuel(task.slice, "--slice");
    if (!task.slice.empty() && made.slice == Fuel()) throw wrong_usage("--slice", "a slice of 0 never ends");
    const ModuleFile file = ModuleFile::read(task.file, made.profile.limits(), options);
    made.code = file.code(made.profile);
    const Module& module = made.code->module();
    refuse_imports(file, module, command);
    give_trailing(task, module);
    for (Step& step : task.steps)
        std::visit([&module](auto& each) { resolve(each, module); }, step);
    return made;
}

Ending Runner::instantiate() {
    Execution execution =
        take(Execution::instantiate(store_, task_.code, {}, *task_.schedule, left(), task_.slice), task_.file);
    const Ending ending = drive(execution);
    instance_ = execution.instance();
    return ending;
}

Ending Runner::invoke(const Invoke& step) {
    const FuncAddr function = store_.instance(*instance_).functions[number(step.function)];
    Execution execution =
        take(Execution::invoke(store_, function, step.arguments, *task_.schedule, left(), task_.slice), task_.file);
    const Ending ending = drive(execution);
    results_.clear();
    for (std::size_t i = 0; ending == Ending::returned && i < execution.result_count(); ++i) {
        results_.push_back(execution.result(i));
    }
    return ending;
}

std::span<std::uint8_t> Runner::range(std::uint64_t address, std::uint64_t length, const std::string& what) {
    const Instance& instance = store_.instance(*instance_);
    if (instance.memories.empty()) throw Failure(ExitCode::failed, what, "the module has no memory");
    Memory& memory = store_.memory(instance.memories[0]);
    if (!memory.contains(address, length)) {
        throw Failure(ExitCode::failed, what,
                      std::to_string(length) + " bytes at 0x" + to_hex(address, 0) + " are not within a memory of " +
                          std::to_string(memory.size()) + " bytes");
    }
    return {memory.for_writing(address, length), static_cast<std::size_t>(length)};
}

void Runner::write(const Write& step) {
    std::ranges::copy(step.bytes, range(step.address, step.bytes.size(), "--write").begin());
}

Ending Runner::drive(Execution& execution) {
    execution.use(tier_, handover_);
    if (class_fuel_ != nullptr) execution.count_classes(*class_fuel_);
    if (observer_ != nullptr) execution.observe(*observer_);
    Ending ending = take(execution.run(), task_.file);
    while (ending == Ending::exhausted && !execution.at_limit()) {
        require_ok(execution.refuel(std::min(execution.grant() + task_.slice, execution.limit())), task_.file);
        ending = take(execution.run(), task_.file);
    }
    used_ = used_ + execution.used();
    counts_ += execution.counts();
    if (ending == Ending::trapped) trap_ = execution.trap();
    return ending;
}

ExitCode exit_code_of(Ending ending) noexcept {
    switch (ending) {
    case Ending::returned: return ExitCode::done;
    case Ending::trapped: return ExitCode::trapped;
    case Ending::exhausted:
    case Ending::waiting: return ExitCode::exhausted;
    }
    return ExitCode::fault;
}

} // namespace detent::cli
