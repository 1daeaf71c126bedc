"""Runs of a schedule as others know of them."""

from datetime import datetime
from typing import Any

from longshore.manifests.scheduled_runs import build_scheduled_run
from longshore.planning.runs.summaries import RunSummary, summarize_run
from longshore.planning.times import write_time


def name_run(time: datetime, workflow: str = "nightly") -> str:
    """The name of the Run of a time."""
    return str(build_scheduled_run("ci", workflow, time)["metadata"]["name"])


def build_scheduled_summary(
    time: datetime, phase: str = "Running", completed: datetime | None = None, **spec: Any
) -> RunSummary:
    """What is known of the Run of a time, as it was made."""
    raw = build_scheduled_run("ci", "nightly", time)
    metadata = {
        **raw["metadata"],
        "uid": f"uid-of-{raw['metadata']['name']}",
        "creationTimestamp": write_time(time),
    }
    status = {"phase": phase, **({"completionTime": write_time(completed)} if completed else {})}
    return summarize_run({"metadata": metadata, "spec": {**raw["spec"], **spec}, "status": status})
