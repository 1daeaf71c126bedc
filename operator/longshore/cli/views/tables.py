"""Owns Runs as a table like kubectl's. Only the message is cut, where a terminal is too narrow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from longshore.cli.views.phases import write_manager
from longshore.cli.views.styles import COLOURS, cut, write_span

Object = dict[str, Any]
Column = tuple[str, Callable[[Object, str], str]]


def _status(run: Object) -> Object:
    return run.get("status") or {}


def _write_duration(run: Object, now: str) -> str:
    return write_span(_status(run).get("startTime"), _status(run).get("completionTime"), now)


NAMESPACE: Column = ("NAMESPACE", lambda run, _: run["metadata"]["namespace"])
COLUMNS: tuple[Column, ...] = (
    ("NAME", lambda run, _: run["metadata"]["name"]),
    ("WORKFLOW", lambda run, _: (run["spec"].get("workflowRef") or {}).get("name", "")),
    ("PHASE", lambda run, _: _status(run).get("phase", "")),
    ("PROGRESS", lambda run, _: _status(run).get("progress", "")),
    ("AGE", lambda run, now: write_span(run["metadata"]["creationTimestamp"], None, now)),
    ("DURATION", _write_duration),
)
WIDE: tuple[Column, ...] = (
    ("CREATED-BY", lambda run, _: run["spec"].get("createdBy", "")),
    ("COST", lambda run, _: (_status(run).get("usage") or {}).get("costUSD", "")),
)
LEAST_MESSAGE = 16
"""Where a terminal has not even room for so much of a message, there is none."""
MESSAGE: Column = (
    "MESSAGE",
    lambda run, _: " ".join(_status(run).get("message", "").split()) or write_manager(run),
)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns with their widths, so that rows which come later stand under the same headers."""

    columns: Sequence[Column]
    widths: Sequence[int]
    limit: int | None
    """Width of the terminal; None: nothing is cut."""

    def write_header(self) -> str:
        """The line with the headers."""
        return self._write([header for header, _ in self.columns])

    def write_row(self, run: Object, now: str) -> str:
        """The line of a Run."""
        return self._write([get(run, now) for _, get in self.columns])

    def _write(self, cells: Sequence[str]) -> str:
        padded = [f"{cell:<{width}}" for cell, width in zip(cells, self.widths, strict=True)]
        *facts, message = [_colour(cell) for cell in padded]
        room = None if self.limit is None else self.limit - len("   ".join(padded[:-1])) - 3
        shown = [] if room is not None and room < LEAST_MESSAGE else [cut(message.rstrip(), room)]
        return "   ".join([*facts, *shown]).rstrip() + "\n"


def fit_table(columns: Sequence[Column], runs: Sequence[Object], now: str, limit: int | None) -> Table:
    """A table as wide as these Runs need."""
    widths = [max([len(header), *(len(get(run, now)) for run in runs)]) for header, get in columns]
    return Table(columns, widths, limit)


def _colour(cell: str) -> str:
    """A phase in its colour; `click.echo` takes colours out where there is no terminal."""
    colour = COLOURS.get(cell.strip())
    return click.style(cell, fg=colour) if colour else cell
