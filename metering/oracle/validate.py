"""Validation of a module of profile 1, and with it the frame words of MET-8 and resolved branches.

`validate(module, limits)` returns a `Checked`: for every defined function its frame words and its code, a list of
`(mnemonic, words, argument)`. `words` is the n of MET-4 where it is known before execution. Branches carry a `Label`.
"""

from dataclasses import dataclass, field

from module import KINDS, REFERENCE_TYPES, FuncType, Module
from reader import InvalidModule

NUMBERS = ("i32", "i64", "f32", "f64")
REFERENCES = tuple(REFERENCE_TYPES.values())
_COMPARISONS = ("eq", "ne", "lt", "gt", "le", "ge")
_UNARY = ("clz", "ctz", "popcnt", "extend8_s", "extend16_s", "extend32_s", "abs", "neg", "ceil", "floor", "trunc",
          "nearest", "sqrt")
UNKNOWN = "unknown"


def words(types):
    """MET-4: a value is one word; profile 1 has no v128."""
    return len(types)


def plain_type(mnemonic):
    """The type of a numeric instruction, load or store, read off its mnemonic."""
    own, operation = mnemonic.split(".")
    source = next((one for one in NUMBERS if "_" + one in operation), None)
    if operation.startswith("load"):
        return ("i32",), (own,)
    if operation.startswith("store"):
        return ("i32", own), ()
    if operation == "const":
        return (), (own,)
    if source:
        return (source,), (own,)
    if operation == "eqz":
        return (own,), ("i32",)
    if operation.split("_")[0] in _COMPARISONS:
        return (own, own), ("i32",)
    return ((own,) if operation in _UNARY else (own, own)), (own,)


def access_bytes(mnemonic):
    """The bytes that a load or store touches."""
    own, operation = mnemonic.split(".")
    digits = operation.removeprefix("load").removeprefix("store").split("_")[0]
    return int(digits or own[1:]) // 8


@dataclass
class Label:
    """Where a branch goes: the position in the code, the operands kept, and the height that they land on."""

    arity: int
    height: int
    target: int = -1


@dataclass
class Control:
    mnemonic: str
    type: FuncType
    height: int
    reached: bool  # whether validation reaches the block itself
    label: Label
    skip: object = None  # of an `if`: where a false condition goes
    leave: object = None  # of an `else`: where the first arm goes on
    unreachable: bool = False


@dataclass
class Function:
    type: FuncType
    locals: list
    frame_words: int
    code: list


@dataclass
class Checked:
    module: Module
    function_types: list
    functions: list = field(default_factory=list)
    branch_targets: int = 0


class Checker:
    """What the bodies and the constant expressions of a module may refer to."""

    def __init__(self, module, limits):
        self.module, self.limits = module, limits
        self.require(all(index < len(module.types) for index in module.functions), "unknown type")
        imported = module.imported("func")
        self.require(all(one.desc < len(module.types) for one in imported), "unknown type")
        self.function_types = module.all_functions()
        self.tables, self.memories = module.all_tables(), module.all_memories()
        self.imported_globals = [one.desc for one in module.imported("global")]
        self.globals = self.imported_globals + [(one.type, one.mutable) for one in module.globals]
        self.declared = set()
        self.branch_targets = 0

    @staticmethod
    def require(condition, message):
        if not condition:
            raise InvalidModule(message)

    def check(self):
        module = self.module
        self.require(len(self.memories) <= 1, "multiple memories")
        for one in module.globals:
            self.constant(one.init, one.type)
        self.check_exports()
        self.check_segments()
        self.check_start()
        self.check_locals()
        checked = Checked(module, self.function_types)
        for index, body in zip(module.functions, module.bodies):
            checked.functions.append(Body(self, module.types[index], body).check())
        checked.branch_targets = self.branch_targets
        return checked

    def check_exports(self):
        counts = (len(self.function_types), len(self.tables), len(self.memories), len(self.globals))
        for kind, index in self.module.exports.values():
            self.require(index < counts[KINDS.index(kind)], f"unknown {kind}")
            if kind == "func":
                self.declared.add(index)

    def check_segments(self):
        for one in self.module.elements:
            for item in one.items:
                self.constant(item, one.type)
            if one.mode == "active":
                self.require(one.index < len(self.tables), "unknown table")
                self.require(self.tables[one.index].element == one.type, "type mismatch")
                self.constant(one.offset, "i32")
        for one in self.module.datas:
            if one.mode == "active":
                self.require(one.index < len(self.memories), "unknown memory")
                self.constant(one.offset, "i32")

    def check_start(self):
        start = self.module.start
        if start is not None:
            self.require(start < len(self.function_types), "unknown function")
            self.require(self.function_types[start] == FuncType((), ()), "start function")

    def check_locals(self):
        total = 0
        for index, body in zip(self.module.functions, self.module.bodies):
            count = len(self.module.types[index].params) + len(body.locals)
            self.require(count <= self.limits["locals"], "limit locals")
            total += count
        self.require(total <= self.limits["module_locals"], "limit module_locals")

    def constant(self, expression, expected):
        """A constant expression of WebAssembly 2.0 leaves exactly one value of the expected type."""
        stack = []
        for mnemonic, immediate in expression:
            if mnemonic in ("i32.const", "i64.const", "f32.const", "f64.const"):
                stack.append(mnemonic[:3])
            elif mnemonic == "ref.null":
                stack.append(immediate)
            elif mnemonic == "ref.func":
                self.require(immediate < len(self.function_types), "unknown function")
                self.declared.add(immediate)
                stack.append("funcref")
            elif mnemonic == "global.get":
                self.require(immediate < len(self.imported_globals), "unknown global")
                value_type, mutable = self.imported_globals[immediate]
                self.require(not mutable, "constant expression required")
                stack.append(value_type)
            else:
                raise InvalidModule("constant expression required")
        self.require(stack == [expected], "type mismatch")


