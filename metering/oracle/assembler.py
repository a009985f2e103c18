"""A small assembler for the tests of the oracle: modules from words, so that no other tool is needed."""

from instructions import OPCODES

TYPES = {"i32": 0x7F, "i64": 0x7E, "f32": 0x7D, "f64": 0x7C, "funcref": 0x70, "externref": 0x6F, "void": 0x40}
_BYTES = {"else": b"\x05", "end": b"\x0b"}


def unsigned(value):
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + unsigned(rest) if rest else bytes([low])


def signed(value):
    low, rest = value & 0x7F, value >> 7
    done = rest == (-1 if low & 0x40 else 0)
    return bytes([low]) if done else bytes([low | 0x80]) + signed(rest)


for (prefix, number), mnemonic in OPCODES.items():
    _BYTES.setdefault(mnemonic, bytes([number]) if prefix is None else bytes([prefix]) + unsigned(number))


def code(text):
    """Mnemonics, types and numbers; a number behind a `const` is signed, every other one unsigned."""
    found, constant = b"", False
    for word in text.split():
        if word in _BYTES:
            found += _BYTES[word]
        elif word in TYPES:
            found += bytes([TYPES[word]])
        else:
            found += signed(int(word, 0)) if constant else unsigned(int(word, 0))
        constant = word.endswith(".const")
    return found


def vector(items):
    return unsigned(len(items)) + b"".join(items)


def sized(data):
    return unsigned(len(data)) + data


def name(text):
    return sized(text.encode())


def limits(pair):
    minimum, maximum = pair
    return b"\0" + unsigned(minimum) if maximum is None else b"\1" + unsigned(minimum) + unsigned(maximum)


def func_type(params, results):
    return b"\x60" + vector([code(one) for one in params.split()]) + vector([code(one) for one in results.split()])


def body(local_types, text):
    declared = [b"\1" + code(one) for one in local_types.split()]
    return sized(vector(declared) + code(text + " end"))


def section(number, items):
    return bytes([number]) + sized(vector(items)) if items else b""


def module(functions, imports=(), memory=None, table=None, elements=(), data=(), globals_=(), start=None, exports=None):
    """`functions`: (params, results, locals, text); `imports`: (name, params, results) of detent_v1.

    Every function has its own type, imports first. `exports` maps names to function indices; if it is left out, the
    first function of the module is exported as "f". `data`: (offset text, bytes); `elements`: (offset text, indices).
    """
    if exports is None:
        exports = {"f": len(imports)}
    types = [func_type(*one[1:]) for one in imports] + [func_type(*one[:2]) for one in functions]
    indices = range(len(imports), len(types))
    count = unsigned(len(data))
    passive = any(one[0] is None for one in data)
    return b"".join([
        b"\0asm\1\0\0\0", section(1, types),
        section(2, [name("detent_v1") + name(one[0]) + b"\0" + unsigned(index) for index, one in enumerate(imports)]),
        section(3, [unsigned(index) for index in indices]),
        section(4, [b"\x70" + limits(table)] if table else []), section(5, [limits(memory)] if memory else []),
        section(6, [code(f"{kind} {int(mutable)} {init} end") for kind, mutable, init in globals_]),
        section(7, [name(key) + b"\0" + unsigned(index) for key, index in exports.items()]),
        b"" if start is None else b"\x08" + sized(unsigned(start)),
        section(9, [b"\0" + code(at + " end") + vector([unsigned(one) for one in own]) for at, own in elements]),
        b"\x0c" + sized(count) if passive else b"",
        section(10, [body(one[2], one[3]) for one in functions]),
        section(11, [b"\1" + sized(own) if at is None else b"\0" + code(at + " end") + sized(own) for at, own in data]),
    ])
