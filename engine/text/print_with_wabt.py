#!/usr/bin/env python3
"""Compares the printer with wabt, which shares no line with it: whether wat2wasm makes the module again from its text.

  print_with_wabt.py PRINT_WASM [--generator PROGRAM --generated N --seed S] [--scripts DIR]

PRINT_WASM is the program of this folder; the modules are those of the repository, modules at random where a generator
is given, and with --scripts every module in the .wast files of a folder that wabt can read (wast2json).

The bytes must be the module's own, or the module as wabt itself encodes it: wat2wasm of wasm2wat of it. The second is
for what wabt encodes in its own way, such as lengths and indices with padding, as linkers write them, and runs of
locals in several parts; how many needed it is printed. Custom sections are left out, since wabt does not read their
annotations. A module that wabt does not read, or not in its own text, is left out and counted.

Ends with `N passed, N failed`, 1 at a mismatch, and 2 where nothing was compared. One module is altered first, in one
instruction of its text, and must be reported.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# All of wabt's but threads and the exceptions of before 3.0, which are not Detent's.
FEATURES = ["--enable-" + name for name in ("annotations", "extended-const", "function-references", "gc", "memory64", "multi-memory",
                                            "relaxed-simd", "tail-call")]
BATCH = 500
OWN, AGAIN, FAILED, NOT_READ = "own", "again", "failed", "not read"


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", timeout=600)


def leb(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def without_custom(data):
    out, at = data[:8], 8
    while at < len(data):
        size, content = leb(data, at + 1)
        if data[at] != 0:
            out += data[at:content + size]
        at = content + size
    return out


def assembled(text, folder):
    """The bytes that wat2wasm makes, or what it says. What is not valid is none of its business here."""
    made = folder / "made.wasm"
    done = run("wat2wasm", *FEATURES, "--no-check", text, "-o", made)
    return (without_custom(made.read_bytes()), "") if done.returncode == 0 else (None, done.stderr)


def in_wabts_form(module, folder):
    """The module as wabt writes it; nothing if wabt does not take it."""
    plain, text = folder / "plain.wasm", folder / "wabt.wat"
    plain.write_bytes(without_custom(module.read_bytes()))
    if run("wasm2wat", *FEATURES, "--no-check", plain, "-o", text).returncode != 0:
        return None
    return assembled(text, folder)[0]


def compare(module, text, folder, complain=print):
    """With which bytes the text agrees; NOT_READ where wabt has none."""
    again = in_wabts_form(module, folder)
    own = without_custom(module.read_bytes())
    if again is None:
        return NOT_READ
    if not text.is_file():
        complain(f"{module}: not printed")
        return FAILED
    made, message = assembled(text, folder)
    if made is None:
        complain(f"{module}: wat2wasm refuses the text: {message[:400]}")
    elif made not in (own, again):
        at = next((i for i, (a, b) in enumerate(zip(made, again)) if a != b), min(len(made), len(again)))
        complain(f"{module}: byte {at} of {len(again)} is another one")
    return OWN if made == own else AGAIN if made == again else FAILED


def printed(program, modules, folder):
    """Where the text of each module is. Those that the printer refuses have none."""
    folder.mkdir()
    texts = [folder / f"{number}.wat" for number in range(len(modules))]
    pairs = [path for pair in zip(modules, texts) for path in pair]
    for begin in range(0, len(pairs), 2 * BATCH):
        run(program, *pairs[begin:begin + 2 * BATCH])
    return texts


def generated(options, folder):
    if options.generator is None:
        return []
    folder.mkdir()
    done = run(options.generator, folder, options.generated, options.seed)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return sorted(folder.glob("*.wasm"))


def of_scripts(options, folder):
    """The modules in scripts, and those of them that the scripts call malformed."""
    modules, malformed = [], []
    for number, script in enumerate(sorted(options.scripts.rglob("*.wast")) if options.scripts else []):
        commands = folder / str(number) / f"{script.stem}.json"
        commands.parent.mkdir(parents=True)
        if run("wast2json", *FEATURES, "--no-check", script, "-o", commands).returncode != 0:
            continue
        for command in json.loads(commands.read_text(encoding="utf-8"))["commands"]:
            file = command.get("filename", "")
            if file.endswith(".wasm"):
                (malformed if command["type"] == "assert_malformed" else modules).append(commands.parent / file)
    return modules, malformed


def control_fails(module, text, folder):
    """Whether a text in which one instruction is another one is reported."""
    altered = folder / "altered.wat"
    original = text.read_text(encoding="utf-8")
    altered.write_text(original.replace("i32.add", "i32.sub", 1), encoding="utf-8")
    return "i32.add" in original and compare(module, altered, folder, complain=lambda _: None) == FAILED


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("--generator", type=Path)
    parser.add_argument("--generated", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scripts", type=Path)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        committed = sorted((ROOT / "contracts").rglob("*.wasm")) + sorted((ROOT / "conformance").rglob("*.wasm"))
        scripted, malformed = of_scripts(options, folder / "scripts")
        modules = committed + generated(options, folder / "generated") + scripted
        texts = printed(options.program.resolve(), modules, folder / "texts")
        accepted = [str(module) for module, text in zip(malformed, printed(options.program.resolve(), malformed,
                                                                           folder / "malformed")) if text.is_file()]
        verdicts = [compare(module, text, folder) for module, text in zip(modules, texts)]
        control = any(control_fails(module, text, folder) for module, text in list(zip(modules, texts))[:len(committed)])

    compared = len(verdicts) - verdicts.count(NOT_READ)
    failed = verdicts.count(FAILED) + (not control) + len(accepted)
    if not control:
        print("an altered text was not reported")
    for module in accepted:
        print(f"{module}: malformed, and printed")
    print(f"{len(modules)} modules: {verdicts.count(OWN)} with their own bytes, {verdicts.count(AGAIN)} as wabt encodes "
          f"them, {verdicts.count(NOT_READ)} that wabt does not read; {len(malformed)} malformed ones to be refused")
    print(f"{compared + 1 + len(malformed) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0 if compared else 2)


main()
