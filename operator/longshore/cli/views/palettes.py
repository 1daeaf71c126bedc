"""Owns the colours and lines of an SVG, as CSS that needs no variables: also converters understand it."""

_LIGHT = {
    "paper": "#ffffff", "ink": "#1f2328", "dim": "#59636e", "line": "#8c959f", "box": "#f6f8fa",
    "blue": "#0969da", "green": "#1a7f37", "red": "#cf222e", "purple": "#8250df", "amber": "#9a6700",
}  # fmt: skip
_DARK = {
    "paper": "#0d1117", "ink": "#e6edf3", "dim": "#9198a1", "line": "#656c76", "box": "#151b23",
    "blue": "#4493f8", "green": "#3fb950", "red": "#f85149", "purple": "#ab7df8", "amber": "#d29922",
}  # fmt: skip
_SHAPES = """\
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre }
.title { font-size: 15px; font-weight: 600 }
.note { font-size: 11px }
.box, .edge { stroke-width: 1.25 }
.edge, .frame { fill: none }
.frame { stroke-dasharray: 5 4 }
.check { stroke-width: 1.75; stroke-dasharray: 2 4; stroke-linecap: round }
.Running .box, .Failed .box { stroke-width: 2 }
.Skipped .box { stroke-dasharray: 3 3 }
"""
_COLOURS = """\
.paper { fill: %(paper)s }
text { fill: %(ink)s }
.note, .Skipped .name, .Pending .name, .Skipped .symbol, .Pending .symbol { fill: %(dim)s }
.count { fill: %(amber)s }
.box { fill: %(box)s; stroke: %(line)s }
.edge, .frame { stroke: %(line)s }
.head { fill: %(line)s }
.check { stroke: %(amber)s }
.check-head { fill: %(amber)s }
.Running .box { stroke: %(blue)s }
.Succeeded .box { stroke: %(green)s }
.Failed .box { stroke: %(red)s }
.Canceled .box { stroke: %(purple)s }
.Running .symbol { fill: %(blue)s }
.Succeeded .symbol { fill: %(green)s }
.Failed .symbol { fill: %(red)s }
.Canceled .symbol { fill: %(purple)s }
"""


def write_style() -> str:
    """The style sheet: light, and dark where the reader has it so."""
    dark = "".join(f"  {line}\n" for line in (_COLOURS % _DARK).splitlines())
    return f"{_SHAPES}{_COLOURS % _LIGHT}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"
