"""Owns where each step stands in the tree: after its needs, and indented where several run side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

Needs = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands."""

    name: str
    depth: int = 0
    is_branch: bool = False
    """Whether it is the first of one of several branches."""


def arrange_steps(graph: Mapping[str, Any]) -> list[Place]:
    """The places of all steps of a workflowSpec, in an order in which needs come first; those of finally are last.

    A graph that no operator would accept is shown as declared.
    """
    needs = (graph.get("defaults") or {}).get("needs") or []
    return [place for kind in ("steps", "finally") for place in _arrange(graph.get(kind) or [], needs)]


def _arrange(declared: Sequence[Mapping[str, Any]], default: Sequence[str]) -> list[Place]:
    steps = {step["name"]: step.get("needs", default) or [] for step in declared}
    needs = {name: [need for need in wanted if need in steps] for name, wanted in steps.items()}
    try:
        order = _sort(needs)
    except CycleError:
        return [Place(name) for name in needs]
    return list(_place(_group(order, needs), needs))


def _sort(needs: Needs) -> list[str]:
    positions = {name: position for position, name in enumerate(needs)}
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=positions.__getitem__)
        order += ready
        sorter.done(*ready)
    return order


def _group(order: Sequence[str], needs: Needs) -> dict[str | None, list[str]]:
    """Steps by their fork: the last step that every way to them goes through (their immediate dominator)."""
    positions = {name: position for position, name in enumerate(order)}
    forks: dict[str, str | None] = {}
    groups: dict[str | None, list[str]] = {None: []}
    for name in order:
        fork: str | None = needs[name][0] if needs[name] else None
        for need in needs[name][1:]:
            other: str | None = need
            while fork != other and fork is not None and other is not None:
                if positions[fork] > positions[other]:
                    fork = forks[fork]
                else:
                    other = forks[other]
            fork = fork if fork == other else None
        forks[name] = fork
        groups[name] = []
        groups[fork].append(name)
    return groups


def _place(groups: Mapping[str | None, list[str]], needs: Needs) -> Iterator[Place]:
    """A step, then its branches, then what joins them, which goes on at the step's own depth."""
    stack = [Place(name) for name in reversed(groups[None])]
    while stack:
        place = stack.pop()
        yield place
        branches = [name for name in groups[place.name] if len(needs[name]) == 1]
        joins = [Place(name, place.depth) for name in groups[place.name] if len(needs[name]) > 1]
        forked = len(branches) > 1
        inner = [Place(name, place.depth + forked, is_branch=forked) for name in branches]
        stack += reversed(inner + joins)
