"""Execution: one instruction at a time, with the order of MET-5.

A `Meter` holds fuel, the limits of the contract calls that are open, and the grants of a resume plan. A `Machine` runs
one instance. What a contract call shares with its nested ones (the call stack of MET-10, the store) is in `Shared`.
"""

from functools import cache

from instructions import CLASS_OF, unit_of
from module import PAGE
from numeric import Trap, operator, signed
from schedule import MAX_FUEL
from validate import access_bytes, constant_expressions, instantiation_counts


class OutOfFuel(Exception):
    """A price exceeds the limit of the contract call that is running (MET-13, MET-14)."""


class PlanError(Exception):
    """A resume plan that makes no sense, such as a limit raised where the limit was not reached."""


class Meter:
    """Fuel used, and how far it may go: the limit of the innermost contract call, and the grant (MET-13)."""

    def __init__(self, limit, plan=()):
        self.used, self.limits, self.plan = 0, [limit], list(plan)
        self.grant = limit
        if self.plan and "grant" in self.plan[0]:
            self.grant = min(self.plan.pop(0)["grant"], limit)
        self.update()

    def update(self):
        self.bound = min(self.limits[-1], self.grant)

    @property
    def left(self):
        return self.limits[-1] - self.used

    def enter(self, allowance):
        """MET-14: the callee's limit is what was used at the call plus the allowance."""
        self.limits.append(self.used + min(allowance, self.left))
        self.update()

    def leave(self):
        self.limits.pop()
        self.update()

    def require(self, price):
        """Returns when the price can be paid. The callee's limit is tested before the grant (MET-14)."""
        while self.used + price > self.bound:
            at_limit = self.used + price > self.limits[-1]
            if at_limit and (len(self.limits) > 1 or not self.plan):
                raise OutOfFuel
            self.resume(at_limit)

    def resume(self, at_limit):
        """What the host does at a pause: the next entry of the plan, or the whole limit when there is none."""
        entry = self.plan.pop(0) if self.plan else {"grant": self.limits[0]}
        if "limit" in entry:
            if not at_limit or not self.limits[0] < entry["limit"] <= MAX_FUEL:
                raise PlanError("the plan raises a limit that was not reached, or lowers it")
            self.limits[0] = self.grant = entry["limit"]
        else:
            self.grant = min(max(entry["grant"], self.grant), self.limits[0])
        self.update()

    def charge(self, price):
        self.require(price)
        self.used += price


class Shared:
    """What all contract calls of an execution share: the call stack of MET-10 and the store's totals."""

    def __init__(self, limits, schedule):
        self.limits, self.schedule = limits, schedule
        self.frames = self.words = self.memory_bytes = self.table_elements = self.instances = 0

    def save(self):
        return self.frames, self.words, self.memory_bytes, self.table_elements, self.instances

    def restore(self, saved):
        self.frames, self.words, self.memory_bytes, self.table_elements, self.instances = saved

    def add(self, instances=0, memory_bytes=0, table_elements=0):
        """Adds to the store; false, and nothing changed, if a limit of the store would be exceeded."""
        sums = self.instances + instances, self.memory_bytes + memory_bytes, self.table_elements + table_elements
        bounds = (self.limits[one] for one in ("instances", "store_memory_bytes", "store_table_elements"))
        if any(total > bound for total, bound in zip(sums, bounds)):
            return False
        self.instances, self.memory_bytes, self.table_elements = sums
        return True


class FunctionInstance:
    """A function: of a module (`code`), or of the host (`host`, its name)."""

    def __init__(self, function_type, index, host=None, body=None):
        self.type, self.index, self.host, self.body = function_type, index, host, body
        self.code, self.words = None, body.frame_words if body else 0


class Table:
    def __init__(self, table_type):
        self.elements, self.maximum = [None] * table_type.minimum, table_type.maximum


class Frame:
    __slots__ = ("code", "pc", "stack", "locals", "words")

    def __init__(self, code, local_values, words):
        self.code, self.pc, self.stack, self.locals, self.words = code, 0, [], local_values, words


