#!/usr/bin/env python3
"""Compares the assembler with wabt, which shares no line with it: both must make the same bytes of the same text.

  compare_with_wabt.py PRINT_MODULES [--scripts DIR]

PRINT_MODULES is the program of this folder. The modules are those of compare_with_wabt.wast; with --scripts (or
DETENT_TESTSUITE) also every text module in the .wast files of the official suite's root that wabt can read. Where the
two are meant to differ, DIFFERENT says why and how often; another number of differences fails.

Ends with `N passed, N failed`, 1 at a mismatch, and 77 where there is no wabt. One module is altered by a byte at the
end, and must be reported.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

OWN = pathlib.Path(__file__).resolve().with_suffix(".wast")
NOT_RUN = 77
INDICES = "wabt writes elements that are all ref.func as indices, whose type is not that of the text"
EMPTY_TYPE = "wabt writes a block of type (type x) as one without a type where x is empty"
DATA_COUNT = "wabt leaves out the data count where there is no segment, though an instruction needs it"
UNKNOWN_TYPE = "wabt does not know (ref x), and takes it for another type"
# The modules by script, with the line they begin on.
DIFFERENT = {
    "block.wast": {3: EMPTY_TYPE, 497: EMPTY_TYPE},
    "loop.wast": {3: EMPTY_TYPE, 614: EMPTY_TYPE},
    "bulk.wast": {line: INDICES for line in (199, 244, 274, 297)},
    "func.wast": {660: UNKNOWN_TYPE},
    "memory_init.wast": {190: DATA_COUNT, 266: DATA_COUNT},
    "memory_init64.wast": {190: DATA_COUNT, 266: DATA_COUNT},
    "ref_func.wast": {6: INDICES, 80: INDICES},
    "table_copy.wast": {line: INDICES for line in [*range(15, 1672, 92), *range(1671, 2197, 25)]},
}


def of_wabt(script, folder):
    """The modules by line; nothing where wabt does not read the script."""
    made = folder / "made.json"
    done = subprocess.run(["wast2json", "--enable-all", "--no-check", script, "-o", made], capture_output=True)
    if done.returncode != 0:
        return None
    modules = {}
    for command in json.loads(made.read_text())["commands"]:
        if command.get("filename", "").endswith(".wasm"):
            modules.setdefault(command["line"], (folder / command["filename"]).read_bytes())
    return modules


def of_detent(program, script):
    done = subprocess.run([program, script], capture_output=True, text=True, check=True)
    modules = {}
    for line in done.stdout.splitlines():
        place, digits = line.split()
        modules.setdefault(int(place), bytes.fromhex(digits))
    return modules


def differences(ours, theirs):
    """The lines of the modules that both have, and of those that differ."""
    both = [line for line in ours if line in theirs]
    return both, [line for line in both if ours[line] != theirs[line]]


def compare(program, script):
    """How many modules agree and how many do not; nothing where wabt does not read the script."""
    with tempfile.TemporaryDirectory() as folder:
        theirs = of_wabt(script, pathlib.Path(folder))
    if theirs is None:
        return None
    both, different = differences(of_detent(program, script), theirs)
    meant = DIFFERENT.get(script.name, {})
    wrong = sorted(set(different) ^ set(meant))
    for line in wrong:
        print(f"{script.name}:{line}: {'the bytes differ' if line in different else 'the bytes agree, which they did not'}")
    return len(both) - len(wrong), len(wrong)


def control_fails(program):
    with tempfile.TemporaryDirectory() as folder:
        theirs = of_wabt(OWN, pathlib.Path(folder))
    ours = of_detent(program, OWN)
    last = max(line for line in ours if line in theirs)
    ours[last] = ours[last][:-1] + bytes([ours[last][-1] ^ 1])
    return differences(ours, theirs)[1] == [last]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--scripts", default="")
    options = parser.parse_args()
    folder = options.scripts or os.environ.get("DETENT_TESTSUITE", "")
    if shutil.which("wast2json") is None:
        print("there is no wabt here: nothing was compared")
        sys.exit(NOT_RUN)

    passed, failed = compare(options.program, OWN) or (0, 1)
    print(f"{OWN.name}: {passed} modules with the same bytes, {failed} without")
    if not control_fails(options.program):
        print("an altered module was not reported")
        failed += 1
    if folder:
        counted = [compare(options.program, script) for script in sorted(pathlib.Path(folder).glob("*.wast"))]
        read = [counts for counts in counted if counts is not None]
        same, other = sum(counts[0] for counts in read), sum(counts[1] for counts in read)
        print(f"official suite: {len(read)} of {len(counted)} scripts that wabt reads, {same} modules as expected "
              f"(of which {sum(map(len, DIFFERENT.values()))} are meant to differ), {other} not")
        passed, failed = passed + same, failed + other + (not read)
    print(f"{passed + 1} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
