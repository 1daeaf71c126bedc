"""What a rerun takes over: by what was chosen, by what needs what, and by what is the same as it was."""

from typing import Any

import pytest
from longshore.planning.runs.runs import plan_run
from support.planning.pods import COMMIT
from support.planning.runs import NOW, build_observed, build_run, params, step, workflow
from support.planning.simulations import Simulation
from support.planning.wishes import approve_all

CHAIN = workflow(step("build", outputs=["wheel"]), step("test", needs="build"), step("publish", needs="test"))
DIAMOND = workflow(
    step("build"),
    step("lint", needs="build"),
    step("test", needs="build"),
    step("publish", needs="lint test"),
)
FAN = workflow(
    step("many", forEach={"items": "params.list"}, outputs=["out"]),
    step("sum", needs="many", env=[{"name": "ALL", "value": "$(steps.many.outputs.out)"}]),
    params=params(list={"type": "List", "default": ["a", "b", "c"]}),
)


def play(graph: dict[str, Any], *failing: str, **spec: Any) -> Simulation:
    """A Run that has ended: each step ends as soon as it can, these badly."""
    simulation = Simulation(graph, **spec)
    simulation.settle()
    while simulation.phase == "Running":
        live = [
            path
            for path, status in simulation.run.status.steps.items()
            if status.pod and status.phase in {"Pending", "Running"}
        ]
        for path in live:
            simulation.end(path, 1 if path in failing else 0, "broken" if path in failing else "out=1\nwheel=w")
        assert live
    return simulation


def list_reused(simulation: Simulation) -> list[str]:
    return [path for path, status in simulation.run.status.steps.items() if status.reason == "Reused"]


@pytest.mark.parametrize(
    ("rerun", "reused"),
    [
        ({"from": "All"}, []),
        ({"from": "Failed"}, ["build", "lint"]),
        ({}, ["build", "lint"]),
        ({"from": "Step", "step": "build"}, []),
        ({"from": "Step", "step": "lint"}, ["build"]),
        ({"from": "Step", "step": "test"}, ["build", "lint"]),
        ({"from": "Step", "step": "publish"}, ["build", "lint"]),
    ],
)
def test_what_was_chosen(rerun: dict[str, Any], reused: list[str]) -> None:
    before = play(DIAMOND, "test")
    assert before.phase == "Failed"
    assert list_reused(before.rerun(rerun=rerun)) == reused


def test_a_reused_step_is_as_it_was_and_says_where() -> None:
    again = play(CHAIN, "test").rerun()
    status = again.step("build")
    assert status.message == "reused from run nightly"
    assert (status.phase, status.attempt, status.pod, status.exit_code) == ("Succeeded", 0, None, 0)
    assert status.outputs == {"wheel": "w"}
    assert status.start_time == status.completion_time == "2025-06-01T12:00:00Z"
    assert [path for path, _ in again.creations] == ["test"]
    again.end("test")
    again.end("publish")
    assert again.phase == "Succeeded"


def test_outputs_of_what_is_reused_are_read() -> None:
    graph = workflow(
        step("build", outputs=["wheel"]),
        step("test", needs="build", env=[{"name": "WHEEL", "value": "$(steps.build.outputs.wheel)"}]),
        outputs=[{"name": "wheel", "value": "steps.build.outputs.wheel"}],
    )
    again = play(graph, "test").rerun()
    (container,) = again.pod("test").raw["spec"]["containers"]
    assert {"name": "WHEEL", "value": "w"} in container["env"]
    assert again.end("test").run.status.outputs == {"wheel": "w"}


def test_a_rerun_of_a_rerun_names_the_run_that_has_the_log() -> None:
    again = play(CHAIN, "test").rerun().end("test").end("publish", 1)
    renamed = again.run.metadata.model_copy(update={"name": "second"})
    again.run = again.run.model_copy(update={"metadata": renamed})
    third = again.rerun()
    assert third.step("build").message == "reused from run nightly"
    assert third.step("test").message == "reused from run second"


def test_where_nothing_is_left_to_run_the_run_succeeds_at_once() -> None:
    again = play(CHAIN).rerun()
    assert (again.phase, again.creations, again.run.status.progress) == ("Succeeded", [], "3/3")


@pytest.mark.parametrize(
    ("change", "reused"),
    [
        ({}, ["build", "lint"]),
        ({"build": {"image": "alpine:4"}}, []),
        ({"lint": {"script": "true"}}, ["build"]),
        ({"publish": {"image": "alpine:4"}}, ["build", "lint"]),
    ],
)
def test_a_step_that_was_changed_runs_and_all_after_it(change: dict[str, Any], reused: list[str]) -> None:
    changed = workflow(*({**one, **change.get(one["name"], {})} for one in DIAMOND["steps"]))
    assert list_reused(play(DIAMOND, "test").rerun(changed)) == reused


