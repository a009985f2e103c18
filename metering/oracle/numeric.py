"""Numeric instructions on bit patterns: integers and floats are unsigned integers of their width.

Floats are exact: NaN results are the positive canonical NaN, and every operation rounds once (to nearest, ties to
even). For binary32 the operation is done in binary64 and rounded to binary32, which is the same as rounding once
for + - * / and sqrt, because 53 is at least 2 * 24 + 2.
"""

import math
import struct


class Trap(Exception):
    """A trap, by its name in engine/traps.def or host_abi/outcomes.def."""

    def __init__(self, name):
        super().__init__(name)
        self.name = name


CANONICAL_NAN = {32: 0x7FC00000, 64: 0x7FF8000000000000}
_FORMATS = {32: ("<I", "<f"), 64: ("<Q", "<d")}


def signed(value, bits):
    return value - (1 << bits) if value >> (bits - 1) else value


def to_float(value, bits):
    integer, floating = _FORMATS[bits]
    return struct.unpack(floating, struct.pack(integer, value))[0]


def from_float(number, bits):
    """The bits of a number rounded to the format; NaN is canonical, overflow is infinite."""
    if math.isnan(number):
        return CANONICAL_NAN[bits]
    integer, floating = _FORMATS[bits]
    try:
        packed = struct.pack(floating, number)
    except OverflowError:
        packed = struct.pack(floating, math.copysign(math.inf, number))
    return struct.unpack(integer, packed)[0]


def is_nan(value, bits):
    fraction = 23 if bits == 32 else 52
    return (value & ((1 << (bits - 1)) - 1)) > (((1 << (bits - 1 - fraction)) - 1) << fraction)


# Integers.


def _divide(a, b):
    """Division of signed integers, rounded towards zero."""
    quotient = abs(a) // abs(b)
    return -quotient if (a < 0) != (b < 0) else quotient


def _div_s(a, b, bits):
    if b == 0:
        raise Trap("IntegerDivideByZero")
    quotient = _divide(signed(a, bits), signed(b, bits))
    if quotient == 1 << (bits - 1):
        raise Trap("IntegerOverflow")
    return quotient


def _rem_s(a, b, bits):
    if b == 0:
        raise Trap("IntegerDivideByZero")
    a, b = signed(a, bits), signed(b, bits)
    return a - b * _divide(a, b)


def _unsigned_division(operation):
    def apply(a, b, _bits):
        if b == 0:
            raise Trap("IntegerDivideByZero")
        return operation(a, b)

    return apply


def _clz(a, bits):
    return bits - a.bit_length()


def _ctz(a, bits):
    return (a & -a).bit_length() - 1 if a else bits


def _rotl(a, b, bits):
    b %= bits
    return a << b | a >> (bits - b)


_BINARY = {
    "add": lambda a, b, bits: a + b, "sub": lambda a, b, bits: a - b, "mul": lambda a, b, bits: a * b,
    "div_s": _div_s, "div_u": _unsigned_division(lambda a, b: a // b), "rem_s": _rem_s,
    "rem_u": _unsigned_division(lambda a, b: a % b), "and": lambda a, b, bits: a & b, "or": lambda a, b, bits: a | b,
    "xor": lambda a, b, bits: a ^ b, "shl": lambda a, b, bits: a << b % bits,
    "shr_s": lambda a, b, bits: signed(a, bits) >> b % bits, "shr_u": lambda a, b, bits: a >> b % bits,
    "rotl": _rotl, "rotr": lambda a, b, bits: _rotl(a, -b, bits),
}
_UNARY = {
    "clz": _clz, "ctz": _ctz, "popcnt": lambda a, bits: a.bit_count(),
    "extend8_s": lambda a, bits: signed(a & 0xFF, 8), "extend16_s": lambda a, bits: signed(a & 0xFFFF, 16),
    "extend32_s": lambda a, bits: signed(a & 0xFFFFFFFF, 32),
}
_RELATIONS = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b, "ge": lambda a, b: a >= b,
}


# Floats.


def _divide_float(a, b):
    if b != 0:
        return a / b
    if a == 0 or math.isnan(a):
        return math.nan
    return math.copysign(math.inf, a) * math.copysign(1.0, b)


def _extreme(choose, zero_sign):
    """min and max: any NaN wins, and the zeros are ordered by their sign."""

    def apply(a, b):
        if math.isnan(a) or math.isnan(b):
            return math.nan
        if a == b == 0:
            negative = zero_sign(math.copysign(1.0, a), math.copysign(1.0, b)) < 0
            return -0.0 if negative else 0.0
        return choose(a, b)

    return apply


def _sqrt(a):
    return math.nan if a < 0 else math.sqrt(a)


