"""A small assembler of WebAssembly modules: contracts built from lists of instructions, for the small contract-vectors.

A contract is a `Module`: functions, a memory, tables, globals and segments are added to it, and `encode` gives the
bytes. A function body is a flat list of tuples (mnemonic, immediate...); a mnemonic without immediates may stand alone
as a string, and lists nest, so that macros can be written as functions that return lists. The final `end` of a body is
added. Functions are named: own functions begin with a dollar, and `("call", "storage_read")` imports the host function
of that name when it is met first.
Nothing is checked here on purpose: a test must be able to build an invalid module.

The opcodes are written down here and not read from engine/opcodes.def, and the types of the host functions not from
host_functions.def: what the vectors are made with shares no table with what they test.
"""

import struct

I32, I64, F32, F64, V128 = 0x7F, 0x7E, 0x7D, 0x7C, 0x7B
FUNCREF, EXTERNREF, EMPTY = 0x70, 0x6F, 0x40

HOST = "detent_v1"

# Parameters and result of every host function: i is i32, I is i64.
HOST_TYPES = {
    "input": ("ii", "i"),
    "output": ("ii", ""),
    "revert": ("ii", ""),
    "abort": ("i", ""),
    "return_data": ("ii", "i"),
    "self_address": ("ii", "i"),
    "caller": ("ii", "i"),
    "origin": ("ii", "i"),
    "value": ("", "I"),
    "balance": ("ii", "I"),
    "call_depth": ("", "i"),
    "is_static": ("", "i"),
    "block_height": ("", "I"),
    "block_time": ("", "I"),
    "chain_id": ("", "I"),
    "block_hash": ("Iii", "i"),
    "fuel_left": ("", "I"),
    "schedule_id": ("", "i"),
    "storage_read": ("iiii", "i"),
    "storage_write": ("iiii", ""),
    "storage_remove": ("ii", "i"),
    "storage_has": ("ii", "i"),
    "storage_next": ("iiii", "i"),
    "storage_previous": ("iiii", "i"),
    "transient_read": ("iiii", "i"),
    "transient_write": ("iiii", ""),
    "event": ("iiii", ""),
    "call": ("iiIiiIi", "i"),
    "create": ("iiIIiiIii", "i"),
    "sha256": ("iiii", "i"),
    "keccak256": ("iiii", "i"),
    "blake2b_256": ("iiii", "i"),
    "ed25519_verify": ("iiiiii", "i"),
    "secp256k1_recover": ("iiiiiii", "i"),
}

# Opcodes without immediates.
PLAIN = {
    "unreachable": 0x00,
    "nop": 0x01,
    "else": 0x05,
    "end": 0x0B,
    "return": 0x0F,
    "drop": 0x1A,
    "select": 0x1B,
    "i32.eqz": 0x45,
    "i32.eq": 0x46,
    "i32.ne": 0x47,
    "i32.lt_u": 0x49,
    "i32.gt_u": 0x4B,
    "i32.ge_s": 0x4E,
    "i32.ge_u": 0x4F,
    "i64.eqz": 0x50,
    "i64.eq": 0x51,
    "i32.popcnt": 0x69,
    "i32.add": 0x6A,
    "i32.sub": 0x6B,
    "i32.mul": 0x6C,
    "i32.div_s": 0x6D,
    "i32.div_u": 0x6E,
    "i32.rem_s": 0x6F,
    "i32.rem_u": 0x70,
    "i32.and": 0x71,
    "i32.shl": 0x74,
    "i64.add": 0x7C,
    "i64.sub": 0x7D,
    "i64.mul": 0x7E,
    "i64.div_s": 0x7F,
    "i64.div_u": 0x80,
    "i64.rem_s": 0x81,
    "i64.rem_u": 0x82,
    "f32.neg": 0x8C,
    "f32.add": 0x92,
    "f64.abs": 0x99,
    "f64.nearest": 0x9E,
    "f64.sqrt": 0x9F,
    "f64.add": 0xA0,
    "f64.mul": 0xA2,
    "f64.div": 0xA3,
    "i32.wrap_i64": 0xA7,
    "i32.trunc_f32_s": 0xA8,
    "i32.trunc_f32_u": 0xA9,
    "i32.trunc_f64_s": 0xAA,
    "i32.trunc_f64_u": 0xAB,
    "i64.extend_i32_s": 0xAC,
    "i64.extend_i32_u": 0xAD,
    "i64.trunc_f32_s": 0xAE,
    "i64.trunc_f32_u": 0xAF,
    "i64.trunc_f64_s": 0xB0,
    "i64.trunc_f64_u": 0xB1,
    "f64.convert_i32_s": 0xB7,
    "i64.reinterpret_f64": 0xBD,
    "i32.extend8_s": 0xC0,
    "ref.is_null": 0xD1,
}

# Opcodes with immediates that are unsigned LEB128 numbers, one after the other.
INDEXED = {
    "br": 0x0C,
    "br_if": 0x0D,
    "local.get": 0x20,
    "local.set": 0x21,
    "local.tee": 0x22,
    "global.get": 0x23,
    "global.set": 0x24,
    "table.get": 0x25,
    "table.set": 0x26,
    "memory.size": 0x3F,
    "memory.grow": 0x40,
}

