"""Owns what `plan` foretells of a rehearsed Run, and what it took for granted. Must not print."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from longshore.cli.foresight.candidates import Candidates, Views, list_candidates
from longshore.cli.foresight.durations import Durations, list_some
from longshore.names import get_step_name
from longshore.planning.rehearsals.placeholders import find_unknowns, has_unknown_items
from longshore.planning.rehearsals.rehearsals import Rehearsal
from longshore.planning.rehearsals.timelines import Timeline, build_timeline


@dataclass(frozen=True, slots=True)
class Forecast:
    """A timeline, and what it stands on."""

    timeline: Timeline
    counts: Mapping[str, str]
    """Of each fan-out how often it runs: x3, or xN where only a Run can tell."""
    skipped: Mapping[str, str]
    """Steps that would not run, and why."""
    notes: tuple[str, ...]
    candidates: tuple[Candidates, ...]
    """Which Agents could take which steps; empty: they are not known."""
    has_units: bool
    """Whether nothing is known of how long steps take, so that times are not in seconds."""


def build_forecast(rehearsal: Rehearsal, durations: Durations, agents: Views | None = None) -> Forecast:
    """What is foretold by a rehearsal with these durations; `agents` by name, where they are known."""
    timeline = build_timeline(rehearsal)
    steps = rehearsal.graph.steps
    counts = {
        span.step: "xN" if has_unknown_items(steps[span.step]) else f"x{span.count}"
        for span in timeline.spans
        if steps[span.step].for_each is not None
    }
    skipped = {
        path: ": ".join(filter(None, (status.reason, status.message)))
        for path, status in rehearsal.status.steps.items()
        if path == get_step_name(path) and status.phase == "Skipped"
    }
    ran = dict.fromkeys(get_step_name(act.path) for act in rehearsal.acts if act.manifest is not None)
    notes = (*durations.describe(ran), *_list_assumptions(rehearsal))
    candidates = () if agents is None else tuple(list_candidates(rehearsal.graph, agents))
    return Forecast(timeline, counts, skipped, notes, candidates, has_units=durations.is_empty)


def _list_assumptions(rehearsal: Rehearsal) -> Iterator[str]:
    """What may turn out otherwise."""
    steps = [rehearsal.graph.steps[span.step] for span in build_timeline(rehearsal).spans]
    assumed = {
        "approvals are given at once": [step.name for step in steps if step.approval],
        "checks pass": [step.name for step in steps if step.verify],
        "loops end with their first round": [step.name for step in steps if step.repeat],
        "nothing is reused of earlier Runs": [step.name for step in steps if step.memoize],
        "conditions over outputs hold": [
            step.name for step in steps if any(place.field == "when" for place in find_unknowns(step))
        ],
        "fan-outs over outputs have one item": [step.name for step in steps if has_unknown_items(step)],
    }
    yield "assumed: every step succeeds at its first attempt"
    yield from (f"assumed: {what} ({list_some(names)})" for what, names in assumed.items() if names)
