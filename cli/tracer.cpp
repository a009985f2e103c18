#include "cli/tracer.hpp"

#include "cli/output.hpp"
#include "cli/text.hpp"

#include "engine/binary/reader.hpp"
#include "engine/exec/machine.hpp"
#include "host_abi/contracts.hpp"

#include <algorithm>
#include <cstdio>
#include <new>

namespace detent::cli {

namespace {

std::string json_text(std::string_view text) { return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace); }

void append_number(std::string& line, std::string_view key, std::uint64_t number) {
    ((line += ",\"") += key) += "\":";
    line += std::to_string(number);
}

/// As text: not every reader of JSON has numbers of 63 bits.
void append_fuel(std::string& line, std::string_view key, Fuel fuel) {
    ((line += ",\"") += key) += "\":\"";
    (line += std::to_string(fuel.units())) += '"';
}

/// `0x6a`, `0xfd 0x0c`: as in the classification (METERING.md, MET-21).
std::string opcode_text(Op op) {
    const OpRow& facts = row(op);
    const std::string code = "0x" + to_hex(std::uint64_t{facts.code}, facts.code > 0xFF ? 3 : 2);
    return facts.prefix == 0 ? code : "0x" + to_hex(std::uint64_t{facts.prefix}, 2) + " " + code;
}

/// `,"op":"0x6a","op_name":"i32.add"`, of all instructions.
const std::vector<std::string>& opcode_fields() {
    static const std::vector<std::string> fields = [] {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < kOpCount; ++i) {
            const auto op = static_cast<Op>(i);
            all.push_back(",\"op\":\"" + opcode_text(op) + "\",\"op_name\":\"" + std::string(to_text(op)) + "\"");
        }
        return all;
    }();
    return fields;
}

/// Slots of the heap are no numbers to show: they are not the same everywhere.
std::string value_text(const Value& value) {
    const bool is_on_heap = value.type.is_reference() && Ref(value.low).is_on_heap();
    return is_on_heap ? std::string(to_text(value.type).c_str()) + ":object" : to_machine(value);
}

/// Of all memories of the instance.
std::uint64_t memory_bytes(const Machine& machine) {
    std::uint64_t bytes = 0;
    for (const MemAddr memory : machine.store().instance(machine.frames().back().instance).memories)
        bytes += machine.store().memories()[number(memory)].size();
    return bytes;
}

/// What an action of the tracer throws is a Fault of the host's.
template <class Action>
Status as_status(Action action) noexcept {
    try {
        return action();
    } catch (const std::bad_alloc&) {
        return kOutOfMemory;
    }
}

Status write_line(std::string& line) {
    line += '\n';
    const bool is_written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
    return is_written ? ok() : Status(Error{ErrorCode::host_failed});
}

} // namespace

Status Tracer::before(const Machine& machine) noexcept {
    before_ = machine.meter().used();
    is_entry_ = machine.at_entry();
    frames_before_ = machine.frames().size();
    return as_status([this, &machine] {
        is_shown_ = is_in_range(machine);
        return is_shown_ ? begin_line(machine) : ok();
    });
}

Status Tracer::after(const Machine& machine, detent::Step step) noexcept {
    const bool is_instruction = !is_entry_ && !starts_anew(step);
    instructions_ += is_instruction;
    if (!is_shown_) return ok();
    // An entry's step of no price does nothing that is seen; an instruction that starts anew has not been executed.
    const bool is_free = machine.meter().used() == before_ && step != detent::Step::trap;
    if (!is_instruction && is_free) return ok();
    return as_status([this, &machine, step] { return end_line(machine, step); });
}

bool Tracer::is_in_range(const Machine& machine) {
    const std::uint64_t next = instructions_ + 1;
    if (next < filter_.from || next > filter_.to) return false;
    if (is_entry_ && !filter_.functions.empty()) return false;
    if (!is_entry_) {
        const Frame& frame = machine.frames().back();
        if (!known(*frame.code).functions[number(frame.function)].is_shown) return false;
    }
    const Fuel used = this->used(machine);
    return used >= filter_.fuel_from && used <= filter_.fuel_to;
}

/// Before the step, in all. What is left to a contract call says nothing of that.
Fuel Tracer::used(const Machine& machine) const noexcept {
    return transaction_ == nullptr ? limit_ - machine.meter().left() : transaction_->used();
}

Status Tracer::begin_line(const Machine& machine) {
    line_.clear();
    if (is_entry_) {
        begin_entry(machine);
        return ok();
    }
    const Frame& frame = machine.frames().back();
    DETENT_TRY(const Known* const of_function, known(*frame.code, frame.function));
    if (transaction_ != nullptr) host_call_ = host_call_ahead(machine);
    begin_instruction(machine, *of_function);
    return append_stack(machine, *of_function);
}