def test_what_defaults_give_counts_as_the_steps_own() -> None:
    assert list_reused(play(CHAIN, "test").rerun({**CHAIN, "defaults": {"image": "unused:1"}})) == ["build"]
    assert list_reused(play(CHAIN, "test").rerun({**CHAIN, "defaults": {"resources": {}}})) == []


def test_a_new_step_runs() -> None:
    graph = workflow(*CHAIN["steps"], step("docs", needs="build"))
    again = play(CHAIN, "test").rerun(graph)
    assert again.show()["docs"] == "Pending/Starting"


def test_other_parameters_do_not_make_a_reused_step_run() -> None:
    graph = {**CHAIN, "params": params(target={"default": "test"})}
    again = play(graph, "test").rerun(params={"target": "production"})
    assert list_reused(again) == ["build"]
    (container,) = again.pod("test").raw["spec"]["containers"]
    assert {"name": "PARAM_TARGET", "value": "production"} in container["env"]


def test_a_genuine_skip_is_taken_over_and_one_for_a_failure_is_not() -> None:
    graph = workflow(
        step("never", when="params.no"),
        step("after", needs="never", env=[{"name": "OUT", "value": "$(steps.never.outputs)"}]),
        step("slow"),
        step("last", needs="slow"),
        params=params(no={"type": "Boolean", "default": False}),
    )
    before = play(graph, "slow")
    assert before.show()["last"] == "Skipped/NeedFailed"
    again = before.rerun()
    assert list_reused(again) == ["never", "after"]
    assert again.step("never").message == "reused from run nightly: params.no"
    assert again.end("slow").end("last").phase == "Succeeded"


def test_finally_runs_anew() -> None:
    graph = workflow(step("build"), **{"finally": [step("report")]})
    again = play(graph).rerun()
    assert again.show() == {"build": "Succeeded/Reused", "report": "Pending/Starting"}


def test_begin_at_a_step_of_finally() -> None:
    graph = workflow(step("build"), **{"finally": [step("report")]})
    again = play(graph, "report").rerun(rerun={"from": "Step", "step": "report"})
    assert again.show() == {"build": "Succeeded/Reused", "report": "Pending/Starting"}


def approve(**spec: Any) -> Simulation:
    """A Run that was approved, and failed after that."""
    gate = {"name": "gate", "approval": {"message": "go on?"}}
    graph = workflow(gate, step("deploy", needs="gate"), params=params(version={"default": "1"}))
    before = Simulation(graph, **spec)
    before.settle()
    approve_all(before)
    before.settle()
    return before.end("deploy", 1)


def test_an_approval_stands() -> None:
    again = approve().rerun()
    assert again.show()["gate"] == "Succeeded/Reused"
    assert again.step("gate").message == "reused from run nightly: approved by ann, ben, cem"


def test_an_approval_does_not_stand_where_all_is_done_again_or_other_parameters_are_given() -> None:
    asks = "Pending/AwaitingInput"
    assert approve().rerun(rerun={"from": "All"}).show()["gate"] == asks
    assert approve().rerun(params={"version": "2"}).show()["gate"] == asks
    assert approve().rerun(params={"version": "1"}).show()["gate"] == "Succeeded/Reused"


def test_an_approval_does_not_stand_for_another_workflow() -> None:
    before = approve()
    reference = before.run.spec.model_validate({"workflowRef": {"name": "harmless"}})
    before.run = before.run.model_copy(update={"spec": reference})
    assert before.rerun().show()["gate"] == "Pending/AwaitingInput"


def test_only_the_items_that_failed_run() -> None:
    again = play(FAN, "many[1]").rerun()
    assert again.show() == {
        "many": "Running",
        "many[0]": "Succeeded/Reused",
        "many[1]": "Pending/Starting",
        "many[2]": "Succeeded/Reused",
        "sum": "Pending/AwaitingNeeds",
    }
    again.end("many[1]", 0, "out=2")
    (container,) = again.pod("sum").raw["spec"]["containers"]
    assert {"name": "ALL", "value": '["1", "2", "1"]'} in container["env"]
    assert again.end("sum").phase == "Succeeded"


def test_a_fan_out_is_taken_over_as_a_whole() -> None:
    again = play(FAN, "sum").rerun()
    assert list_reused(again) == ["many", "many[0]", "many[1]", "many[2]"]
    assert again.step("many").message == "reused from run nightly: 3 items"
    assert again.end("sum").run.status.progress == "4/4"


