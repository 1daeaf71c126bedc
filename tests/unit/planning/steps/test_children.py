"""Steps with a workflow: the child Run that is made, what it says, and what goes down to it."""

from typing import Any

import pytest
from longshore.names import build_child_name
from longshore.planning.plans import CreateRun
from longshore.planning.runs.summaries import RunSummary
from longshore.planning.steps.children import MAX_DEPTH
from support.planning.children import FakeChild
from support.planning.runs import NOW, RUN, UID, after, bare_step, params, step, workflow
from support.planning.simulations import Simulation
from support.planning.wishes import suspend

PARAMS = params(env={"type": "String", "default": "test"}, counts={"type": "List", "default": [1, 2]})


def call(name: str = "deploy", **fields: Any) -> dict[str, Any]:
    """A step that runs Workflow `deployment`."""
    given = fields.pop("params", {})
    return bare_step(name, workflow={"name": "deployment", "params": given}, **fields)


def simulate(*steps: dict[str, Any], spec: dict[str, Any] | None = None, **fields: Any) -> Simulation:
    simulation = Simulation(workflow(*(steps or (call(),)), params=PARAMS, **fields), **(spec or {}))
    simulation.settle()
    return simulation


def name_child(attempt: int = 1) -> str:
    return build_child_name(RUN, UID, "deploy", attempt)


def test_a_child_is_made_that_goes_with_its_parent() -> None:
    simulation = simulate(spec={"createdBy": "ann", "priority": 0})
    child = simulation.child("deploy").raw
    assert (child["apiVersion"], child["kind"]) == ("longshore.dev/v1alpha1", "Run")
    assert child["spec"] == {"workflowRef": {"name": "deployment"}, "params": {}, "createdBy": "ann"}
    metadata = child["metadata"]
    assert (metadata["name"], metadata["namespace"]) == (name_child(), "ci")
    assert metadata["labels"] == {
        "app.kubernetes.io/managed-by": "longshore",
        "longshore.dev/run": RUN,
        "longshore.dev/run-uid": UID,
        "longshore.dev/step": "deploy",
        "longshore.dev/attempt": "1",
    }
    assert metadata["ownerReferences"] == [
        {
            "apiVersion": "longshore.dev/v1alpha1",
            "kind": "Run",
            "name": RUN,
            "uid": UID,
            "controller": True,
            "blockOwnerDeletion": False,
        }
    ]
    status = simulation.step("deploy")
    assert (status.run, status.pod, status.attempt) == (name_child(), None, 1)


PASSED: dict[str, tuple[Any, Any]] = {
    "a string": ("plain", "plain"),
    "a text with an expression": ("to $(params.env)!", "to test!"),
    "an expression keeps its type": ("$(params.counts)", [1, 2]),
    "a number": ("$(size(params.counts) + 1)", 3),
    "a list in a text is JSON": ("all: $(params.counts)", "all: [1, 2]"),
    "in lists and objects": (
        {"a": ["$(params.env)", 7], "b": {"c": "$(params.counts[0])"}},
        {"a": ["test", 7], "b": {"c": 1}},
    ),
    "what is no string": (True, True),
    "of another": ("$(HOME) $$", "$(HOME) $$"),
}


@pytest.mark.parametrize(("given", "expected"), PASSED.values(), ids=PASSED)
def test_parameters_go_down(given: Any, expected: Any) -> None:
    assert simulate(call(params={"x": given})).child("deploy").spec["params"] == {"x": expected}


def test_a_parameter_without_a_value_fails_the_step() -> None:
    simulation = simulate(call(params={"x": "$(params.counts[7])"}))
    assert simulation.show() == {"deploy": "Failed/ExpressionFailed"}
    assert not simulation.children


def test_parameters_that_are_too_large_fail_the_step() -> None:
    simulation = simulate(
        call(params={"x": "$(params.env)$(params.env)"}), spec={"params": {"env": "a" * 100_000}}
    )
    assert simulation.show() == {"deploy": "Failed/ExpressionFailed"}
    assert simulation.step("deploy").message == "workflow.params: have 200,009 bytes of at most 122,880"


def test_outputs_come_up_with_their_types() -> None:
    simulation = simulate(
        call(outputs=["count"]), step("after", needs="deploy", args=["$(steps.deploy.outputs.count + 1)"])
    )
    child = simulation.child("deploy").start(after(1)).end(after(5))
    child.raw["status"]["outputs"] = {"count": 41, "other": "x"}
    simulation.settle()
    status = simulation.step("deploy")
    assert (status.phase, status.outputs, status.exit_code) == ("Succeeded", {"count": 41}, None)
    assert (status.start_time, status.completion_time) == ("2025-06-01T12:00:01Z", "2025-06-01T12:00:05Z")
    assert simulation.pod("after").raw["spec"]["containers"][0]["args"] == ["42"]


def test_a_declared_output_that_is_missing_fails_the_step() -> None:
    simulation = simulate(call(outputs=["out", "count"]))
    simulation.child("deploy").end(NOW, 0, "out=1")
    simulation.settle()
    assert simulation.show() == {"deploy": "Failed/OutputsInvalid"}
    assert (
        simulation.step("deploy").message
        == "the child Run has no output count; name it in outputs of its Workflow"
    )


