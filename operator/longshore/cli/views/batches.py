"""Owns what is said of many Runs that were made together: each that ended, and all in the end."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import click
from rich.text import Text

from longshore.cli.views.objects import get_full_name
from longshore.cli.views.styles import get_colour, get_symbol, write_span

Object = dict[str, Any]
MOST_LISTED = 10
_ENDS = ("Succeeded", "Failed", "Canceled")


def write_end(run: Object, now: str) -> str:
    """One line about a Run that has ended, or was deleted before it did."""
    status, phase = run.get("status", {}), get_end(run)
    took = write_span(status.get("startTime"), status.get("completionTime"), now)
    said = click.style(phase.lower(), fg=get_colour(phase) if phase in _ENDS else None)
    message = " ".join((status.get("message") or "").split())
    why = f": {message}" if message and phase != "Succeeded" else ""
    return f"{get_full_name(run)} {said}{f' after {took}' if took else ''}{why}"


def write_missing(lines: Sequence[int], total: int, *, is_named: bool) -> str:
    """Which rows became no Run, and how to make the rest."""
    listed = ", ".join(map(str, lines[:MOST_LISTED]))
    more = f" and {len(lines) - MOST_LISTED} more" if len(lines) > MOST_LISTED else ""
    again = "the same command again makes the rest" if is_named else "submit a file of these lines for the rest"
    return f"error: made {total - len(lines)} of {total} Runs; not those of lines {listed}{more}; {again}"


def build_summary(made: Sequence[Object], ends: Sequence[Object], selector: str, flags: str) -> Iterator[Text]:
    """How all of them ended; which failed; the next command."""
    counts = Counter(map(get_end, ends))
    parts = [f"{counts[phase]} {phase.lower()}" for phase in (*_ENDS, "Deleted") if counts[phase]]
    left = len(made) - len(ends)
    parts += [f"{left} go on, the timeout has passed"] if left else []
    yield Text(f"{len(made)} runs: {', '.join(parts)}", "bold")
    failed = [run for run in ends if get_end(run) == "Failed"]
    for run in failed[:MOST_LISTED]:
        message = " ".join(run["status"].get("message", "").split())
        symbol = (f"  {get_symbol('Failed')} ", get_colour("Failed"))
        yield Text.assemble(
            symbol, (run["metadata"]["name"], "bold"), f"  {message}", no_wrap=True, overflow="ellipsis"
        )
    if len(failed) > MOST_LISTED:
        yield Text(f"  and {len(failed) - MOST_LISTED} more")
    command = f"explain {failed[0]['metadata']['name']}" if failed else f"top -l {selector}" if left else ""
    if command:
        yield Text.assemble(("  next: ", "dim"), (f"kubectl longshore {command}{flags}", "bold"))


def get_end(run: Object) -> str:
    """The phase in which a Run ended; one that was deleted before has none."""
    phase = run.get("status", {}).get("phase", "")
    return phase if phase in _ENDS else "Deleted"
