"""Owns what a rehearsal comes to: when each step starts, in which waves, and which way through is the longest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from longshore.names import get_step_name
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.rehearsals.rehearsals import Act, Rehearsal


@dataclass(frozen=True, slots=True)
class Span:
    """A step from its first attempt to its last. Times are since the Run began."""

    step: str
    start: timedelta
    end: timedelta
    count: int
    """How many items it fans out to; else 1."""
    is_critical: bool
    """Whether it is on the critical path."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """A Run over time."""

    spans: tuple[Span, ...]
    """In the order in which they start."""
    critical: tuple[str, ...]
    """Paths of the steps and items that the total comes from, one after the other."""
    total: timedelta

    @property
    def waves(self) -> list[list[Span]]:
        """Steps that start at the same time, together."""
        starts = dict.fromkeys(span.start for span in self.spans)
        return [[span for span in self.spans if span.start == start] for start in starts]


def build_timeline(rehearsal: Rehearsal) -> Timeline:
    """The timeline of a rehearsal."""
    acts = rehearsal.acts
    critical = find_critical(acts, rehearsal.graph)
    steps = {get_step_name(act.path) for act in critical}
    by_step: dict[str, list[Act]] = {}
    for act in acts:
        by_step.setdefault(get_step_name(act.path), []).append(act)
    spans = [_build_span(step, of_step, is_critical=step in steps) for step, of_step in by_step.items()]
    total = max((act.end for act in acts), default=timedelta())
    return Timeline(tuple(spans), tuple(dict.fromkeys(act.path for act in critical)), total)


def find_critical(acts: Sequence[Act], graph: Graph) -> list[Act]:
    """The longest chain of acts, from the first to the last, in which each waits for the one before.

    It may wait for a place as well as for what it needs.
    """
    if not acts:
        return []
    index = max(range(len(acts)), key=lambda index: acts[index].end)
    chain = [acts[index]]
    while before := [earlier for earlier in range(index) if acts[earlier].end <= acts[index].start]:
        step = graph.steps[get_step_name(acts[index].path)]

        def weigh(earlier: int, needs: Sequence[str] = step.needs or ()) -> tuple[timedelta, bool, int]:
            return acts[earlier].end, get_step_name(acts[earlier].path) in needs, -earlier

        index = max(before, key=weigh)
        chain.append(acts[index])
    return chain[::-1]


def _build_span(step: str, acts: Sequence[Act], *, is_critical: bool) -> Span:
    start, end = min(act.start for act in acts), max(act.end for act in acts)
    return Span(step, start, end, len({act.path for act in acts}), is_critical)
