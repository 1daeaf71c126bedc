"""Owns the Runs that go on as a table: what runs in each, and what it waits for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from longshore.cli.reasons.blockers import TERMINAL, Urgency, get_urgency
from longshore.cli.reasons.condensations import condense_wait
from longshore.cli.reasons.explanations import explain_run
from longshore.cli.views.fanouts import is_item
from longshore.cli.views.screens import build_grid
from longshore.cli.views.styles import get_colour, write_span
from longshore.names import get_step_name
from longshore.planning.times import parse_time

Object = dict[str, Any]
MOST_NAMED = 1
"""How many of the steps that run are named; the rest are counted."""


def build_board(runs: Sequence[Object], now: str, *, with_namespace: bool) -> Table:
    """A line for each Run."""
    table = build_grid()
    if with_namespace:
        table.add_column("NAMESPACE", no_wrap=True, overflow="ellipsis", max_width=20)
    table.add_column("RUN", no_wrap=True, overflow="ellipsis", max_width=32)
    for header in ("PHASE", "DONE", "AGE"):
        table.add_column(header, no_wrap=True)
    # Only these give way where it is narrow.
    table.add_column("RUNNING", overflow="ellipsis", max_width=24)
    table.add_column("WAITS FOR", overflow="ellipsis", min_width=9)
    for run in runs:
        table.add_row(*_list_cells(run, now, with_namespace=with_namespace))
    return table


def build_head(runs: Sequence[Object]) -> Text:
    """How many Runs go on, and in which phases."""
    counts = Counter(_get_phase(run) for run in runs)
    phases = ", ".join(f"{count} {phase}" for phase, count in sorted(counts.items()))
    return Text.assemble((f"{len(runs)} runs go on", "bold"), f": {phases}" if phases else "")


def find_wait(run: Object, now: str) -> str:
    """What the Run waits for before all else; empty where it just goes on."""
    if wait := explain_run(run, parse_time(now), ""):
        return wait.blocker
    steps = run.get("status", {}).get("steps", {})
    if run["spec"].get("cancel"):
        return "its end, it is canceled"
    waits = [(get_urgency(step), path) for path, step in steps.items() if step["phase"] not in TERMINAL]
    urgency, path = max(waits, key=lambda wait: wait[0], default=(Urgency.RUNNING, ""))
    if urgency is Urgency.PERSON:
        return f"approval of {path}"
    if urgency is Urgency.SUSPENDED:
        return "resume"
    if urgency is Urgency.QUEUED and steps[path].get("message"):
        return f"{path}: {condense_wait(steps[path]['message'])}"
    return f"{path}: {steps[path]['reason']}" if urgency >= Urgency.BACKOFF else ""


def _list_cells(run: Object, now: str, *, with_namespace: bool) -> Iterator[str | Text]:
    metadata, phase = run["metadata"], _get_phase(run)
    if with_namespace:
        yield metadata["namespace"]
    yield metadata["name"]
    yield Text(phase, get_colour(phase))
    yield run.get("status", {}).get("progress", "")
    yield write_span(metadata["creationTimestamp"], None, now)
    yield Text(_name_running(run.get("status", {}).get("steps", {})), no_wrap=True, overflow="ellipsis")
    yield Text(find_wait(run, now), "yellow", no_wrap=True, overflow="ellipsis")


def _name_running(steps: Object) -> str:
    """The steps that run; of a fan-out its items."""
    fanned_out = {get_step_name(path) for path in filter(is_item, steps)}
    running = [path for path, step in steps.items() if step["phase"] == "Running" and path not in fanned_out]
    more = f" +{len(running) - MOST_NAMED}" if len(running) > MOST_NAMED else ""
    return ", ".join(running[:MOST_NAMED]) + more


def _get_phase(run: Object) -> str:
    return run.get("status", {}).get("phase") or "Queued"
