"""Owns how it is shown why a Run waits or failed: a short table, then what to do."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from longshore.cli.reasons.explanations import Consequence, Wait
from longshore.cli.views.fanouts import is_item
from longshore.cli.views.reports import Failure, build_headline, build_next, build_title, choose_command
from longshore.cli.views.rows import explain
from longshore.cli.views.styles import get_colour
from longshore.names import get_step_name

Object = dict[str, Any]
MOST_LISTED = 10
"""How many steps that run, or were skipped, are named."""


def build_waits(head: Text, waits: Sequence[Wait], running: Sequence[str]) -> RenderableType:
    """The Run in one line, what each step waits for, and what to do about it."""
    if not waits:
        text = f"nothing waits; {_list(running)} {'runs' if len(running) == 1 else 'run'}" if running else ""
        return Group(head, Text(f"  {text or 'nothing waits'}"))
    table, folded = _build_table("STEP", "REASON", "BLOCKER"), list(_fold(waits))
    for wait, more in folded:
        path = f"{wait.path} +{more}" if more else wait.path
        table.add_row(path, Text(wait.reason, "yellow"), wait.blocker)
    return Group(head, Text(), table, *_build_advice([wait for wait, _ in folded]))


def build_cause(run: Object, now: str, failure: Failure | None, lines: Sequence[str], flags: str) -> Group:
    """The first cause of a failure, with the end of its log."""
    name = run["metadata"]["name"]
    if failure is None:
        message = Text(f"  {run['status'].get('message') or 'no reason is known'}")
        return Group(build_headline(run, now), message, *build_next(f"kubectl longshore describe {name}{flags}"))
    shown = [Text.assemble(("  │ ", "dim"), Text(line.rstrip())) for line in lines]
    title, command = build_title(failure), choose_command(name, failure, flags)
    return Group(build_headline(run, now), Text(), title, *shown, *build_next(command))


def build_consequences(consequences: Sequence[Consequence]) -> RenderableType:
    """What did not run because of a failure."""
    table = _build_table("STEP", "PHASE", "BECAUSE")
    for found in consequences[:MOST_LISTED]:
        table.add_row(found.path, Text(found.phase, get_colour(found.phase)), found.because)
    if len(consequences) > MOST_LISTED:
        table.add_row(Text(f"… {len(consequences) - MOST_LISTED} more", "dim"))
    return table


def build_step(path: str, step: Object) -> Text:
    """A step that does not wait, in one line."""
    why = explain(step)
    phase = Text(step["phase"], get_colour(step["phase"]))
    return Text.assemble((path, "bold"), "  ", phase, f"  {why}" if why else "")


def _build_table(*headers: str) -> Table:
    """Columns of which only the last is wrapped, as it is what is asked for."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    *first, last = headers
    for header in first:
        table.add_column(header, no_wrap=True, overflow="ellipsis", max_width=24)
    table.add_column(last, overflow="fold")
    return table


def _fold(waits: Sequence[Wait]) -> Iterator[tuple[Wait, int]]:
    """Items of a fan-out that wait alike as one, with how many more there are."""
    for _, alike in groupby(waits, key=_key):
        first, *others = alike
        yield first, len(others)


def _key(wait: Wait) -> tuple[str, str, str]:
    """What waits alike: items of one fan-out for the same reason, each for itself or all for one other."""
    name = get_step_name(wait.path) if is_item(wait.path) else f"{wait.path}/"
    return name, wait.reason, "" if get_step_name(wait.root) == name else wait.root


def _build_advice(waits: Sequence[Wait]) -> Iterator[Text]:
    advice = {wait.root: wait.cause.advice for wait in waits if wait.cause.advice}
    if not advice:
        return
    yield Text()
    for number, (root, command) in enumerate(advice.items()):
        if number == MOST_LISTED:
            yield Text(f"  and {len(advice) - MOST_LISTED} more", "dim")
            return
        yield Text.assemble((f"  next, {root}: ", "dim"), (command, "bold"))


def _list(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - MOST_LISTED} more" if len(paths) > MOST_LISTED else ""
    return ", ".join(paths[:MOST_LISTED]) + more
