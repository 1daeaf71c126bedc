"""What a memoized step reuses in place of starting, and what it does not."""

from datetime import timedelta
from typing import Any

import pytest
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import check_workflow
from support.planning.runs import bare_step, params, step, workflow
from support.planning.simulations import Simulation
from support.planning.wishes import suspend

GRAPH = workflow(
    step("build", outputs=["wheel"], memoize={"key": "$(params.version)", "maxAgeSeconds": 60}),
    step("test", needs="build", env=[{"name": "WHEEL", "value": "$(steps.build.outputs.wheel)"}]),
    params=params(version={"default": "1"}, other={"default": "x"}),
)


def play(graph: dict[str, Any] = GRAPH, **spec: Any) -> Simulation:
    """A Run whose memoized step has succeeded."""
    simulation = Simulation(graph, **spec)
    simulation.settle()
    return simulation.end("build", 0, "wheel=w")


def follow(before: Simulation, graph: dict[str, Any] = GRAPH, seconds: float = 0, **spec: Any) -> Simulation:
    """A Run some time after that one."""
    again = Simulation(graph, **spec)
    again.others, again.now = [before.run], before.now + timedelta(seconds=seconds)
    again.settle()
    return again


def test_an_earlier_success_is_reused_without_a_pod() -> None:
    again = follow(play(), seconds=60)
    status = again.step("build")
    assert (status.phase, status.reason, status.attempt, status.pod) == ("Succeeded", "Memoized", 0, None)
    assert status.message == "reuses nightly/build of 2025-06-01T12:00:00Z"
    assert (status.outputs, status.exit_code) == ({"wheel": "w"}, 0)
    assert status.completion_time == "2025-06-01T12:01:00Z"
    assert again.creations == [("test", 1)]
    (container,) = again.pod("test").raw["spec"]["containers"]
    assert {"name": "WHEEL", "value": "w"} in container["env"]


def test_the_success_has_its_identity_on_record_and_its_copy_has_none() -> None:
    before = play()
    assert len(before.step("build").memo or "") == 32
    assert follow(before).step("build").memo is None


@pytest.mark.parametrize(
    ("change", "spec"),
    [
        ({}, {"params": {"version": "2"}}),
        ({"image": "alpine:4"}, {}),
        ({"env": [{"name": "A", "value": "$(params.other)"}]}, {}),
        ({"name": "built"}, {}),
    ],
)
def test_what_is_not_the_same_runs(change: dict[str, Any], spec: dict[str, Any]) -> None:
    changed = {**GRAPH, "steps": [{**GRAPH["steps"][0], **change}]}
    again = follow(play(), changed, **spec)
    assert [attempt for _, attempt in again.creations] == [1]


@pytest.mark.parametrize(
    ("change", "spec"),
    [
        ({}, {"params": {"other": "y"}}),
        ({"memoize": {"key": "$(params.version)"}}, {}),
    ],
)
def test_what_the_key_does_not_name_does_not_matter(change: dict[str, Any], spec: dict[str, Any]) -> None:
    changed = {**GRAPH, "steps": [{**GRAPH["steps"][0], **change}]}
    assert follow(play(), changed, **spec).show() == {"build": "Succeeded/Memoized"}


def test_another_source_is_another_identity() -> None:
    moved = {**GRAPH, "source": {"git": {"url": "https://a/b"}}}
    assert follow(play(), moved).creations == [("build", 1)]


def test_another_workflow_is_another_identity() -> None:
    before = play()
    again = Simulation(GRAPH)
    again.others = [before.run]
    reference = {"workflow_spec": None, "workflow_ref": {"name": "release"}}
    again.run = again.run.model_copy(update={"spec": again.run.spec.model_validate({**reference})})
    again.settle()
    assert again.creations == [("build", 1)]


def test_it_may_be_too_old() -> None:
    assert follow(play(), seconds=61).creations == [("build", 1)]


def test_ages_count_from_the_success() -> None:
    middle = follow(play(), seconds=50)
    assert follow(middle, seconds=20).creations == [("build", 1)]


def test_the_newest_success_counts() -> None:
    first, second = play(), Simulation(GRAPH)
    second.now += timedelta(seconds=100)
    second.settle()
    second.end("build", 0, "wheel=newer")
    again = Simulation(GRAPH)
    again.others, again.now = [second.run, first.run], second.now
    again.settle()
    assert again.step("build").outputs == {"wheel": "newer"}


def test_a_failure_is_none() -> None:
    before = Simulation(GRAPH)
    before.settle()
    before.end("build", 1)
    assert before.step("build").memo is None
    assert follow(before).creations == [("build", 1)]


def test_a_retry_runs_though_there_is_a_success_by_then() -> None:
    retry = {"limit": 1, "backoff": {"seconds": 0}}
    graph = {**GRAPH, "steps": [{**GRAPH["steps"][0], "retry": retry}]}
    simulation = Simulation(graph)
    simulation.settle()
    simulation.others = [play(graph).run]
    simulation.end("build", 1)
    assert simulation.creations == [("build", 1), ("build", 2)]


