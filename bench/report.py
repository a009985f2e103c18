"""The table, the charts and the raw data of one run. Only ratios are shown; seconds stay in the raw data."""
import html
import json
import math

import measure

REFERENCE = "wasm3"
COLOURS = ["#c0392b", "#7f8c8d", "#2471a3", "#85c1e9", "#1e8449", "#b7950b", "#884ea0", "#d98880", "#a6acaf", "#5d6d7e",
           "#e59866", "#48c9b0"]


def number(value, digits=2):
    return "–" if value is None else f"{value:.{digits}f}"


def table(head, rows):
    lines = [head, ["---"] + ["--:"] * (len(head) - 1), *rows]
    return ["| " + " | ".join(map(str, line)) + " |" for line in lines]


class Report:
    def __init__(self, data):
        self.data = data
        self.engines = [engine for engine in data["engines"] if not engine["missing"]]
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

    def noise(self):
        """The median, over cases and engines, of the spread of the ratios between rounds."""
        spreads = sorted(measure.spread(measure.ratios(row["seconds"], key, self.own[0]))
                         for row in self.rows for key in row["seconds"]
                         if key != self.own[0] and self.own[0] in row["seconds"])
        return spreads[len(spreads) // 2] if spreads else 0.0

    # The sections of the table.

    def execution(self):
        names = [each["name"] for each in self.engines]
        keys = [each["key"] for each in self.engines]
        common = [row for row in self.rows if REFERENCE in row["seconds"]]
        lines = ["## Execution", "",
                 "Speed as a multiple of wasm3's, so that more is better; the last column is Detent against the "
                 "fastest other interpreter of that case.", ""]
        body = [[row["name"], *(number(measure.median_ratio(row["seconds"], key, REFERENCE)) for key in keys),
                 number(self.against_best(row, self.own[0]))] for row in common]
        means = [self.mean(key) for key in keys]
        body.append(["**geometric mean**", *(f"**{number(mean)}**" for mean, _ in means),
                     f"**{number(self.mean_against_best(self.own[0])[0])}**"])
        body.append(["over cases", *(count for _, count in means), self.mean_against_best(self.own[0])[1]])
        lines += table(["case", *names, "÷ best peer"], body)
        rest = [row for row in self.rows if REFERENCE not in row["seconds"]]
        if rest:
            lines += ["", "Cases that wasm3 cannot run: speed as a multiple of Detent's.", ""]
            lines += table(["case", *names, "÷ best peer"],
                           [[row["name"], *(number(measure.median_ratio(row["seconds"], key, self.own[0]))
                                            for key in keys), number(self.against_best(row, self.own[0]))]
                            for row in rest])
        return lines + self.refusals(self.rows) + self.published()

    def refusals(self, rows):
        names = {each["key"]: each["name"] for each in self.engines}
        said = [f"- {names.get(key, key)}, {row['name']}: {reason}" for row in rows
                for key, reason in row["cannot"].items()]
        return ["", "What a dash stands for:", "", *said] if said else []

    def published(self):
        rows = []
        mix = next((row for row in self.rows if row["name"] == "core_mix"), None)
        for each in self.engines:
            if not each["published"]:
                continue
            here = [measure.median_ratio(mix["seconds"], each["key"], REFERENCE) if mix else None,
                    self.mean(each["key"])[0]]
            rows.append([each["name"], number(here[0]), number(each["published"][0]), number(here[1]),
                         number(each["published"][1])])
        if not rows:
            return []
        return ["", "Peers against wasm3, here and in their authors' own words (CoreMark and their own cases, on an "
                "EPYC 7763):", "", *table(["peer", "core_mix", "CoreMark, published", "mean", "mean, published"], rows)]

    def start(self):
        start = self.data.get("start")
        if not start:
            return []
        labels = list(dict.fromkeys(label for row in start["modules"] + start["lives"]
                                    for label in [*row["seconds"], *row["cannot"]]))
        anchor = "Wasmi 2 lazy" if "Wasmi 2 lazy" in labels else labels[0]

        def body(rows, title):
            lines = [[title(row), *(number(self.time(row, label, anchor)) for label in labels)] for row in rows]
            return table(["", *labels], lines)
        return ["", "## Start-up", "",
                f"Time as a multiple of {anchor}'s, so that less is better. From the bytes of a module to an instance; "
                "wasm3 validates nothing.", "",
                *body(start["modules"], lambda row: f"{row['name']} ({row['bytes']:,} bytes)"), "",
                "Instantiating a compiled module, one short call, and dropping it; wasm3 and Silverfir-nano parse anew "
                "each time.", "",
                *body(start["lives"], lambda row: f"{row['name']}({row['argument']})"),
                *self.refusals(start["modules"] + start["lives"])]

    @staticmethod
    def time(row, label, anchor):
        speed = measure.median_ratio(row["seconds"], label, anchor)
        return None if speed is None else 1 / speed

    def contracts(self):
        seconds = self.data.get("transfers")
        if not seconds:
            return []
        times = number(measure.median_ratio(seconds, "warm", "cold"))
        return ["", "## Contracts", "",
                f"Token transfers, a transaction each: {times} times as many in the same time with compiled code "
                "shared as with the contract compiled for each."]

    def foot(self):
        lines = ["", "## What was measured", ""]
        for each in self.data["engines"]:
            lines.append(f"- **{each['name']}** {each['version']}: {each['missing'] or each['built']}")
        data = self.data
        lines += ["", f"{data['machine']}; {data['rounds']} rounds; commit {data['commit']}; {data['date']}. "
                  f"Half the distance between the quartiles of a ratio is {self.noise():.1%} of it, in the median."]
        return lines

    def markdown(self):
        lines = ["# Results", ""]
        if self.data["trial"]:
            lines += ["**A trial**: not all cases, engines or rounds" +
                      (", and the small arguments" if self.data["quick"] else "") + ". Its numbers are no results.", ""]
        if self.rows:
            lines += self.execution()
        return "\n".join(lines + self.start() + self.contracts() + self.foot()) + "\n"

    # The charts.

    def bars(self):
        """The geometric means as bars."""
        means = [(each, *self.mean(each["key"])) for each in self.engines]
        means = sorted([entry for entry in means if entry[1]], key=lambda entry: -entry[1])
        # Limits would dwarf the rest.
        shown = [entry for entry in means if entry[0]["kind"] == "interpreter"]
        most = max(mean for _, mean, _ in shown)
        parts = []
        for at, (each, mean, count) in enumerate(shown):
            y, width = 30 + 26 * at, 400 * mean / most
            colour = COLOURS[0] if each["own"] else COLOURS[2]
            parts += [text(150, y + 14, each["name"], "end"), f'<rect x="160" y="{y}" width="{width:.1f}" height="18" '
                      f'fill="{colour}"/>', text(166 + width, y + 14, f"{mean:.2f} ({count})")]
        parts.append(text(10, 18, "Speed against wasm3, geometric mean (cases)"))
        return svg(680, 40 + 26 * len(shown), parts)

    def dots(self):
        """Each case on a line, each engine a dot, on a logarithmic axis."""
        rows = [row for row in self.rows if REFERENCE in row["seconds"]]
        points = [(at, index, measure.median_ratio(row["seconds"], each["key"], REFERENCE))
                  for at, row in enumerate(rows) for index, each in enumerate(self.engines)
                  if each["key"] in row["seconds"]]
        low = math.floor(math.log2(min(value for *_, value in points)))
        high = max(low + 1, math.ceil(math.log2(max(value for *_, value in points))))
        top, bottom = 50, 50 + 20 * len(rows)

        def x(value):
            return 150 + 560 * (math.log2(value) - low) / (high - low)
        parts = [text(10, 18, "Speed against wasm3, case by case")]
        for power in range(low, high + 1):
            at_power = f"{x(2**power):.1f}"
            colour = "#888" if power == 0 else "#ddd"
            parts += [f'<line x1="{at_power}" y1="{top - 8}" x2="{at_power}" y2="{bottom}" stroke="{colour}"/>',
                      text(x(2**power), bottom + 14, str(2**power) if power >= 0 else f"1/{2**-power}", "middle")]
        parts += [text(140, top + 20 * at + 9, row["name"], "end") for at, row in enumerate(rows)]
        parts += [dot(x(value), top + 20 * at + 5, index) for at, index, value in points]
        for index, each in enumerate(self.engines):
            y = top + 8 + 20 * index
            parts += [dot(735, y, index), text(745, y + 4, each["name"])]
        return svg(880, max(bottom, top + 20 * len(self.engines)) + 24, parts)


def dot(x, y, index):
    return f'<circle cx="{x:.1f}" cy="{y}" r="4.5" fill="{COLOURS[index % len(COLOURS)]}" fill-opacity="0.85"/>'


def text(x, y, words, anchor="start"):
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{html.escape(words)}</text>'


def svg(width, height, parts):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
            'font-size="12">')
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="white"/>', *parts, "</svg>"]) + "\n"


def write(data, folder):
    """RESULTS.md, results.json and the charts."""
    folder.mkdir(parents=True, exist_ok=True)
    report = Report(data)
    (folder / "results.json").write_text(json.dumps(data, indent=1) + "\n")
    markdown = report.markdown()
    if any(REFERENCE in row["seconds"] for row in report.rows):
        (folder / "means.svg").write_text(report.bars())
        (folder / "cases.svg").write_text(report.dots())
        markdown += "\n![geometric means](means.svg)\n\n![case by case](cases.svg)\n"
    (folder / "RESULTS.md").write_text(markdown)
    print(f"written: {folder}")