# Loads and stores: the opcode and the natural alignment as an exponent. Their immediate is the offset.
MEMORY = {
    "i32.load": (0x28, 2),
    "i64.load": (0x29, 3),
    "f64.load": (0x2B, 3),
    "i32.load8_u": (0x2D, 0),
    "i32.load16_u": (0x2F, 1),
    "i32.store": (0x36, 2),
    "i64.store": (0x37, 3),
    "f64.store": (0x39, 3),
    "i32.store8": (0x3A, 0),
    "i32.store16": (0x3B, 1),
}

# Opcodes behind the prefix 0xFC. Their immediates stand in the order of the binary format.
PREFIXED = {
    "i32.trunc_sat_f64_s": 0x02,
    "memory.init": 0x08,
    "data.drop": 0x09,
    "memory.copy": 0x0A,
    "memory.fill": 0x0B,
    "table.init": 0x0C,
    "elem.drop": 0x0D,
    "table.copy": 0x0E,
    "table.grow": 0x0F,
    "table.size": 0x10,
    "table.fill": 0x11,
}


def u(number):
    """Unsigned LEB128, as short as possible."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def s(number):
    """Signed LEB128, as short as possible."""
    out = bytearray()
    while not -64 <= number < 64:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out + bytes([number & 0x7F]))


def signed(number, bits):
    """A constant may be written as unsigned or signed."""
    return number - (1 << bits) if number >= 1 << bits - 1 else number


def vector(items):
    items = list(items)
    return u(len(items)) + b"".join(items)


def sized(data):
    return u(len(data)) + bytes(data)


def value_types(letters):
    """Types written as letters, i I f F for i32 i64 f32 f64; or as a sequence of codes."""
    codes = {"i": I32, "I": I64, "f": F32, "F": F64}
    return tuple(codes[letter] if isinstance(letter, str) else letter for letter in letters)


class Module:
    """A module under construction. `memory` is its pages, or (minimum, maximum), or none."""

    def __init__(self, memory=None):
        self.types, self.imports, self.functions, self.exports = [], [], {}, []
        self.tables, self.globals, self.elements, self.data = [], [], [], []
        self.memory = (memory, None) if isinstance(memory, int) else memory
        self.start = None
        self.custom = []
        self.names = {}

    def type(self, parameters="", results=""):
        """The index of a function type, added if it is new."""
        key = (value_types(parameters), value_types(results))
        if key not in self.types:
            self.types.append(key)
        return self.types.index(key)

    def import_(self, name, parameters=None, results=None, module=HOST):
        """A function import. Without a type it has that of the host function."""
        if parameters is None:
            parameters, results = HOST_TYPES[name]
        self.names[name] = len(self.imports)
        self.imports.append((module, name, b"\x00" + u(self.type(parameters, results))))
        return self

    def import_raw(self, module, name, description):
        """An import of any kind, its description as bytes."""
        self.imports.append((module, name, description))
        return self

    def function(self, name, body, parameters="", results="", locals_=(), export=None):
        """A function; `locals_` are letters, or pairs (count, letter) to be declared as one run."""
        self.functions[name] = (parameters, results, locals_, body)
        self.use(*(op[1] for op in flat(body) if op[0] in ("call", "return_call") and op[1] in HOST_TYPES))
        if export:
            self.export(export, 0x00, name)
        return self

    def export(self, name, kind, target):
        """An export: of kind 0 a function by its name, of another kind by its index."""
        self.exports.append((name, kind, target))
        return self

    def table(self, minimum, maximum=None, type_=FUNCREF):
        self.tables.append((minimum, maximum, type_))
        return self

    def global_(self, letter, initial, mutable=True):
        self.globals.append((value_types(letter)[0], mutable, initial))
        return self

    def elem(self, names, offset=None):
        """Function indices: active in table 0 at the offset, else passive."""
        self.elements.append((offset, tuple(names)))
        return self

    def elem_null(self, count):
        """A passive segment of null references, written as expressions."""
        self.elements.append((None, count))
        return self

    def segment(self, data, offset=None):
        """Data: active in memory 0 at the offset, else passive."""
        self.data.append((offset, bytes(data)))
        return self

    def encode(self):
        bodies = [self._body(*function) for function in self.functions.values()]
        indices = [self.type(function[0], function[1]) for function in self.functions.values()]
        sections = [
            (1, [self._type(*type_) for type_ in self.types]),
            (2, [sized(module.encode()) + sized(name.encode()) + rest for module, name, rest in self.imports]),
            (3, [u(index) for index in indices]),
            (4, [bytes([type_]) + limits(low, high) for low, high, type_ in self.tables]),
            (5, [] if self.memory is None else [limits(*self.memory)]),
            (6, [bytes([type_, mutable]) + self._expression(initial) for type_, mutable, initial in self.globals]),
            (7, [sized(name.encode()) + bytes([kind]) + u(self._index(target)) for name, kind, target in self.exports]),
            (9, [self._element(*element) for element in self.elements]),
            (10, [sized(body) for body in bodies]),
            (11, [self._segment(*segment) for segment in self.data]),
        ]
        out = {number: sized_section(number, vector(items)) for number, items in sections if items}
        if self.start is not None:
            out[8] = sized_section(8, u(self._index(self.start)))
        if self._uses_data_segment():
            out[12] = sized_section(12, u(len(self.data)))
        order = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]
        tail = b"".join(sized_section(0, sized(name.encode()) + data) for name, data in self.custom)
        return b"\0asm\x01\0\0\0" + b"".join(out.get(number, b"") for number in order) + tail

    def _uses_data_segment(self):
        return any(
            op[0] in ("memory.init", "data.drop") for function in self.functions.values() for op in flat(function[3])
        )

    def _index(self, target):
        """A function's index by its name, or a number as it is."""
        if isinstance(target, int):
            return target
        if target in self.functions:
            return len(self.imports) + list(self.functions).index(target)
        return self.names[target]

    def use(self, *names):
        """Imports host functions, in the order given, each once."""
        for name in names:
            if name not in self.names:
                self.import_(name)
        return self

    @staticmethod
    def _type(parameters, results):
        return b"\x60" + sized(parameters) + sized(results)

    def _expression(self, instructions):
        return b"".join(self._instruction(*op) for op in flat(instructions)) + b"\x0b"

    def _element(self, offset, names):
        if isinstance(names, int):
            return b"\x05" + bytes([FUNCREF]) + vector([b"\xd0\x70\x0b"] * names)
        listed = vector(u(self._index(name)) for name in names)
        return b"\x01\x00" + listed if offset is None else b"\x00" + self._expression([("i32.const", offset)]) + listed

    def _segment(self, offset, data):
        return (
            b"\x01" + sized(data)
            if offset is None
            else b"\x00" + self._expression([("i32.const", offset)]) + sized(data)
        )

    def _body(self, parameters, results, locals_, body):
        runs = [(1, item) if isinstance(item, str) else item for item in locals_]
        return vector(u(count) + bytes(value_types(letter)) for count, letter in runs) + self._expression(body)

    def _instruction(self, name, *immediates):
        if name in PLAIN:
            return bytes([PLAIN[name]])
        if name in INDEXED:
            return bytes([INDEXED[name]]) + b"".join(map(u, immediates or (0,)))
        if name in MEMORY:
            opcode, align = MEMORY[name]
            return bytes([opcode, align]) + u(*(immediates or (0,)))
        if name in PREFIXED:
            return b"\xfc" + u(PREFIXED[name]) + self._prefixed(name, immediates)
        return self._special(name, immediates)

    @staticmethod
    def _prefixed(name, immediates):
        indices = {
            "memory.init": 2,
            "memory.copy": 2,
            "memory.fill": 1,
            "table.init": 2,
            "table.copy": 2,
            "i32.trunc_sat_f64_s": 0,
        }.get(name, 1)
        return b"".join(map(u, (tuple(immediates) + (0, 0))[:indices]))

    def _special(self, name, immediates):
        if name in ("block", "loop", "if"):
            return bytes([{"block": 0x02, "loop": 0x03, "if": 0x04}[name]]) + self._block_type(*immediates)
        if name == "br_table":
            return b"\x0e" + vector(map(u, immediates[0])) + u(immediates[1])
        if name in ("call", "return_call"):
            return bytes([0x10 if name == "call" else 0x12]) + u(self._index(immediates[0]))
        if name == "call_indirect":
            return b"\x11" + u(self.type(*immediates[:2])) + u(immediates[2] if len(immediates) > 2 else 0)
        if name == "ref.func":
            return b"\xd2" + u(self._index(immediates[0]))
        return constant(name, immediates)

    def _block_type(self, parameters="", results=""):
        if not parameters and not results:
            return bytes([EMPTY])
        if not parameters and len(results) == 1:
            return bytes(value_types(results))
        return s(self.type(parameters, results))


def constant(name, immediates):
    """The instructions whose immediate is a value, and raw bytes for what has no name here."""
    if name == "i32.const":
        return b"\x41" + s(signed(immediates[0], 32))
    if name == "i64.const":
        return b"\x42" + s(signed(immediates[0], 64))
    if name == "f32.const":
        return b"\x43" + (immediates[0] if isinstance(immediates[0], bytes) else struct.pack("<f", immediates[0]))
    if name == "f64.const":
        return b"\x44" + (immediates[0] if isinstance(immediates[0], bytes) else struct.pack("<d", immediates[0]))
    if name == "ref.null":
        return b"\xd0" + bytes([immediates[0] if immediates else FUNCREF])
    if name == "raw":
        return immediates[0]
    raise ValueError(f"unknown instruction {name}")


def flat(instructions):
    """Nested lists of instructions as one list of tuples."""
    for item in instructions:
        if isinstance(item, list):
            yield from flat(item)
        else:
            yield (item,) if isinstance(item, str) else item


def limits(minimum, maximum=None):
    return b"\x00" + u(minimum) if maximum is None else b"\x01" + u(minimum) + u(maximum)


def sized_section(number, data):
    return bytes([number]) + sized(data)
