#!/usr/bin/env python3
"""Compares instrumented modules in wasmtime and in Node's V8 with Detent and the modules that they were made from.

  compare.py BUILD [--engine wasmtime|v8 ...] [--generated N] [--seed S] [--modules FOLDER ...]
             [--testsuite FOLDER] [--node PROGRAM]

BUILD is a build directory with tests. What runs: every exported function of the contracts, and each of their other
functions, with their imports as functions that return 0; the kernels; the cases of the bench; every instruction on
numbers and vectors, with NaNs among its operands; modules at random, as many again with exceptions, tail calls and
vectors; every module of the folders given by --modules; and, with --testsuite, each
call that the official suite makes of a module that imports nothing but `spectest`. Each call is made with fuel to spare,
with what it uses, with one less, and twice with less at random; each on an instance of its own. Outcome, results, fuel
used and so the remainder, every exported memory and global must be the same, behind a trap and behind exhaustion too.
Modules are made with canonical NaNs, whose bits are compared in memories only.

Ends with 1 at a mismatch, and with 2 where nothing was compared.
"""

import argparse
import copy
import json
import re
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from stubbed import stubbed

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SHOWN = 20
STACK_BYTES = 256 << 20
OUT_OF_FUEL = 2
# Ends by which an instrumented module tells a trap that WebAssembly does not have (INS-3).
OWN_TRAPS = {23: "CallDepth", 24: "StackExhausted", 25: "HeapExhausted", -1: "the engine failed"}
# What V8 says of a trap, and which traps of Detent that is.
V8_TRAPS = {
    "unreachable": ("Unreachable",),
    "divide by zero": ("IntegerDivideByZero",),
    "remainder by zero": ("IntegerDivideByZero",),
    "divide result unrepresentable": ("IntegerOverflow",),
    "float unrepresentable in integer range": ("IntegerOverflow", "InvalidConversionToInteger"),
    "memory access out of bounds": ("OutOfBoundsMemoryAccess",),
    "table index is out of bounds": ("UndefinedElement", "OutOfBoundsTableAccess"),
    "table or memory access out of bounds": ("OutOfBoundsTableAccess", "OutOfBoundsMemoryAccess"),
    "null function or function signature mismatch": ("UninitializedElement", "IndirectCallTypeMismatch"),
    "dereferencing a null pointer": ("NullReference",),
    "illegal cast": ("CastFailure",),
    "array element access out of bounds": ("OutOfBoundsArrayAccess",),
    # Of an array and a segment that are both too short, V8 names the segment and Detent the array.
    "element segment out of bounds": ("OutOfBoundsTableAccess", "OutOfBoundsArrayAccess"),
    "data segment out of bounds": ("OutOfBoundsMemoryAccess", "OutOfBoundsArrayAccess"),
    "UncaughtException": ("UncaughtException",),
}
# No outcome of the module: the engine has less room than the limit of frames asks for.
ENGINE_STACK = ("Maximum call stack size exceeded", "the engine's stack")
# wasmtime has one name for bounds of tables, and one for segments of data.
WASMTIME_TRAPS = {"OutOfBoundsTableAccess": ("OutOfBoundsTableAccess", "UndefinedElement")}


def contract_jobs(folder):
    for path in sorted((ROOT / "contracts").glob("*/*.wasm")):
        made = folder / f"stubbed-{path.name}"
        made.write_bytes(stubbed(path.read_bytes()))
        yield {"name": f"contracts/{path.stem}", "wasm": str(made), "rounds": 4}


def kernel_jobs():
    for kernel in json.loads((ROOT / "conformance/kernels/kernels.json").read_text(encoding="utf-8"))["kernels"]:
        yield {"name": f"kernels/{kernel['name']}", "wasm": str(ROOT / "conformance/kernels" / kernel["file"]),
               "calls": [{"export": kernel["export"], "args": run["args"]} for run in kernel["runs"]]}


def bench_jobs():
    for path in sorted((ROOT / "bench/cases").glob("*.wasm")):
        yield {"name": f"bench/{path.stem}", "wasm": str(path), "rounds": 3}


def generated_jobs(count, seed):
    for i in range(seed, seed + count):
        for edge in (False, True):
            yield {"name": f"{'edge' if edge else 'generated'}/{i}", "seed": i, "edge": edge}


def folder_jobs(folder):
    for path in sorted(folder.glob("*.wasm"), key=lambda one: (len(one.stem), one.stem)):
        yield {"name": f"{folder.name}/{path.stem}", "wasm": str(path), "rounds": 2}


def suite_jobs(folder):
    for path in sorted(folder.glob("*.wast")):
        yield {"name": f"suite/{path.stem}", "script": str(path)}


def jobs_of(options, folder):
    jobs = [{"name": "operands/all", "operands": True}, *contract_jobs(folder), *kernel_jobs(), *bench_jobs(), *generated_jobs(options.generated, options.seed)]
    for modules in options.modules:
        jobs += folder_jobs(modules)
    return jobs + list(suite_jobs(options.testsuite) if options.testsuite else [])


def reference(options, jobs, folder):
    program = options.build / "conformance/instrument/instrument_reference"
    done = subprocess.run([program, folder], input=json.dumps(jobs), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr.strip())
    return json.loads(done.stdout)


def grow_stack():
    resource.setrlimit(resource.RLIMIT_STACK, (STACK_BYTES, resource.getrlimit(resource.RLIMIT_STACK)[1]))


