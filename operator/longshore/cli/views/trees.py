"""Owns a Run as a tree of its steps, in one screen of any width."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from longshore.cli.reasons.debugs import find_kept_pods
from longshore.cli.views.debugs import build_kept_pods
from longshore.cli.views.phases import write_phase
from longshore.cli.views.questions import build_questions
from longshore.cli.views.rows import Row, build_rows
from longshore.cli.views.styles import cut, get_colour, get_symbol, write_span

MOST_TROUBLE = 150
"""Characters: two lines of an ordinary terminal."""
_DONE = frozenset({"Succeeded", "Skipped"})


def build_tree(run: dict[str, Any], now: str, height: int | None = None, flags: str = "") -> RenderableType:
    """A line about the Run, what it asks, what can be looked into, and a line for each step.

    They are at most `height` lines: what is done is folded first. `flags` go into the next commands.
    """
    rows, trouble = build_rows(run, now), _find_trouble(run)
    hints = [*build_questions(run, flags), *build_kept_pods(find_kept_pods(run, now), flags)]
    head = [build_header(run, now), *([Text(f"  {trouble}", "yellow")] if trouble else []), *hints]
    if not rows:
        return Group(*head)
    # The header, a blank line, the columns' names; a trouble or a hint may take two lines.
    room = None if height is None else max(3, height - 3 - 2 * (bool(trouble) + len(hints)))
    return Group(*head, Text(), _build_table(rows, room))


def build_header(run: dict[str, Any], now: str) -> Text:
    """The Run in one line: name, phase, progress, time, Workflow."""
    status, spec = run.get("status", {}), run["spec"]
    phase = status.get("phase", "")
    start = status.get("startTime") or run["metadata"].get("creationTimestamp")
    header = Text.assemble(
        (f"{get_symbol(phase)} ", get_colour(phase)),
        (run["metadata"]["name"], "bold"),
        "  ",
        (write_phase(run), get_colour(phase)),
    )
    if spec.get("cancel") and not status.get("completionTime"):
        header.append("  canceling", get_colour("Canceled"))
    workflow = (spec.get("workflowRef") or {}).get("name")
    for part in (status.get("progress"), write_span(start, status.get("completionTime"), now), workflow):
        header.append(f"  {part}" if part else "")
    return header


def fold_rows(rows: Sequence[Row], room: int) -> tuple[int, list[Row], int]:
    """How many done rows are left out, the rows that fit into `room` lines, how many are left out at the end."""
    if len(rows) <= room:
        return 0, list(rows), 0
    excess = len(rows) - room + 1
    done = [index for index, row in enumerate(rows) if row.phase in _DONE][:excess]
    left = [row for index, row in enumerate(rows) if index not in set(done)]
    room -= bool(done)
    if len(left) <= room:
        return len(done), left, 0
    return len(done), left[: room - 1], len(left) - room + 1


def _find_trouble(run: dict[str, Any]) -> str:
    """What keeps a Run that goes on; the end of one that does not is told by its report."""
    status = run.get("status", {})
    return "" if status.get("completionTime") else cut(status.get("message", ""), MOST_TROUBLE)


def _build_table(rows: Sequence[Row], room: int | None) -> Table:
    done, shown, more = fold_rows(rows, len(rows) if room is None else room)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=True)
    has_retries = any(row.attempt > 1 for row in rows)
    has_nodes = any(row.node for row in rows)
    table.add_column("STEP", no_wrap=True, overflow="ellipsis", max_width=32)
    table.add_column("PHASE", no_wrap=True)
    table.add_column("TIME", no_wrap=True, justify="right")
    if has_retries:
        table.add_column("TRY", no_wrap=True, justify="right")
    if has_nodes:
        table.add_column("NODE", no_wrap=True, overflow="ellipsis", max_width=20)
    table.add_column("", overflow="ellipsis", min_width=8)
    if done:
        table.add_row(Text(f"… {done} more done", "dim"))
    for row in shown:
        cells: list[str | Text] = [_build_name(row), Text(row.phase, get_colour(row.phase)), row.time]
        cells += [str(row.attempt or "")] * has_retries + [row.node] * has_nodes
        table.add_row(*cells, Text(row.why, no_wrap=True, overflow="ellipsis"))
    if more:
        table.add_row(Text(f"… {more} more", "dim"))
    return table


def _build_name(row: Row) -> Text:
    return Text.assemble((row.indent, "dim"), (f"{get_symbol(row.phase)} ", get_colour(row.phase)), row.path)