def _rounding(to_integer):
    """A rounding to an integral number that keeps infinities and the sign of zero."""

    def apply(a):
        if math.isnan(a) or math.isinf(a):
            return a
        return math.copysign(float(to_integer(a)), a)

    return apply


_FLOAT_BINARY = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": _divide_float,
    "min": _extreme(min, min), "max": _extreme(max, max),
}
_FLOAT_UNARY = {
    "sqrt": _sqrt, "ceil": _rounding(math.ceil), "floor": _rounding(math.floor), "trunc": _rounding(math.trunc),
    "nearest": _rounding(round),  # Python rounds halves to even.
}


def _sign(bits):
    return 1 << (bits - 1)


_FLOAT_BITS = {
    "abs": lambda a, bits: a & ~_sign(bits), "neg": lambda a, bits: a ^ _sign(bits),
}


# Conversions.


def _truncate(number, bits, is_signed, saturate):
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if is_signed else (0, (1 << bits) - 1)
    if math.isnan(number):
        if saturate:
            return 0
        raise Trap("InvalidConversionToInteger")
    if math.isinf(number):
        value = high + 1 if number > 0 else low - 1
    else:
        value = math.trunc(number)
    if not low <= value <= high and not saturate:
        raise Trap("IntegerOverflow")
    return max(low, min(value, high))


def _round_to_bits(value, precision):
    """An integer rounded to a precision, ties to even."""
    shift = max(abs(value).bit_length() - precision, 0)
    low = abs(value) & ((1 << shift) - 1)
    high, half = abs(value) >> shift, 1 << shift >> 1
    if shift and (low > half or (low == half and high & 1)):
        high += 1
    return (high << shift) * (-1 if value < 0 else 1)


def _conversion(own, operation):
    """The function of a conversion, read off its mnemonic."""
    bits = int(own[1:])
    name, source = operation.rsplit("_", 1)[0], None
    is_signed = operation.endswith("_s")
    for one in ("i32", "i64", "f32", "f64"):
        if "_" + one in operation:
            source = one
    source_bits = int(source[1:])
    if name.startswith("trunc"):
        saturate = "sat" in name
        return lambda a: _truncate(to_float(a, source_bits), bits, is_signed, saturate) & ((1 << bits) - 1)
    if name.startswith("convert"):
        precision = 24 if bits == 32 else 53
        value = (lambda a: signed(a, source_bits)) if is_signed else (lambda a: a)
        return lambda a: from_float(float(_round_to_bits(value(a), precision)), bits)
    if name.startswith(("demote", "promote")):
        return lambda a: from_float(to_float(a, source_bits), bits)
    if name.startswith("extend") and is_signed:
        return lambda a: signed(a, 32) & 0xFFFFFFFFFFFFFFFF
    if name == "wrap":
        return lambda a: a & 0xFFFFFFFF
    return lambda a: a  # reinterpretations, extend_i32_u


def _integer(operation, bits):
    mask = (1 << bits) - 1
    if operation == "eqz":
        return 1, lambda a: int(a == 0)
    if operation in _UNARY:
        unary = _UNARY[operation]
        return 1, lambda a: unary(a, bits) & mask
    if operation in _BINARY:
        binary = _BINARY[operation]
        return 2, lambda a, b: binary(a, b, bits) & mask
    relation = _RELATIONS[operation.split("_")[0]]
    if operation.endswith("_s"):
        return 2, lambda a, b: int(relation(signed(a, bits), signed(b, bits)))
    return 2, lambda a, b: int(relation(a, b))


def _floating(operation, bits):
    if operation in _FLOAT_BITS:
        exact = _FLOAT_BITS[operation]
        return 1, lambda a: exact(a, bits)
    if operation == "copysign":
        return 2, lambda a, b: a & ~_sign(bits) | b & _sign(bits)
    if operation in _FLOAT_UNARY:
        unary = _FLOAT_UNARY[operation]
        return 1, lambda a: from_float(unary(to_float(a, bits)), bits)
    if operation in _FLOAT_BINARY:
        binary = _FLOAT_BINARY[operation]
        return 2, lambda a, b: from_float(binary(to_float(a, bits), to_float(b, bits)), bits)
    relation = _RELATIONS[operation]
    return 2, lambda a, b: int(relation(to_float(a, bits), to_float(b, bits)))


def operator(mnemonic):
    """The arity and the function of a numeric instruction."""
    own, operation = mnemonic.split(".")
    if any("_" + one in operation for one in ("i32", "i64", "f32", "f64")):
        return 1, _conversion(own, operation)
    return (_integer if own[0] == "i" else _floating)(operation, int(own[1:]))
