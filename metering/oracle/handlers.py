"""What each instruction does, and the prices that are known before it runs.

A handler takes the machine, its top frame and an argument made by `bind`. The price was charged before, but for the
instructions in _DYNAMIC, which price themselves.
"""

from functools import cache

from instructions import CLASS_OF, unit_of
from module import PAGE
from numeric import Trap, operator, signed
from validate import access_bytes


def _nop(_machine, _frame, _argument):
    pass


def _unreachable(_machine, _frame, _argument):
    raise Trap("Unreachable")


def _branch(_machine, frame, label):
    stack = frame.stack
    if len(stack) != label.height + label.arity:
        del stack[label.height : len(stack) - label.arity]
    frame.pc = label.target


def _jump(_machine, frame, label):
    frame.pc = label.target


def _if(_machine, frame, label):
    if not frame.stack.pop():
        frame.pc = label.target


def _br_if(machine, frame, label):
    if frame.stack.pop():
        _branch(machine, frame, label)


def _br_table(machine, frame, labels):
    _branch(machine, frame, labels[min(frame.stack.pop(), len(labels) - 1)])


def _return(machine, _frame, count):
    machine.pop_frame(count)


def _call(machine, _frame, index):
    machine.call(machine.functions[index], machine.schedule.base("call"))


def _call_indirect(machine, frame, argument):
    """MET-7: base; bounds, null, type; then as a call. The index stays until the call is paid, for nobody to see."""
    function_type, table = argument
    base = machine.schedule.base("call_indirect")
    machine.meter.require(base)
    elements, index = machine.tables[table].elements, frame.stack[-1]
    if index >= len(elements):
        machine.refuse(base, "UndefinedElement")
    if elements[index] is None:
        machine.refuse(base, "UninitializedElement")
    if elements[index].type != function_type:
        machine.refuse(base, "IndirectCallTypeMismatch")
    frame.stack.pop()
    machine.call(elements[index], base)


def _drop(_machine, frame, _argument):
    frame.stack.pop()


def _select(_machine, frame, _argument):
    condition, second = frame.stack.pop(), frame.stack.pop()
    if not condition:
        frame.stack[-1] = second


def _constant(_machine, frame, value):
    frame.stack.append(value)


def _local_get(_machine, frame, index):
    frame.stack.append(frame.locals[index])


def _local_set(_machine, frame, index):
    frame.locals[index] = frame.stack.pop()


def _local_tee(_machine, frame, index):
    frame.locals[index] = frame.stack[-1]


def _global_get(machine, frame, index):
    frame.stack.append(machine.globals[index])


def _global_set(machine, frame, index):
    machine.globals[index] = frame.stack.pop()


def _unary(_machine, frame, function):
    frame.stack[-1] = function(frame.stack[-1])


def _binary(_machine, frame, function):
    right = frame.stack.pop()
    frame.stack[-1] = function(frame.stack[-1], right)


def _address(machine, base, offset, size):
    address = base + offset
    if address + size > len(machine.memory):
        raise Trap("OutOfBoundsMemoryAccess")
    return address


def _load(machine, frame, argument):
    offset, size, is_signed, mask = argument
    address = _address(machine, frame.stack.pop(), offset, size)
    value = int.from_bytes(machine.memory[address : address + size], "little")
    frame.stack.append(signed(value, size * 8) & mask if is_signed else value)


def _store(machine, frame, argument):
    offset, size = argument
    value = frame.stack.pop() & ((1 << size * 8) - 1)
    address = _address(machine, frame.stack.pop(), offset, size)
    machine.memory[address : address + size] = value.to_bytes(size, "little")