void Tracer::begin_instruction(const Machine& machine, const Known& known) {
    const std::uint32_t position = machine.frames().back().position;
    const Buffer<std::uint8_t>& bytes = machine.frames().back().code->module().bytes;
    Reader reader(bytes.span(), position, static_cast<std::uint32_t>(bytes.size()));
    const Op op = reader.op().assume_value();
    line_ += "{\"step\":";
    line_ += std::to_string(instructions_ + 1);
    append_contract();
    line_ += known.head;
    append_number(line_, "pc", position);
    line_ += opcode_fields()[static_cast<std::size_t>(op)];
    append_fuel(line_, "fuel", machine.meter().left());
    append_number(line_, "depth", machine.frames().size());
    append_number(line_, "memory_bytes", memory_bytes(machine));
}

Status Tracer::append_stack(const Machine& machine, const Known& known) {
    const Frame& frame = machine.frames().back();
    DETENT_TRY(const Buffer<ValType> types, known.types->at(frame.position));
    std::span<const std::uint64_t> words =
        machine.stack().subspan(frame.base + frame.code->function(frame.function).local_words);
    line_ += ",\"stack\":[";
    for (std::size_t i = 0; i < types.size(); ++i) {
        const std::uint32_t width = words_of(types[i]);
        line_ += i == 0 ? "\"" : ",\"";
        line_ += value_text({types[i], words[0], width == 2 ? words[1] : 0});
        line_ += '"';
        words = words.subspan(width);
    }
    line_ += ']';
    return ok();
}

/// Which contract call it is, of a transaction.
void Tracer::append_contract() {
    if (transaction_ == nullptr) return;
    const std::span<const ContractFrame> calls = transaction_->contracts();
    ((line_ += ",\"contract\":\"0x") += to_hex(calls.back().self.view())) += '"';
    append_number(line_, "call_depth", calls.size() - 1);
}

void Tracer::begin_entry(const Machine& machine) {
    const Entry& entry = machine.entries().back();
    const bool makes_instance = entry.phase == EntryPhase::instantiate && entry.request.code != nullptr;
    line_ += makes_instance ? "{\"event\":\"instantiate\"" : "{\"event\":\"enter\"";
    append_contract();
    append_fuel(line_, "fuel", machine.meter().left());
}

Status Tracer::end_line(const Machine& machine, detent::Step step) {
    if (is_entry_) end_entry(machine);
    const Fuel cost = machine.meter().used() - before_;
    append_fuel(line_, "cost", cost);
    if (!is_entry_ && host_call_) {
        ((line_ += ",\"host\":\"") += kHostFunctions[static_cast<std::size_t>(host_call_->function)].name) += '"';
        append_fuel(line_, "host_cost", cost - host_call_->call_price);
    }
    if (step == detent::Step::trap) {
        // A host function's is the outcome of its contract call.
        const Trap why = machine.last_trap();
        const std::string_view trap = transaction_ == nullptr ? to_text(why.code) : to_text(outcome_of(why));
        ((line_ += ",\"error\":\"") += trap) += '"';
    }
    line_ += '}';
    return write_line(line_);
}

/// Which function was entered, if one was.
void Tracer::end_entry(const Machine& machine) {
    if (machine.frames().size() <= frames_before_) return;
    const Frame& frame = machine.frames().back();
    line_ += head_of(known(*frame.code), frame.function);
}

Tracer::KnownModule& Tracer::known(const Code& code) {
    if (&code == last_code_) return *last_module_;
    const auto [place, is_new] = modules_.try_emplace(&code, KnownModule{FunctionNames(code.module()), {}});
    last_code_ = &code;
    last_module_ = &place->second;
    if (!is_new) return *last_module_;
    last_module_->functions.resize(code.module().functions.size());
    for (Known& each : last_module_->functions)
        each.is_shown = filter_.functions.empty();
    for (const std::string& name : filter_.functions) {
        for (const FuncIdx function : last_module_->names.find_all(name))
            last_module_->functions[number(function)].is_shown = true;
    }
    return *last_module_;
}

Result<const Tracer::Known*> Tracer::known(const Code& code, FuncIdx function) {
    KnownModule& module = known(code);
    Known& found = module.functions[number(function)];
    if (found.types == nullptr) {
        DETENT_TRY(trace::OperandTypes types, trace::OperandTypes::of(code, function, nodes_left_));
        nodes_left_ -= types.nodes();
        found.types = std::make_unique<trace::OperandTypes>(std::move(types));
        found.head = head_of(module, function);
    }
    return &found;
}

std::vector<std::string> Tracer::unknown_functions() const {
    std::vector<std::string> unknown;
    for (const std::string& name : filter_.functions) {
        const auto has = [&name](const auto& each) { return !each.second.names.find_all(name).empty(); };
        if (std::ranges::none_of(modules_, has)) unknown.push_back(name);
    }
    return unknown;
}

std::string Tracer::head_of(const KnownModule& module, FuncIdx function) {
    const std::optional<std::string_view> name = module.names.find(function);
    return ",\"function\":" + std::to_string(number(function)) + ",\"name\":" + (name ? json_text(*name) : "null");
}

void print_trace_line(const std::string& line) {
    std::string ended = line;
    require_ok(write_line(ended), "standard output");
}

} // namespace detent::cli
