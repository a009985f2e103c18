"""Execution: one instruction at a time, with the order of MET-5.

A `Meter` holds fuel, the limits of the contract calls that are open, and the grants of a resume plan. A `Machine` runs
one instance. What a contract call shares with its nested ones (the call stack of MET-10, the store) is in `Shared`.
"""

from handlers import bind
from instructions import CLASS_OF, unit_of
from module import PAGE
from numeric import Trap
from schedule import MAX_FUEL
from validate import constant_expressions, instantiation_counts


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
