"""A picture of bars beside each other, as SVG: for a page that is read, in light and in dark."""

from collections.abc import Sequence
from html import escape

WIDTH, NAMES, BAR, GAP, TOP = 760, 330, 18, 12, 34


def bars(title: str, unit: str, rows: Sequence[tuple[str, float]], ours: str) -> str:
    """The rows as bars from nothing to the largest, each with its number; `ours` is marked by a sign as well."""
    most = max(value for _, value in rows)
    height = TOP + len(rows) * (BAR + GAP) + GAP
    told = "; ".join(f"{name}: {value:.3f}" for name, value in rows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        ' role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="13">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(f"{unit}. {told}")}</desc>',
        "<style>text { fill: #1f2430 } .bar { fill: #8a94a6 } .ours { fill: #1763b8 } .ground { fill: #ffffff }"
        " @media (prefers-color-scheme: dark) { text { fill: #e6e9ef } .bar { fill: #77839a } .ours { fill: #6cb2ff }"
        " .ground { fill: #14171d } }</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>',
        f'<text x="12" y="22" font-weight="600">{escape(title)}</text>',
        f'<text x="{WIDTH - 12}" y="22" text-anchor="end">{escape(unit)}</text>',
    ]
    for place, (name, value) in enumerate(rows):
        y = TOP + GAP / 2 + place * (BAR + GAP)
        length = (WIDTH - NAMES - 80) * value / most
        mark, kind = ("▸ ", "ours") if name == ours else ("", "bar")
        lines += [
            f'<text x="{NAMES - 8}" y="{y + 13:g}" text-anchor="end">{escape(mark + name)}</text>',
            f'<rect class="{kind}" x="{NAMES}" y="{y:g}" width="{max(1.0, length):.1f}" height="{BAR}" rx="2"/>',
            f'<text x="{NAMES + length + 6:.1f}" y="{y + 13:g}">{value:.3f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
