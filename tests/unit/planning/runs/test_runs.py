"""A Run from its acceptance on: what it is told before any pod, and what becomes of it when its Workflow goes."""

from datetime import datetime
from typing import Any

import pytest
from longshore.api.runs import Run
from longshore.planning.findings import Fault, Finding
from longshore.planning.observations import Observed
from longshore.planning.plans import Plan
from longshore.planning.runs.runs import plan_refusal, plan_run
from support.planning.runs import NOW, after, build_run, params, step, workflow
from support.planning.simulations import Simulation


def accept(run: Run, graph: Any, now: datetime = NOW) -> Plan:
    return plan_run(run, Observed(workflow=graph), now)


def condition(plan: Plan) -> tuple[str, str, str]:
    (found,) = [found for found in plan.status.conditions if found.type == "Accepted"]
    return found.status, found.reason, found.message


def test_the_snapshot_comes_before_any_pod() -> None:
    graph = workflow(
        step("a"), step("b", needs="a"), params=params(n={"type": "Integer", "default": 1}, text="String")
    )
    plan = accept(build_run(params={"text": "x"}), graph)
    status = plan.status
    assert (plan.actions, plan.notices) == ((), ())
    assert (status.phase, status.progress, status.start_time) == ("Running", "0/2", "2025-06-01T12:00:00Z")
    assert (status.workflow_spec, status.params) == (graph, {"n": 1, "text": "x"})
    assert {name: (entry.phase, entry.reason, entry.attempt) for name, entry in status.steps.items()} == {
        "a": ("Pending", "AwaitingNeeds", 0),
        "b": ("Pending", "AwaitingNeeds", 0),
    }
    assert condition(plan) == ("True", "Accepted", "")
    assert {found.type: found.status for found in status.conditions} == {"Accepted": "True", "Admitted": "True"}


def test_a_workflow_may_come_a_minute_after_its_run() -> None:
    run, missing = build_run(), "spec.workflowRef.name: there is no Workflow 'release' in this namespace"
    plan = accept(run, None, after(59))
    assert (plan.status.phase, plan.wake_at) == ("Queued", after(60))
    assert condition(plan)[:2] == ("False", "WorkflowNotFound")
    assert condition(plan)[2].startswith(missing)
    queued = run.model_copy(update={"status": plan.status})
    assert accept(queued, workflow(), after(59)).status.phase == "Running"
    late = accept(queued, None, after(60))
    assert (late.status.phase, late.status.completion_time) == ("Failed", "2025-06-01T12:01:00Z")
    assert str(late.status.message).startswith(missing)


def test_waiting_for_a_workflow_changes_nothing_twice() -> None:
    run = build_run()
    first = accept(run, None, after(1))
    again = accept(run.model_copy(update={"status": first.status}), None, after(1))
    assert again.status == first.status


REFUSED: dict[str, tuple[Any, str, str]] = {
    "a field": ({"steps": []}, "InvalidField", "spec.steps: List should have at least 1 item"),
    "a cycle": (workflow(step("a", needs="a")), "Cycle", "spec.steps: needs form a cycle: a -> a"),
    "a param": (workflow(params=params(p={"required": True})), "InvalidParameter", "spec.params.p: is required"),
    "not yet": (workflow(limits={"tokens": 1}), "FieldNotSupported", "spec.limits: this version"),
}


@pytest.mark.parametrize(("graph", "reason", "message"), REFUSED.values(), ids=REFUSED)
def test_a_run_that_can_not_start_fails_without_a_pod(graph: Any, reason: str, message: str) -> None:
    plan = accept(build_run(), graph)
    assert (plan.status.phase, plan.actions, plan.status.steps) == ("Failed", (), {})
    assert condition(plan)[:2] == ("False", reason)
    assert str(plan.status.message).startswith(message)
    assert {found.type for found in plan.status.conditions} == {"Accepted", "Failed", "Finished"}
    assert [notice.reason for notice in plan.notices] == ["RunFailed"]


def test_a_spec_that_can_not_be_read() -> None:
    plan = plan_refusal(build_run(), [Finding(Fault.SCHEMA, "spec.cancel", "is odd")], NOW)
    assert (plan.status.phase, plan.status.message) == ("Failed", "spec.cancel: is odd")


@pytest.mark.parametrize("changed", [None, workflow(step("other"))], ids=["gone", "changed"])
def test_a_run_goes_on_when_its_workflow_goes_or_changes(changed: Any) -> None:
    simulation = Simulation(workflow(step("a"), step("b", needs="a")))
    simulation.settle()
    simulation.workflow = changed
    assert simulation.end("a").end("b").phase == "Succeeded"


@pytest.mark.parametrize("phase", ["Succeeded", "Failed", "Canceled"])
def test_an_ended_run_is_left_alone(phase: str) -> None:
    run = build_run()
    run = run.model_copy(update={"status": run.status.model_copy(update={"phase": phase})})
    assert accept(run, None, after(9999)) == Plan(run.status)


def test_a_run_that_is_being_deleted_is_left_alone() -> None:
    simulation = Simulation(workflow())
    simulation.act()
    leaving = simulation.run.metadata.model_copy(update={"deletion_timestamp": "2025-06-01T12:00:00Z"})
    simulation.run = simulation.run.model_copy(update={"metadata": leaving})
    assert simulation.plan() == Plan(simulation.run.status)


def test_generation_is_noted() -> None:
    plan = accept(build_run(), workflow())
    assert plan.status.observed_generation == 1
    assert {found.observed_generation for found in plan.status.conditions} == {1}


def test_with_room_for_all_a_run_of_its_own_graph_starts_with_its_acceptance() -> None:
    simulation = Simulation(workflow())
    simulation.is_room_assured = True
    simulation.act()
    assert (simulation.phase, simulation.creations, len(simulation.writes)) == ("Running", [("build", 1)], 1)


OF_ANOTHER = {"a Workflow": build_run(), "an earlier Run": build_run(workflow(), rerun={"run": "before"})}


@pytest.mark.parametrize("run", OF_ANOTHER.values(), ids=OF_ANOTHER)
def test_what_a_crash_might_have_accepted_in_another_way_is_on_record_first(run: Run) -> None:
    simulation = Simulation(workflow())
    simulation.run, simulation.is_room_assured = run, True
    assert simulation.plan().actions == ()


def test_what_began_unrecorded_is_ended_by_a_cancel() -> None:
    simulation = Simulation(workflow())
    simulation.is_room_assured = True
    simulation.act(lambda _: True)
    assert (simulation.run.status.phase, simulation.creations) == (None, [("build", 1)])
    simulation.cancel("Graceful")
    assert simulation.step("build").reason == "RunCanceled"
    assert (simulation.phase, simulation.live_pods()) == ("Canceled", [])
