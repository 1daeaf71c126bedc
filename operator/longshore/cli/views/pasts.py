"""Owns Runs of the past as a table like that of `list`."""

from longshore.cli.views.styles import write_span
from longshore.cli.views.tables import Column

COLUMNS: tuple[Column, ...] = (
    ("NAME", lambda run, _: run["name"]),
    ("WORKFLOW", lambda run, _: run.get("workflow") or ""),
    ("PHASE", lambda run, _: run["phase"]),
    ("PROGRESS", lambda run, _: run.get("progress") or ""),
    ("AGE", lambda run, now: write_span(run["created"], None, now)),
    ("DURATION", lambda run, now: write_span(run.get("started"), run.get("finished") or run.get("deleted"), now)),
)
WIDE: tuple[Column, ...] = (
    ("DELETED", lambda run, now: write_span(run.get("deleted"), None, now)),
    ("UID", lambda run, _: run["uid"]),
)
MESSAGE: Column = ("MESSAGE", lambda run, _: " ".join((run.get("message") or "").split()))
