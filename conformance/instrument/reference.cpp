// instrument_reference FOLDER: what Detent makes of calls, for other engines to make of the instrumented modules. Reads
// a list of jobs from standard input and prints a list of subjects, both JSON.
//
// A job is {"name", and one of "wasm": path, "script": path (a script of the official test suite), "seed": number (a
// module at random; "edge": true for one of what lowered code does in its own way), "operands": true (every instruction
// on numbers and vectors, operand_module.hpp)}. "calls": [{"export", "args":
// ["i32:5", …]}] are made; without them those that the script makes, or each exported function with arguments at
// random, as "rounds" says how often.
//
// A subject is {"name", "module": path of the instrumented module, "left_out": why it has no runs, or null, "runs"},
// a run {"export", "args", "limit", "status", "trap", "used", "types", "results", "memories", "globals"}: each on an
// instance of its own; values as [type, decimal bits], results that are references and their types as null, memories as
// their SHA-256.
#include "conformance/instrument/operand_module.hpp"
#include "conformance/wast_spectest.hpp"
#include "engine/instrument/instrument.hpp"
#include "engine/testing/case.hpp"
#include "engine/text/script.hpp"
#include "host_abi/crypto.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>

namespace {

using namespace detent;
using namespace detent::testing;
using nlohmann::json;

/// More than this no call gets; where it is used up, that is the outcome.
constexpr std::uint64_t kMostFuel = 5'000'000;
constexpr int kLimitsAtRandom = 2;

const Profile& judge() {
    static const Profile contract = [] {
        Profile all = full_profile();
        all.preset = Preset::contract;
        return all;
    }();
    return contract;
}

struct Call {
    std::string name;
    std::vector<Value> arguments;
};

struct LeftOut : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Values.

bool is_number(ValType type) { return type == kI32 || type == kI64 || type == kF32 || type == kF64; }

std::string name_of(ValType type) {
    return type == kI32 ? "i32" : type == kI64 ? "i64" : type == kF32 ? "f32" : type == kF64 ? "f64" : "other";
}

json shown(ValType type, std::uint64_t low) {
    if (!is_number(type)) return nullptr;
    return {name_of(type), std::to_string(low)};
}

/// JavaScript may change one.
bool is_nan(const Value& value) {
    if (value.type == kF32) return (value.low & 0x7FFF'FFFF) > 0x7F80'0000;
    return value.type == kF64 && (value.low << 1) > 0xFFE0'0000'0000'0000;
}

Value parsed(const std::string& text) {
    const std::string type = text.substr(0, 3);
    const std::string digits = text.substr(4);
    const auto bits = digits.starts_with('-') ? static_cast<std::uint64_t>(std::stoll(digits, nullptr, 0))
                                              : std::stoull(digits, nullptr, 0);
    if (type == "i32") return Value::i32(static_cast<std::uint32_t>(bits));
    if (type == "i64") return Value::i64(bits);
    return type == "f32" ? Value::f32_bits(static_cast<std::uint32_t>(bits)) : Value::f64_bits(bits);
}

// One run.

class Subject {
  public:
    explicit Subject(std::shared_ptr<const Code> code) : code_(std::move(code)) {}

    [[nodiscard]] json run(const Call& call, std::uint64_t limit) const {
        Store store(judge().limits());
        conformance::Spectest spectest;
        must(spectest.add_to(store));
        const InstanceAddr made = instantiated(store, spectest);
        const Instance& instance = store.instance(made);
        const FuncAddr function{instance.find_export(call.name).value().address};
        Execution execution =
            must(Execution::invoke(store, function, call.arguments, schedule(), Fuel(limit), Fuel(limit)));
        const Ending ending = must(execution.run());
        json end = {{"export", call.name},
                    {"limit", std::to_string(limit)},
                    {"used", std::to_string(execution.used().units())},
                    {"status", to_text(ending)},
                    {"trap", nullptr},
                    {"args", json::array()},
                    {"types", json::array()},
                    {"results", json::array()}};
        for (const Value& argument : call.arguments)
            end["args"].push_back(shown(argument.type, argument.low));
        const Export& of = *module().find_export(call.name);
        for (const ValType type : module().function_type(FuncIdx{of.index}).results)
            end["types"].push_back(is_number(type) ? json(name_of(type)) : json(nullptr));
        if (ending == Ending::trapped) end["trap"] = to_text(execution.trap().code);
        for (std::size_t i = 0; ending == Ending::returned && i < execution.result_count(); ++i)
            end["results"].push_back(shown(execution.result(i).type, execution.result(i).low));
        look(end, store, instance);
        return end;
    }

    [[nodiscard]] const Module& module() const { return code_->module(); }

  private:
    [[nodiscard]] InstanceAddr instantiated(Store& store, const conformance::Spectest& spectest) const {
        std::vector<ExternVal> imports;
        for (const Import& import : module().imports) {
            const std::optional<ExternVal> found = spectest.find(module().text(import.name));
            if (module().text(import.module_name) != "spectest" || !found) throw LeftOut("imports");
            imports.push_back(*found);
        }
        Result<Execution> begun =
            Execution::instantiate(store, code_, imports, schedule(), Fuel::maximum(), Fuel::maximum());
        if (begun.has_error()) throw LeftOut("imports");
        Execution execution = must(std::move(begun));
        if (must(execution.run()) != Ending::returned) throw LeftOut("traps when it is instantiated");
        return execution.instance().value();
    }

    /// What is exported and can be seen from outside of any engine.
    void look(json& end, Store& store, const Instance& instance) const {
        end["memories"] = json::object();
        end["globals"] = json::object();
        for (const Export& each : module().exports) {
            const std::string name(module().text(each.name));
            if (each.kind == ExternKind::memory) {
                const auto bytes = std::as_const(store.memory(instance.memories[each.index])).bytes();
                end["memories"][name] = hex(sha256(bytes));
            }
            if (each.kind != ExternKind::global) continue;
            const GlobalCell& cell = store.global(instance.globals[each.index]);
            if (is_number(cell.type.value)) end["globals"][name] = shown(cell.type.value, cell.low);
        }
    }
    static std::string hex(const Hash& hash) {
        std::string text;
        for (const std::uint8_t byte : hash.bytes) {
            text += "0123456789abcdef"[byte >> 4];
            text += "0123456789abcdef"[byte & 15];
        }
        return text;
    }

    std::shared_ptr<const Code> code_;
};

/// With fuel to spare, with what is used and one less, and with less at random.
json runs_of(const Subject& subject, const Call& call, Random& random) {
    json runs = json::array();
    runs.push_back(subject.run(call, kMostFuel));
    const std::uint64_t used = std::stoull(runs[0]["used"].get<std::string>());
    if (used == 0) return runs;
    runs.push_back(subject.run(call, used));
    runs.push_back(subject.run(call, used - 1));
    for (int i = 0; i < kLimitsAtRandom; ++i)
        runs.push_back(subject.run(call, random.next() % used));
    return runs;
}

// Calls.

/// Whether every engine can be given the arguments and asked for the results.
bool is_callable(const FuncType& type) {
    const auto is_exception = [](HeapType heap) {
        return heap == HeapType::Abstract::exn || heap == HeapType::Abstract::noexn;
    };
    const auto is_givable = [&](ValType one) {
        return is_number(one) || (one.is_reference() && !is_exception(one.heap()));
    };
    return std::ranges::all_of(type.parameters, is_number) && std::ranges::all_of(type.results, is_givable);
}

Value at_random(ValType type, Random& random) {
    static constexpr std::uint64_t kEdges[] = {0, 1, 2, 7, 64, 255, 1024, 65535, 65536, 0x7FFF'FFFF, ~std::uint64_t{0}};
    const std::uint64_t bits = random.one_in(4) ? random.next() : kEdges[random.below(std::size(kEdges))];
    if (type == kF32) return Value::f32_bits(std::bit_cast<std::uint32_t>(static_cast<float>(bits)));
    if (type == kF64) return Value::f64_bits(std::bit_cast<std::uint64_t>(static_cast<double>(bits)));
    return type == kI32 ? Value::i32(static_cast<std::uint32_t>(bits)) : Value::i64(bits);
}

std::vector<Call> every_function(const Module& module, int rounds, Random& random) {
    std::vector<Call> calls;
    for (const Export& each : module.exports) {
        if (each.kind != ExternKind::func) continue;
        const FuncType type = module.function_type(FuncIdx{each.index});
        for (int i = 0; i < (type.parameters.empty() ? 1 : rounds); ++i) {
            Call call{std::string(module.text(each.name)), {}};
            for (const ValType parameter : type.parameters)
                call.arguments.push_back(at_random(parameter, random));
            calls.push_back(std::move(call));
        }
    }
    return calls;
}

std::vector<Call> callable(std::vector<Call> calls, const Module& module) {
    std::erase_if(calls, [&module](const Call& call) {
        const Export* const found = module.find_export(call.name);
        if (found == nullptr || found->kind != ExternKind::func) return true;
        return !is_callable(module.function_type(FuncIdx{found->index})) || std::ranges::any_of(call.arguments, is_nan);
    });
    return calls;
}

// Jobs.

class Reference {
  public:
    explicit Reference(std::filesystem::path folder) : folder_(std::move(folder)) {}

    void add(const json& job) {
        if (job.contains("script")) return add_script(job["script"], job["name"]);
        const testing::Bytes bytes = bytes_of(job);
        std::optional<std::vector<Call>> calls;
        for (const json& each : job.value("calls", json::array())) {
            if (!calls) calls.emplace();
            calls->push_back({each["export"], {}});
            for (const json& argument : each["args"])
                calls->back().arguments.push_back(parsed(argument));
        }
        if (job.contains("seed")) calls = {{"f", arguments_of(job["seed"])}};
        add_module(job["name"], bytes, calls, job.value("rounds", 3));
    }

    [[nodiscard]] const json& subjects() const { return subjects_; }

  private:
    static testing::Bytes bytes_of(const json& job) {
        if (job.contains("wasm")) return read(job["wasm"]);
        if (job.contains("operands")) return conformance::module_of_operands();
        const std::uint64_t seed = job["seed"];
        return job.value("edge", false) ? edge_case_of(seed).module : case_of(seed).module;
    }
    static testing::Bytes read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        if (!file) throw std::runtime_error("cannot read " + path);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    void add_module(const std::string& name, const testing::Bytes& bytes,
                    const std::optional<std::vector<Call>>& wanted, int rounds) {
        json subject = {{"name", name}, {"left_out", nullptr}, {"runs", json::array()}};
        try {
            const auto code = compile(bytes, judge());
            if (code.has_error()) throw LeftOut("is beyond the limits of contracts");
            write(subject, *code.assume_value());
            Random random(subjects_.size());
            const Subject of(code.assume_value());
            const auto all = wanted ? *wanted : every_function(of.module(), rounds, random);
            for (const Call& call : callable(all, of.module())) {
                for (json& run : runs_of(of, call, random))
                    subject["runs"].push_back(std::move(run));
            }
            if (subject["runs"].empty()) throw LeftOut("has no call that every engine can make");
        } catch (const LeftOut& why) {
            subject["left_out"] = why.what();
        }
        subjects_.push_back(std::move(subject));
    }

    void write(json& subject, const Code& code) {
        const auto made = instrument::instrument(code, schedule(), {.canonical_nan = true});
        if (made.has_error()) throw LeftOut("is refused: " + std::string(to_text(made.assume_error().code)));
        const std::filesystem::path path = folder_ / (std::to_string(subjects_.size()) + ".wasm");
        std::ofstream file(path, std::ios::binary);
        const auto& bytes = made.assume_value().bytes;
        file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        file.close();
        if (!file.good()) throw std::runtime_error("cannot write " + path.string());
        subject["module"] = path.string();
        subject["state"] = made.assume_value().names;
    }

    /// Each module that is instantiated, with the calls that are made of it while it is the current one.
    void add_script(const std::string& path, const std::string& name) {
        const testing::Bytes source = read(path);
        const auto script = must(text::parse_script({reinterpret_cast<const char*>(source.data()), source.size()}));
        const text::ScriptModule* current = nullptr;
        std::vector<Call> calls;
        int number = 0;
        const auto finish = [&] {
            if (current != nullptr && current->parsed.has_value() && !calls.empty()) {
                add_module(name + "#" + std::to_string(number), current->parsed.assume_value().bytes, calls, 0);
            }
            ++number;
            calls.clear();
        };
        for (const text::Command& command : script.commands) {
            if (const auto* module = std::get_if<text::ModuleCommand>(&command.what)) {
                finish();
                current = &module->module;
            } else if (const text::Action* action = action_of(command)) {
                if (const std::optional<Call> call = current == nullptr ? std::nullopt : call_of(*action, *current))
                    calls.push_back(*call);
            }
        }
        finish();
    }
    static const text::Action* action_of(const text::Command& command) {
        if (const auto* one = std::get_if<text::ActionCommand>(&command.what)) return &one->action;
        if (const auto* one = std::get_if<text::AssertReturn>(&command.what)) return &one->action;
        if (const auto* one = std::get_if<text::AssertExhaustion>(&command.what)) return &one->action;
        if (const auto* one = std::get_if<text::AssertException>(&command.what)) return &one->action;
        if (const auto* one = std::get_if<text::AssertTrap>(&command.what))
            return std::get_if<text::Action>(&one->what);
        return nullptr;
    }
    static std::optional<Call> call_of(const text::Action& action, const text::ScriptModule& current) {
        const auto* invoke = std::get_if<text::Invoke>(&action);
        if (invoke == nullptr || (invoke->instance && invoke->instance != current.id)) return std::nullopt;
        Call call{invoke->name, {}};
        for (const text::Value& argument : invoke->arguments) {
            const auto* number = std::get_if<text::Number>(&argument);
            if (number == nullptr) return std::nullopt;
            static constexpr std::array kTypes = {kI32, kI64, kF32, kF64};
            call.arguments.push_back({kTypes[static_cast<std::size_t>(number->type)], number->bits});
        }
        return call;
    }

    std::filesystem::path folder_;
    json subjects_ = json::array();
};

} // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: instrument_reference FOLDER < JOBS\n";
        return 2;
    }
    try {
        Reference reference(arguments[1]);
        for (const json& job : json::parse(std::cin))
            reference.add(job);
        std::cout << reference.subjects() << "\n";
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << "instrument_reference: " << failure.what() << "\n";
        return 1;
    }
}
