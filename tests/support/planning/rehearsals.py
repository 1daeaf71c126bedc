"""Rehearsals in a test: of a graph as a manifest spells it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from longshore.planning.rehearsals.rehearsals import Rehearsal, rehearse
from support.planning.runs import build_run


def rehearse_graph(graph: Mapping[str, Any], durations: Mapping[str, int] | None = None, **spec: Any) -> Rehearsal:
    """A rehearsal of a Run of this graph; steps take 1 s, or what `durations` says of their paths."""
    known = durations or {}
    return rehearse(build_run(graph, **spec), graph, lambda path: timedelta(seconds=known.get(path, 1)))


def list_starts(rehearsal: Rehearsal) -> list[tuple[str, int]]:
    """Each attempt with the second in which it starts, in order."""
    return [(act.path, round(act.start.total_seconds())) for act in rehearsal.acts]
