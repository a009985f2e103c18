"""The table, the charts and the raw data of one run. Only ratios are shown; seconds stay in the raw data."""
import functools
import json

import charts
import measure

REFERENCE = "wasm3"
# A peer is as its authors say where it is less than this off.
PUBLISHED_TOLERANCE = 0.15


def number(value, digits=2):
    return "–" if value is None else f"{value:.{digits}f}"


def percent(ratio):
    """What a ratio is over 1."""
    return "–" if ratio is None else f"{ratio - 1:+.1%}"


def table(head, rows):
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return ["| " + " | ".join(map(str, line)) + " |" for line in lines]


class Report:
    def __init__(self, data):
        self.data = data
        self.engines = [each for each in data["engines"] if not each["missing"] and each["kind"] != "without"]
        self.peers = [each["key"] for each in self.engines if each["kind"] == "interpreter" and not each["own"]]
        self.own = [each["key"] for each in self.engines if each["own"]]
        self.rows = data.get("cases", [])

    def best_peer(self, row):
        """The peer interpreter with the least median of seconds against our first build."""
        able = [key for key in self.peers if key in row["seconds"]]
        anchor = self.own[0] if self.own[0] in row["seconds"] else (able or [None])[0]
        return max(able, key=lambda key: measure.median_ratio(row["seconds"], key, anchor), default=None)

    def against_best(self, row, key):
        best = self.best_peer(row)
        return None if best is None else measure.median_ratio(row["seconds"], key, best)

    def mean(self, key):
        """(geometric mean against wasm3, number of cases)."""
        values = [measure.median_ratio(row["seconds"], key, REFERENCE) for row in self.rows]
        values = [value for value in values if value is not None]
        return measure.geometric_mean(values), len(values)

    def mean_against_best(self, key):
        values = [value for value in (self.against_best(row, key) for row in self.rows) if value is not None]
        return measure.geometric_mean(values), len(values)

    def worst_against_best(self):
        """(value, case, the peer) where our first build does worst against the fastest peer interpreter."""
        found = [(self.against_best(row, self.own[0]), row["name"], self.best_peer(row)) for row in self.rows]
        return min((each for each in found if each[0] is not None), default=None)

    def name(self, key):
        return next((each["name"] for each in self.data["engines"] if each["key"] == key), key)

    def row(self, name):
        return next((row for row in self.rows if row["name"] == name), None)

    def noise(self):
        """The median, over cases and engines, of the spread of the ratios between rounds."""
        spreads = sorted(measure.spread(measure.ratios(row["seconds"], key, self.own[0]))
                         for row in self.rows + self.data.get("cost", []) for key in row["seconds"]
                         if key != self.own[0] and self.own[0] in row["seconds"])
        return spreads[len(spreads) // 2] if spreads else 0.0

    # The sections of the table.

    def summary(self):
        """What there is to say in a few lines, of what was measured."""
        ours, lines = self.own[0], []
        for name, what in [("coremark", "CoreMark"), ("core_mix", "core_mix, a mix of the same kinds of work")]:
            row = self.row(name)
            if row:
                value = number(measure.median_ratio(row["seconds"], ours, REFERENCE))
                lines.append(f"- {what}: **{value}** times as fast as wasm3.")
        for of, (mean, count) in [("wasm3", self.mean(ours)),
                                  ("the fastest other interpreter of each case", self.mean_against_best(ours))]:
            if count:
                lines.append(f"- Geometric mean against {of}: **{number(mean)}** over {count} cases.")
        worst = self.worst_against_best()
        if worst:
            lines.append(f"- The worst case against the fastest other interpreter: {worst[1]}, **{number(worst[0])}** "
                         f"of {self.name(worst[2])}.")
        for key, what in [("no-fuel", "Counting fuel"), ("no-nans", "Canonical NaNs")]:
            mean, count = self.cost_mean(key, floats=key == "no-nans")
            if count:
                lines.append(f"- {what}: {percent(mean)} time in the geometric mean over {count} cases"
                             f"{' that compute with floats' if key == 'no-nans' else ''}.")
        lines += self.start_summary()
        return ["", f"{self.name(ours)}:", "", *lines] if lines else []

    def start_summary(self):
        """Ours against Wasmi 2 in the same way to start."""
        rows, lines = self.data.get("start", {}).get("modules", []), []
        for way in ("lazy", "eager"):
            own, other = f"{self.name(self.own[0])} {way}", f"Wasmi 2 {way}"
            times = [time for time in (self.time(row, own, other) for row in rows) if time is not None]
            if times:
                lines.append(f"- Start-up, {way}: **{number(measure.geometric_mean(times))}** of Wasmi 2's time in the "
                             f"geometric mean over {len(times)} modules, at most {number(max(times))}.")
        return lines

    def execution(self):
        if not self.rows:
            return []
        common = [row for row in self.rows if REFERENCE in row["seconds"]]
        lines = ["", "## Execution", "",
                 "Speed as a multiple of wasm3's, so that more is better; `÷ best peer` is Detent against the fastest "
                 "other interpreter of that case.", ""]
        keys = [each["key"] for each in self.engines]
        means = [self.mean(key) for key in keys]
        lines += self.cases_table(common, REFERENCE, [
            ["**geometric mean**", *(f"**{number(mean)}**" for mean, _ in means),
             f"**{number(self.mean_against_best(self.own[0])[0])}**"],
            ["over cases", *(count for _, count in means), self.mean_against_best(self.own[0])[1]]])
        rest = [row for row in self.rows if REFERENCE not in row["seconds"]]
        if rest:
            lines += ["", "Cases that wasm3 cannot run: speed as a multiple of Detent's.", ""]
            lines += self.cases_table(rest, self.own[0], [])
        return lines + self.refusals(self.rows) + self.published() + self.pictures("means", "cases")

    def cases_table(self, rows, to, below):
        """Each case with every engine; with the share that our stepper executed, where that is told."""
        ours = self.own[0]
        told = any(ours in row.get("stepper_share", {}) for row in self.rows)
        body = []
        for row in rows:
            line = [row["name"], *(number(measure.median_ratio(row["seconds"], each["key"], to))
                                   for each in self.engines), number(self.against_best(row, ours))]
            share = row.get("stepper_share", {}).get(ours)
            body.append(line + (["–" if share is None else f"{share:.1%}"] if told else []))
        head = ["case", *(each["name"] for each in self.engines), "÷ best peer", *(["by the stepper"] if told else [])]
        return table(head, body + [line + [""] * told for line in below])

    def refusals(self, rows):
        said = [f"- {self.name(key)}, {row['name']}: {reason}" for row in rows
                for key, reason in row["cannot"].items()]
        return ["", "What a dash stands for:", "", *said] if said else []

    def published(self):
        """Peers beside what their authors measured; what is too far off is explained."""
        rows, notes = [], []
        mark = self.row("coremark")
        for each in self.engines:
            if not each["published"]:
                continue
            here = [measure.median_ratio(mark["seconds"], each["key"], REFERENCE) if mark else None,
                    self.mean(each["key"])[0]]
            gaps = [None if mine is None else mine / theirs for mine, theirs in zip(here, each["published"])]
            rows.append([each["name"], number(here[0]), number(each["published"][0]), percent(gaps[0]),
                         number(here[1]), number(each["published"][1]), percent(gaps[1])])
            if any(gap is not None and abs(gap - 1) > PUBLISHED_TOLERANCE for gap in gaps):
                notes.append(f"- {each['name']}: {each['gap'] or 'not explained yet.'}")
        if not rows:
            return []
        lines = ["", "Peers against wasm3, here and in their authors' own words (CoreMark and their own cases, on an "
                 "EPYC 7763):", "",
                 *table(["peer", "CoreMark", "CoreMark, published", "gap", "mean", "mean, published", "gap"], rows)]
        return lines + (["", f"Over {PUBLISHED_TOLERANCE:.0%} off:", "", *notes] if notes else [])

    def start(self):
        start = self.data.get("start")
        if not start:
            return []
        calls = start.get("calls", [])
        rows = start["modules"] + start["lives"] + calls
        labels = list(dict.fromkeys(label for row in rows for label in [*row["seconds"], *row["cannot"]]))
        anchor = self.start_anchor(labels)

        def body(rows, title):
            lines = [[title(row), *(number(self.time(row, label, anchor)) for label in labels)] for row in rows]
            return table(["", *labels], lines)
        lines = ["", "## Start-up", "",
                 f"Time as a multiple of {anchor}'s, so that less is better. From the bytes of a module to an "
                 "instance; wasm3 0.5 validates nothing.", "",
                 *body(start["modules"], lambda row: f"{row['name']} ({row['bytes']:,} bytes)")]
        if start["lives"]:
            lines += ["", "Instantiating a compiled module, one short call, and dropping it; wasm3 and Silverfir-nano "
                      "parse anew each time.", "",
                      *body(start["lives"], lambda row: f"{row['name']}({row['argument']})")]
        if calls:
            lines += ["", "A short call of an instance that has been called before.", "",
                      *body(calls, lambda row: f"{row['name']}({row['argument']})")]
        return lines + self.refusals(rows) + self.pictures("start")

    @staticmethod
    def time(row, label, anchor):
        speed = measure.median_ratio(row["seconds"], label, anchor)
        return None if speed is None else 1 / speed

    def start_means(self):
        """(label, geometric mean of the time from bytes to an instance, over how many modules), the least first."""
        rows = self.data["start"]["modules"]
        labels = list(dict.fromkeys(label for row in rows for label in row["seconds"]))
        anchor = self.start_anchor(labels)
        means = []
        for label in labels:
            times = [time for time in (self.time(row, label, anchor) for row in rows) if time is not None]
            means.append((label, measure.geometric_mean(times), len(times)))
        return sorted((each for each in means if each[2]), key=lambda each: each[1])

    @staticmethod
    def start_anchor(labels):
        return "Wasmi 2 lazy" if "Wasmi 2 lazy" in labels else labels[0]

    def contracts(self):
        seconds = self.data.get("transfers")
        if not seconds:
            return []

        def times(of, to):
            return number(measure.median_ratio(seconds, of, to))
        return ["", "## Contracts", "",
                f"Token transfers, a transaction each: {times('warm', 'cold')} times as many in the same time with "
                "compiled code shared as with the contract compiled for each. Against the stepper, the tier that "
                f"transactions have unless told otherwise makes {times('warm', 'warm-stepper')} times as many with "
                f"shared code and {times('cold', 'cold-stepper')} times as many without."]

    def memory(self):
        rows = self.data.get("memory")
        if not rows:
            return []
        lines = ["", "## Memory", "",
                 "Bytes that malloc gave out for each of several: a module whose code has run; an instance that has "
                 "run, with its linear memory; a call of Detent's that stands still for want of fuel half-way. Memory "
                 "that an engine maps itself is not seen. The modules of wasm3 and Silverfir-nano belong to their "
                 "instances, and are counted there; so is wasm3's stack.", ""]
        engines = [each for each in self.engines if any(each["key"] in row["bytes"] for row in rows)]
        body = []
        for row in rows:
            linear = row["bytes"].get(self.own[0], {}).get("memory", 0)
            for what, field in [("module", "module"), (f"instance, {linear:,} of it linear memory", "instance"),
                                ("suspended call", "suspended")]:
                values = [row["bytes"].get(each["key"], {}).get(field) for each in engines]
                body.append([f"{row['name']}, {what}", *("–" if value is None else f"{value:,}" for value in values)])
        return (lines + table(["what", *(each["name"] for each in engines)], body) + self.refusals(rows)
                + self.pictures("memory"))

    def cost_mean(self, key, floats=False):
        """(geometric mean of our time against that of the build without, number of cases)."""
        values = [measure.median_ratio(row["seconds"], key, self.own[0]) for row in self.data.get("cost", [])
                  if row["floats"] or not floats]
        values = [value for value in values if value is not None]
        return measure.geometric_mean(values), len(values)

    def cost(self):
        rows = self.data.get("cost")
        if not rows:
            return []
        keys = ["no-fuel", "no-nans"]
        body = [[row["name"], *(percent(measure.median_ratio(row["seconds"], key, self.own[0])) for key in keys)]
                for row in rows]
        body.append(["**geometric mean**", *(f"**{percent(self.cost_mean(key)[0])}**" for key in keys)])
        if any(row["floats"] for row in rows):
            body.append(["of cases with floats", *(percent(self.cost_mean(key, True)[0]) for key in keys)])
        return ["", "## Cost", "",
                "How much more time Detent takes than a build of it that does not count fuel in the fast tier, and "
                "than one that leaves NaNs as the processor makes them. Less than the noise is nothing; what canonical "
                "NaNs seem to cost where there are no floats is that the compiler lays code out otherwise.", "",
                *table(["case", "fuel", "canonical NaNs"], body), *self.pictures("cost")]

    def foot(self):
        lines = ["", "## What was measured", ""]
        for each in self.data["engines"]:
            lines.append(f"- **{each['name']}** {each['version']}: {each['missing'] or each['built']}")
        data = self.data
        lines += ["", f"{data['machine']}; {data['rounds']} rounds; commit {data['commit']}; {data['date']}. "
                  f"Half the distance between the quartiles of a ratio is {self.noise():.1%} of it, in the median."]
        return lines

    def markdown(self):
        lines = ["# Results"]
        if self.data["trial"]:
            lines += ["", "**A trial**: not all cases, engines or rounds" +
                      (", and the small arguments" if self.data["quick"] else "") + ". Its numbers are no results."]
        sections = [self.summary(), self.execution(), self.start(), self.contracts(), self.memory(), self.cost(),
                    self.foot()]
        return "\n".join(lines + [line for section in sections for line in section]) + "\n"

    # The charts.

    @functools.cached_property
    def drawn(self):
        """The charts that there are numbers for, by name."""
        found = {}
        if any(REFERENCE in row["seconds"] for row in self.rows):
            found |= {"means": self.means_chart(), "cases": self.cases_chart()}
        if self.data.get("start"):
            bars = [(label, mean, f"{mean:.2f} ({count})", label.startswith("Detent"))
                    for label, mean, count in self.start_means()]
            found["start"] = charts.bars("Time from bytes to an instance, geometric mean (modules)", bars)
        if self.data.get("memory"):
            found["memory"] = self.memory_chart()
        if self.data.get("cost"):
            bars = [(f"{row['name']}, {what}", ratio - 1, percent(ratio), key == "no-fuel")
                    for row in self.data["cost"] for key, what in [("no-fuel", "fuel"), ("no-nans", "NaNs")]
                    if (key == "no-fuel" or row["floats"])
                    and (ratio := measure.median_ratio(row["seconds"], key, self.own[0]))]
            found["cost"] = charts.bars("More time, for fuel and for canonical NaNs", bars)
        return found

    def pictures(self, *names):
        return [line for name in names if name in self.drawn for line in ("", f"![{name}]({name}.svg)")]

    def means_chart(self):
        """Limits would dwarf the rest."""
        means = [(each, *self.mean(each["key"])) for each in self.engines if each["kind"] == "interpreter"]
        means = sorted((entry for entry in means if entry[1]), key=lambda entry: -entry[1])
        return charts.bars("Speed against wasm3, geometric mean (cases)",
                           [(each["name"], mean, f"{mean:.2f} ({count})", each["own"]) for each, mean, count in means])

    def cases_chart(self):
        rows = [row for row in self.rows if REFERENCE in row["seconds"]]
        points = [(at, index, measure.median_ratio(row["seconds"], each["key"], REFERENCE))
                  for at, row in enumerate(rows) for index, each in enumerate(self.engines)
                  if each["key"] in row["seconds"]]
        return charts.dots("Speed against wasm3, case by case", [row["name"] for row in rows],
                           [each["name"] for each in self.engines], points)

    def memory_chart(self):
        """What an instance takes beside its linear memory, with a module of its own."""
        bars = []
        for each in self.engines:
            values = [row["bytes"][each["key"]] for row in self.data["memory"] if each["key"] in row["bytes"]]
            linear = [row["bytes"].get(self.own[0], {}).get("memory", 0) for row in self.data["memory"]
                      if each["key"] in row["bytes"]]
            if values:
                mean = sum(value.get("module", 0) + value["instance"] for value in values) - sum(linear)
                mean /= len(values)
                bars.append((each["name"], mean, f"{mean:,.0f}", each["own"]))
        return charts.bars("Bytes of a module and an instance beside its linear memory, mean",
                           sorted(bars, key=lambda bar: bar[1]))


def write(data, folder):
    """RESULTS.md, results.json and the charts."""
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(data)
    (folder / "results.json").write_text(json.dumps(data, indent=1) + "\n")
    for name, chart in report.drawn.items():
        (folder / f"{name}.svg").write_text(chart)
    (folder / "RESULTS.md").write_text(report.markdown())
    print(f"written: {folder}")
