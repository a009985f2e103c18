#!/usr/bin/env python3
"""What the kernels must give, worked out without WebAssembly: by Python's own integers, floats and libraries.

  model.py           computes every run of kernels.json that is marked "by": "model", and compares
  model.py --fill    writes the expectations of these runs instead

A run marked "agreement" has no model: there the engines only have to agree. No engine wrote a number here. The last
line is `N passed, N failed`.
"""

import hashlib
import json
import math
import re
import struct
import sys
import zlib
from collections import Counter
from pathlib import Path

LIST = Path(__file__).resolve().parent / "kernels.json"
M32, M64 = (1 << 32) - 1, (1 << 64) - 1
CALL_DEPTH = 1024  # MET-10: the limit `call_depth` of the preset for contracts


class Trap(Exception):
    """The run ends with the trap of this name."""


# ---- What kernel.h has ------------------------------------------------------------------------------------------

class Random:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & M64
        return self.state >> 33

    def bytes(self, count):
        return bytes(self.next() & 0xFF for _ in range(count))


def fold(so_far, value):
    return ((((so_far << 7) | (so_far >> 57)) ^ value) * 0x9E3779B97F4A7C15) & M64


def fold_all(start, values):
    for value in values:
        start = fold(start, value)
    return start


def signed(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def quotient(a, b):
    """Rounds towards zero, as C and WebAssembly do."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


# ---- One function for each kernel; integers come unsigned, floats as floats ----------------------------------------

def fib(n):
    return fib_loop(n)


def fib_loop(n):
    """By doubling: F(2k) = F(k) (2 F(k+1) - F(k)), F(2k+1) = F(k)^2 + F(k+1)^2."""
    def pair(k):
        if k == 0:
            return 0, 1
        a, b = pair(k // 2)
        c, d = a * (2 * b - a), a * a + b * b
        return (d, c + d) if k % 2 else (c, d)
    return pair(n)[0] & M64


def sieve(n):
    primes = [p for p in range(2, n + 1) if all(p % d for d in range(2, math.isqrt(p) + 1))]
    return len(primes) << 40 | sum(primes)


def quicksort(n, seed, comparator):
    random = Random(seed)
    keys = [None, lambda x: -x, lambda x: (x & 0xFFFF, x)]
    return fold_all(n, sorted((random.next() for _ in range(n)), key=keys[comparator]))


def matmul(n, seed):
    random = Random(seed)
    a, b = ([[random.next() / 65536.0 - 8192.0 for _ in range(n)] for _ in range(n)] for _ in range(2))
    total = 0.0
    for row in a:
        for j in range(n):
            entry = 0.0
            for k in range(n):
                entry += row[k] * b[k][j]
            total += entry
    return total


class Bodies:
    def __init__(self):
        radii = [(i * i + i) * 0.5 for i in range(5)]
        self.position = [[r, -r * 0.25, r * 0.125] for r in radii]
        self.velocity = [[0.5 / r if r else 0.0, 6.0 / math.sqrt(r) if r else 0.0, i * -0.0625]
                         for i, r in enumerate(radii)]
        self.mass = [1.0 / (i * 64) if i else 36.0 for i in range(5)]

    def squared(self, i, j):
        """The difference and the square of its length, summed in the kernel's order."""
        d = [p - q for p, q in zip(self.position[i], self.position[j])]
        return d, (d[0] * d[0] + d[1] * d[1]) + d[2] * d[2]

    def step(self, dt):
        for i in range(5):
            for j in range(i + 1, 5):
                d, squared = self.squared(i, j)
                magnitude = dt / (squared * math.sqrt(squared))
                for k in range(3):
                    self.velocity[i][k] -= d[k] * self.mass[j] * magnitude
                    self.velocity[j][k] += d[k] * self.mass[i] * magnitude
        for p, v in zip(self.position, self.velocity):
            for k in range(3):
                p[k] += dt * v[k]

    def energy(self):
        total = 0.0
        for i, v in enumerate(self.velocity):
            total += 0.5 * self.mass[i] * ((v[0] * v[0] + v[1] * v[1]) + v[2] * v[2])
            for j in range(i + 1, 5):
                total -= self.mass[i] * self.mass[j] / math.sqrt(self.squared(i, j)[1])
        return total


def nbody(steps, dt):
    bodies = Bodies()
    for _ in range(steps):
        bodies.step(dt)
    return bodies.energy()


def mandelbrot(n, most, x, y, size):
    def iterations(cx, cy):
        zx = zy = 0.0
        count = 0
        while count < most and zx * zx + zy * zy <= 4.0:
            zx, zy = zx * zx - zy * zy + cx, 2.0 * zx * zy + cy
            count += 1
        return count
    return sum(iterations(x + size * (j / n - 0.5), y + size * (i / n - 0.5)) for i in range(n) for j in range(n))


def spectral(n, rounds):
    def times(vector, transposed):
        result = []
        for i in range(n):
            total = 0.0
            for j in range(n):
                row, column = (j, i) if transposed else (i, j)
                total += 1.0 / ((row + column) * (row + column + 1) // 2 + row + 1) * vector[j]
            result.append(total)
        return result
    u = [1.0] * n
    for _ in range(rounds):
        v = times(times(u, False), True)
        u = times(times(v, False), True)
    uv = vv = 0.0
    for a, b in zip(u, v):
        uv += a * b
        vv += b * b
    return math.sqrt(uv / vv)


def crc32(n, seed):
    return zlib.crc32(Random(seed).bytes(n))


def sha256(n, seed):
    return int.from_bytes(hashlib.sha256(Random(seed).bytes(n)).digest()[:8], "big")


def keccak(n, seed):
    return int.from_bytes(hashlib.sha3_256(Random(seed).bytes(n)).digest()[:8], "little")


def bigint(n, m, seed):
    random = Random(seed)

    def number(count):
        limbs = []
        for _ in range(count):
            low = random.next()
            limbs.append(low ^ (random.next() << 33 & M64))
        return sum(limb << 64 * i for i, limb in enumerate(limbs))

    product = number(n) * number(m)
    return fold_all(n + m, (product >> 64 * i & M64 for i in range(n + m)))


def lz(n, seed, mode):
    """What was compressed and decompressed must be the text itself."""
    assert mode == 0
    random, text = Random(seed), bytearray()
    words = [bytes(ord("a") + random.next() % 26 for _ in range(8)) for _ in range(16)]
    while len(text) < n:
        word = random.next() % 16
        text += words[word][:word // 2 + 1]
    return zlib.adler32(text[:n])


def json_text(n, seed):
    random = Random(seed)
    values = ["true", "null", r'"a \"quoted\" [word], \\"', "[1, 2.5e-3, -7]", '{"k": ""}']
    items = []
    for i in range(n):
        kind = random.next() % 6
        items.append(f'{{"id": {i}, "value": {values[kind] if kind < 5 else random.next()}}}')
    return "[" + ",\n ".join(items) + "]"


def json_tokens(n, seed):
    text = json_text(n, seed)
    json.loads(text)
    kinds = (r'(?P<string>"(?:\\.|[^"\\])*")', r"(?P<number>-?[0-9][0-9.e-]*)", r"(?P<word>[a-z]+)",
             r"(?P<mark>[][{}:,])")
    counts = Counter(found.lastgroup for found in re.finditer("|".join(kinds), text))
    return counts["mark"] << 48 | counts["string"] << 32 | counts["number"] << 16 | counts["word"]


def words(n, seed):
    random, text = Random(seed), ""
    for _ in range(n):
        value = random.next()
        text += " " if value % 3 == 0 else "abcd"[value // 3 % 4]
    counts = Counter(text.split())
    return len(counts) << 32 | max(counts.values(), default=0)


def interpreter(n, k):
    def collatz(x):
        steps = 0
        while x > 1:
            x, steps = 3 * x + 1 if x % 2 else x // 2, steps + 1
        return steps
    return sum(collatz(i) + math.gcd(i, k) for i in range(1, n + 1)) & M64


def bulk(rounds, seed, longest):
    random, buffer = Random(seed), bytearray(32768)
    for i in range(rounds):
        length = random.next() % (longest + 1)
        target, source = (random.next() % (len(buffer) - length + 1) for _ in range(2))
        buffer[target:target + length] = \
            bytes([source & 0xFF]) * length if i % 2 == 0 else buffer[source:source + length]
    return fold_all(rounds, (buffer[i] << 8 | buffer[i + 63] for i in range(0, len(buffer), 64)))


STEPS = (
    lambda x, i: x + i, lambda x, i: x - i, lambda x, i: x * 0x9E3779B97F4A7C15, lambda x, i: ~x,
    lambda x, i: x ^ x << 13, lambda x, i: x ^ x >> 7, lambda x, i: x << 21 | x >> 43, lambda x, i: x + x.bit_count(),
    lambda x, i: x ^ 64 - (x | 1).bit_length(), lambda x, i: x - trailing_zeros(x | 1 << 31),
    lambda x, i: signed(x, 8) + i, lambda x, i: signed(x, 64) >> 1, lambda x, i: x * x, lambda x, i: x // (i + 1),
    lambda x, i: x % (i * 2654435761 + 1 & M32) + 0xF00000000000000D, lambda x, i: x << 32 | x >> 32,
)


def trailing_zeros(x):
    return (x & -x).bit_length() - 1


def dispatch(n, x):
    folded = x
    for i in range(n):
        x = STEPS[(x ^ i) & 15](x, i) & M64
        folded = fold(folded, x)
    return folded


def integers(n, seed):
    random, folded = Random(seed), seed

    def wide():
        high = random.next()
        whole = (high << 33 & M64) ^ random.next() << 2 ^ high
        return whole >> (random.next() & 63)

    for _ in range(n):
        a, b = wide(), wide()
        chosen = ~a & M64 if random.next() & 1 else a
        folded = fold_all(folded, of_64(chosen, b))
        folded = fold_all(folded, of_32(a & M32, b >> (a & 31) & M32))
    return folded


def of_64(a, b):
    sa, sb = signed(a, 64), signed(~b if b & 1 else b, 64)
    yield a // (b | 1)
    yield a % (b | 1)
    if sb != 0 and not (sa == -1 << 63 and sb == -1):
        yield quotient(sa, sb) & M64
        yield (sa - sb * quotient(sa, sb)) & M64
    yield (sa >> (b & 63)) & M64
    yield (a << (b & 63) | a >> (-b & 63)) & M64
    yield (signed(a, 32) ^ signed(b, 16)) & M64
    yield 64 - (a | 1).bit_length() << 16 | trailing_zeros(b | 1 << 63) << 8 | (a ^ b).bit_count()


def of_32(a, b):
    sa, sb = signed(~a, 32), signed(b | 2, 32)
    yield (a // (b | 1)) << 32 | a % (b | 1)
    yield (quotient(sa, sb) & M32) ^ ((sa - sb * quotient(sa, sb)) & M32) << 32
    yield (sa >> (b & 31)) & M32
    yield (a << (b & 31) | a >> (-b & 31)) & M32
    yield (signed(a, 8) & M32) ^ 32 - (a | 1).bit_length() << 32 ^ b.bit_count() << 40


def recursion(n, x):
    """Forwards for the values that go down, backwards for what is left behind. `run` is a frame, and n + 1 calls."""
    if n + 2 > CALL_DEPTH:
        raise Trap("CallDepth")
    for left in range(n, 0, -1):
        x = x + left if (n - left) % 2 == 0 else x ^ left
    for left in range(1, n + 1):
        x = x * 3 + left if (n - left) % 2 == 0 else x * 2 - left
    return x & M64


def ackermann(m, n):
    return [n + 1, n + 2, 2 * n + 3, (1 << n + 3) - 3][m]


def distance(n, m, seed):
    random = Random(seed)
    a, b = ([random.next() % 4 for _ in range(count)] for count in (n, m))
    table = {(i, 0): i for i in range(n + 1)} | {(0, j): j for j in range(m + 1)}
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
    return table[n, m]


def grow(times, pages):
    size, answers, last = 1, 0, {}
    for _ in range(times):
        answer = size if size + pages <= 4 else -1
        size += pages if answer >= 0 else 0
        last[size] = last.get(size, 0) + 1
        answers = ((answers << 8 | answer & 0xFF) + (last[size] << 56)) & M64
    return answers


# The memory is a page; the table holds nothing, a function of one and one of two parameters.
PAGE, FUNCTION_AT = 65536, {1: "next", 2: "sum"}


def traps(kind, x, y):
    def within(*ranges):
        if any(at + size > PAGE for at, size in ranges):
            raise Trap("OutOfBoundsMemoryAccess")

    def divided(a, b, bits, remainder=False):
        if b == 0:
            raise Trap("IntegerDivideByZero")
        if not remainder and quotient(a, b) >= 1 << bits:
            raise Trap("IntegerOverflow")
        return a - b * quotient(a, b) if remainder else quotient(a, b)

    def element():
        if x > len(FUNCTION_AT):
            raise Trap("UndefinedElement")
        if x == 0:
            raise Trap("UninitializedElement")
        if FUNCTION_AT[x] != "next":
            raise Trap("IndirectCallTypeMismatch")
        return y + 1

    def truncated(low, high):
        value = struct.unpack("<d", struct.pack("<Q", x))[0]
        if math.isnan(value):
            raise Trap("InvalidConversionToInteger")
        if math.isinf(value) or not low <= math.trunc(value) <= high:
            raise Trap("IntegerOverflow")
        return math.trunc(value)

    def unreachable():
        if x != y:
            raise Trap("Unreachable")
        return x

    return [
        lambda: divided(x, y, 64),
        lambda: divided(signed(x, 64), signed(y, 64), 63),
        lambda: divided(signed(x, 64), signed(y, 64), 63, True),
        lambda: divided(signed(x, 32), signed(y, 32), 31) & M32,
        lambda: divided(x & M32, y & M32, 32, True),
        unreachable,
        lambda: within((x & M32, 8)) or 0,
        lambda: within((x & M32, 2)) or y & 0xFFFF,
        lambda: within((x & M32, y & M32)) or y,
        lambda: within((x & M32, y & M32), (8192, y & M32)) or y,
        element,
        lambda: truncated(-1 << 31, (1 << 31) - 1) & M32,
        lambda: truncated(0, M64),
        lambda: (x + 1) + (x + y),
        lambda: M64,
    ][min(kind, 14)]() & M64


# ---- Floats, by their bits where a NaN or a sign counts -----------------------------------------------------------

class Format:
    """A binary float format: how its values turn into bits, and what each operation gives."""

    def __init__(self, code, bits, significand, canonical, own):
        self.code, self.bits, self.significand, self.canonical, self.own = code, bits, significand, canonical, own
        self.sign = 1 << bits - 1

    def value(self, bits):
        return struct.unpack("<" + self.code, bits.to_bytes(self.bits // 8, "little"))[0]

    def of(self, value):
        """The bits of a value, rounded once; a NaN becomes the canonical one."""
        if math.isnan(value):
            return self.canonical
        try:
            return int.from_bytes(struct.pack("<" + self.code, value), "little")
        except OverflowError:
            return self.of(math.copysign(math.inf, value))

    def is_nan(self, bits):
        return math.isnan(self.value(bits))

    def divide(self, a, b):
        if b != 0 or math.isnan(a) or a == 0:
            return a / b if b != 0 else math.nan
        return math.copysign(math.inf, math.copysign(1, a) * math.copysign(1, b))

    def extreme(self, a, b, chosen):
        """min and max: -0 is less than 0, and a NaN wins."""
        if math.isnan(a) or math.isnan(b):
            return math.nan
        return chosen(a, b, key=lambda one: (one, math.copysign(1, one)))

    def rounded(self, a, how):
        if math.isnan(a) or math.isinf(a):
            return a
        return math.copysign(float(how(a)), a)

    def of_integer(self, integer):
        """Rounded once, to even at a tie, by integers alone."""
        excess = max(abs(integer).bit_length() - self.significand, 0)
        kept, rest = abs(integer) >> excess, abs(integer) & ((1 << excess) - 1)
        half = 1 << excess - 1 if excess else 1
        kept += rest > half or (rest == half and kept % 2)
        return self.of(float(kept << excess) * (-1 if integer < 0 else 1))

    def operations(self, x, y):
        """In the order of the kernel, up to the negation."""
        a, b = self.value(x), self.value(y)
        for value in (a + b, a - b, a * b, self.divide(a, b), self.extreme(a, b, min), self.extreme(a, b, max)):
            yield self.of(value)
        yield x & ~self.sign | y & self.sign
        yield self.of(math.sqrt(a) if a >= 0 else math.nan)
        for how in (math.floor, math.ceil, math.trunc, round):
            yield self.of(self.rounded(a, how))
        yield x & ~self.sign
        yield x ^ self.sign


F64 = Format("d", 64, 53, 0x7FF8000000000000, 0x7FF8000000000001)
F32 = Format("f", 32, 24, 0x7FC00000, 0x7FC00001)
RANGES = ((-1 << 31, (1 << 31) - 1), (0, M32), (-1 << 63, (1 << 63) - 1), (0, M64))


def saturated(value):
    for low, high in RANGES:
        whole = 0 if math.isnan(value) else low if value < low else high if value > high else math.trunc(value)
        yield whole & (M32 if high <= M32 else M64)


def float_steps(x, y):
    """(the format or None, bits) for each value that the kernel folds."""
    a, b = F64.value(x), F64.value(y)
    yield from ((F64, bits) for bits in F64.operations(x, y))
    yield None, sum(one << i for i, one in enumerate((a < b, a <= b, a == b, a != b, a > b, a >= b)))
    narrow = F32.of(a)
    yield from ((F32, bits) for bits in F32.operations(narrow, F32.of(b)))
    yield F64, F64.of(F32.value(narrow))
    yield from ((None, whole) for value in (a, F32.value(narrow)) for whole in saturated(value))
    integers_of_x = (signed(x, 64), x, signed(x, 32), x & M32)
    yield from ((form, form.of_integer(one)) for form in (F64, F32) for one in integers_of_x)


def floats(x, y, replaces_nan):
    """Takes the floats as bits."""
    return fold_all(0, (form.own if form and replaces_nan and form.is_nan(bits) else bits
                        for form, bits in float_steps(x, y)))


# ---- The list -----------------------------------------------------------------------------------------------------

MODELS = {name: globals()[name] for name in (
    "fib fib_loop sieve quicksort matmul nbody mandelbrot spectral crc32 sha256 keccak bigint lz words interpreter "
    "bulk dispatch integers recursion ackermann distance grow traps floats").split()} | {"json": json_tokens}


def argument(text, as_bits):
    kind, _, value = text.partition(":")
    if kind == "f64":
        return int(value, 0) if as_bits else F64.value(int(value, 0))
    return int(value, 0) & (M32 if kind == "i32" else M64)


def expectation(name, run, result):
    """{"expect": [value]} or {"trap": name}."""
    try:
        value = MODELS[name](*(argument(one, name == "floats") for one in run["args"]))
    except Trap as trap:
        return {"trap": str(trap)}
    return {"expect": [f"f64:{F64.of(value):#018x}" if result == "f64" else f"i64:{signed(value, 64)}"]}


def text_of(kernels):
    """One line for each run."""
    blocks = []
    for kernel in kernels:
        head = ", ".join(f"{json.dumps(key)}: {json.dumps(kernel[key])}" for key in kernel if key != "runs")
        runs = ",\n".join("      " + json.dumps(run) for run in kernel["runs"])
        blocks.append(f'    {{{head}, "runs": [\n{runs}\n    ]}}')
    return '{\n  "kernels": [\n' + ",\n".join(blocks) + "\n  ]\n}\n"


def main(arguments):
    kernels = json.loads(LIST.read_text(encoding="utf-8"))["kernels"]
    passed = failed = 0
    for kernel in kernels:
        for run in kernel["runs"]:
            if run["by"] != "model":
                continue
            found = expectation(kernel["name"], run, kernel["result"])
            if arguments == ["--fill"]:
                for key in ("expect", "trap"):
                    run.pop(key, None)
                run |= found
            if all(run.get(key) == found.get(key) for key in ("expect", "trap")):
                passed += 1
                continue
            failed += 1
            print(f"{kernel['name']} {' '.join(run['args'])}: the list has {run}, the model gives {found}")
    if arguments == ["--fill"]:
        LIST.write_text(text_of(kernels), encoding="utf-8")
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
