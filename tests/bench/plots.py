"""A plot of figures against their targets, as SVG. Must not know what they mean.

Each bar is how much of its target a figure uses up: all are read the same way, and short is good.
"""

from collections.abc import Sequence
from html import escape

from bench.results import Figure, show

WIDTH, ROW, LEFT, TOP = 900, 30, 430, 44
SCALE = 280.0
"""Pixels from zero to the target."""
MOST = 1.5
"""Targets; a longer bar is cut."""
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.met { fill: #1a7f64 } .missed { fill: #c4432b } .target { stroke: #57606a; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .met { fill: #3fb68f } .missed { fill: #f0775c } }
""".strip()


def draw(figures: Sequence[Figure]) -> str:
    """The plot."""
    height = TOP + ROW * len(figures) + 16
    target = LEFT + SCALE
    rows = "\n".join(_draw_row(figure, TOP + index * ROW) for index, figure in enumerate(figures))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">
<title>Longshore's figures as shares of their targets</title>
<style>{STYLE}</style>
<text x="{target:.0f}" y="24" text-anchor="middle">target</text>
<line class="target" x1="{target:.0f}" y1="30" x2="{target:.0f}" y2="{height - 10}"/>
{rows}
</svg>
"""


def _draw_row(figure: Figure, y: int) -> str:
    share = find_share(figure)
    length = SCALE * min(share, MOST)
    kind = "met" if figure.is_met else "missed"
    return (
        f'<text x="{LEFT - 10}" y="{y + 18}" text-anchor="end">{escape(figure.name)}</text>'
        f'<rect class="{kind}" x="{LEFT}" y="{y + 5}" width="{length:.1f}" height="18" rx="3"/>'
        f'<text x="{LEFT + length + 6:.1f}" y="{y + 18}">{escape(show(figure.value) + figure.unit)}</text>'
    )


def find_share(figure: Figure) -> float:
    """How much of its target a figure uses up; at most 1 where it is met. Of a target of none: all or none."""
    part, whole = figure.value, figure.target
    if figure.better == "higher":
        part, whole = whole, part
    return part / whole if whole else MOST * bool(part)
