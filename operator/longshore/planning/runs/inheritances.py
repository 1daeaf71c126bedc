"""Owns what a slice has from the Run that owns it: the step, what its expressions see, its items. Runs nothing.

It is read from the owner and never written down, but for the snapshot: so slices stay small. It never changes,
since all that the step needs has ended.
"""

from datetime import datetime
from typing import Any

from longshore.api.runs import Run, Slice
from longshore.errors import ExpressionError
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.attempts.attempts import Situation
from longshore.planning.observations import Inheritance, Observed
from longshore.planning.runs.rounds import Round
from longshore.planning.steps.transfers import list_inputs
from longshore.planning.tables import StatusTable

_KEPT = ("params", "source", "defaults", "maxParallelSteps")
"""What of the owner's graph holds for a slice too; the rest is done by the owner."""


def inherit(slice_: Slice, owner: Run, graph: Graph, now: datetime) -> Inheritance | None:
    """What a slice has from its owner; None where the owner has no such fan-out, so that nobody can make it up."""
    snapshot: Any = owner.status.workflow_spec
    step = graph.steps.get(slice_.step)
    if snapshot is None or step is None or step.for_each is None or slice_.step in graph.finals:
        return None
    round_ = Round(graph, Observed(graph), Situation(owner, now), StatusTable(owner.status.steps))
    try:
        eaches = round_.list_eaches(slice_.step)[slice_.first : slice_.first + slice_.count]
    except ExpressionError:
        return None
    raw = next(raw for raw in snapshot["steps"] if raw["name"] == slice_.step)
    # The owner knows by the slice's end whether an item failed, and decides what that means.
    only = {key: value for key, value in raw.items() if key != "needs"} | {"onError": "Fail"}
    return Inheritance(
        snapshot={**{key: snapshot[key] for key in _KEPT if key in snapshot}, "steps": [only]},
        params=owner.status.params or {},
        source=owner.status.source,
        steps=round_.build_step_scope(slice_.step)["steps"],
        eaches=eaches,
        inputs=tuple(list_inputs(round_, slice_.step)),
    )
