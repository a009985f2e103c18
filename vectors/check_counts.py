#!/usr/bin/env python3
"""Sums the counts of fuel made by hand that stand in the notes of contract-vectors.

    python3 vectors/check_counts.py PATH...

A line of a note that begins with a number is a line of a count; a line `= N` closes it. The first count is that of the
first step, the next that of the second, and so on. Each must add up to its N, and N must be the step's fuel_used.
Exits 0 if all do, 1 if one does not, 2 if there was no count.
"""

import json
import pathlib
import re
import sys

NUMBER = re.compile(r"^([0-9]+) ")
TOTAL = re.compile(r"^= ([0-9]+)$")


def counts(note):
    """(sum of the lines, the total that closes them) for each count; an open count has no total."""
    running, open_ = 0, False
    for line in note:
        if NUMBER.match(line):
            running, open_ = running + int(NUMBER.match(line).group(1)), True
        elif TOTAL.match(line):
            yield running, int(TOTAL.match(line).group(1))
            running, open_ = 0, False
    if open_:
        yield running, None


def wrong_counts(document):
    """What is wrong with the counts of a case, as lines of text, and how many counts there are."""
    found = list(counts(document.get("note", [])))
    steps = document["steps"]
    problems = [] if len(found) <= len(steps) else [f"{len(found)} counts, but {len(steps)} steps"]
    for number, ((lines, total), step) in enumerate(zip(found, steps)):
        fuel = int(step["expect"]["fuel_used"])
        if not lines == total == fuel:
            problems.append(f"step {number}: the lines make {lines}, the total says {total}, fuel_used is {fuel}")
    return problems, len(found)


def main(arguments):
    total, wrong, cases = 0, 0, 0
    for path in map(pathlib.Path, arguments):
        for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
            document = json.loads(file.read_text(encoding="utf-8"))
            if document.get("format") != "contract-vector" or file.parent.name == "controls":
                continue
            problems, count = wrong_counts(document)
            total, wrong, cases = total + count, wrong + len(problems), cases + bool(count)
            for problem in problems:
                print(f"{file}: {problem}")
    print(f"{total} counts in {cases} cases, {wrong} wrong")
    return 2 if total == 0 else 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