TOLD: dict[str, tuple[Any, str, str | None]] = {
    "made": (lambda child: child, "Pending/ChildQueued", f"child Run {name_child()} is queued"),
    "queued": (lambda child: child.queue("no Workflow yet"), "Pending/ChildQueued", "no Workflow yet"),
    "running": (lambda child: child.start(NOW), "Running", "0/1 done"),
    "failed": (
        lambda child: child.end(NOW, 1, "step 'x' failed (Error)"),
        "Failed/ChildFailed",
        f"child Run {name_child()} failed: step 'x' failed (Error)",
    ),
    "canceled by somebody": (
        lambda child: child.end(NOW, reason="Canceled"),
        "Failed/ChildFailed",
        f"child Run {name_child()} was canceled",
    ),
}


@pytest.mark.parametrize(("happens", "shown", "message"), TOLD.values(), ids=TOLD)
def test_what_the_child_is_is_told(happens: Any, shown: str, message: str | None) -> None:
    simulation = simulate()
    happens(simulation.child("deploy"))
    simulation.settle()
    assert simulation.show() == {"deploy": shown}
    assert simulation.step("deploy").message == message


def test_a_retry_is_a_new_child() -> None:
    simulation = simulate(call(retry={"limit": 1, "backoff": {"seconds": 0}}))
    simulation.child("deploy").end(NOW, 1, "broken")
    simulation.settle()
    assert simulation.creations == [("deploy", 1), ("deploy", 2)]
    assert simulation.step("deploy").run == name_child(2)
    simulation.child("deploy").end(NOW)
    simulation.settle()
    assert simulation.phase == "Succeeded"


def test_a_child_that_is_gone_is_a_failure_of_the_infrastructure() -> None:
    simulation = simulate()
    simulation.remove(name_child())
    simulation.settle()
    status = simulation.step("deploy")
    assert (status.attempt, status.retries, status.infra_retries) == (2, 0, 1)
    assert status.message == f"attempt 1 failed (ChildDeleted): child Run {name_child()} is gone"


def test_a_child_that_was_made_before_a_crash_is_followed() -> None:
    simulation = simulate(step("first"), call(needs=["first"]))
    simulation.pod("first").end(NOW)
    simulation.act(lambda _: True)
    assert simulation.step("deploy").run is None
    simulation.children[name_child()].end(NOW)
    simulation.settle()
    assert simulation.creations == [("first", 1), ("deploy", 1)]
    assert simulation.phase == "Succeeded"


@pytest.mark.parametrize(("kind", "reason"), [("Rejected", "ChildRejected"), ("NameConflict", "NameConflict")])
def test_a_child_that_is_refused_fails_the_step(kind: Any, reason: str) -> None:
    simulation = Simulation(workflow(call(retry={"limit": 2})))
    simulation.refuse = lambda _: kind
    simulation.settle()
    assert simulation.show() == {"deploy": f"Failed/{reason}"}


def test_a_quota_is_waited_for() -> None:
    simulation = Simulation(workflow(call()))
    simulation.refuse = lambda _: "Quota"
    simulation.settle()
    assert simulation.show() == {"deploy": "Pending/AwaitingQuota"}
    simulation.refuse = lambda _: None
    simulation.wake()
    assert simulation.child("deploy")


CANCELS = [("Graceful", "Graceful"), ("Immediate", "Immediate")]


@pytest.mark.parametrize(("mode", "passed"), CANCELS)
def test_a_cancel_goes_down_once_it_is_on_record(mode: str, passed: str) -> None:
    simulation = simulate()
    simulation.child("deploy").start(NOW)
    simulation.settle()
    simulation.request_cancel(mode)
    simulation.act()
    assert not simulation.child("deploy").is_leaving
    simulation.settle()
    assert simulation.show() == {"deploy": "Running/RunCanceled"}
    assert simulation.child("deploy").spec["cancel"] == passed
    simulation.child("deploy").end(NOW, reason="Canceled")
    simulation.settle()
    assert (simulation.show(), simulation.phase) == ({"deploy": "Canceled/RunCanceled"}, "Canceled")


def test_a_cancel_that_becomes_immediate_goes_down_too() -> None:
    simulation = simulate()
    simulation.cancel("Graceful").cancel("Immediate")
    assert simulation.child("deploy").spec["cancel"] == "Immediate"


def test_a_failure_of_one_item_cancels_the_others() -> None:
    simulation = simulate(call(forEach={"items": "[1, 2]", "failFast": True}))
    simulation.child("deploy[0]").end(NOW, 1, "broken")
    simulation.settle()
    assert simulation.child("deploy[1]").spec["cancel"] == "Graceful"
    assert simulation.show()["deploy[1]"] == "Pending/FailFast"


