"""Charts as SVG: bars, and dots on a logarithmic axis."""
import html
import math

COLOURS = ["#c0392b", "#7f8c8d", "#2471a3", "#85c1e9", "#1e8449", "#b7950b", "#884ea0", "#d98880", "#a6acaf", "#5d6d7e",
           "#e59866", "#48c9b0"]


def bars(title, entries):
    """`entries` are (name, value, what is said of the value, whether it stands out); what is below 0 has no bar."""
    most = max([value for _, value, _, _ in entries if value > 0], default=1)
    parts = [text(10, 18, title)]
    for at, (name, value, said, stands_out) in enumerate(entries):
        y, width = 30 + 26 * at, max(0, 400 * value / most)
        parts += [text(190, y + 14, name, "end"),
                  f'<rect x="200" y="{y}" width="{width:.1f}" height="18" fill="{COLOURS[0 if stands_out else 2]}"/>',
                  text(206 + width, y + 14, said)]
    return svg(720, 40 + 26 * len(entries), parts)


def dots(title, lines, series, points):
    """Each of `lines` has a line, each of `series` a colour; `points` are (line, series, value)."""
    low = math.floor(math.log2(min(value for *_, value in points)))
    high = max(low + 1, math.ceil(math.log2(max(value for *_, value in points))))
    top, bottom = 50, 50 + 20 * len(lines)

    def x(value):
        return 150 + 560 * (math.log2(value) - low) / (high - low)
    parts = [text(10, 18, title)]
    for power in range(low, high + 1):
        at_power = f"{x(2**power):.1f}"
        colour = "#888" if power == 0 else "#ddd"
        parts += [f'<line x1="{at_power}" y1="{top - 8}" x2="{at_power}" y2="{bottom}" stroke="{colour}"/>',
                  text(x(2**power), bottom + 14, str(2**power) if power >= 0 else f"1/{2**-power}", "middle")]
    parts += [text(140, top + 20 * at + 9, name, "end") for at, name in enumerate(lines)]
    parts += [dot(x(value), top + 20 * at + 5, index) for at, index, value in points]
    for index, name in enumerate(series):
        y = top + 8 + 20 * index
        parts += [dot(735, y, index), text(745, y + 4, name)]
    return svg(880, max(bottom, top + 20 * len(series)) + 24, parts)


def dot(x, y, index):
    return f'<circle cx="{x:.1f}" cy="{y}" r="4.5" fill="{COLOURS[index % len(COLOURS)]}" fill-opacity="0.85"/>'


def text(x, y, words, anchor="start"):
    return f'<text x="{x:.1f}" y="{y}" text-anchor="{anchor}">{html.escape(words)}</text>'


def svg(width, height, parts):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
            'font-size="12">')
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="white"/>', *parts, "</svg>"]) + "\n"
