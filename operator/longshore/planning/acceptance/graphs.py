"""Owns the graph of steps: fields after defaults, needs, order, who is upstream. Must not read any status."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from longshore.api.steps import Step, StepFields
from longshore.api.workflows import WorkflowSpec

KINDS = ("image", "agent", "workflow", "approval")
"""What a step may be; it is exactly one."""


@dataclass(frozen=True, slots=True)
class Graph:
    """The steps of a Run, each with the fields of `defaults` filled in, by name and in declared order."""

    spec: WorkflowSpec
    steps: Mapping[str, Step]
    order: tuple[str, ...]
    """Names so that needs come first; else as declared."""
    upstream: Mapping[str, frozenset[str]]
    """For each step all it needs, near or far: what its expressions may read."""
    finals: frozenset[str] = frozenset()
    """The steps of `finally`: they come after all others, whatever happened, and may read them all."""


def build_graph(spec: WorkflowSpec) -> Graph:
    """The graph of an accepted spec. Raises CycleError for one that was not accepted."""
    steps = {step.name: resolve_step(step, spec.defaults) for step in spec.steps}
    finals = {step.name: resolve_step(step, spec.defaults) for step in spec.finally_}
    upstream = _find_upstream(steps, frozenset()) | _find_upstream(finals, frozenset(steps))
    order = (*sort_steps(steps), *sort_steps(finals))
    return Graph(spec, steps | finals, order, upstream, frozenset(finals))


def resolve_step(step: Step, defaults: StepFields | None) -> Step:
    """The step with the fields that it lacks taken from `defaults`; variables are added to its own."""
    if defaults is None:
        return step
    given = {name: getattr(defaults, name) for name in defaults.model_fields_set}
    if any(getattr(step, kind) is not None for kind in KINDS):
        # What a step is it says itself: an approval under a default image is an approval.
        given = {name: value for name, value in given.items() if name not in KINDS}
    missing = {name: value for name, value in given.items() if getattr(step, name) is None}
    if step.env is not None and defaults.env is not None:
        own = {variable.name for variable in step.env}
        missing["env"] = [variable for variable in defaults.env if variable.name not in own] + step.env
    return step.model_copy(update=missing)


def sort_steps(steps: Mapping[str, Step]) -> tuple[str, ...]:
    """Names so that needs come first, and else in declared order. Raises CycleError."""
    positions = {name: position for position, name in enumerate(steps)}
    sorter = TopologicalSorter(dict(_edges(steps)))
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=positions.__getitem__)
        order.extend(ready)
        sorter.done(*ready)
    return tuple(order)


def find_between(graph: Graph, first: str, last: str) -> list[str]:
    """The steps from `first` to `last`, both included, on any way; in order."""
    return [
        name
        for name in graph.order
        if (name == first or first in graph.upstream[name]) and (name == last or name in graph.upstream[last])
    ]


def find_cycle(steps: Mapping[str, Step]) -> Sequence[str]:
    """A cycle's names, first and last the same; empty where there is none."""
    try:
        sort_steps(steps)
    except CycleError as error:
        cycle: Sequence[str] = error.args[1]
        return cycle
    return ()


def _find_upstream(steps: Mapping[str, Step], before: frozenset[str]) -> dict[str, frozenset[str]]:
    upstream: dict[str, frozenset[str]] = {}
    for name in sort_steps(steps):
        needs = [need for need in steps[name].needs or () if need in steps]
        upstream[name] = before.union(needs, *(upstream[need] for need in needs))
    return upstream


def _edges(steps: Mapping[str, Step]) -> Iterator[tuple[str, list[str]]]:
    for name, step in steps.items():
        yield name, [need for need in step.needs or () if need in steps]
