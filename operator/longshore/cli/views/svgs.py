"""Owns a graph as an SVG that stands for itself: no script, no font, no file beside it; light and dark.

Its texts are in a font of fixed width, so that their size is known and nothing overlaps, whatever fonts there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean
from xml.sax.saxutils import escape

from longshore.cli.views.palettes import write_style
from longshore.cli.views.placements import Placement, Size, Spot, place_nodes
from longshore.cli.views.sketches import Check, Node, Sketch
from longshore.cli.views.styles import cut, get_symbol

CHARACTER, SMALL = 8.0, 6.8
"""Widths of a character of a name and of a note; a little more than fonts of fixed width have."""
LINE, PADDING = 16, 12
LONGEST_NOTE = 48
GAP = Size(56, 18)
MARGIN = 24
HEAD = 40
"""Room for a title."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The steps before `finally`, or those in it, and where they are on the paper."""

    nodes: Sequence[Node]
    placement: Placement
    left: float
    top: float

    @property
    def right(self) -> float:
        return self.left + max((spot.right for spot in self.placement.spots.values()), default=0.0)

    @property
    def bottom(self) -> float:
        spots = self.placement.spots
        return self.top + max((spots[node.name].y + _measure(node).height / 2 for node in self.nodes), default=0.0)


def write_svg(sketch: Sketch) -> str:
    """The drawing, from left to right."""
    main = _place(sketch.list_part(is_final=False), MARGIN, MARGIN + HEAD)
    finals = sketch.list_part(is_final=True)
    parts = [main]
    if finals:
        parts.append(_place_finals(finals, main))
    room = HEAD if sketch.checks else 0
    title_width = MARGIN * 2 + (len(sketch.title) + len(sketch.phase) + 6) * CHARACTER * 1.2
    width = max(parts[-1].right + MARGIN * len(parts), title_width)
    height = max(part.bottom + MARGIN * index for index, part in enumerate(parts, 1)) + room
    body = [*_write_head(sketch), *_write_parts(sketch, parts)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-labelledby="graph-title graph-desc">\n'
        + "".join(f"{line}\n" for line in body)
        + "</svg>\n"
    )


def _place(nodes: Sequence[Node], left: float, top: float) -> _Part:
    names = {node.name for node in nodes}
    needs = {node.name: [need for need in node.needs if need in names] for node in nodes}
    sizes = {node.name: _measure(node) for node in nodes}
    return _Part(nodes, place_nodes(needs, sizes, GAP), left, top)


def _place_finals(nodes: Sequence[Node], main: _Part) -> _Part:
    """Right of all others, beside the steps that nothing needs."""
    part = _place(nodes, main.right + GAP.width + MARGIN, 0)
    middle = (part.bottom + MARGIN - HEAD) / 2
    return replace(part, top=max(MARGIN + 2 * HEAD, _find_end(main) - middle))


def _find_end(main: _Part) -> float:
    """How far down the steps stand that nothing needs, on the average."""
    needed = {need for node in main.nodes for need in node.needs}
    return main.top + fmean(main.placement.spots[node.name].y for node in main.nodes if node.name not in needed)


def _measure(node: Node) -> Size:
    """The box that a node's texts need."""
    name = len(_write_name(node)) * CHARACTER
    notes = [len(note) * SMALL for note in _list_notes(node)]
    return Size(max([name, *notes]) + 2 * PADDING, LINE * (1 + len(notes)) + 2 * PADDING - 4)


def _write_name(node: Node) -> str:
    return f"{'  ' if node.phase else ''}{node.name}{f' {node.count}' if node.count else ''}"


def _list_notes(node: Node) -> list[str]:
    outcome = " ".join(filter(None, (node.phase, node.time)))
    return [cut(note, LONGEST_NOTE) for note in [*([outcome] if outcome else []), *node.notes]]


def _write_head(sketch: Sketch) -> Iterator[str]:
    yield f'<title id="graph-title">{escape(" ".join(filter(None, (sketch.title, sketch.phase))))}</title>'
    yield f'<desc id="graph-desc">{escape(" ".join(_describe(node) for node in sketch.nodes))}</desc>'
    yield f"<style>\n{write_style()}</style>"
    yield "<defs>"
    for kind in ("head", "check-head"):
        yield (
            f'<marker id="{kind}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8"'
            f' markerUnits="userSpaceOnUse" orient="auto"><path class="{kind}" d="M0 0.5 8 4 0 7.5z"/></marker>'
        )
    yield "</defs>"
    yield '<rect class="paper" width="100%" height="100%"/>'
    symbol = f'<tspan class="symbol">{get_symbol(sketch.phase)}</tspan> ' if sketch.phase else ""
    title = f"{symbol}{escape(sketch.title)}{f'  {sketch.phase}' if sketch.phase else ''}"
    yield f'<g class="{sketch.phase}"><text class="title" x="{MARGIN}" y="{MARGIN + 14}">{title}</text></g>'


