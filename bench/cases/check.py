#!/usr/bin/env python3
"""Computes the answers of cases.json by other means and compares: every case in C is built for this machine by the
system's compiler and run, and where a model is known, Python computes the same thing in a way of its own.

    bench/cases/check.py [--write] [NAME...]

A case with neither fails, so that no engine writes an expectation. The table of the cases in ../README.md is what
cases.json says; --write puts it there."""
import hashlib
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
README = HERE.parent / "README.md"
TABLE_HEAD = "| case | what | source | argument | answer | by |"
MASK = (1 << 64) - 1
DRIVER = """
#include <stdio.h>
#include <stdlib.h>
#include "%s"
int main(int count, char** words) {
    for (int i = 1; i < count; ++i)
        printf("%%lld\\n", (long long)run((uint32_t)strtoul(words[i], NULL, 10)));
}
"""


class Random:
    """The generator of kernel.h."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return self.state >> 33


def fold(so_far, value):
    return ((((so_far << 7) | (so_far >> 57)) & MASK ^ value) * 0x9E3779B97F4A7C15) & MASK


def folded(rounds, one):
    total = rounds
    for i in range(rounds):
        total = fold(total, one(i) & MASK)
    return total


def counter(n):
    return n * (n - 1) // 2


def fibonacci(n):
    """By doubling, not by steps."""
    if n == 0:
        return 0, 1
    a, b = fibonacci(n // 2)
    even, odd = a * (2 * b - a) & MASK, (a * a + b * b) & MASK
    return (even, odd) if n % 2 == 0 else (odd, (even + odd) & MASK)


def sort(rounds):
    random, total = Random(1), rounds
    for _ in range(rounds):
        for number in sorted(random.next() for _ in range(8192)):
            total = fold(total, number)
    return total


def sort_indirect(rounds):
    def one(i):
        random, key = Random(i), [None, lambda x: -x, lambda x: (x & 0xFFFF, x)][i % 3]
        total = 8192
        for number in sorted((random.next() for _ in range(8192)), key=key):
            total = fold(total, number)
        return total
    return folded(rounds, one)


def sieve(rounds):
    primes = [n for n in range(2, 40001) if all(n % d for d in range(2, math.isqrt(n) + 1))]
    return folded(rounds, lambda _: len(primes) << 40 | sum(primes))


def keccak(rounds):
    digest = bytes(32)
    for _ in range(rounds):
        digest = hashlib.sha3_256(digest).digest()
    return int.from_bytes(digest[:8], "little")


def sha256(rounds):
    def one(i):
        random = Random(i)
        message = bytes(random.next() & 0xFF for _ in range(16384))
        return int.from_bytes(hashlib.sha256(message).digest()[:8], "big")
    return folded(rounds, one)


def x25519(scalar, point):
    """The affine Montgomery ladder of RFC 7748 on Python's integers."""
    p = 2**255 - 19
    k = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    u = int.from_bytes(point, "little") & (2**255 - 1)
    x2, z2, x3, z3 = 1, 0, u, 1
    for at in reversed(range(255)):
        if k >> at & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        x3, z3 = (d * a + c * b) ** 2 % p, u * (d * a - c * b) ** 2 % p
        e = a * a - b * b
        x2, z2 = a * a * b * b % p, e * (a * a + 121665 * e) % p
        if k >> at & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, p - 2, p) % p).to_bytes(32, "little")


def curve25519(rounds):
    scalar = point = bytes([9]) + bytes(31)
    for i in range(rounds):
        scalar, point = x25519(scalar, point), scalar
        if i == 0 and scalar.hex() != "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079":
            raise SystemExit("the model does not agree with RFC 7748")
    return int.from_bytes(scalar[:8], "little")


def bigint(rounds):
    def one(i):
        random = Random(i)
        limbs = []
        for _ in range(128):
            low = random.next()
            limbs.append(low ^ random.next() << 33 & MASK)
        number = [sum(limb << 64 * at for at, limb in enumerate(half)) for half in (limbs[:64], limbs[64:])]
        product, total = number[0] * number[1], 128
        for at in range(128):
            total = fold(total, product >> 64 * at & MASK)
        return total
    return folded(rounds, one)


def regex(passes):
    random = Random(1)
    text = "".join("acgt"[random.next() % 4] for _ in range(20000))
    source = (HERE / "regex.c").read_text()
    patterns = re.findall(r'"([^"]+)"', source.split("patterns[] = {")[1].split("};")[0])
    total = 0
    for pattern in patterns * passes:
        compiled, matches, at = re.compile(pattern), 0, 0
        while at < len(text):
            # What an empty match would be, the case has none of.
            found = compiled.match(text[at:at + 64])
            matches += 0 if found is None else 1 << 32 | found.end()
            at += found.end() if found else 1
        total = fold(total, matches)
    return total


