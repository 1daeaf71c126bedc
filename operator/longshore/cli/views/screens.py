"""Owns what a live table shows: what there is in a line, then as many rows as there is room for."""

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

Object = dict[str, Any]


def build_screen(
    head: Text, items: Sequence[Object], height: int, build_table: Callable[[Sequence[Object]], RenderableType]
) -> RenderableType:
    """A screen of `height` lines, of which the first says how it is left."""
    room = max(1, height - 3)
    cut = room - 1 if len(items) > room else len(items)
    more = [Text(f"… {len(items) - cut} more", "dim")] if cut < len(items) else []
    return Group(Text.assemble(head, ("   q quits", "dim")), Text(), build_table(items[:cut]), *more)


def build_grid() -> Table:
    """A table like kubectl's, without columns yet."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
