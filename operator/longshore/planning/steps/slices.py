"""Owns slices: parts of a fan-out that has more items than a status holds, each run by a child Run of its own.

A slice's path tells its items as Python does: `test[250:500]` is those from 250 to 499. What became of them comes
up packed, as there may be thousands. Must not start any.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from longshore.api.runs import SourceStatus
from longshore.api.step_statuses import StepStatus
from longshore.api.steps import Retry, Step
from longshore.api.workflows import WorkflowSpec
from longshore.names import get_items

SLICE_ITEMS = 250
MAX_LIVE = 2
"""How many slices of a fan-out run at once, so that other Runs get their turn."""
OUTPUT = "items"
"""The output of a slice that holds what became of its items."""

Values = dict[str, Any]
"""What expressions see of a fan-out: phase, exitCode and outputs, as lists."""


def build_slice_paths(name: str, count: int) -> list[str]:
    """The paths of the slices of so many items."""
    return [f"{name}[{first}:{min(first + SLICE_ITEMS, count)}]" for first in range(0, count, SLICE_ITEMS)]


def build_slice_step(step: Step) -> Step:
    """The fan-out's step as far as it is that of a slice: the rest is done where its items are.

    Items are retried there; only a slice that is lost is made anew.
    """
    infra_limit = (step.retry or Retry()).infra_limit
    return Step(name=step.name, outputs=[OUTPUT], retry=Retry(limit=0, infra_limit=infra_limit))


def find_live_limit(spec: WorkflowSpec, step: Step, source: SourceStatus | None) -> int:
    """How many slices may run at once: one after the other where a limit is to hold over all of them.

    Also where the first of them is to find the commit that all get.
    """
    is_limited = spec.max_parallel_steps is not None or (step.for_each and step.for_each.max_parallel)
    is_unpinned = spec.source is not None and source is None
    return 1 if is_limited or is_unpinned else MAX_LIVE


def pack_values(values: Values) -> Values:
    """What is the same for all items is there once, and what none has is left out."""
    outputs = {name: found for name, found in values["outputs"].items() if any(one is not None for one in found)}
    packed = {"phase": _squeeze(values["phase"]), "exitCode": _squeeze(values["exitCode"]), "outputs": outputs}
    return {name: value for name, value in packed.items() if value not in (None, {})}


def unpack_values(slices: Mapping[str, StepStatus], declared: Iterable[str]) -> Values:
    """What expressions see of all items of a fan-out, given the statuses of its slices by path."""
    names = list(declared)
    values: Values = {"phase": [], "exitCode": [], "outputs": {name: [] for name in names}}
    for path, status in slices.items():
        count = len(get_items(path))
        packed: Any = (status.outputs or {}).get(OUTPUT, {})
        values["phase"] += _spread(packed.get("phase", status.phase.value), count)
        values["exitCode"] += _spread(packed.get("exitCode"), count)
        for name in names:
            values["outputs"][name] += _spread(packed.get("outputs", {}).get(name), count)
    return values


def _squeeze(values: list[Any]) -> Any:
    """The value, where all are the same."""
    return values[0] if values and all(value == values[0] for value in values) else values


def _spread(value: Any, count: int) -> list[Any]:
    return list(value) if isinstance(value, list) else [value] * count