def reverse_complement(rounds):
    random = Random(1)
    letters = ["ACGTacgtRYKMn"[random.next() % 13] if i % 61 != 60 else "" for i in range(61000)]
    bases, total = "".join(letters), 0
    table = str.maketrans("ACGTacgtRYKMn", "TGCATGCAYRMKN")

    def text():
        return "".join(bases[i:i + 60] + "\n" for i in range(0, 60000, 60)).encode()
    for left in reversed(range(rounds)):
        bases = bases[::-1].translate(table).replace("n", "N")
        lines = text()
        total = fold(total, lines[left % 61000] << 8 | lines[30500])
    for byte in text():
        total = fold(total, byte)
    return total


def interpreter(n):
    total = 0
    for i in range(1, n + 1):
        x = i
        while x > 1:
            x = 3 * x + 1 if x % 2 else x // 2
            total += 1
        total += math.gcd(i, 720720)
    return total


def crc32(n):
    random = Random(1)
    return zlib.crc32(bytes(random.next() & 0xFF for _ in range(n)))


def exceptions(n):
    return sum(i if i % 4 == 0 else 2 for i in range(1, n + 1))


MODELS = {
    "counter_local": counter, "counter_global": counter, "fib_recursive": lambda n: fibonacci(n)[0],
    "fib_iterative": lambda n: fibonacci(n)[0], "fib_tail": lambda n: fibonacci(n)[0], "sort": sort,
    "sort_indirect": sort_indirect, "sieve": sieve, "keccak": keccak, "sha256": sha256, "curve25519": curve25519,
    "bigint": bigint, "bigint_wide": bigint, "regex": regex, "reverse_complement": reverse_complement,
    "interpreter": interpreter, "crc32": crc32, "gc_trees": lambda n: n * 8191,
    "gc_arrays": lambda n: n * counter(3000), "exceptions": exceptions,
}


def signed(word):
    return (word & MASK) - (1 << 64) * (word >> 63 & 1)


def native(case, arguments, folder):
    """What a build for this machine answers. The compiler is not the one that makes the modules."""
    driver, program = folder / "driver.c", folder / "driver"
    driver.write_text(DRIVER % (HERE / case["source"]))
    subprocess.run(["gcc", "-std=c17", "-O2", "-ffp-contract=off", "-fno-strict-aliasing", "-w", driver, "-o", program,
                    "-lm"], check=True)
    done = subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True)
    return [int(line) for line in done.stdout.split()]


def table(cases):
    """The rows of README.md."""
    rows = [TABLE_HEAD, "| --- | --- | --- | --: | --: | --- |"]
    for case in cases:
        # The README stands one folder above the list.
        path = case["source"].removeprefix("../") if case["source"].startswith("../") else "cases/" + case["source"]
        full = case["full"]
        rows.append(f"| {case['name']} | {case['about']} | [{pathlib.Path(path).name}]({path}) | {full['argument']} | "
                    f"{full['expect']} | {', '.join(case['by'])} |")
    return "\n".join(rows)


def check_table(cases, write):
    text = README.read_text()
    old = text[text.index(TABLE_HEAD):].split("\n\n")[0].rstrip("\n")
    new = table(cases)
    if write:
        README.write_text(text.replace(old, new))
    right = write or old == new
    print(f"{'right' if right else 'WRONG'}: the table of README.md")
    return right


def main():
    names = [word for word in sys.argv[1:] if word != "--write"]
    cases = json.loads((HERE / "cases.json").read_text())["cases"]
    passed = int(check_table(cases, "--write" in sys.argv[1:]))
    failed = 1 - passed
    for case in cases:
        if names and case["name"] not in names:
            continue
        runs = [case["full"], case["quick"]]
        arguments = [run["argument"] for run in runs]
        answers = {}
        if case["source"].endswith(".c"):
            with tempfile.TemporaryDirectory() as folder:
                answers["native"] = native(case, arguments, pathlib.Path(folder))
        if case["name"] in MODELS:
            answers["model"] = [signed(MODELS[case["name"]](argument)) for argument in arguments]
        expected = [int(run["expect"]) for run in runs]
        right = set(answers) == set(case["by"]) and all(answer == expected for answer in answers.values())
        print(f"{'right' if right else 'WRONG'}: {case['name']}: {expected}" + ("" if right else f" but {answers}"))
        passed, failed = passed + right, failed + (not right)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0 or not passed)


main()
