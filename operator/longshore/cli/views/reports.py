"""Owns what is said of a Run that has ended: of a failed one which step, why, its log's end, the next command."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from longshore.cli.views.styles import get_colour, get_symbol, write_span
from longshore.names import get_step_name

MOST_FAILURES = 3
# Nothing of the user's ran, so there is no log to read.
_WITHOUT_LOG = frozenset({
    "ImagePullFailed", "PendingDeadlineExceeded", "PodRejected", "VolumeRejected",
    "NameConflict", "ExpressionFailed",
})  # fmt: skip
_SAID = {"Succeeded": "succeeded", "Failed": "failed", "Canceled": "was canceled"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that failed."""

    path: str
    step: Mapping[str, Any]

    @property
    def has_log(self) -> bool:
        """Whether something ran that may have written a log."""
        return bool(self.step.get("pod")) and self.step.get("reason") not in _WITHOUT_LOG


def find_failures(run: dict[str, Any]) -> list[Failure]:
    """The steps that failed and with them the Run, the first to fail first; of a fan-out the items."""
    status = run.get("status", {})
    forgiven = set(_list_forgiven(status.get("workflowSpec") or {}))
    failed = [
        Failure(path, step)
        for path, step in status.get("steps", {}).items()
        if step["phase"] == "Failed"
        and step.get("reason") != "ItemsFailed"
        and get_step_name(path) not in forgiven
    ]
    return sorted(failed, key=lambda failure: failure.step.get("completionTime") or "")


def _list_forgiven(graph: Mapping[str, Any]) -> Iterator[str]:
    """The steps that may fail."""
    default = (graph.get("defaults") or {}).get("onError")
    for step in (*graph.get("steps", ()), *graph.get("finally", ())):
        if step.get("onError", default) == "Continue":
            yield step["name"]


def build_report(
    run: dict[str, Any], now: str, flags: str = "", logs: Mapping[str, Sequence[str]] | None = None
) -> list[Text]:
    """The lines to show. `logs` has the last lines of steps by path; `flags` go after the next command."""
    status, phase = run.get("status", {}), run.get("status", {}).get("phase", "")
    if phase == "Failed":
        return [build_headline(run, now), *_build_failures(run, flags, logs or {})]
    message = status.get("message")
    return [build_headline(run, now), *([Text(f"  {message}")] if message else []), *_build_outputs(status)]


def build_headline(run: dict[str, Any], now: str) -> Text:
    """How the Run ended, in one line."""
    status, phase = run.get("status", {}), run.get("status", {}).get("phase", "")
    took = write_span(status.get("startTime"), status.get("completionTime"), now)
    return Text.assemble(
        (f"{get_symbol(phase)} ", get_colour(phase)),
        (run["metadata"]["name"], "bold"),
        (f" {_SAID[phase]}", get_colour(phase)),
        f" after {took}" if took else "",
    )


def _build_failures(run: dict[str, Any], flags: str, logs: Mapping[str, Sequence[str]]) -> Iterator[Text]:
    failures = find_failures(run)
    name = run["metadata"]["name"]
    if not failures:
        yield Text(f"  {run['status'].get('message') or 'no reason is known'}")
        yield from build_next(f"kubectl longshore describe {name}{flags}")
        return
    for failure in failures[:MOST_FAILURES]:
        yield Text()
        yield build_title(failure)
        for line in logs.get(failure.path) or (failure.step.get("message") or "").splitlines():
            yield Text.assemble(("  │ ", "dim"), Text(line.rstrip()))
    if len(failures) > MOST_FAILURES:
        yield Text(f"\n  and {len(failures) - MOST_FAILURES} more steps failed")
    yield from build_next(choose_command(name, failures[0], flags))


def build_title(failure: Failure) -> Text:
    """Which step failed, why, and where."""
    step = failure.step
    why = step.get("reason") or "Error"
    if step.get("exitCode") is not None:
        why += f", exit code {step['exitCode']}"
    places = [
        f"attempt {step['attempt']}" if step.get("attempt", 0) > 1 else "",
        f"on {step['node']}" if step.get("node") else "",
    ]
    if step.get("startTime") and step.get("completionTime"):
        places.append(f"after {write_span(step['startTime'], step['completionTime'], '')}")
    place = " ".join(filter(None, places))
    return Text.assemble(
        "  step ", (failure.path, "bold"), " failed: ", (why, "red"), (f"  ({place})" if place else "", "dim")
    )


def choose_command(run: str, failure: Failure, flags: str) -> str:
    """The command that tells more about a failure."""
    pod, child = failure.step.get("pod"), failure.step.get("run")
    if child:
        return f"kubectl longshore tree {child}{flags}"
    if failure.has_log:
        container = " -c checkout" if failure.step.get("reason") == "SourceFailed" else ""
        return f"kubectl longshore logs {run} {shlex.quote(failure.path)}{container}{flags}"
    if failure.step.get("reason") == "GroupFull":
        return f"kubectl longshore groups{flags}"
    return f"kubectl describe pod {pod}{flags}" if pod else f"kubectl longshore describe {run}{flags}"


def build_next(command: str) -> Iterator[Text]:
    """The command to type next, apart from what is above it."""
    yield Text()
    yield Text.assemble(("  next: ", "dim"), (command, "bold"))


def _build_outputs(status: Mapping[str, Any]) -> Iterator[Text]:
    for name, value in (status.get("outputs") or {}).items():
        yield Text.assemble((f"  {name}: ", "dim"), value if isinstance(value, str) else json.dumps(value))
