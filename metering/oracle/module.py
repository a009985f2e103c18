"""Decoding a module of profile 1 (WebAssembly 2.0 without vectors), with the limits of a preset.

The result is a plain `Module`. Types of operands are checked in `validate.py`.
"""

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

from instructions import OPCODES
from reader import InvalidModule, Reader

PAGE = 65536
VALUE_TYPES = {0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x70: "funcref", 0x6F: "externref"}
REFERENCE_TYPES = {0x70: "funcref", 0x6F: "externref"}
KINDS = ("func", "table", "memory", "global")
SECTION_ORDER = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 12: 10, 10: 11, 11: 12}


class FuncType(NamedTuple):
    params: tuple
    results: tuple


class Import(NamedTuple):
    module: str
    name: str
    kind: str
    desc: object


class TableType(NamedTuple):
    element: str
    minimum: int
    maximum: object


class Global(NamedTuple):
    type: str
    mutable: bool
    init: list


class Segment(NamedTuple):
    """An element segment (`items` are constant expressions) or a data segment (`items` is bytes)."""

    mode: str
    index: int
    offset: list
    items: object
    type: str


class Body(NamedTuple):
    size: int
    locals: list
    instructions: list


@dataclass
class Module:
    size: int = 0
    hash: bytes = b""
    types: list = field(default_factory=list)
    imports: list = field(default_factory=list)
    functions: list = field(default_factory=list)  # type indices of the defined functions
    tables: list = field(default_factory=list)
    memories: list = field(default_factory=list)  # (minimum, maximum or None)
    globals: list = field(default_factory=list)
    exports: dict = field(default_factory=dict)  # name -> (kind, index)
    start: object = None
    elements: list = field(default_factory=list)
    data_count: object = None
    bodies: list = field(default_factory=list)
    datas: list = field(default_factory=list)

    def imported(self, kind):
        return [one for one in self.imports if one.kind == kind]

    def all_functions(self):
        """The types of all functions, imports first."""
        return [self.types[one.desc] for one in self.imported("func")] + [self.types[i] for i in self.functions]

    def all_tables(self):
        return [one.desc for one in self.imported("table")] + self.tables

    def all_memories(self):
        return [one.desc for one in self.imported("memory")] + self.memories


