"""Schedules, limits and the closed lists of names, read from the `.def` data files of the project.

The rows of a `.def` file are data (`PRICE(call, 5)`), so the oracle may share them with the engine. What a row means
is written here a second time, from METERING.md.
"""

import hashlib
import re
import struct
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_FUEL = 2**63 - 1  # MET-16
MAX_FIELD = 2**32 - 1  # MET-20

_ROW = re.compile(r"^([A-Z_]+)\((.*)\)\s*$")
_CELL = re.compile(r'\s*(?:"([^"]*)"|([^",]+?))\s*(?:,|$)')


class ScheduleError(Exception):
    """A schedule that does not load (MET-20)."""


def rows(path, keyword):
    """The rows `keyword(...)` of a `.def` file, each as a list of strings without their quotes."""
    found = []
    for line in (ROOT / path).read_text(encoding="utf-8").splitlines():
        match = _ROW.match(line)
        if match and match.group(1) == keyword:
            cells = _CELL.findall(match.group(2))
            found.append([quoted or bare for quoted, bare in cells])
    return found


def plain(name):
    """A class or unit name without the underscore that C++ needs."""
    return name.rstrip("_")


def work_classes():
    return [plain(row[0]) for row in rows("metering/work_classes.def", "WORK_CLASS")]


def units():
    return [plain(row[0]) for row in rows("metering/units.def", "UNIT")]


def limits(preset):
    """The limits of a preset, by name (engine/limits.def)."""
    column = {"spec": 1, "contract": 2}[preset]
    return {row[0]: int(row[column]) for row in rows("engine/limits.def", "LIMIT")}


def outcomes():
    """The outcomes, name to number (ABI-5)."""
    return {row[1]: int(row[0]) for row in rows("host_abi/outcomes.def", "OUTCOME")}


def traps():
    return {row[1]: int(row[0]) for row in rows("engine/traps.def", "TRAP")}


def host_declarations():
    """The host functions in the order of their rows, as dictionaries."""
    names = ("name", "parameters", "result", "work_class", "unit", "since", "doc")
    found = []
    for row in rows("host_abi/host_functions.def", "HOST_FUNCTION"):
        found.append(dict(zip(names, row, strict=True)))
    return found


class Schedule:
    """The prices of one schedule (MET-20)."""

    def __init__(self, number):
        self.number = number
        path = f"metering/schedules/{number}.def"
        if not (ROOT / path).exists():
            raise ScheduleError(f"there is no schedule {number}")
        self.bases = _table(rows(path, "PRICE"), work_classes(), 1)
        self.rates = _table(rows(path, "RATE"), units(), 2)
        if min(self.bases["host_call"], self.bases["host_create"]) < 1024:
            raise ScheduleError("host_call and host_create cost at least 1,024 (MET-23)")

    def base(self, work_class):
        return self.bases[work_class]

    def amount(self, unit, n):
        """MET-3: ceil(n * numerator / denominator), at most 2^63 - 1."""
        if unit == "none":
            return 0
        numerator, denominator = self.rates[unit]
        return min(-(-n * numerator // denominator), MAX_FUEL)

    def total(self, work_class, counts):
        """One charge of a base and many amounts, each rounded by itself (MET-17, MET-18)."""
        return min(self.base(work_class) + sum(self.amount(unit, n) for unit, n in counts.items()), MAX_FUEL)

    def canonical_bytes(self, classification):
        """MET-21, the table at the end of METERING.md."""
        parts = [b"DTNTFUEL", struct.pack("<II", 1, self.number), hashlib.sha256(classification).digest()]
        parts.append(struct.pack("<I", len(self.bases)))
        for name, base in self.bases.items():
            parts.append(bytes([len(name)]) + name.encode("ascii") + struct.pack("<I", base))
        parts.append(struct.pack("<I", len(self.rates)))
        for name, rate in self.rates.items():
            parts.append(bytes([len(name)]) + name.encode("ascii") + struct.pack("<II", *rate))
        return b"".join(parts)

    def hash(self, classification):
        return hashlib.sha256(self.canonical_bytes(classification)).digest()


def _table(given, expected, width):
    """The rows of a schedule as an ordered table: every expected name once, every number in range (MET-20)."""
    table = {}
    for name, *numbers in given:
        values = [int(number) for number in numbers]
        if plain(name) in table or len(values) != width or not all(1 <= value <= MAX_FIELD for value in values):
            raise ScheduleError(f"row {name} is repeated or out of range")
        table[plain(name)] = values[0] if width == 1 else tuple(values)
    if set(table) != set(expected):
        raise ScheduleError(f"rows missing or unknown: {sorted(set(table) ^ set(expected))}")
    return {name: table[name] for name in expected}
