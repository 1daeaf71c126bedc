"""Steps of `finally`: they come after all else, however that ended, and say what the Run came to."""

from typing import Any

import pytest
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import check_workflow
from support.planning.runs import step, workflow
from support.planning.simulations import Simulation


def simulate(*steps: dict[str, Any], finals: list[dict[str, Any]], **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*steps, **{"finally": finals}, **fields))
    simulation.settle()
    return simulation


def last(**fields: Any) -> dict[str, Any]:
    return step("last", args=["$(run.phase) $(steps.a.phase)"], **fields)


def said(simulation: Simulation) -> str:
    return str(simulation.pod("last").raw["spec"]["containers"][0]["args"][0])


def test_they_wait_for_all_other_steps() -> None:
    simulation = simulate(step("a"), step("b"), finals=[last()]).end("a")
    assert simulation.step("last").message == "waits for b"
    assert said(simulation.end("b")) == "Succeeded Succeeded"
    assert simulation.end("last").phase == "Succeeded"


def test_they_run_after_a_failure() -> None:
    simulation = simulate(step("a"), step("b", needs="a"), finals=[last()]).end("a", 1)
    assert simulation.show() == {"a": "Failed/Error", "b": "Skipped/NeedFailed", "last": "Pending/Starting"}
    assert said(simulation) == "Failed Failed"
    assert simulation.end("last").phase == "Failed"


def test_they_run_after_a_cancel_even_where_suspended() -> None:
    simulation = Simulation(workflow(step("a"), **{"finally": [last()]}), suspend=True)
    simulation.settle()
    simulation.cancel("Immediate")
    assert said(simulation) == "Canceled Canceled"
    assert simulation.end("last").phase == "Canceled"


def test_a_cancel_does_not_reach_them() -> None:
    simulation = simulate(step("a"), finals=[last(), step("more", needs="last")]).end("a").start("last")
    simulation.cancel("Immediate")
    assert not simulation.pod("last").is_leaving
    assert simulation.end("last").show()["more"] == "Pending/Starting"
    assert simulation.end("more").phase == "Succeeded"


def test_they_run_after_the_runs_deadline() -> None:
    simulation = simulate(step("a"), finals=[last()], activeDeadlineSeconds=5).start("a").wait(5)
    simulation.end("a", 143)
    assert said(simulation) == "Failed Canceled"
    simulation.end("last")
    assert (simulation.phase, simulation.run.status.message) == (
        "Failed",
        "ran longer than activeDeadlineSeconds: 5",
    )


def test_run_phase_is_by_the_record_not_by_a_late_cancel() -> None:
    simulation = simulate(step("a"), finals=[step("first"), last(needs="first")]).end("a").cancel("Graceful")
    assert said(simulation.end("first")) == "Succeeded Succeeded"


def test_a_failure_keeps_back_only_what_needs_it() -> None:
    finals = [step("bad"), step("near", needs="bad"), step("other")]
    simulation = simulate(step("a"), finals=finals, maxParallelSteps=1).end("a").end("bad", 1)
    assert simulation.show()["near"] == "Skipped/NeedFailed"
    assert simulation.step("near").message == "bad"
    assert simulation.show()["other"] == "Pending/Starting"
    assert simulation.end("other").phase == "Failed"


def test_a_failure_that_may_be_keeps_nothing_back() -> None:
    simulation = simulate(step("a"), finals=[step("bad", onError="Continue"), step("near", needs="bad")])
    assert simulation.end("a").end("bad", 1).end("near").phase == "Succeeded"


def test_they_are_suspended_as_others_are() -> None:
    simulation = simulate(step("a"), finals=[last()])
    simulation.run = simulation.run.model_copy(
        update={"spec": simulation.run.spec.model_copy(update={"suspend": True})}
    )
    assert simulation.end("a").show()["last"] == "Pending/Suspended"


@pytest.mark.parametrize(
    ("steps", "finals", "expected"),
    [
        ([step("a", when="run.phase == ''")], [], "only run.name can be read here"),
        ([step("a")], [step("b", needs="a")], "there is no step 'a'"),
        ([step("a")], [step("b", verify={"step": "a", "max": 1})], "at the end there is no step to go back to"),
        ([step("a")], [step("a")], "two steps have the same name"),
        ([step("a")], [step("b", needs="c"), step("c", needs="b")], "needs form a cycle"),
    ],
    ids=["run.phase before the end", "needs", "verify", "a name twice", "cycle"],
)
def test_what_is_refused(steps: list[Any], finals: list[Any], expected: str) -> None:
    findings = check_workflow(WorkflowSpec.model_validate(workflow(*steps, **{"finally": finals})))
    assert any(expected in str(finding) for finding in findings), findings