class Decoder:
    """One pass over the sections of a module."""

    def __init__(self, data, limits):
        self.limits = limits
        self.module = Module(len(data), hashlib.sha256(data).digest())
        self.reader = Reader(data)
        if len(data) > limits["module_bytes"]:
            raise InvalidModule("more bytes than the limit")

    def decode(self):
        if self.reader.take(8) != b"\0asm\x01\0\0\0":
            raise InvalidModule("magic header or version")
        last, customs = 0, 0
        while not self.reader.at_end():
            number = self.reader.byte()
            section = self.reader.part(self.reader.u32())
            if number == 0:
                section.name(self.limits["name_bytes"])
                customs += 1
                self.limit("custom_sections", customs)
                continue
            if SECTION_ORDER.get(number, 0) <= last:
                raise InvalidModule("unknown section, or out of order")
            last = SECTION_ORDER[number]
            self.section(number, section)
            if not section.at_end():
                raise InvalidModule("section size mismatch")
        return self.finish()

    def finish(self):
        module = self.module
        if len(module.functions) != len(module.bodies):
            raise InvalidModule("function and code section have inconsistent lengths")
        if module.data_count is not None and module.data_count != len(module.datas):
            raise InvalidModule("data count and data section have inconsistent lengths")
        return module

    def limit(self, name, value):
        if value > self.limits[name]:
            raise InvalidModule(f"limit {name}")

    def section(self, number, r):
        module = self.module
        if number == 1:
            module.types = r.vector(lambda: self.func_type(r), self.limits["types"])
            self.limit("rec_groups", len(module.types))
            self.limit("type_words", sum(len(one.params) + len(one.results) for one in module.types))
        elif number == 2:
            module.imports = r.vector(lambda: self.import_(r), self.limits["imports"])
        elif number == 3:
            module.functions = r.vector(r.u32)
        elif number == 4:
            module.tables = r.vector(lambda: self.table_type(r), self.limits["tables"])
        elif number == 5:
            module.memories = r.vector(lambda: self.memory_type(r), self.limits["memories"])
        elif number == 6:
            module.globals = r.vector(lambda: self.global_(r), self.limits["globals"])
        elif number == 7:
            self.exports(r)
        elif number == 8:
            module.start = r.u32()
        elif number == 9:
            module.elements = r.vector(lambda: self.element(r), self.limits["element_segments"])
        elif number == 10:
            module.bodies = r.vector(lambda: self.body(r), self.limits["functions"])
        elif number == 11:
            module.datas = r.vector(lambda: self.data(r), self.limits["data_segments"])
        else:
            module.data_count = r.u32()
        for name, kind, own in (("functions", "func", module.functions), ("tables", "table", module.tables),
                                ("memories", "memory", module.memories), ("globals", "global", module.globals)):
            self.limit(name, len(module.imported(kind)) + len(own))

    def value_type(self, r, types=VALUE_TYPES):
        byte = r.byte()
        if byte not in types:
            raise InvalidModule("malformed type")
        return types[byte]

    def func_type(self, r):
        if r.byte() != 0x60:
            raise InvalidModule("malformed function type")
        params = r.vector(lambda: self.value_type(r), self.limits["parameters"])
        return FuncType(tuple(params), tuple(r.vector(lambda: self.value_type(r), self.limits["results"])))

    def import_(self, r):
        names = r.name(self.limits["name_bytes"]), r.name(self.limits["name_bytes"])
        readers = (r.u32, lambda: self.table_type(r), lambda: self.memory_type(r), lambda: self.global_type(r))
        kind = r.byte()
        if kind >= len(KINDS):
            raise InvalidModule("malformed import kind")
        return Import(*names, KINDS[kind], readers[kind]())

    def limits_type(self, r):
        flag = r.byte()
        if flag > 1:
            raise InvalidModule("malformed limits flags")
        minimum = r.u32()
        maximum = r.u32() if flag else None
        if maximum is not None and maximum < minimum:
            raise InvalidModule("size minimum must not be greater than maximum")
        return minimum, maximum

    def table_type(self, r):
        table = TableType(self.value_type(r, REFERENCE_TYPES), *self.limits_type(r))
        self.limit("table_elements", table.minimum)
        return table

    def memory_type(self, r):
        minimum, maximum = self.limits_type(r)
        if max(minimum, maximum or 0) > 65536:
            raise InvalidModule("memory size must be at most 65536 pages")
        return minimum, maximum

    def global_type(self, r):
        value_type, mutable = self.value_type(r), r.byte()
        if mutable > 1:
            raise InvalidModule("malformed mutability")
        return value_type, bool(mutable)

    def global_(self, r):
        return Global(*self.global_type(r), self.constant(r))

    def exports(self, r):
        def export():
            name, kind, index = r.name(self.limits["name_bytes"]), r.byte(), r.u32()
            if kind >= len(KINDS):
                raise InvalidModule("malformed export kind")
            if name in self.module.exports:
                raise InvalidModule("duplicate export name")
            self.module.exports[name] = (KINDS[kind], index)

        r.vector(export, self.limits["exports"])

    def constant(self, r):
        """A constant expression: its instructions, without the `end`."""
        found = []
        while (one := self.instruction(r))[0] != "end":
            found.append(one)
            self.limit("constant_instructions", len(found))
        return found

    def element(self, r):
        """An element segment, by its flags: bit 0 passive or declarative, bit 1 explicit, bit 2 expressions."""
        flags = r.u32()
        if flags > 7:
            raise InvalidModule("malformed elements segment kind")
        mode = ("declarative" if flags & 2 else "passive") if flags & 1 else "active"
        index = r.u32() if mode == "active" and flags & 2 else 0
        offset = self.constant(r) if mode == "active" else []
        element_type = "funcref"
        if flags & 3 and flags & 4:
            element_type = self.value_type(r, REFERENCE_TYPES)
        elif flags & 3 and r.byte() != 0:
            raise InvalidModule("malformed element kind")
        item = (lambda: self.constant(r)) if flags & 4 else (lambda: [("ref.func", r.u32())])
        items = r.vector(item, self.limits["element_segment_entries"])
        return Segment(mode, index, offset, items, element_type)

    def data(self, r):
        flags = r.u32()
        if flags > 2:
            raise InvalidModule("malformed data segment kind")
        index = r.u32() if flags == 2 else 0
        offset = [] if flags == 1 else self.constant(r)
        return Segment("passive" if flags == 1 else "active", index, offset, r.take(r.u32()), None)

    def body(self, reader):
        size = reader.u32()
        self.limit("body_bytes", size)
        r = reader.part(size)
        local_types = []
        for _ in range(r.u32()):
            count, value_type = r.u32(), self.value_type(r)
            self.limit("locals", len(local_types) + count)
            local_types += [value_type] * count
        return Body(size, local_types, self.expression(r))

    def expression(self, r):
        """The instructions of a body, its last `end` included, which must be its last byte."""
        found, depth = [], 1
        while depth:
            one = self.instruction(r)
            depth += (one[0] in ("block", "loop", "if")) - (one[0] == "end")
            found.append(one)
        if not r.at_end():
            raise InvalidModule("END opcode expected")
        return found

    def instruction(self, r):
        """One instruction as (mnemonic, immediate)."""
        byte = r.byte()
        if byte in (0x05, 0x0B):
            return ("else" if byte == 0x05 else "end"), None
        prefixed = byte in (0xFB, 0xFC, 0xFD)
        mnemonic = OPCODES.get((byte, r.u32()) if prefixed else (None, byte))
        if mnemonic is None:
            raise InvalidModule("illegal opcode")
        if byte == 0x1C:
            return "select", r.vector(lambda: self.value_type(r))
        reader = _IMMEDIATES.get(mnemonic)
        if reader:
            return mnemonic, reader(self, r)
        if ".load" in mnemonic or ".store" in mnemonic:
            return mnemonic, self.memarg(r)
        if byte in (0xFB, 0xFD) or mnemonic in _BEYOND_PROFILE:
            raise InvalidModule("illegal opcode")
        return mnemonic, None

    def memarg(self, r):
        align, offset = r.u32(), r.u32()
        if align >= 32:
            raise InvalidModule("malformed memop flags")
        return align, offset

    def block_type(self, r):
        """A block type as a pair of tuples, or as a type index."""
        if r.peek() == 0x40:
            r.byte()
            return FuncType((), ())
        if r.peek() in VALUE_TYPES:
            return FuncType((), (self.value_type(r),))
        index = r.signed(33)
        if index < 0:
            raise InvalidModule("malformed block type")
        return index

    def branch_table(self, r):
        targets = r.vector(r.u32, self.limits["branch_targets"])
        return targets + [r.u32()]

    def zero(self, r, count=1):
        if r.take(count) != bytes(count):
            raise InvalidModule("zero byte expected")

    def memory_init(self, r):
        index = r.u32()
        self.zero(r)
        return index