class Body:
    """The validation algorithm of the specification's appendix over one body."""

    def __init__(self, checker, function_type, body):
        self.checker, self.type, self.body = checker, function_type, body
        self.limits = checker.limits
        self.locals = list(function_type.params) + body.locals
        self.stack, self.controls, self.code = [], [], []
        self.blocks = self.max_height = 0
        self.reached = True

    def check(self):
        self.open("func", FuncType((), self.type.results))
        for mnemonic, immediate in self.body.instructions:
            self.require(self.controls, "END opcode expected")
            self.instruction(mnemonic, immediate)
            self.record()
        return Function(self.type, self.body.locals, words(self.locals) + self.max_height, self.code)

    def record(self):
        """MET-8: the height before and after each instruction that validation reaches. The limit holds everywhere."""
        self.require(len(self.stack) <= self.limits["operand_words"], "limit operand_words")
        if self.reached:
            self.max_height = max(self.max_height, len(self.stack))

    def require(self, condition, message):
        if not condition:
            raise InvalidModule(message)

    def emit(self, mnemonic, count=0, argument=None):
        if self.reached:
            self.code.append((mnemonic, count, argument))

    # Operands and blocks.

    def push(self, types):
        self.stack.extend(types)

    def pop(self, expected=UNKNOWN):
        control = self.controls[-1]
        if len(self.stack) == control.height:
            self.require(control.unreachable, "type mismatch")
            return UNKNOWN
        found = self.stack.pop()
        self.require(UNKNOWN in (found, expected) or found == expected, "type mismatch")
        return found

    def pop_all(self, types):
        return [self.pop(one) for one in reversed(types)][::-1]

    def apply(self, params, results):
        self.pop_all(params)
        self.push(results)

    def open(self, mnemonic, block_type):
        kept = words(block_type.params if mnemonic == "loop" else block_type.results)
        label = Label(kept, len(self.stack), len(self.code) if mnemonic == "loop" else -1)
        control = Control(mnemonic, block_type, len(self.stack), self.reached, label)
        self.controls.append(control)
        self.require(len(self.controls) <= self.limits["block_depth"], "limit block_depth")
        self.push(block_type.params)
        self.record()
        return control

    def close(self):
        """The operands of a block at its `else` or `end` are exactly its results."""
        control = self.controls[-1]
        self.pop_all(control.type.results)
        self.require(len(self.stack) == control.height, "type mismatch")
        return self.controls.pop()

    def transfer(self):
        """Nothing from here to the next `else` or `end` of the block is reached (MET-8)."""
        control = self.controls[-1]
        del self.stack[control.height :]
        control.unreachable = True
        self.reached = False

    def label(self, depth):
        self.require(depth < len(self.controls), "unknown label")
        control = self.controls[-1 - depth]
        return control.label, (control.type.params if control.mnemonic == "loop" else control.type.results)

    def block_type(self, immediate):
        if isinstance(immediate, FuncType):
            return immediate
        self.require(immediate < len(self.checker.module.types), "unknown type")
        return self.checker.module.types[immediate]

    # Instructions.

    def instruction(self, mnemonic, immediate):
        handler = _CHECKS.get(mnemonic)
        if handler:
            handler(self, mnemonic, immediate)
        else:
            self.plain(mnemonic, immediate)

    def plain(self, mnemonic, immediate):
        if isinstance(immediate, tuple):
            self.need_memory()
            self.require(1 << immediate[0] <= access_bytes(mnemonic), "alignment must not be larger than natural")
            immediate = immediate[1]
        self.apply(*plain_type(mnemonic))
        self.emit(mnemonic, 0, immediate)

    def need_memory(self):
        self.require(self.checker.memories, "unknown memory")

    def at(self, items, index, what):
        self.require(index < len(items), f"unknown {what}")
        return items[index]

    def nop(self, mnemonic, _):
        self.emit(mnemonic)

    def unreachable(self, mnemonic, _):
        self.emit(mnemonic)
        self.transfer()

    def block(self, mnemonic, immediate):
        block_type = self.block_type(immediate)
        self.blocks += 1
        self.require(self.blocks <= self.limits["blocks"], "limit blocks")
        if mnemonic == "if":
            self.pop("i32")
        self.pop_all(block_type.params)
        skip = Label(0, 0)
        self.emit(mnemonic, 0, skip if mnemonic == "if" else None)
        self.open(mnemonic, block_type).skip = skip

    def else_(self, _mnemonic, _immediate):
        control = self.close()
        self.require(control.mnemonic == "if", "else without if")
        leave = Label(0, 0)
        self.emit("(jump)", 0, leave)
        control.skip.target = len(self.code)
        self.reached = control.reached
        again = self.open("else", control.type)
        again.label, again.leave = control.label, leave

    def end(self, _mnemonic, _immediate):
        control = self.close()
        if control.mnemonic == "if":
            self.require(control.type.params == control.type.results, "type mismatch")
            control.skip.target = len(self.code)
        if control.leave:
            control.leave.target = len(self.code)
        if control.mnemonic != "loop":
            control.label.target = len(self.code)
        self.reached = control.reached
        self.push(control.type.results)
        if not self.controls:
            self.emit("(end)")

    def branch(self, mnemonic, depth):
        label, types = self.label(depth)
        if mnemonic == "br_if":
            self.pop("i32")
        self.pop_all(types)
        self.emit(mnemonic, words(types), label)
        self.push(types)
        if mnemonic == "br":
            self.transfer()

    def branch_table(self, mnemonic, depths):
        self.pop("i32")
        self.checker.branch_targets += len(depths)
        default, default_types = self.label(depths[-1])
        labels = []
        for depth in depths:
            label, types = self.label(depth)
            self.require(len(types) == len(default_types), "type mismatch")
            self.push(self.pop_all(types))
            labels.append(label)
        self.pop_all(default_types)
        self.emit(mnemonic, default.arity, labels)
        self.transfer()

    def return_(self, mnemonic, _):
        self.pop_all(self.type.results)
        self.emit(mnemonic, words(self.type.results))
        self.transfer()

    def call(self, mnemonic, index):
        self.apply(*self.at(self.checker.function_types, index, "function"))
        self.emit(mnemonic, 0, index)

    def call_indirect(self, mnemonic, immediate):
        index, table = immediate
        self.require(self.at(self.checker.tables, table, "table").element == "funcref", "type mismatch")
        function_type = self.at(self.checker.module.types, index, "type")
        self.pop("i32")
        self.apply(*function_type)
        self.emit(mnemonic, 0, (function_type, table))

    def drop(self, mnemonic, _):
        self.pop()
        self.emit(mnemonic)

    def select(self, mnemonic, types):
        self.pop("i32")
        if types is None:
            first, second = self.pop(), self.pop()
            self.require(first not in REFERENCES and second not in REFERENCES, "type mismatch")
            self.require(UNKNOWN in (first, second) or first == second, "type mismatch")
            self.push([first if second == UNKNOWN else second])
        else:
            self.require(len(types) == 1, "invalid result arity")
            self.apply(types * 2, types)
        self.emit(mnemonic)

    def local(self, mnemonic, index):
        value_type = self.at(self.locals, index, "local")
        if mnemonic != "local.get":
            self.pop(value_type)
        if mnemonic != "local.set":
            self.push([value_type])
        self.emit(mnemonic, 0, index)

    def global_(self, mnemonic, index):
        value_type, mutable = self.at(self.checker.globals, index, "global")
        if mnemonic == "global.get":
            self.push([value_type])
        else:
            self.require(mutable, "global is immutable")
            self.pop(value_type)
        self.emit(mnemonic, 0, index)

    def memory(self, mnemonic, immediate):
        self.need_memory()
        if mnemonic == "memory.init":
            self.segment(immediate)
        shapes = {"memory.size": ((), ("i32",)), "memory.grow": (("i32",), ("i32",))}
        self.apply(*shapes.get(mnemonic, (("i32",) * 3, ())))
        self.emit(mnemonic, 0, immediate)

    def segment(self, index):
        """Without a data count section no segment is known."""
        self.require(index < (self.checker.module.data_count or 0), "unknown data segment")

    def data_drop(self, mnemonic, index):
        self.segment(index)
        self.emit(mnemonic, 0, index)

    def elem_drop(self, mnemonic, index):
        self.at(self.checker.module.elements, index, "elem segment")
        self.emit(mnemonic, 0, index)

    def table(self, mnemonic, index):
        element = self.at(self.checker.tables, index, "table").element
        shapes = {
            "table.get": (("i32",), (element,)), "table.set": (("i32", element), ()), "table.size": ((), ("i32",)),
            "table.grow": ((element, "i32"), ("i32",)), "table.fill": (("i32", element, "i32"), ()),
        }
        self.apply(*shapes[mnemonic])
        self.emit(mnemonic, 0, index)

    def table_pair(self, mnemonic, immediate):
        """`table.init` names a segment and a table, `table.copy` two tables."""
        first, second = immediate
        tables, elements = self.checker.tables, self.checker.module.elements
        if mnemonic == "table.init":
            pair = self.at(elements, first, "elem segment").type, self.at(tables, second, "table").element
        else:
            pair = self.at(tables, first, "table").element, self.at(tables, second, "table").element
        self.require(pair[0] == pair[1], "type mismatch")
        self.apply(("i32",) * 3, ())
        self.emit(mnemonic, 0, immediate)

    def reference(self, mnemonic, immediate):
        if mnemonic == "ref.null":
            self.push([immediate])
        elif mnemonic == "ref.is_null":
            self.require(self.pop() in (*REFERENCES, UNKNOWN), "type mismatch")
            self.push(["i32"])
        else:
            self.at(self.checker.function_types, immediate, "function")
            self.require(immediate in self.checker.declared, "undeclared function reference")
            self.push(["funcref"])
        self.emit(mnemonic, 0, immediate)


