"""Owns a graph on a terminal: a line for each step, rails for what needs what, phases in their colours."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from longshore.cli.views.rails import Row, draw_rails
from longshore.cli.views.sketches import Node, Sketch
from longshore.cli.views.styles import get_colour, get_symbol

WIDEST_RAILS = 32
"""Where rails take more, they say less than the needs as words."""
PLAIN = "●"
TOP = "○"


def draw_graph(sketch: Sketch) -> RenderableType:
    """The graph under its title, and below it what runs at the end."""
    return Group(*_draw_parts(sketch))


def _draw_parts(sketch: Sketch) -> Iterator[RenderableType]:
    main, finals = sketch.list_part(is_final=False), sketch.list_part(is_final=True)
    symbol = get_symbol(sketch.phase) if sketch.phase else TOP
    title = Text.assemble((symbol, get_colour(sketch.phase)), " ", (sketch.title, "bold"))
    yield from _draw_part(title, main, sketch)
    if finals:
        yield Text()
        yield from _draw_part(Text.assemble((TOP, "dim"), " ", ("finally", "bold")), finals, sketch)


def _draw_part(title: Text, nodes: Sequence[Node], sketch: Sketch) -> Iterator[RenderableType]:
    if sketch.phase and not nodes[0].is_final:
        title.append(f"  {sketch.phase}", get_colour(sketch.phase))
    yield title
    names = {node.name for node in nodes}
    needs = {node.name: [need for need in node.needs if need in names] or [""] for node in nodes}
    rows = draw_rails(["", *needs], {"": (), **needs})[1:]
    width = max(len(row.before) + 1 + len(row.after) for row in rows)
    yield _build_table(nodes, rows if width <= WIDEST_RAILS else [], is_run=bool(sketch.phase))


def _build_table(nodes: Sequence[Node], rows: Sequence[Row], *, is_run: bool) -> Table:
    """With rails where there are rows for them, else with needs as words."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    if is_run:
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, justify="right")
    table.add_column(overflow="ellipsis", min_width=8)
    for index, node in enumerate(nodes):
        cells = [_build_rails(node, rows[index] if rows else None), _build_name(node)]
        cells += [Text(node.phase, get_colour(node.phase)), Text(node.time)] if is_run else []
        table.add_row(*cells, _build_notes(node, with_needs=not rows))
    return table


def _build_rails(node: Node, row: Row | None) -> Text:
    symbol = (get_symbol(node.phase), get_colour(node.phase)) if node.phase else (PLAIN, "")
    return Text.assemble(symbol) if row is None else Text.assemble((row.before, "dim"), symbol, (row.after, "dim"))


def _build_name(node: Node) -> Text:
    return Text.assemble(node.name, (f" {node.count}" if node.count else "", "cyan"))


def _build_notes(node: Node, *, with_needs: bool) -> Text:
    needs = [f"needs {', '.join(node.needs)}"] if with_needs and node.needs else []
    return Text("; ".join([*needs, *node.notes]), "dim", no_wrap=True, overflow="ellipsis")