def run_v8(options, subjects, folder):
    listed = folder / "subjects.json"
    listed.write_text(json.dumps(subjects), encoding="utf-8")
    # Room for as many frames as the limit of contracts: else the engine's stack ends before Detent's.
    done = subprocess.run([options.node, f"--stack-size={STACK_BYTES // 2 >> 10}", str(HERE / "run_in_v8.mjs"), str(listed)],
                          capture_output=True, text=True, preexec_fn=grow_stack)
    if done.returncode:
        raise SystemExit(f"Node failed: {done.stderr.strip()[-800:]}")
    answers = json.loads(done.stdout)
    return f"V8 {answers['v8']} (Node {answers['node']})", answers["answers"]


def run_wasmtime(_, subjects, __):
    from run_in_wasmtime import run_wasmtime as run  # needs a package that the tests do without
    return run(subjects)


ENGINES = {"wasmtime": (run_wasmtime, WASMTIME_TRAPS), "v8": (run_v8, V8_TRAPS)}


def as_seen(value):
    """A value with every NaN as one: neither Python nor JavaScript keeps the bits of one that an engine hands over."""
    kind, bits = value or (None, "0")
    sign, infinity = {"f32": (1 << 31, 0x7F800000), "f64": (1 << 63, 0x7FF0000000000000)}.get(kind, (0, None))
    return [kind, "NaN"] if infinity is not None and int(bits) & ~sign > infinity else value


def seen(run):
    return run | {"results": [as_seen(one) for one in run["results"]],
                  "globals": {name: as_seen(one) for name, one in run["globals"].items()}}


def settled(theirs, trap, kinds):
    """The answer in Detent's words: how the module ended by itself, and the trap where it is of the same kind."""
    told = dict(theirs)
    if theirs["ending"] == OUT_OF_FUEL:
        told |= {"status": "exhausted", "trap": None}
    elif theirs["ending"]:
        told["trap"] = OWN_TRAPS[theirs["ending"]]
    elif trap in kinds.get(theirs["trap"], ()):
        told["trap"] = trap
    return told


FIELDS = ("status", "trap", "used", "results", "memories", "globals")


def differences(ours, theirs):
    return [f"{field}: Detent {ours[field]}, {theirs[field]}" for field in FIELDS if ours[field] != theirs[field]]


def altered(run, field):
    """The run with another value in a field, or None where there is nothing to alter."""
    changed = copy.deepcopy(run)
    if field in ("status", "trap", "used"):
        changed[field] = f"{run[field]}?"
    elif not run[field]:
        return None
    elif field == "results":
        changed[field][0] = ["altered", "0"]
    else:
        changed[field][next(iter(run[field]))] = "altered"
    return changed


class Comparison:
    def __init__(self):
        self.runs, self.wrong, self.groups, self.left_out, self.tried = 0, 0, Counter(), Counter(), set()

    def subject(self, subject, answers, kinds):
        group = subject["name"].split("/")[0]
        if isinstance(answers, str):
            reason = re.sub(r"function #\d+|@\+\d+", "…", answers)
            self.left_out[f"{group}: {reason[:120]}"] += 1
            return
        self.groups[f"{group} modules"] += 1
        for run, answer in zip(subject["runs"], answers, strict=True):
            if answer["trap"] in ENGINE_STACK:
                self.left_out[f"{group}: the engine's own stack ended"] += 1
                continue
            self.groups[f"{group} {run['status']}"] += 1
            self.run(subject["name"], seen(run), seen(settled(answer, run["trap"], kinds)))

    def run(self, name, ours, theirs):
        found = differences(ours, theirs)
        self.runs += 1
        self.wrong += bool(found)
        if found and self.wrong <= SHOWN:
            print(f"  {name} {ours['export']} {ours['args']} limit {ours['limit']}: {'; '.join(found)[:600]}", flush=True)
        if found:
            return
        for field in set(FIELDS) - self.tried:
            changed = altered(ours, field)
            if changed is not None:
                if len(differences(changed, theirs)) != 1:
                    raise SystemExit(f"self-check: an altered {field} went unseen")
                self.tried.add(field)

    def report(self):
        for what, number in sorted(self.groups.items()):
            print(f"  {number:7,} {what}")
        for why, number in self.left_out.most_common():
            print(f"  {number:7,} left out, {why}")
        print(f"  self-check: an altered {', '.join(sorted(self.tried))} was seen")


def main():
    parser = argparse.ArgumentParser(description="Compares instrumented modules in other engines with Detent.")
    parser.add_argument("build", type=Path)
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("--generated", type=int, default=500, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modules", type=Path, action="append", default=[])
    parser.add_argument("--testsuite", type=Path)
    parser.add_argument("--node", default="node")
    options = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subjects = reference(options, jobs_of(options, folder), folder)
        ours = Counter(f"{one['name'].split('/')[0]}: {one['left_out']}" for one in subjects if one["left_out"])
        for why, number in ours.most_common():
            print(f"  {number:7,} left out, {why}")
        subjects = [one for one in subjects if not one["left_out"]]
        for engine in options.engine or list(ENGINES):
            run, kinds = ENGINES[engine]
            version, answers = run(options, subjects, folder)
            comparison = Comparison()
            for subject, theirs in zip(subjects, answers, strict=True):
                comparison.subject(subject, theirs, kinds)
            print(f"{version}: {comparison.runs:,} runs, {comparison.wrong} mismatches")
            comparison.report()
            passed, failed = passed + comparison.runs - comparison.wrong, failed + comparison.wrong
            if comparison.tried != set(FIELDS):
                print("  not every field was compared", file=sys.stderr)
                return 2
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