_CHECKS = {
    "nop": Body.nop, "unreachable": Body.unreachable, "block": Body.block, "loop": Body.block, "if": Body.block,
    "else": Body.else_, "end": Body.end, "br": Body.branch, "br_if": Body.branch, "br_table": Body.branch_table,
    "return": Body.return_, "call": Body.call, "call_indirect": Body.call_indirect, "drop": Body.drop,
    "select": Body.select, "local.get": Body.local, "local.set": Body.local, "local.tee": Body.local,
    "global.get": Body.global_, "global.set": Body.global_, "data.drop": Body.data_drop, "elem.drop": Body.elem_drop,
    "table.get": Body.table, "table.set": Body.table, "table.size": Body.table, "table.grow": Body.table,
    "table.fill": Body.table, "table.init": Body.table_pair, "table.copy": Body.table_pair,
    "memory.size": Body.memory, "memory.grow": Body.memory, "memory.fill": Body.memory, "memory.copy": Body.memory,
    "memory.init": Body.memory, "ref.null": Body.reference, "ref.is_null": Body.reference, "ref.func": Body.reference,
}


def activation_counts(checked):
    """MET-17: the n of every unit `activation_*`."""
    module = checked.module
    body_bytes = sum(body.size for body in module.bodies)
    return {
        "activation_byte": module.size - body_bytes, "activation_type": len(module.types),
        "activation_field": sum(len(one.params) + len(one.results) for one in module.types),
        "activation_import": len(module.imports), "activation_function": len(module.functions),
        "activation_table": len(module.tables), "activation_memory": len(module.memories), "activation_tag": 0,
        "activation_global": len(module.globals), "activation_export": len(module.exports),
        "activation_element_segment": len(module.elements),
        "activation_element": sum(len(one.items) for one in module.elements),
        "activation_data_segment": len(module.datas), "activation_body_byte": body_bytes,
        "activation_branch_target": checked.branch_targets,
    }


def instantiation_counts(module):
    """MET-18: the n of every unit `instantiation_*`."""
    active = [one for one in module.datas if one.mode == "active"]
    return {
        "instantiation_import": len(module.imports), "instantiation_function": len(module.functions),
        "instantiation_table": len(module.tables),
        "instantiation_table_element": sum(one.minimum for one in module.tables),
        "instantiation_memory": len(module.memories),
        "instantiation_memory_byte": sum(minimum for minimum, _ in module.memories) * 65536,
        "instantiation_tag": 0, "instantiation_global": len(module.globals),
        "instantiation_export": len(module.exports), "instantiation_element_segment": len(module.elements),
        "instantiation_element": sum(len(one.items) for one in module.elements),
        "instantiation_data_segment": len(module.datas),
        "instantiation_data_byte": sum(len(one.items) for one in active),
    }


def constant_expressions(module):
    """Every constant expression of a module, each a list of instructions."""
    found = [one.init for one in module.globals]
    for one in module.elements:
        found += [one.offset, *one.items]
    return found + [one.offset for one in module.datas]


def validate(module, limits):
    """The checked module; raises InvalidModule."""
    return Checker(module, limits).check()


