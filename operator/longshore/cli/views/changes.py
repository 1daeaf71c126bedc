"""Owns what changed between two looks at a Run, as lines for a log: where no terminal can be painted anew."""

from collections.abc import Iterator
from typing import Any

from longshore.cli.views.rows import explain, list_paths
from longshore.cli.views.styles import write_span


def list_changes(old: dict[str, Any] | None, new: dict[str, Any], now: str) -> Iterator[str]:
    """One line for each step whose phase, attempt or reason is another than before."""
    before = (old or {}).get("status", {}).get("steps", {})
    steps = new.get("status", {}).get("steps", {})
    width = max(map(len, steps), default=0)
    for path in [path for path in list_paths(new) if path in steps]:
        step = steps[path]
        if _key(step) != _key(before.get(path, {"phase": "Pending", "reason": "AwaitingNeeds"})):
            yield f"{now[11:19]}  {path:<{width}}  {_describe(step, now)}".rstrip()


def _key(step: dict[str, Any]) -> tuple[Any, ...]:
    return step.get("phase"), step.get("attempt", 0), step.get("reason")


def _describe(step: dict[str, Any], now: str) -> str:
    parts = [step["phase"]]
    if step.get("attempt", 0) > 1:
        parts.append(f"attempt {step['attempt']}")
    if step["phase"] == "Running" and step.get("node"):
        parts.append(f"on {step['node']}")
    if step.get("completionTime") and (span := write_span(step.get("startTime"), step["completionTime"], now)):
        parts.append(f"after {span}")
    return f"{' '.join(parts)}  {explain(step)}"
