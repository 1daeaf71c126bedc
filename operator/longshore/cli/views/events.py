"""Owns what happened to a Run as lines of a table. Of types that are not known it says all that they hold."""

from collections.abc import Callable
from typing import Any

from longshore.cli.views.sizes import write_size
from longshore.cli.views.tables import Column

Data = dict[str, Any]
COLUMNS: tuple[Column, ...] = (
    ("TIME", lambda event, _: event["time"]),
    ("EVENT", lambda event, _: event["type"]),
    ("STEP", lambda event, _: write_place(event)),
    ("MESSAGE", lambda event, _: write_message(event)),
)


def write_place(event: Data) -> str:
    """The step, with its attempt where it is a later one."""
    attempt = event.get("attempt") or 0
    return (event.get("step") or "") + (f"#{attempt}" if attempt > 1 else "")


def write_message(event: Data) -> str:
    """What an event tells, in one line."""
    data = event.get("data") or {}
    write = _WRITERS.get(event["type"], _write_all)
    return " ".join(write(data).split())


def _write_transition(data: Data) -> str:
    reason = data.get("reason") or ""
    code = f", exit code {data['exitCode']}" if data.get("exitCode") else ""
    why = f" ({reason}{code})" if reason else ""
    rest = data.get("message") or (f"run {data['run']}" if data.get("run") else data.get("node") or "")
    return f"{data.get('phase', '')}{why}{f': {rest}' if rest else ''}"


def _write_creation(data: Data) -> str:
    names = {"workflow": "of workflow", "parent": "for", "createdBy": "by", "rerunOf": "again, after"}
    return " ".join(f"{word} {data[name]}" for name, word in names.items() if data.get(name))


def _write_artifact(data: Data) -> str:
    size = f" ({write_size(data['size'])})" if isinstance(data.get("size"), int) else ""
    return f"{data.get('name', '')} {data.get('path', '')}{size}"


def _write_gap(data: Data) -> str:
    after = f" after {data['after']}" if data.get("after") else ""
    before = f" before {data['before']}" if data.get("before") else ""
    return f"lines of {data.get('container', '')} may be missing{after}{before}: {data.get('cause', '')}"


def _write_outputs(data: Data) -> str:
    return _write_all(data.get("outputs") or {})


def _write_all(data: Data) -> str:
    return ", ".join(f"{name}={value}" for name, value in data.items())


_WRITERS: dict[str, Callable[[Data], str]] = {
    "RunCreated": _write_creation,
    "RunPhaseChanged": _write_transition,
    "StepChanged": _write_transition,
    "StepOutputs": _write_outputs,
    "RunOutputs": _write_outputs,
    "QuestionAsked": lambda data: f"{data.get('question', '')}: {data.get('text', '')}",
    "AnswerGiven": lambda data: f"{data.get('question', '')}: {data.get('answer', '')}, by {data.get('user', '')}",
    "CancelRequested": lambda data: str(data.get("mode", "")),
    "ArtifactStored": _write_artifact,
    "LogGap": _write_gap,
}
