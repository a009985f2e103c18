#!/usr/bin/env python3
"""Makes schedule 2 of schedule 1 and a measurement.

    derive.py           writes metering/schedules/2.def and metering/calibration/SCHEDULE-2.md
    derive.py --check   compares them with what is there

The rule. A class is too cheap where a unit of its fuel takes more than 3 times the mean over all classes, in either
tier (docs/calibration.md has what is measured). Base prices of classes that are too cheap rise, each to the least at
which its program no longer is, and nothing else changes. Dearer programs lower the mean, so this is done again until
no class is too cheap. A class that is too dear does a node no harm, and stays. All of it is exact, in fractions.
"""

import json
import sys
from fractions import Fraction
from math import ceil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "metering" / "oracle"))

from instructions import classification  # noqa: E402
from schedule import Schedule  # noqa: E402

MOST = 3
TIERS = ("stepper", "fast")
MEASUREMENT = "metering/calibration/measurement.json"
TABLE = "metering/schedules/2.def"
DOCUMENT = "metering/calibration/SCHEDULE-2.md"


class Program:
    """What was measured of one class: fuel under schedule 1, base prices of the class in it, nanoseconds by tier."""

    def __init__(self, measured):
        self.name, self.fuel, self.bases = measured["class"], int(measured["fuel"]), int(measured["bases"])
        self.time = {tier: measured[tier]["ns_per_fuel"] * self.fuel for tier in TIERS}
        self.rise = 0

    def cost(self, tier):
        """Nanoseconds of a unit, with the rise."""
        return self.time[tier] / (self.fuel + self.rise * self.bases)


def means(programs):
    return {tier: Fraction(sum(one.cost(tier) for one in programs), len(programs)) for tier in TIERS}


def of_mean(one, mean):
    """The worse of the two tiers."""
    return max(one.cost(tier) / mean[tier] for tier in TIERS)


def raise_prices(programs):
    """Raises what is too cheap, until nothing is."""
    while True:
        mean = means(programs)
        cheap = [one for one in programs if of_mean(one, mean) > MOST]
        if not cheap:
            return
        for one in cheap:
            needed = max(one.time[tier] / (MOST * mean[tier]) for tier in TIERS)
            one.rise = ceil((needed - one.fuel) / one.bases)


def read_programs(path):
    measured = json.loads(path.read_text(), parse_float=Fraction, parse_int=int)
    first = Schedule(1)
    if measured["schedule"]["hash"] != "0x" + first.hash(classification()).hex():
        raise SystemExit(f"{path} was not measured under schedule 1")
    programs = [Program(one) for one in measured["classes"]]
    if [one.name for one in programs] != list(first.bases):
        raise SystemExit(f"{path} has not every work class once, in order")
    return programs


def table(programs):
    """Schedule 1 with other prices, and a head of its own."""
    rises = {one.name: one.rise for one in programs}
    lines = (ROOT / "metering" / "schedules" / "1.def").read_text().split("\n")
    made = ["// Schedule 2: schedule 1 with the prices that metering/calibration/derive.py raises. Do not edit. A draft until the first",
            "// release; a published schedule never changes (MET-21). Columns and order are those of schedules/1.def.", ""]
    for line in lines:
        if line.startswith("PRICE("):
            name, base = line[len("PRICE("):-1].split(", ")
            line = f"PRICE({name}, {int(base) + rises[name.rstrip('_')]})"
        if line.startswith(("PRICE(", "RATE(", "CLASSIFICATION(")) or (line == "" and len(made) > 3):
            made.append(line)
    return "\n".join(made).replace("\n\n\n", "\n\n")


def document(programs):
    first, before, after = Schedule(1), {}, {}
    rises = [one.rise for one in programs]
    for one in programs:
        one.rise = 0
    mean = means(programs)
    before = {one.name: of_mean(one, mean) for one in programs}
    for one, rise in zip(programs, rises, strict=True):
        one.rise = rise
    mean = means(programs)
    after = {one.name: of_mean(one, mean) for one in programs}
    rows = [f"| {one.name} | {first.base(one.name)} | {first.base(one.name) + one.rise} | {float(before[one.name]):.2f} | "
            f"{float(after[one.name]):.2f} |" for one in programs if one.rise]
    return "\n".join([
        "# Schedule 2", "",
        "Printed by `metering/calibration/derive.py` from `measurement.json`, which says on what machine and build it was made.",
        "Do not edit. All prices and rates but these are those of schedule 1.", "",
        "| work class | schedule 1 | schedule 2 | of mean before | of mean after |", "|---|---|---|---|---|", *rows, "",
        f"Worst / mean, the worse of both tiers: {float(max(before.values())):.2f} before, "
        f"{float(max(after.values())):.2f} after; no class is above {MOST}.", ""])


def main(arguments):
    programs = read_programs(ROOT / MEASUREMENT)
    raise_prices(programs)
    wrong = 0
    for name, text in ((TABLE, table(programs)), (DOCUMENT, document(programs))):
        path = ROOT / name
        if arguments != ["--check"]:
            path.write_text(text)
        elif path.read_text() != text:
            wrong += 1
            print(f"{name} is not what the rule makes of {MEASUREMENT}")
    if arguments != ["--check"]:
        print(f"schedule 2: {sum(one.rise > 0 for one in programs)} prices rose")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
