#!/usr/bin/env python3
"""Compares Detent with Node's V8, which shares no line with Detent and its oracle. Needs `node`; V8 knows no fuel.

  compare_with_v8.py DETENT [--generated N] [--seed S] [--generator PROGRAM] [--node PROGRAM]

Each kernel run and each call of a module at random goes through both. Results, traps by their kind, and after a return
all of memory must be the same. V8 leaves the bits of a NaN as the processor made them, so both run the module as
canonical_nan.py rewrites it, and Detent also the module as it is, with the same results. Left out, and counted: runs
whose trap is a limit of Detent's own, and arguments that are NaNs, which JavaScript may change. Ends with 1 at a
mismatch, and with 2 where nothing was compared.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import cases
from canonical_nan import with_canonical_nans

FIELDS = ("status", "results", "trap", "memory")
OWN_LIMITS = ("CallDepth", "StackExhausted")
# What V8 says of a trap, and which traps of Detent that is. V8 does not tell the two kinds of bad element apart.
KINDS = {
    "unreachable": ("Unreachable",),
    "divide by zero": ("IntegerDivideByZero",),
    "remainder by zero": ("IntegerDivideByZero",),
    "divide result unrepresentable": ("IntegerOverflow",),
    "float unrepresentable in integer range": ("IntegerOverflow", "InvalidConversionToInteger"),
    "memory access out of bounds": ("OutOfBoundsMemoryAccess",),
    "table index is out of bounds": ("UndefinedElement", "OutOfBoundsTableAccess"),
    "null function or function signature mismatch": ("UninitializedElement", "IndirectCallTypeMismatch"),
}


def is_nan(text):
    kind, bits = cases.typed(text)
    sign, infinity = {"f32": (1 << 31, 0x7F800000), "f64": (1 << 63, 0x7FF0000000000000)}.get(kind, (0, None))
    return infinity is not None and bits & ~sign > infinity


def is_left_out(case):
    return case.known.get("trap") in OWN_LIMITS or any(map(is_nan, case.args))


def rewritten(group, folder):
    """The cases with rewritten modules, each written once."""
    files = {}
    for case in group:
        if case.file not in files:
            files[case.file] = folder / f"canonical-{case.file.name}"
            files[case.file].write_bytes(with_canonical_nans(case.file.read_bytes()))
        yield replace(case, file=files[case.file])


def run_v8(node, listed, folder):
    """The answers to all cases, and the versions."""
    jobs = folder / "jobs.json"
    jobs.write_text(json.dumps([{"wasm": str(case.file), "export": case.export, "result": case.result,
                                 "args": [(kind, str(bits)) for kind, bits in map(cases.typed, case.args)]}
                                for case in listed]), encoding="utf-8")
    done = subprocess.run([node, str(cases.HERE / "run_in_v8.mjs"), str(jobs)], capture_output=True, text=True,
                          timeout=cases.TIME_LIMIT_SECONDS)
    if done.returncode != 0:
        raise SystemExit(f"Node failed: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def as_answer(theirs, trap):
    """V8's answer; `trap` is Detent's, which is taken where V8's message is of its kind."""
    if "error" in theirs:
        names = KINDS.get(theirs["error"], ())
        return {"status": "trapped", "results": [], "trap": trap if trap in names else theirs["error"], "memory": None}
    return {"status": "returned", "results": [(kind, int(bits)) for kind, bits in theirs["results"]], "trap": None,
            "memory": bytes.fromhex(theirs["memory"]) if theirs["memory"] else None}


def compare_case(program, case, canonical, theirs, count):
    memory_bytes = len(theirs.get("memory") or "") // 2
    ours = cases.run_detent(program, canonical, cases.MOST_FUEL, memory_bytes)
    plain = cases.run_detent(program, case, cases.MOST_FUEL, memory_bytes)
    more = cases.differences(plain, ours, "itself, rewritten", FIELDS)
    more += cases.differences(ours, case.known, "known", FIELDS)
    count.add(str(case), ours, as_answer(theirs, ours["trap"]), "V8", more)


def compare_all(options, folder):
    count, left_out = cases.Count(FIELDS), 0
    for number, (group, listed) in enumerate(cases.all_cases(options, folder).items()):
        kept = [case for case in listed if not is_left_out(case)]
        left_out += len(listed) - len(kept)
        canonical = list(rewritten(kept, folder))
        found = run_v8(options.node, canonical, folder)
        if number == 0:
            print(f"Node {found['node']}, V8 {found['v8']}")
        wrong = count.wrong
        for case, other, theirs in zip(kept, canonical, found["answers"], strict=True):
            compare_case(options.program, case, other, theirs, count)
        print(f"{group}: {len(kept)} runs, {count.wrong - wrong} mismatches", flush=True)
    print(f"{left_out} runs left out: a limit of Detent's own, or a NaN as an argument")
    return count.finish()


def main():
    parser = argparse.ArgumentParser(description="Compares Detent with Node's V8.")
    cases.add_options(parser)
    parser.add_argument("--node", default="node")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return compare_all(options, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
