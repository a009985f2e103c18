#!/usr/bin/env python3
"""Compares Detent with the oracle in Python, which was written from the clauses alone (metering/oracle).

  compare_with_oracle.py DETENT [--generated N] [--seed S] [--generator PROGRAM]

Each kernel run and each call of a module at random goes through both at four limits of fuel: more than enough,
exactly what was used, one less, and half. Status, results by their bits, trap, fuel used and, after a return, all of
memory must be the same; what is known beforehand (kernels.json) must come out; and the limits must do what they say:
with exactly enough the run ends as before, with less it is exhausted. Ends with 1 at a mismatch, and with 2 where
nothing was compared.
"""

import argparse
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import cases

sys.path.insert(0, str(cases.HERE.parents[1] / "metering" / "oracle"))

from machine import Machine, Meter, OutOfFuel, Shared  # noqa: E402
from module import decode  # noqa: E402
from numeric import Trap  # noqa: E402
from schedule import Schedule, limits  # noqa: E402
from validate import validate  # noqa: E402

LIMITS, SCHEDULE = limits("contract"), Schedule(1)


@lru_cache(maxsize=4)
def checked(path):
    return validate(decode(path.read_bytes(), LIMITS), LIMITS)


def run_oracle(case, fuel):
    module, meter = checked(case.file), Meter(fuel)
    machine = Machine(module, Shared(LIMITS, SCHEDULE), meter)
    answer = {"status": "returned", "results": [], "trap": None, "memory": None}
    _, index = module.module.exports[case.export]
    try:
        machine.instantiate(machine.instantiation_price())
        results = machine.invoke(index, [bits for _, bits in map(cases.typed, case.args)])
        answer["results"] = list(zip(module.function_types[index].results, results, strict=True))
        answer["memory"] = bytes(machine.memory) if machine.memory else None
    except OutOfFuel:
        answer["status"] = "exhausted"
    except Trap as trap:
        answer |= {"status": "trapped", "trap": trap.name}
    return answer | {"fuel_used": meter.used}


def short_of_fuel(ours, fuel):
    """What is wrong with a run that has less fuel than it needs (MET-11)."""
    if ours["status"] != "exhausted":
        return ["it is not exhausted, though the fuel is less than it needs"]
    return [] if ours["fuel_used"] <= fuel else ["it used more fuel than there was"]


def compare_case(program, case, count):
    def compare(fuel, more):
        theirs = run_oracle(case, fuel)
        ours = cases.run_detent(program, case, fuel, len(theirs["memory"] or b""))
        count.add(f"{case} with fuel {fuel}", ours, theirs, "oracle", more(ours))
        return theirs

    whole = compare(cases.MOST_FUEL, lambda ours: cases.differences(ours, case.known, "known"))
    used = whole["fuel_used"]
    compare(used, lambda ours: cases.differences(ours, whole, "oracle with more fuel"))
    for less in sorted({used - 1, used // 2}, reverse=True):
        compare(less, lambda ours: short_of_fuel(ours, less))
    return used


def main():
    parser = argparse.ArgumentParser(description="Compares Detent with the oracle, fuel included.")
    cases.add_options(parser)
    options = parser.parse_args()
    count = cases.Count(cases.FIELDS)
    with tempfile.TemporaryDirectory() as folder:
        for group, listed in cases.all_cases(options, Path(folder)).items():
            runs, wrong = count.runs, count.wrong
            used = sum(compare_case(options.program, case, count) for case in listed)
            print(f"{group}: {len(listed)} calls, {used} fuel, "
                  f"{count.runs - runs} runs, {count.wrong - wrong} mismatches", flush=True)
    return count.finish()


if __name__ == "__main__":
    sys.exit(main())
