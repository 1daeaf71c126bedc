"""Owns small tables within a description, as `kubectl describe` has them."""

from collections.abc import Iterator, Sequence

from longshore.cli.reasons.agents import Waiting
from longshore.cli.views.styles import write_span

MOST_LISTED = 20
"""How many rows there are; the rest are counted."""
Cells = tuple[str, ...]


def write_rows(title: str, headers: Cells, rows: Sequence[Cells]) -> Iterator[str]:
    """A table under a title; nothing where it would be empty. Columns that are empty are left out."""
    if not rows:
        return
    yield f"{title}:"
    shown = [headers, *rows[:MOST_LISTED]]
    columns = [column for column in zip(*shown, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    for row in zip(*columns, strict=True):
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
    if len(rows) > MOST_LISTED:
        yield f"  … {len(rows) - MOST_LISTED} more"


def write_waiting(waiting: Sequence[Waiting], now: str) -> Iterator[str]:
    """Who waits, and for how long."""
    rows = [(found.run, found.path or "(whole)", write_span(found.since, None, now)) for found in waiting]
    yield from write_rows("Waits For It", ("RUN", "STEP", "FOR"), rows)