def _two(_, r):
    return r.u32(), r.u32()


def _index(_, r):
    return r.u32()


_IMMEDIATES = {
    "block": Decoder.block_type, "loop": Decoder.block_type, "if": Decoder.block_type,
    "br": _index, "br_if": _index, "br_table": Decoder.branch_table, "call": _index, "call_indirect": _two,
    "local.get": _index, "local.set": _index, "local.tee": _index, "global.get": _index, "global.set": _index,
    "table.get": _index, "table.set": _index, "table.grow": _index, "table.size": _index, "table.fill": _index,
    "table.init": _two, "table.copy": _two, "elem.drop": _index,
    "memory.size": Decoder.zero, "memory.grow": Decoder.zero, "memory.fill": Decoder.zero,
    "memory.copy": lambda self, r: self.zero(r, 2), "memory.init": Decoder.memory_init, "data.drop": _index,
    "i32.const": lambda _, r: r.signed(32) & 0xFFFFFFFF, "i64.const": lambda _, r: r.signed(64) & 0xFFFFFFFFFFFFFFFF,
    "f32.const": lambda _, r: int.from_bytes(r.take(4), "little"),
    "f64.const": lambda _, r: int.from_bytes(r.take(8), "little"),
    "ref.null": lambda self, r: self.value_type(r, REFERENCE_TYPES), "ref.func": _index,
}
_BEYOND_PROFILE = {
    "throw", "throw_ref", "try_table", "return_call", "return_call_indirect", "call_ref", "return_call_ref", "ref.eq",
    "ref.as_non_null", "br_on_null", "br_on_non_null", "i64.add128", "i64.sub128", "i64.mul_wide_s", "i64.mul_wide_u",
}


def decode(data, limits):
    """The module that `data` encodes; raises InvalidModule."""
    return Decoder(data, limits).decode()