def test_items_look_each_for_their_own() -> None:
    fan = step("fan", forEach={"items": "params.list"}, memoize={"key": "$(each.item)"}, outputs=["out"])
    graph = workflow(fan, params=params(list={"type": "List", "default": ["a", "b"]}))
    before = Simulation(graph)
    before.settle()
    before.end("fan[0]", 0, "out=1").end("fan[1]", 0, "out=2")
    again = follow(before, graph, params={"list": ["b", "c", "a"]})
    assert again.show() == {
        "fan": "Running",
        "fan[0]": "Succeeded/Memoized",
        "fan[1]": "Pending/Starting",
        "fan[2]": "Succeeded/Memoized",
    }
    assert (again.step("fan[0]").outputs, again.step("fan[2]").outputs) == ({"out": "2"}, {"out": "1"})
    again.end("fan[1]", 0, "out=3")
    assert follow(again, graph, params={"list": ["c"]}).show()["fan"] == "Succeeded/Completed"


def test_whole_chains_end_at_once_and_what_follows_is_still_asked_whether_it_runs() -> None:
    graph = workflow(
        step("a", memoize={"key": "k"}),
        step("b", needs="a", memoize={"key": "k"}),
        step("c", needs="b", when="params.no"),
        params=params(no={"type": "Boolean", "default": False}),
    )
    before = Simulation(graph)
    before.settle()
    before.end("a").end("b")
    again = follow(before, graph)
    assert again.show() == {"a": "Succeeded/Memoized", "b": "Succeeded/Memoized", "c": "Skipped/WhenFalse"}
    assert (again.phase, again.creations) == ("Succeeded", [])


def test_work_that_a_check_sends_back_is_done() -> None:
    graph = workflow(
        step("work", memoize={"key": "k"}), step("check", needs="work", verify={"step": "work", "max": 1})
    )
    simulation = Simulation(graph)
    simulation.settle()
    simulation.end("work")
    assert simulation.step("work").memo
    simulation.end("check", 1)
    assert simulation.creations[-1] == ("work", 2)
    assert simulation.step("work").memo is None


def test_a_step_that_is_a_workflow_makes_no_child() -> None:
    child = bare_step("build", workflow={"name": "other"}, outputs=["wheel"])
    graph = workflow({**child, "memoize": {"key": "k"}})
    before = Simulation(graph)
    before.settle()
    before.child("build").end(before.now, message="wheel=w")
    before.settle()
    again = follow(before, graph)
    assert (again.show(), again.creations) == ({"build": "Succeeded/Memoized"}, [])
    assert again.step("build").outputs == {"wheel": "w"}


def test_a_key_that_does_not_evaluate_is_a_failure_of_the_step() -> None:
    graph = workflow(
        step("build", memoize={"key": "$(params.list[3])"}), params=params(list={"type": "List", "default": []})
    )
    simulation = Simulation(graph)
    simulation.settle()
    assert simulation.show() == {"build": "Failed/ExpressionFailed"}
    assert simulation.phase == "Failed"


def test_a_suspended_run_looks_nothing_up() -> None:
    before, again = play(), Simulation(GRAPH)
    again.others = [before.run]
    suspend(again, 1)
    again.settle()
    assert again.show()["build"] == "Pending/Suspended"


@pytest.mark.parametrize(
    ("rerun", "created"),
    [
        ({"from": "All"}, [("build", 1)]),
        ({"from": "Step", "step": "build"}, [("build", 1)]),
        ({"from": "Failed"}, [("test", 1)]),
    ],
)
def test_what_a_rerun_is_for_runs(rerun: dict[str, Any], created: list[tuple[str, int]]) -> None:
    before = play().end("test", 1)
    assert before.rerun(rerun=rerun).creations == created


def check(raw: dict[str, Any]) -> list[str]:
    return [str(finding) for finding in check_workflow(WorkflowSpec.model_validate(raw))]


def test_findings() -> None:
    memoize = {"key": "k"}
    place = "spec.steps[build].memoize"
    assert check(workflow(bare_step(approval={"message": "?"}, memoize=memoize))) == [
        f"{place}: is for a step with an image or a workflow, not with approval; remove it"
    ]
    assert check(workflow(step(repeat={"until": "true", "max": 2}, memoize=memoize))) == [
        f"{place}: can't be had together with repeat, whose rounds all differ; remove one"
    ]
    assert check(workflow(step(memoize={"key": "$(params.nix)"}))) == [
        f"{place}.key: params.nix: there is no such parameter; there are: none"
    ]
    assert check(workflow(step(memoize={"key": "$(steps.a.outputs)"}), step("a"))) == [
        f"{place}.key: steps.a.outputs: add 'a' to needs, near or far, to read it"
    ]
