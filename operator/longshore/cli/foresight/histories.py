"""Owns how long steps took in Runs that have ended. Must not guess: what no Run tells is not in it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median_high
from typing import Any

from longshore.cli.cluster.clusters import RUNS, Cluster, Object, Query
from longshore.cli.cluster.runs import is_finished, sort_latest
from longshore.names import get_step_name
from longshore.planning.times import parse_time

MOST_RUNS = 5
"""Older ones tell little of how long a step takes now."""


def find_history(cluster: Cluster, workflow: str) -> list[Object]:
    """The last Runs of a Workflow that have ended."""
    runs, _ = cluster.list(Query(RUNS, cluster.namespace))
    ended = [run for run in runs if is_finished(run) and _get_workflow(run) == workflow]
    return sort_latest(ended)[:MOST_RUNS]


def measure_steps(runs: Iterable[Object]) -> dict[str, int]:
    """Seconds that steps and their items took where they succeeded, by path; of several Runs the median.

    A fan-out has what its items take.
    """
    found: defaultdict[str, list[int]] = defaultdict(list)
    for run in runs:
        for path, step in run.get("status", {}).get("steps", {}).items():
            if (seconds := _measure(step)) is not None:
                found[path].append(seconds)
                if path != get_step_name(path):
                    found[get_step_name(path)].append(seconds)
    return {path: median_high(seconds) for path, seconds in found.items()}


def _measure(step: Mapping[str, Any]) -> int | None:
    """Whole seconds, at least one: a status has no parts of them. None for what did not run to a good end."""
    start, end = step.get("startTime"), step.get("completionTime")
    if step.get("phase") != "Succeeded" or not start or not end or not (step.get("pod") or step.get("run")):
        return None
    return max(1, round((parse_time(end) - parse_time(start)).total_seconds()))


def _get_workflow(run: Object) -> str:
    name: str = (run["spec"].get("workflowRef") or {}).get("name", "")
    return name
