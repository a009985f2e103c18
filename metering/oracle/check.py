#!/usr/bin/env python3
"""The oracle on the command line.

  check.py vectors PATH...   replay contract-vectors, compare every expected field
  check.py fill PATH...      write the expected fields that the oracle computes
  check.py run FILE.wasm EXPORT [i32:7 f64:0x... ...] [--fuel N] [--preset contract|spec]
  check.py trace FILE.wasm EXPORT [...] the same, with a line for each instruction before the answer
  check.py classification    print the text that the hash of a schedule covers
  check.py schedule N        print the hash of schedule N

`vectors` ends with 0 if all agree, 1 at a difference, 2 if nothing was compared.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from instructions import classification  # noqa: E402
from machine import Machine, Meter, OutOfFuel, PlanError, Shared  # noqa: E402
from module import decode  # noqa: E402
from numeric import Trap, signed  # noqa: E402
from reader import InvalidModule  # noqa: E402
from recorder import Recorder  # noqa: E402
from schedule import MAX_FUEL, Schedule, ScheduleError, limits  # noqa: E402
from validate import validate  # noqa: E402
from vectors import VectorError, fill, replay  # noqa: E402

WIDTH = {"i32": 32, "i64": 64, "f32": 32, "f64": 64}


def files(paths):
    """The vector files under the paths. Of a folder that is searched the schema is left out, and `controls`: vectors
    with one wrong field each, which have to be named to be asked.
    """
    for path in map(Path, paths):
        if path.is_dir():
            found = (one for one in sorted(path.rglob("*.json")) if one.name != "schema.json")
            yield from (one for one in found if "controls" not in one.relative_to(path).parts[:-1])
        else:
            yield path


def vectors(paths):
    cases = steps = compared = mismatches = 0
    for path in files(paths):
        cases += 1
        try:
            seen = set()
            for name, expected, found in replay(path):
                compared += 1
                seen.add(name.split(".")[0])
                if expected != found:
                    mismatches += 1
                    print(f"{path}: {name}: expected {json.dumps(expected)}, found {json.dumps(found)}")
            steps += len([one for one in seen if one.startswith("steps")])
        except (VectorError, ScheduleError, PlanError, OSError) as error:
            mismatches += 1
            print(f"{path}: {error}")
    print(f"{cases} vectors, {steps} steps, {mismatches} mismatches")
    return 1 if mismatches else 0 if compared else 2


def fill_all(paths):
    cases = steps = 0
    for path in files(paths):
        try:
            steps += fill(path)
        except (VectorError, ScheduleError, PlanError, OSError) as error:
            print(f"{path}: {error}")
            return 1
        cases += 1
    print(f"{cases} vectors, {steps} steps filled")
    return 0 if cases else 2


def parse_value(text):
    """`i32:7`, `i64:-1`, `f64:0x3ff0000000000000`, `funcref:null`."""
    kind, _, value = text.partition(":")
    if kind in ("funcref", "externref"):
        return kind, None if value == "null" else int(value, 0)
    return kind, int(value, 0) & ((1 << WIDTH[kind]) - 1)


def show_value(kind, value):
    """Integers signed, floats as bits, references null or an index."""
    if kind in ("f32", "f64"):
        return f"{kind}:0x{value:0{WIDTH[kind] // 4}x}"
    if kind in ("funcref", "externref"):
        return f"{kind}:null" if value is None else f"{kind}:{getattr(value, 'index', value)}"
    return f"{kind}:{signed(value, WIDTH[kind])}"


def show_seen(function, mnemonic, used, depth, stack):
    """One line of a trace. References are true or, where null, false."""
    shown = [one if isinstance(one, int) else one is not None for one in stack]
    print(json.dumps({"function": function, "op_name": mnemonic, "fuel_used": used, "depth": depth, "stack": shown}))


def run_export(code, export, arguments, fuel, preset, traced=False):
    """Instantiates a module without imports and invokes an export, on one meter (MET-18, MET-9)."""
    numbers, meter = limits(preset), Meter(fuel)
    machine = None
    answer = {"status": "returned", "results": [], "trap": None}
    try:
        checked = validate(decode(code, numbers), numbers)
        machine = (Recorder if traced else Machine)(checked, Shared(numbers, Schedule(1)), meter)
        if checked.module.imports:
            return answer | {"status": "link-error", "fuel_used": "0"}
        kind, index = checked.module.exports[export]
        function_type = checked.function_types[index]
        if kind != "func" or tuple(one for one, _ in arguments) != function_type.params:
            raise KeyError(f"{export} with these arguments")
        machine.instantiate(machine.instantiation_price())
        results = machine.invoke(index, [value for _, value in arguments])
        answer["results"] = [show_value(*one) for one in zip(function_type.results, results, strict=True)]
    except InvalidModule as error:
        answer |= {"status": "invalid", "error": str(error)}
    except OutOfFuel:
        answer["status"] = "exhausted"
    except Trap as trap:
        answer |= {"status": "trapped", "trap": trap.name}
    for seen in machine.seen if traced and machine else ():
        show_seen(*seen)
    return answer | {"fuel_used": str(meter.used)}


def main(arguments):
    parser = argparse.ArgumentParser(description="The oracle: fuel and receipts by the clauses alone.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("vectors", "fill"):
        commands.add_parser(name).add_argument("paths", nargs="+")
    for name in ("run", "trace"):
        run = commands.add_parser(name)
        run.add_argument("file", type=Path)
        run.add_argument("export")
        run.add_argument("arguments", nargs="*", type=parse_value)
        run.add_argument("--fuel", type=int, default=MAX_FUEL)
        run.add_argument("--preset", choices=("contract", "spec"), default="contract")
    commands.add_parser("classification")
    commands.add_parser("schedule").add_argument("number", type=int)
    chosen = parser.parse_args(arguments)
    sys.setrecursionlimit(10000)
    if chosen.command == "vectors":
        return vectors(chosen.paths)
    if chosen.command == "fill":
        return fill_all(chosen.paths)
    if chosen.command == "classification":
        sys.stdout.write(classification().decode("ascii"))
    elif chosen.command == "schedule":
        print(Schedule(chosen.number).hash(classification()).hex())
    else:
        if not 0 <= chosen.fuel <= MAX_FUEL:
            parser.error("fuel is from 0 to 2^63 - 1 (MET-16)")
        try:
            code = chosen.file.read_bytes()
            traced = chosen.command == "trace"
            print(json.dumps(run_export(code, chosen.export, chosen.arguments, chosen.fuel, chosen.preset, traced)))
        except KeyError as error:
            parser.error(f"no export {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
