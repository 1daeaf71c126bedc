"""Groups that a Run would wait for while it holds them itself: refused when it is accepted."""

from typing import Any

import pytest
from longshore.planning.acceptance.acceptance import check_workflow, parse_workflow
from longshore.planning.acceptance.deadlocks import check_lineage
from longshore.planning.findings import Fault
from longshore.planning.runs.summaries import RunSummary, summarize_run
from support.planning.runs import NOW, bare_step, params, parse_graph, step, workflow

OWN = {"group": "doors", "key": "a"}
OTHER = {"group": "doors", "key": "b"}
FREE = {"group": "windows"}


def check(graph: dict[str, Any]) -> list[tuple[Fault, str]]:
    spec = parse_workflow(graph)
    assert not isinstance(spec, list)
    return [(finding.fault, finding.field) for finding in check_workflow(spec)]


@pytest.mark.parametrize(
    ("graph", "fields"),
    [
        (workflow(step("a", concurrency=OTHER), concurrency=OWN), ["spec.steps[a].concurrency.group"]),
        (
            workflow(step("a"), defaults={"concurrency": OTHER}, concurrency=OWN),
            ["spec.steps[a].concurrency.group"],
        ),
        (
            workflow(step("a"), concurrency=OWN, **{"finally": [step("f", concurrency=OWN)]}),
            ["spec.finally[f].concurrency.group"],
        ),
        (workflow(step("a", concurrency=FREE), concurrency=OWN), []),
        (workflow(step("a", concurrency=OWN), step("b", needs="a", concurrency=OWN)), []),
        (
            workflow(bare_step("a", approval={"message": "?"}), defaults={"concurrency": OWN}, concurrency=OWN),
            [],
        ),
    ],
)
def test_a_step_may_not_wait_for_its_own_run(graph: dict[str, Any], fields: list[str]) -> None:
    assert check(graph) == [(Fault.DEADLOCK, field) for field in fields]


@pytest.mark.parametrize(
    ("graph", "field"),
    [
        (
            workflow(step("a", concurrency={"group": "x", "key": "$(steps.b.phase)"})),
            "spec.steps[a].concurrency.key",
        ),
        (workflow(step("a"), concurrency={"group": "x", "key": "$(steps.a.phase)"}), "spec.concurrency.key"),
        (workflow(step("a"), concurrency={"group": "x", "key": "$(params.no)"}), "spec.concurrency.key"),
    ],
)
def test_a_key_reads_what_is_known_by_then(graph: dict[str, Any], field: str) -> None:
    assert check(graph) == [(Fault.REFERENCE, field)]


def test_a_key_may_read_parameters_and_items() -> None:
    keyed = step("a", concurrency={"group": "x", "key": "$(each.item)"}, forEach={"items": "[1]"})
    whole = {"group": "y", "key": "$(params.env)-$(workflow.name)"}
    assert check(workflow(keyed, concurrency=whole, params=params(env={"type": "String", "default": "a"}))) == []


def summary(name: str, graph: dict[str, Any], path: str = "") -> RunSummary:
    """A Run that goes on, of a step of another where a path is given."""
    metadata = {"name": name, "namespace": "ci", "uid": name, "creationTimestamp": NOW.isoformat()}
    annotations = {"annotations": {"longshore.dev/path": path}} if path else {}
    return summarize_run({"metadata": metadata | annotations, "status": {"workflowSpec": graph}})


CALL = bare_step("call", workflow={"name": "child"})


@pytest.mark.parametrize(
    ("child", "parent", "message"),
    [
        (workflow(step("a"), concurrency=OTHER), workflow(CALL, concurrency=OWN), "Run top"),
        (workflow(step("a", concurrency=OTHER)), workflow(CALL, concurrency=OWN), "Run top"),
        (workflow(step("a"), concurrency=OTHER), workflow({**CALL, "concurrency": OWN}), "step call of Run top"),
        (workflow(step("a"), concurrency=FREE), workflow({**CALL, "concurrency": OWN}, concurrency=OWN), ""),
        (workflow(step("a"), concurrency=OWN), workflow(CALL, step("b", concurrency=OWN)), ""),
    ],
)
def test_a_child_may_not_wait_for_those_above_it(child: Any, parent: Any, message: str) -> None:
    middle = summary("middle", workflow(CALL), "call")
    for lineage in ([summary("top", parent)], [middle, summary("top", parent)]):
        found = [
            finding.message
            for finding in check_lineage(parse_graph(*child["steps"], **_rest(child)), lineage, "call")
        ]
        assert [text.partition(" is held by ")[2].partition(",")[0] for text in found] == (
            [message] if message else []
        )


def _rest(graph: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in graph.items() if name != "steps"}