def test_the_steps_deadline_counts_from_the_childs_start() -> None:
    simulation = simulate(call(activeDeadlineSeconds=60)).wait(100)
    assert not simulation.child("deploy").is_leaving
    simulation.child("deploy").start(simulation.now)
    simulation.wait(59)
    assert not simulation.child("deploy").is_leaving
    simulation.wake()
    assert simulation.child("deploy").spec["cancel"] == "Graceful"
    simulation.child("deploy").end(simulation.now, reason="Canceled")
    simulation.settle()
    status = simulation.step("deploy")
    assert (status.phase, status.reason) == ("Failed", "DeadlineExceeded")
    assert status.message == "ran longer than activeDeadlineSeconds: 60"


def test_a_child_may_be_queued_for_ever_unless_there_is_a_deadline() -> None:
    simulation = simulate(call("patient"), call("hasty", pendingDeadlineSeconds=30)).wait(30)
    assert not simulation.child("patient").is_leaving
    assert simulation.child("hasty").is_leaving
    assert simulation.show()["hasty"] == "Pending/PendingDeadlineExceeded"


def test_time_in_which_a_child_is_suspended_does_not_count() -> None:
    simulation = simulate(call(activeDeadlineSeconds=60))
    child = simulation.child("deploy").start(NOW).change({"suspend": True}).note_suspension(after(10))
    simulation.wait(1000)
    # Resumed, of which its own status does not tell yet.
    child.change({"suspend": False})
    simulation.settle()
    assert not child.is_leaving
    child.note_suspension(simulation.now, "False").raw["status"]["suspendedSeconds"] = 990
    simulation.wait(49)
    assert not child.is_leaving
    assert simulation.wait(1).child("deploy").is_leaving


def test_a_suspended_run_suspends_its_children_and_resumes_them() -> None:
    simulation = simulate()
    child = simulation.child("deploy").start(NOW)
    suspend(simulation, 1)
    simulation.settle()
    assert child.spec["suspend"] is True
    suspend(simulation, 0)
    simulation.settle()
    assert child.spec["suspend"] is False


def test_a_child_that_somebody_suspends_stays_so() -> None:
    simulation = simulate()
    simulation.child("deploy").start(NOW).change({"suspend": True})
    assert simulation.wait(1000).child("deploy").spec["suspend"] is True


def test_resuming_is_not_lost_in_a_crash() -> None:
    simulation = simulate()
    suspend(simulation, 1)
    simulation.settle()
    suspend(simulation, 0)
    simulation.act(lambda _: False)
    simulation.settle()
    assert simulation.child("deploy").spec["suspend"] is False


def test_the_priority_goes_down() -> None:
    simulation = simulate()
    spec = simulation.run.spec.model_copy(update={"priority": 7})
    simulation.run = simulation.run.model_copy(update={"spec": spec})
    simulation.settle()
    assert simulation.child("deploy").spec["priority"] == 7
    assert not simulation.plan().actions


def test_children_count_as_steps_that_run() -> None:
    simulation = simulate(call(), step("other"), maxParallelSteps=1)
    assert simulation.show() == {"deploy": "Pending/ChildQueued", "other": "Pending/AwaitingSlot"}


def build_lineage(depth: int) -> tuple[RunSummary, ...]:
    """So many Runs above, the nearest first, each of Workflow w<number>."""
    return tuple(
        RunSummary("ci", f"run-{number}", f"u{number}", "Running", NOW, workflow=f"w{number}")
        for number in range(depth, 0, -1)
    )


def test_runs_inside_one_another_come_to_an_end() -> None:
    simulation = Simulation(workflow(call(retry={"limit": 3})))
    simulation.lineage = build_lineage(MAX_DEPTH)
    simulation.settle()
    assert simulation.show() == {"deploy": "Failed/DepthExceeded"}
    chain = f"w1 > w2 > w3 > w4 > w5 > w6 > w7 > w8 > {RUN} > deployment"
    message = f"more than 8 Runs inside one another: {chain}; does a Workflow run itself?"
    assert simulation.step("deploy").message == message
    assert simulation.phase == "Failed"


def test_up_to_the_limit_they_are_made() -> None:
    simulation = Simulation(workflow(call()))
    simulation.lineage = build_lineage(MAX_DEPTH - 1)
    simulation.settle()
    assert simulation.child("deploy")


def test_a_repeat_makes_a_child_each_round() -> None:
    simulation = simulate(call(outputs=["out"], repeat={"until": "steps.deploy.outputs.out == '2'", "max": 3}))
    for number in (1, 2):
        simulation.child("deploy").end(NOW, 0, f"out={number}")
        simulation.settle()
    assert (simulation.phase, len(simulation.creations)) == ("Succeeded", 2)


def test_nothing_is_asked_of_a_child_that_is_being_deleted() -> None:
    simulation = simulate()
    child: FakeChild = simulation.child("deploy").start(NOW)
    child.raw["metadata"]["deletionTimestamp"] = "2025-06-01T12:00:00Z"
    simulation.request_cancel("Graceful")
    simulation.settle()
    assert not child.is_leaving
    assert not [action for action in simulation.plan().actions if isinstance(action, CreateRun)]
