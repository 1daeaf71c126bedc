"""Owns what is said of each step of a Run: in order, with a reason where there is one to give."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from longshore.cli.views.fanouts import count_folded, is_hidden
from longshore.cli.views.layouts import Place, arrange_steps
from longshore.cli.views.styles import write_span
from longshore.names import get_step_name

# Reasons whose message says it all, or that go without saying.
_PLAIN = frozenset({
    "Completed", "AwaitingNeeds", "AwaitingSlot", "AwaitingAgent", "AwaitingGroup",
    "AwaitingInput", "Backoff", "InfraBackoff", "Reused", "Memoized",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A step as a line of the tree."""

    path: str
    indent: str
    phase: str
    time: str
    attempt: int
    node: str
    why: str


def build_rows(run: dict[str, Any], now: str) -> list[Row]:
    """The steps of a Run, and of each fan-out its items or counts; also before an operator has seen the Run."""
    steps = run.get("status", {}).get("steps", {})
    folded = count_folded(steps)
    rows = [
        _build_row(path, indent, steps.get(path, {}), now)
        for path, indent in _indent_paths(run)
        if not is_hidden(path, folded)
    ]
    # A failure says more than counts do.
    return [
        replace(row, why=folded[row.path]) if row.path in folded and row.phase != "Failed" else row for row in rows
    ]


def list_paths(run: dict[str, Any]) -> list[str]:
    """The paths of a Run's steps, in the order of the tree."""
    return [path for path, _ in _indent_paths(run)]


def explain(step: dict[str, Any]) -> str:
    """Why a step is in its phase, in one line; empty where nothing is worth saying."""
    reason, message = step.get("reason") or "", (step.get("message") or "").strip().splitlines()
    said = "" if reason in _PLAIN else reason
    code = step.get("exitCode")
    if step.get("phase") == "Failed" and code:
        said += f" (exit code {code})"
    # Of a failure the message names the child already.
    child = f"run {step['run']}" if step.get("run") and step.get("phase") != "Failed" else ""
    return ": ".join(filter(None, (child, said, message[-1].strip() if message else "")))


def _indent_paths(run: dict[str, Any]) -> Iterator[tuple[str, str]]:
    status = run.get("status", {})
    steps = status.get("steps", {})
    graph = status.get("workflowSpec") or run["spec"].get("workflowSpec") or {}
    for place in arrange_steps(graph) or [Place(path) for path in steps]:
        yield from _indent_items(place, steps)


def _indent_items(place: Place, steps: dict[str, Any]) -> Iterator[tuple[str, str]]:
    items = sorted((path for path in steps if path != place.name and get_step_name(path) == place.name), key=_key)
    guides = "│ " * (place.depth - place.is_branch) + "├ " * place.is_branch
    yield place.name, guides
    yield from ((path, f"{'│ ' * place.depth}├ ") for path in items)


def _key(path: str) -> list[int | str]:
    """So that test[10] comes after test[2]."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path)]


def _build_row(path: str, indent: str, step: dict[str, Any], now: str) -> Row:
    is_over = step.get("phase") not in {"Running", "Pending"}
    end = step.get("completionTime") if is_over else None
    return Row(
        path=path,
        indent=indent,
        phase=step.get("phase", "Pending"),
        time=write_span(step.get("startTime"), end, now),
        attempt=step.get("attempt", 0),
        node=step.get("node") or "",
        why=explain(step),
    )