def _describe(node: Node) -> str:
    """The node in words, for who hears the drawing."""
    needs = f" needs {', '.join(node.needs)}" if node.needs else ""
    rest = "; ".join(filter(None, (node.count, node.phase, *node.notes)))
    return f"{node.name}{needs}{f' ({rest})' if rest else ''}."


def _write_parts(sketch: Sketch, parts: Sequence[_Part]) -> Iterator[str]:
    main, *finals = parts
    for part in finals:
        yield from _write_frame(main, part)
    for part in parts:
        for route in part.placement.routes.values():
            yield f'<path class="edge" d="{_write_route(part, route)}" marker-end="url(#head)"/>'
    for check in sketch.checks:
        yield from _write_check(main, check)
    for part in parts:
        for node in part.nodes:
            yield from _write_node(part, node)


def _write_route(part: _Part, route: Sequence[Spot]) -> str:
    """A curve from box to box; straight where it passes a layer."""
    first, *_ = route
    path = f"M{part.left + first.right:.1f} {part.top + first.y:.1f}"
    for index, (one, two) in enumerate(pairwise(route), 2):
        x1, x2 = part.left + one.right, part.left + two.left
        y1, y2, middle = part.top + one.y, part.top + two.y, (x1 + x2) / 2
        path += f"C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        path += f"H{part.left + two.right:.1f}" if index < len(route) else ""
    return path


def _write_check(part: _Part, check: Check) -> Iterator[str]:
    """A dotted way back, below the boxes."""
    sizes = {node.name: _measure(node) for node in part.nodes}
    spots = part.placement.spots
    (x1, y1), (x2, y2) = (
        (part.left + spots[name].x, part.top + spots[name].y + sizes[name].height / 2)
        for name in (check.step, check.back_to)
    )
    low = part.bottom + HEAD
    yield (
        f'<path class="edge check" d="M{x1:.1f} {y1:.1f}C{x1:.1f} {low:.1f} {x2:.1f} {low:.1f} {x2:.1f} {y2:.1f}"'
        ' marker-end="url(#check-head)"/>'
    )
    x, y = (x1 + x2) / 2, (y1 + y2) / 8 + low * 0.75
    yield f'<text class="note" text-anchor="middle" x="{x:.1f}" y="{y + 13:.1f}">at most {check.most}</text>'


def _write_frame(main: _Part, part: _Part) -> Iterator[str]:
    left, top = part.left - MARGIN, part.top - HEAD
    width, height = part.right - left + MARGIN, part.bottom - top + MARGIN
    yield (
        f'<rect class="frame" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="10"/>'
        f'<text class="note" x="{left + PADDING:.1f}" y="{top + 20:.1f}">finally</text>'
    )
    middle = max(_find_end(main), top + PADDING)
    yield f'<path class="edge" d="M{main.right + 8:.1f} {middle:.1f}H{left - 1:.1f}" marker-end="url(#head)"/>'


def _write_node(part: _Part, node: Node) -> Iterator[str]:
    spot, height = part.placement.spots[node.name], _measure(node).height
    left, top = part.left + spot.left, part.top + spot.y - height / 2
    radius = 18 if node.kind == "approval" else 7
    yield f'<g class="{" ".join(filter(None, ("node", node.phase)))}"><title>{escape(_describe(node))}</title>'
    yield (
        f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{spot.width:.1f}" height="{height:.1f}"'
        f' rx="{radius}"/>'
    )
    x = left + PADDING
    symbol = f'<tspan class="symbol">{get_symbol(node.phase)}</tspan> ' if node.phase else ""
    count = f' <tspan class="count">{node.count}</tspan>' if node.count else ""
    yield f'<text class="name" x="{x:.1f}" y="{top + PADDING + 9:.1f}">{symbol}{escape(node.name)}{count}</text>'
    for number, note in enumerate(_list_notes(node), 1):
        y = top + PADDING + 8 + LINE * number
        yield f'<text class="note" x="{x:.1f}" y="{y:.1f}">{escape(note)}</text>'
    yield "</g>"
