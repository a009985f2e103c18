#include "cli/host_calls.hpp"

namespace detent::cli {

namespace {

/// What a reference in a table, or on the stack, leads to.
std::optional<FuncAddr> function_in(std::uint64_t word) noexcept {
    const Ref ref(word);
    return ref.is(RefKind::func) ? std::optional(ref.func_address()) : std::nullopt;
}

/// What an instruction calls, whose immediates follow; nothing where it calls nothing, or traps.
std::optional<FuncAddr> callee_of(Op op, Reader& immediates, const Machine& machine) noexcept {
    const Instance& instance = machine.store().instances()[number(machine.frames().back().instance)];
    if (op == Op::call || op == Op::return_call) return instance.functions[immediates.u32().assume_value()];
    if (op == Op::call_ref || op == Op::return_call_ref) return function_in(machine.stack().back());
    if (op != Op::call_indirect && op != Op::return_call_indirect) return std::nullopt;
    static_cast<void>(immediates.u32().assume_value()); // the type
    const Table& table = machine.store().tables()[number(instance.tables[immediates.u32().assume_value()])];
    const std::uint64_t index = machine.stack().back();
    if (index >= table.words.size()) return std::nullopt;
    return function_in(table.words[static_cast<std::size_t>(index)]);
}

} // namespace

std::optional<HostCallAhead> host_call_ahead(const Machine& machine) noexcept {
    const Frame& frame = machine.frames().back();
    const Buffer<std::uint8_t>& bytes = frame.code->module().bytes;
    Reader reader(bytes.span(), frame.position, static_cast<std::uint32_t>(bytes.size()));
    const Op op = reader.op().assume_value();
    const std::optional<FuncAddr> callee = callee_of(op, reader, machine);
    if (!callee) return std::nullopt;
    const Function& function = machine.store().function(*callee);
    if (function.host == nullptr) return std::nullopt;
    return HostCallAhead{static_cast<HostFunction>(function.host_number), machine.schedule().base(row(op).work_class)};
}

} // namespace detent::cli
