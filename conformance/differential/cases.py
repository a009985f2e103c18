"""What the comparisons run: kernels, and modules at random; how Detent runs it; the comparison of two answers.

An answer is {"status", "results", "trap", "fuel_used", "memory"}: results as (type, bits), memory as the bytes of
memory 0 after the call, or None where the module has none or the call did not return. Floats are compared by bits.
"""

import copy
import json
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNELS = HERE.parent / "kernels"
WIDTH = {"i32": 32, "i64": 64, "f32": 32, "f64": 64}
MOST_FUEL = (1 << 63) - 1  # MET-16
TIME_LIMIT_SECONDS = 300
SHOWN_RUNS = 20
FIELDS = ("status", "results", "trap", "fuel_used", "memory")


@dataclass
class Case:
    """One call. `group` is a kernel or the generated modules; `known` is what must come out, as far as it is known."""

    group: str
    file: Path
    export: str
    args: list
    result: str
    known: dict

    def __str__(self):
        return f"{self.file.name} {self.export} {' '.join(self.args)}"


def typed(text):
    """"i32:-1" and "i32:4294967295" are the same 32 bits; a float stands by its bits."""
    kind, _, value = text.partition(":")
    if kind.startswith("f") and not value.startswith("0x"):
        raise ValueError(f"{text} does not give a float by its bits")
    return kind, int(value, 0) % (1 << WIDTH[kind])


def known(run):
    if "trap" in run:
        return {"status": "trapped", "trap": run["trap"]}
    return {"status": "returned", "results": [typed(one) for one in run["expect"]]} if "expect" in run else {}


def kernel_cases():
    for kernel in json.loads((KERNELS / "kernels.json").read_text(encoding="utf-8"))["kernels"]:
        for run in kernel["runs"]:
            yield Case(kernel["name"], KERNELS / kernel["file"], kernel["export"], run["args"], kernel["result"],
                       known(run))


def generated_cases(generator, folder, count, seed):
    """`count` modules, each called with (0, 1) and with one pair at random."""
    subprocess.run([generator, str(folder), str(count), str(seed)], check=True)
    for i in range(count):
        numbers = random.Random(seed + i)
        pair = [f"i32:{numbers.getrandbits(32)}", f"i64:{numbers.getrandbits(64)}"]
        for args in (["i32:0", "i64:1"], pair):
            yield Case("generated", folder / f"{i}.wasm", "f", args, "i64", {})


def all_cases(options, folder):
    """The cases by group, in order."""
    generator = options.generator or options.program.parent / "conformance" / "differential" / "generate_modules"
    groups = {}
    for case in kernel_cases():
        groups.setdefault(case.group, []).append(case)
    if options.generated:
        groups["generated"] = list(generated_cases(generator, folder, options.generated, options.seed))
    return groups


def add_options(parser):
    parser.add_argument("program", type=Path, help="the program `detent`")
    parser.add_argument("--generated", type=int, default=0, metavar="N", help="how many modules at random")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first of them")
    parser.add_argument("--generator", type=Path, help="generate_modules; else it is looked for beside the program")


# ---- Detent -----------------------------------------------------------------------------------------------------

def run_detent(program, case, fuel, memory_bytes=0):
    """With `memory_bytes` the answer holds that much of memory 0."""
    command = [str(program), "run", str(case.file), "--preset", "contract", "--fuel", str(fuel), "--json",
               "--invoke", case.export, *case.args]
    if memory_bytes:
        command += ["--read", f"0:{memory_bytes}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS)
    try:
        answer = json.loads(done.stdout.strip().splitlines()[-1])
        invoked, *read = answer["steps"] or [{"results": []}]
        returned = answer["status"] == "returned"
        return {"status": answer["status"], "results": [typed(one) for one in invoked["results"]] if returned else [],
                "trap": answer["trap"], "fuel_used": int(answer["fuel_used"]),
                "memory": bytes.fromhex(read[0]["hex"]) if returned and memory_bytes else None}
    except (IndexError, KeyError, ValueError) as error:
        return {"status": f"exit code {done.returncode}, {error!r}: {done.stderr.strip()[-300:]}", "results": [],
                "trap": None, "fuel_used": None, "memory": None}


# ---- Two answers --------------------------------------------------------------------------------------------------

def show(field, value):
    if field == "results":
        return " ".join(f"{kind}:{bits:#x}" for kind, bits in value) or "nothing"
    if field == "memory" and value is not None:
        return f"{len(value)} bytes"
    return str(value)


def differences(ours, theirs, who, fields=FIELDS):
    """One text for each field of two answers that differs."""
    found = []
    for field in fields:
        if field not in theirs or ours[field] == theirs[field]:
            continue
        text = f"{field}: Detent {show(field, ours[field])}, {who} {show(field, theirs[field])}"
        if field == "memory" and ours[field] and theirs[field]:
            at = next((i for i, (a, b) in enumerate(zip(ours[field], theirs[field])) if a != b), "the end")
            text += f", first difference at {at}"
        found.append(text)
    return found


def altered(answer, field):
    """The answer with a little less or more in one field, or None where the field is empty."""
    if not answer[field]:
        return None
    changed = copy.deepcopy(answer)
    if field == "results":
        kind, bits = changed[field][0]
        changed[field][0] = kind, bits ^ 1
    elif field == "memory":
        changed[field] = changed[field][:-1] + bytes([changed[field][-1] ^ 1])
    else:
        changed[field] = changed[field] + 1 if field == "fuel_used" else changed[field] + "?"
    return changed


class Count:
    """Runs and mismatches, and which alterations the self-check has tried."""

    def __init__(self, fields):
        self.fields, self.runs, self.wrong, self.tried = fields, 0, 0, set()

    def add(self, where, ours, theirs, who, more=()):
        """Compares two answers; `more` is what else is wrong. An alteration of each kind must be seen as well."""
        found = differences(ours, theirs, who, self.fields) + list(more)
        self.runs += 1
        self.wrong += bool(found)
        for line in found if self.wrong <= SHOWN_RUNS else ():
            print(f"  {where}: {line}", flush=True)
        if not found:
            self.check_that_alterations_are_seen(ours, theirs, who)

    def check_that_alterations_are_seen(self, ours, theirs, who):
        for field in set(self.fields) - self.tried:
            changed = altered(ours, field)
            if changed is None:
                continue
            if len(differences(changed, theirs, who, self.fields)) != 1:
                raise SystemExit(f"self-check: an altered {field} went unseen")
            self.tried.add(field)

    def finish(self):
        """The closing lines and the status of the script."""
        if self.wrong > SHOWN_RUNS:
            print(f"  and {self.wrong - SHOWN_RUNS} runs more")
        print(f"self-check: an altered {', '.join(one for one in self.fields if one in self.tried)} was seen")
        print(f"{self.runs} runs, {self.wrong} mismatches")
        print(f"{self.runs - self.wrong} passed, {self.wrong} failed")
        if self.wrong:
            return 1
        return 0 if self.runs and self.tried == set(self.fields) else 2