@pytest.mark.parametrize(
    ("items", "runs"),
    [
        (["a", "b", "x"], ["many[2]"]),
        (["a"], []),
        (["a", "b", "c", "d"], ["many[3]"]),
        (["x", "y", "z"], ["many[0]", "many[1]", "many[2]"]),
        ([], []),
    ],
)
def test_an_item_is_taken_over_whose_value_is_the_same(items: list[str], runs: list[str]) -> None:
    again = play(FAN, "sum").rerun(params={"list": items})
    started = [path for path, _ in again.creations]
    assert [path for path in started if path != "sum"] == runs
    # The list that is read by `sum` may be another one: it runs in any case.
    assert "sum" not in list_reused(again)


def test_items_that_are_none_any_more() -> None:
    graph = {**FAN, "params": params(list={"type": "Object", "default": {}})}
    assert play(FAN, "sum").rerun(graph).show()["many"] == "Failed/ExpressionFailed"


def test_items_do_not_start_whose_step_is_switched_off_by_now() -> None:
    many = step("many", forEach={"items": "[1, 2]"}, when="params.on")
    graph = workflow(many, params=params(on={"type": "Boolean", "default": True}))
    again = play(graph, "many[1]").rerun(params={"on": False})
    assert again.show() == {"many": "Skipped/WhenFalse"}


def test_a_check_sends_back_work_that_was_reused() -> None:
    graph = workflow(step("work"), step("check", needs="work", verify={"step": "work", "max": 1}))
    before = Simulation(graph)
    before.settle()
    before.end("work").cancel("Immediate")
    again = before.rerun()
    assert list_reused(again) == ["work"]
    again.end("check", 1, "not good")
    assert again.creations == [("check", 1), ("work", 1)]
    again.end("work").end("check")
    assert again.phase == "Succeeded"


SOURCE = {"git": {"url": "https://a/b", "revision": "$(params.revision)"}}


@pytest.mark.parametrize(
    ("choice", "given", "commit"),
    [
        ("Failed", {}, COMMIT),
        ("All", {}, None),
        ("Failed", {"revision": "other"}, None),
    ],
)
def test_the_commit_is_taken_over_unless_another_is_asked_for(
    choice: str, given: dict[str, str], commit: str | None
) -> None:
    graph = {**CHAIN, "source": SOURCE, "params": params(revision={"default": "main"})}
    before = Simulation(graph)
    before.settle()
    before.pod("build").check_out(NOW)
    before.settle()
    assert before.run.status.source is not None
    before.end("build", 0, "wheel=w").end("test", 1)
    again = before.rerun(rerun={"from": choice}, params=given)
    source = again.run.status.source
    assert (source.commit if source else None) == commit


def test_with_another_source_all_runs() -> None:
    graph = {**CHAIN, "source": {"git": {"url": "https://a/b", "revision": "main"}}}
    moved = {**graph, "source": {"git": {"url": "https://a/c", "revision": "main"}}}
    again = play(graph, "test").rerun(moved)
    assert (list_reused(again), again.run.status.source) == ([], None)


def test_a_run_that_was_never_accepted_has_nothing_to_reuse() -> None:
    before = Simulation(workflow(step(needs="nothing")))
    before.settle()
    again = before.rerun(workflow(step()))
    assert again.show() == {"build": "Pending/Starting"}


def refuse(rerun: dict[str, Any], before: Simulation | None) -> tuple[str, str, str]:
    """Phase, reason and message of a rerun that is refused."""
    run = build_run(CHAIN, rerun={"run": "before", **rerun})
    observed = build_observed(None, workflow=CHAIN, earlier=before.run if before else None)
    plan = plan_run(run, observed, NOW)
    accepted = plan.status.conditions[0]
    assert (accepted.type, accepted.status, plan.actions) == ("Accepted", "False", ())
    return str(plan.status.phase), accepted.reason, accepted.message


def test_a_run_that_is_gone() -> None:
    message = "spec.rerun.run: there is no Run 'before' in this namespace; make a Run without rerun"
    assert refuse({}, None) == ("Failed", "RunNotFound", message)


def test_a_run_that_goes_on() -> None:
    before = Simulation(CHAIN)
    before.settle()
    message = "spec.rerun.run: Run 'before' has not ended; wait for its end or cancel it, then make a new Run"
    assert refuse({}, before) == ("Failed", "InvalidRerun", message)


@pytest.mark.parametrize(
    ("rerun", "message"),
    [
        ({"from": "Step", "step": "biuld"}, "there is no step 'biuld'; there are: build, test, publish"),
        ({"from": "Step"}, "goes with from: Step; set both or neither"),
        ({"from": "All", "step": "build"}, "goes with from: Step; set both or neither"),
        ({"step": "build"}, "goes with from: Step; set both or neither"),
    ],
)
def test_a_step_that_makes_no_sense(rerun: dict[str, Any], message: str) -> None:
    assert refuse(rerun, play(CHAIN)) == ("Failed", "InvalidRerun", f"spec.rerun.step: {message}")
