"""Owns which ConcurrencyGroups a Run could wait for that it keeps full itself. Must not know who holds any now.

Whatever the keys are: two that differ today may be the same with other parameters.
"""

from collections.abc import Iterator, Sequence

from longshore.names import get_step_name, is_slice
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.expressions.interpolations import find_expressions
from longshore.planning.expressions.references import View, check_expression
from longshore.planning.findings import Fault, Finding
from longshore.planning.runs.summaries import RunSummary


def check_groups(graph: Graph) -> Iterator[Finding]:
    """What is wrong with the groups of a graph: a step that wants its own Run's, or a key that can't be read."""
    own = graph.spec.concurrency
    if own is None:
        return
    for source in find_expressions(own.key):
        yield from check_expression("spec.concurrency.key", source, View(graph, frozenset()))
    for field, group in _list_step_groups(graph):
        if group == own.group:
            message = f"{group!r} is held by the whole Run, which this step would wait for; name another group"
            yield Finding(Fault.DEADLOCK, field, message)


def check_lineage(graph: Graph, lineage: Sequence[RunSummary], path: str) -> Iterator[Finding]:
    """Groups that a child Run wants, and those hold that wait for it; `path` is the step that it is of."""
    held = _list_held(lineage, path)
    wanted = list(_list_step_groups(graph))
    if graph.spec.concurrency is not None:
        wanted.insert(0, ("spec.concurrency.group", graph.spec.concurrency.group))
    for field, group in wanted:
        if group in held:
            message = f"{group!r} is held by {held[group]}, which waits for this Run; name another group"
            yield Finding(Fault.DEADLOCK, field, message)


def _list_step_groups(graph: Graph) -> Iterator[tuple[str, str]]:
    for name, step in graph.steps.items():
        if step.concurrency is not None and step.approval is None:
            place = "finally" if name in graph.finals else "steps"
            yield f"spec.{place}[{name}].concurrency.group", step.concurrency.group


def _list_held(lineage: Sequence[RunSummary], path: str) -> dict[str, str]:
    """Who of those above holds each group: a Run as a whole, or the step that the next one is of."""
    held: dict[str, str] = {}
    for run in lineage:
        if "" in run.groups:
            held.setdefault(run.groups[""], f"Run {run.name}")
        name = get_step_name(path)
        if not is_slice(path) and name in run.groups:
            held.setdefault(run.groups[name], f"step {name} of Run {run.name}")
        path = run.path
    return held