def _memory_size(machine, frame, _argument):
    frame.stack.append(len(machine.memory) // PAGE)


def _memory_grow(machine, frame, _argument):
    """The -1 of a grow is a refusal: it costs the base (MET-5)."""
    pages, old = frame.stack[-1], len(machine.memory) // PAGE
    base = machine.schedule.base("memory_grow")
    machine.meter.require(base)
    if old + pages > machine.memory_pages_max or not _fits(machine, memory_bytes=pages * PAGE):
        machine.meter.charge(base)
        frame.stack[-1] = 0xFFFFFFFF
        return
    machine.dynamic("memory.grow", pages * PAGE)
    machine.shared.add(memory_bytes=pages * PAGE)
    machine.memory.extend(bytes(pages * PAGE))
    frame.stack[-1] = old


def _fits(machine, **more):
    saved = machine.shared.save()
    fits = machine.shared.add(**more)
    machine.shared.restore(saved)
    return fits


def _memory_fill(machine, frame, _argument):
    target, value, count = frame.stack[-3:]
    machine.dynamic("memory.fill", count, "OutOfBoundsMemoryAccess" if target + count > len(machine.memory) else None)
    machine.memory[target : target + count] = bytes([value & 0xFF]) * count
    del frame.stack[-3:]


def _memory_copy(machine, frame, _argument):
    target, source, count = frame.stack[-3:]
    outside = max(target, source) + count > len(machine.memory)
    machine.dynamic("memory.copy", count, "OutOfBoundsMemoryAccess" if outside else None)
    machine.memory[target : target + count] = machine.memory[source : source + count]
    del frame.stack[-3:]


def _memory_init(machine, frame, index):
    target, start, count = frame.stack[-3:]
    outside = start + count > len(machine.datas[index]) or target + count > len(machine.memory)
    machine.dynamic("memory.init", count, "OutOfBoundsMemoryAccess" if outside else None)
    machine.memory_init(machine.datas[index], target, start, count)
    del frame.stack[-3:]


def _data_drop(machine, _frame, index):
    machine.datas[index] = b""


def _elem_drop(machine, _frame, index):
    machine.elements[index] = []


def _table_get(machine, frame, index):
    elements = machine.tables[index].elements
    if frame.stack[-1] >= len(elements):
        raise Trap("OutOfBoundsTableAccess")
    frame.stack[-1] = elements[frame.stack[-1]]


def _table_set(machine, frame, index):
    value, position = frame.stack.pop(), frame.stack.pop()
    if position >= len(machine.tables[index].elements):
        raise Trap("OutOfBoundsTableAccess")
    machine.tables[index].elements[position] = value


def _table_size(machine, frame, index):
    frame.stack.append(len(machine.tables[index].elements))


def _table_grow(machine, frame, index):
    value, count = frame.stack[-2:]
    table = machine.tables[index]
    old, maximum = len(table.elements), 0xFFFFFFFF if table.maximum is None else table.maximum
    base = machine.schedule.base("table_grow")
    machine.meter.require(base)
    frame_limit = min(maximum, machine.shared.limits["table_elements"])
    if old + count > frame_limit or not _fits(machine, table_elements=count):
        machine.meter.charge(base)
        frame.stack[-2:] = [0xFFFFFFFF]
        return
    machine.dynamic("table.grow", count)
    machine.shared.add(table_elements=count)
    table.elements.extend([value] * count)
    frame.stack[-2:] = [old]


def _table_fill(machine, frame, index):
    start, value, count = frame.stack[-3:]
    elements = machine.tables[index].elements
    machine.dynamic("table.fill", count, "OutOfBoundsTableAccess" if start + count > len(elements) else None)
    elements[start : start + count] = [value] * count
    del frame.stack[-3:]


def _table_copy(machine, frame, argument):
    target, source, count = frame.stack[-3:]
    to, origin = (machine.tables[index].elements for index in argument)
    outside = source + count > len(origin) or target + count > len(to)
    machine.dynamic("table.copy", count, "OutOfBoundsTableAccess" if outside else None)
    to[target : target + count] = origin[source : source + count]
    del frame.stack[-3:]


def _table_init(machine, frame, argument):
    target, start, count = frame.stack[-3:]
    segment, table = machine.elements[argument[0]], machine.tables[argument[1]]
    outside = start + count > len(segment) or target + count > len(table.elements)
    machine.dynamic("table.init", count, "OutOfBoundsTableAccess" if outside else None)
    machine.table_init(table, segment, target, start, count)
    del frame.stack[-3:]


def _ref_null(_machine, frame, _argument):
    frame.stack.append(None)


def _ref_is_null(_machine, frame, _argument):
    frame.stack[-1] = int(frame.stack[-1] is None)


def _ref_func(machine, frame, index):
    frame.stack.append(machine.functions[index])


_DYNAMIC = {
    "call": _call, "call_indirect": _call_indirect, "memory.grow": _memory_grow, "memory.fill": _memory_fill,
    "memory.copy": _memory_copy, "memory.init": _memory_init, "table.grow": _table_grow, "table.fill": _table_fill,
    "table.copy": _table_copy, "table.init": _table_init,
}
_FIXED = {
    "nop": _nop, "block": _nop, "loop": _nop, "unreachable": _unreachable, "br": _branch, "if": _if, "br_if": _br_if,
    "br_table": _br_table, "drop": _drop, "select": _select, "i32.const": _constant, "i64.const": _constant,
    "f32.const": _constant, "f64.const": _constant, "local.get": _local_get, "local.set": _local_set,
    "local.tee": _local_tee, "global.get": _global_get, "global.set": _global_set, "memory.size": _memory_size,
    "data.drop": _data_drop, "elem.drop": _elem_drop, "table.get": _table_get, "table.set": _table_set,
    "table.size": _table_size, "ref.null": _ref_null, "ref.is_null": _ref_is_null, "ref.func": _ref_func,
}


def bind(body, schedule):
    """The code of a function as (handler, price, argument); the price includes the amounts known beforehand."""
    return [_bind_one(schedule, body, *one) for one in body.code]


def _bind_one(schedule, body, mnemonic, words, argument):
    if mnemonic == "(jump)":  # MET-2: `else` and `end` cost nothing.
        return _jump, 0, argument
    if mnemonic == "(end)":
        return _return, 0, len(body.type.results)
    if mnemonic in _DYNAMIC:
        return _DYNAMIC[mnemonic], 0, argument
    price = schedule.base(CLASS_OF[mnemonic]) + schedule.amount(unit_of(mnemonic), words)
    if mnemonic == "return":
        return _return, price, words
    if mnemonic in _FIXED:
        return _FIXED[mnemonic], price, argument
    if ".load" in mnemonic:
        mask = (1 << int(mnemonic[1:3])) - 1
        return _load, price, (argument, access_bytes(mnemonic), mnemonic.endswith("_s"), mask)
    if ".store" in mnemonic:
        return _store, price, (argument, access_bytes(mnemonic))
    return _numeric(mnemonic, price)


@cache
def _numeric(mnemonic, price):
    arity, function = operator(mnemonic)
    return (_unary if arity == 1 else _binary), price, function