class Machine:
    """One instance and the frames that run in it. `host` calls host functions; it may be None without imports."""

    def __init__(self, checked, shared, meter, host=None):
        self.checked, self.module, self.shared, self.meter, self.host = checked, checked.module, shared, meter, host
        self.schedule = shared.schedule
        self.memory, self.memory_pages_max = bytearray(), 65536
        self.frames, self.frame = [], None

    def instantiation_price(self):
        """MET-18, as a total."""
        total = self.schedule.total("instantiation", instantiation_counts(self.module))
        for expression in constant_expressions(self.module):
            total += sum(self.schedule.base(CLASS_OF[mnemonic]) for mnemonic, _ in expression)
        return min(total, MAX_FUEL)

    def instantiate(self, price):
        """One charge; then allocation, elements, data and start in the order of the specification (MET-18)."""
        self.meter.charge(price)
        module = self.module
        pages = sum(minimum for minimum, _ in module.memories)
        if not self.shared.add(1, pages * PAGE, sum(one.minimum for one in module.tables)):
            raise Trap("LimitExceeded")
        self.allocate()
        for index, segment in enumerate(module.elements):
            if segment.mode == "active":
                offset = self.evaluate(segment.offset)
                self.table_init(self.tables[segment.index], self.elements[index], offset, 0, len(segment.items))
            if segment.mode != "passive":
                self.elements[index] = []
        for index, segment in enumerate(module.datas):
            if segment.mode == "active":
                self.memory_init(segment.items, self.evaluate(segment.offset), 0, len(segment.items))
                self.datas[index] = b""
        if module.start is not None:
            self.invoke(module.start, [])

    def allocate(self):
        module, own = self.module, self.checked.functions
        imported = module.imported("func")
        self.functions = []
        for index, function_type in enumerate(self.checked.function_types):
            if index < len(imported):
                self.functions.append(FunctionInstance(function_type, index, host=imported[index].name))
            else:
                self.functions.append(FunctionInstance(function_type, index, body=own[index - len(imported)]))
        self.tables = [Table(one) for one in module.tables]
        for minimum, maximum in module.memories:
            self.memory = bytearray(minimum * PAGE)
            self.memory_pages_max = 65536 if maximum is None else maximum
        self.globals = [self.evaluate(one.init) for one in module.globals]
        self.elements = [[self.evaluate(item) for item in one.items] for one in module.elements]
        self.datas = [one.items for one in module.datas]

    def evaluate(self, expression):
        """A constant expression of a module without imported globals: one instruction."""
        ((mnemonic, immediate),) = expression
        if mnemonic == "ref.func":
            return self.functions[immediate]
        return None if mnemonic == "ref.null" else immediate

    # Calls.

    def invoke(self, index, arguments):
        """The entry invocation or the start function, which pays as `call` does (MET-9)."""
        self.frame = Frame([], [], 0)
        self.frame.stack = list(arguments)
        entry = self.frame
        self.call(self.functions[index], self.schedule.base("call"))
        self.run()
        return entry.stack

    def run(self):
        """Runs until the frames that `invoke` pushed are gone."""
        meter = self.meter
        while self.frames:
            frame = self.frame
            code = frame.code
            while frame is self.frame:
                handler, price, argument = code[frame.pc]
                frame.pc += 1
                if meter.used + price > meter.bound:
                    meter.require(price)
                meter.used += price
                handler(self, frame, argument)

    def call(self, function, base):
        """MET-7 and MET-19, after the callee is resolved. `base` is that of the calling instruction."""
        caller = self.frame
        count = len(function.type.params)
        arguments = caller.stack[len(caller.stack) - count :]
        if function.host:
            result = self.host.invoke(self, function.host, arguments, base)
            del caller.stack[len(caller.stack) - count :]
            caller.stack.extend(result)
            return
        self.meter.require(base)
        self.limit_stack(function, base)
        self.meter.charge(min(base + self.schedule.amount("frame_word", function.words), MAX_FUEL))
        del caller.stack[len(caller.stack) - count :]
        self.push_frame(function, arguments)

    def limit_stack(self, function, base):
        """MET-10: the frame limit, then the word limit."""
        shared = self.shared
        for name, total in (("CallDepth", shared.frames + 1), ("StackExhausted", shared.words + function.words)):
            if total > shared.limits["call_depth" if name == "CallDepth" else "stack_words"]:
                self.refuse(base, name)

    def refuse(self, base, name):
        """A refusal costs the base and no more (MET-5)."""
        self.meter.charge(base)
        raise Trap(name)

    def push_frame(self, function, arguments):
        if function.code is None:
            function.code = bind(function.body, self.schedule)
        declared = [None if one.endswith("ref") else 0 for one in function.body.locals]
        self.shared.frames += 1
        self.shared.words += function.words
        self.frames.append(self.frame)
        self.frame = Frame(function.code, arguments + declared, function.words)

    def pop_frame(self, count):
        frame = self.frame
        self.shared.frames -= 1
        self.shared.words -= frame.words
        self.frame = self.frames.pop()
        self.frame.stack.extend(frame.stack[len(frame.stack) - count :])

    # Bulk actions that instantiation and instructions share.

    def table_init(self, table, source, target, start, count):
        if start + count > len(source) or target + count > len(table.elements):
            raise Trap("OutOfBoundsTableAccess")
        table.elements[target : target + count] = source[start : start + count]

    def memory_init(self, source, target, start, count):
        if start + count > len(source) or target + count > len(self.memory):
            raise Trap("OutOfBoundsMemoryAccess")
        self.memory[target : target + count] = source[start : start + count]

    def dynamic(self, mnemonic, count, refusal=None):
        """MET-5 for an instruction whose amount is known only now: base, refusal, base and amount."""
        base = self.schedule.base(CLASS_OF[mnemonic])
        self.meter.require(base)
        if refusal:
            self.refuse(base, refusal)
        self.meter.charge(min(base + self.schedule.amount(unit_of(mnemonic), count), MAX_FUEL))


# Handlers: each takes the machine, its top frame and an argument made by `bind`. The price was charged before, but
# for the instructions in _DYNAMIC, which price themselves.


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

