#!/usr/bin/env python3
"""Makes the small contract-vectors: suites traps, metering, abi and deploy, and the mutated controls.

    python3 vectors/make_small.py [--check]

Contracts, statuses, outputs, events and writes are stated in vectors/small/, and for most steps the fuel, counted by
hand line by line. The oracle (metering/oracle) fills in receipt hashes, state roots and the fuel that nobody counted,
and must agree with all that is stated. With --check nothing is written: the committed files are compared with what
would be.
"""

import subprocess
import sys

import check_counts
import lib
from small import abi_calls, abi_crypto, abi_frame, abi_rules, abi_state, controls, deploy, metering, traps

SUITES = {
    "traps": [traps],
    "metering": [metering],
    "abi": [abi_rules, abi_frame, abi_state, abi_calls, abi_crypto],
    "deploy": [deploy],
}


def disagreements(case, filled):
    """Where the oracle's fuel is not the one counted by hand, and where a note does not add up."""
    found = [
        f"step {number}: counted {count}, the oracle says {step['expect']['fuel_used']}"
        for number, (count, step) in enumerate(zip(case.counts, filled["steps"]))
        if str(count) != step["expect"]["fuel_used"]
    ]
    return [f"{case.name}: {problem}" for problem in found + check_counts.wrong_counts(filled)[0]]


def stated_cases():
    cases = [case for suite, modules in SUITES.items() for module in modules for case in module.cases()]
    names = [case.name for case in cases]
    assert len(set(names)) == len(names), "two cases have one name"
    assert all(name.split("/")[0] in SUITES for name in names), "a case is outside of the suites"
    return cases


def controls_fail():
    """Every committed control fails in the oracle, in exactly one field; the project's runner must see the same."""
    folder = lib.ROOT / "vectors" / "controls"
    done = subprocess.run([sys.executable, str(lib.ORACLE), "vectors", str(folder)], capture_output=True, text=True)
    count = len(controls.CONTROLS)
    steps = done.stdout.strip().splitlines()[-1:] or [""]
    fails = (
        done.returncode == 1
        and steps[0].startswith(f"{count} vectors, ")
        and steps[0].endswith(f", {count} mismatches")
    )
    print(
        f"{count} controls, "
        + ("each fails in one field" if fails else f"not each of which fails in one field: {steps[0]}")
    )
    return fails


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    cases = stated_cases()
    filled = lib.finish(case.document() for case in cases)
    problems = [problem for case, document in zip(cases, filled) for problem in disagreements(case, document)]
    if problems:
        print("\n".join(problems))
        return 1
    counted, steps = sum(len(case.counts) for case in cases), sum(len(case.steps) for case in cases)
    print(
        f"{counted} of {steps} steps counted by hand, in {sum(bool(case.counts) for case in cases)} of {len(cases)}"
        " cases"
    )
    status = lib.publish(filled + controls.controls(filled), [*SUITES, "controls"], bool(arguments))
    return status if controls_fail() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
