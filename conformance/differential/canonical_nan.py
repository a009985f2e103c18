"""Rewrites a module so that another engine's NaNs have Detent's bits.

WebAssembly leaves the bits of a NaN that an instruction makes to the engine; Detent makes the canonical one, positive,
as the specification's deterministic profile does. Behind each instruction that may make a NaN, the rewritten module
calls a function that replaces any NaN by that one. The instructions that only move bits (neg, abs, copysign, loads,
reinterpretations) are left alone, as the specification fixes what they do.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "metering" / "oracle"))

from module import Decoder, decode  # noqa: E402
from reader import Reader  # noqa: E402
from schedule import limits  # noqa: E402

OPERATIONS = ("add", "sub", "mul", "div", "min", "max", "sqrt", "ceil", "floor", "trunc", "nearest")
MAKERS = {f"{kind}.{one}": kind for kind in ("f32", "f64") for one in OPERATIONS}
MAKERS |= {"f32.demote_f64": "f32", "f64.promote_f32": "f64"}
KINDS = ("f32", "f64")
TYPES = {"f32": b"\x60\x01\x7d\x01\x7d", "f64": b"\x60\x01\x7c\x01\x7c"}
# local.get 0, the canonical NaN, local.get 0, local.get 0, eq, select
REPLACE = {
    "f32": b"\x00\x20\x00\x43\x00\x00\xc0\x7f\x20\x00\x20\x00\x5b\x1b\x0b",
    "f64": b"\x00\x20\x00\x44\x00\x00\x00\x00\x00\x00\xf8\x7f\x20\x00\x20\x00\x61\x1b\x0b",
}
TYPE, FUNCTION, CODE = 1, 3, 10


def leb(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def sized(data):
    return leb(len(data)) + data


def longer(section, items):
    """A section's content with items at its end."""
    reader = Reader(section)
    count = reader.u32()
    return leb(count + len(items)) + section[reader.pos:] + b"".join(items)


def rewritten_body(decoder, body, first_added):
    reader = Reader(body)
    for _ in range(reader.u32()):
        reader.u32()
        reader.byte()
    out = bytearray(body[:reader.pos])
    while not reader.at_end():
        start = reader.pos
        mnemonic, _ = decoder.instruction(reader)
        out += body[start:reader.pos]
        if mnemonic in MAKERS:
            out += b"\x10" + leb(first_added + KINDS.index(MAKERS[mnemonic]))
    return bytes(out)


def rewritten_code(decoder, section, first_added):
    reader = Reader(section)
    bodies = []
    for _ in range(reader.u32()):
        bodies.append(sized(rewritten_body(decoder, reader.take(reader.u32()), first_added)))
    bodies += [sized(REPLACE[kind]) for kind in KINDS]
    return leb(len(bodies)) + b"".join(bodies)


def with_canonical_nans(data):
    """The bytes of the rewritten module."""
    numbers = limits("contract")
    module, decoder = decode(data, numbers), Decoder(data, numbers)
    first_added, first_type = len(module.all_functions()), len(module.types)
    reader, out = Reader(data), bytearray(data[:8])
    reader.take(8)
    while not reader.at_end():
        number, content = reader.byte(), reader.take(reader.u32())
        if number == TYPE:
            content = longer(content, [TYPES[kind] for kind in KINDS])
        elif number == FUNCTION:
            content = longer(content, [leb(first_type + i) for i in range(len(KINDS))])
        elif number == CODE:
            content = rewritten_code(decoder, content, first_added)
        out += bytes([number]) + sized(content)
    return bytes(out)
