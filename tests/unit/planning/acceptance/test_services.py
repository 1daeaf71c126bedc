"""Services: what may stand in them, what a step waits for, and that their end is not the step's."""

from typing import Any

import pytest
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.acceptance import check_workflow
from support.planning.runs import NOW, params, step, workflow
from support.planning.simulations import Simulation

DB: dict[str, Any] = {"name": "db", "container": {"image": "postgres:17"}}


def serve(name: str = "db", **container: Any) -> dict[str, Any]:
    return {"name": name, "container": {"image": "postgres:17", **container}}


FINDINGS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "the step's name": ([serve("step")], "[step].name: is a container of Longshore's own; choose another name"),
    "the checkout's name": ([serve("checkout")], "[checkout].name: is a container of Longshore's own"),
    "the debug container's name": ([serve("debug")], "[debug].name: is a container of Longshore's own"),
    "one name twice": ([DB, DB], "[db].name: two services have this name; rename one"),
    "a name inside": (
        [{"name": "db", "container": {"image": "x", "name": "other"}}],
        "[db].container.name: belongs to Longshore; remove it",
    ),
    "a restart policy": (
        [serve(restartPolicy="Never")],
        "[db].container.restartPolicy: belongs to Longshore; remove it",
    ),
    "no image": ([{"name": "db", "container": {}}], "[db].container.image: is required, and has to be a string"),
    "an odd image": ([serve(image=7)], "[db].container.image: is required, and has to be a string"),
    "an expression": ([serve(image="postgres:$(params.x)")], "[db].container.image: params.x: there is no such"),
    "an expression in args": ([serve(args=["a", "$(each.item)"])], "[db].container.args[1]: each.item: each is"),
    "an expression in env": (
        [serve(env=[{"name": "A", "value": "$(steps.b.outputs.c)"}])],
        "[db].container.env[A]: steps.b.outputs.c: there is no such step",
    ),
}


@pytest.mark.parametrize(("services", "message"), FINDINGS.values(), ids=FINDINGS)
def test_findings(services: list[dict[str, Any]], message: str) -> None:
    (finding,) = check_workflow(WorkflowSpec.model_validate(workflow(step(services=services))))
    assert str(finding).startswith(f"spec.steps[build].services{message}")


def test_odd_shapes_are_left_to_the_api_server() -> None:
    odd = serve(args="x", command=[7], env=[{"name": "A"}, "B", {"name": "C", "valueFrom": {}}], workingDir=[])
    assert check_workflow(WorkflowSpec.model_validate(workflow(step(services=[odd])))) == []


def test_expressions_are_evaluated_and_arrive_unchanged() -> None:
    container = {
        "image": "postgres:$(params.version)",
        "command": ["run", "$(params.version)", "$(HOME)"],
        "args": ["$(params.odd)", 7],
        "env": [{"name": "A", "value": "$(params.odd)"}, {"name": "B", "valueFrom": {"fieldRef": {}}}],
        "workingDir": "/$(params.odd)",
        "lifecycle": {"preStop": {"exec": {"command": ["$(params.odd)"]}}},
    }
    declared = params(version={"type": "String", "default": "17"}, odd={"type": "String", "default": "$(X) $$"})
    services = [{"name": "db", "container": container}]
    simulation = Simulation(workflow(step(services=services), params=declared))
    simulation.settle()
    (db,) = simulation.pod("build").raw["spec"]["initContainers"]
    assert (
        db.items()
        >= {
            "image": "postgres:17",
            "command": ["run", "17", "$(HOME)"],
            "args": ["$$(X) $$$$", 7],
            "env": [{"name": "A", "value": "$$(X) $$$$"}, {"name": "B", "valueFrom": {"fieldRef": {}}}],
            "workingDir": "/$(X) $$",
            "lifecycle": container["lifecycle"],
        }.items()
    )


def test_a_step_whose_service_reads_a_skipped_step_is_skipped() -> None:
    reads = step("b", needs=["a"], services=[serve(args=["$(steps.a.outputs.x)"])])
    simulation = Simulation(workflow(step("a", when="false", outputs=["x"]), reads))
    simulation.settle()
    assert simulation.show()["b"] == "Skipped/NeedSkipped"


@pytest.fixture
def simulation() -> Simulation:
    """A step with two services whose pod is on a node."""
    simulation = Simulation(workflow(step(services=[DB, serve("cache")], pendingDeadlineSeconds=60)))
    simulation.settle()
    simulation.pod("build").schedule()
    simulation.settle()
    return simulation


def say(simulation: Simulation) -> tuple[str, str | None]:
    simulation.settle()
    return simulation.show()["build"], simulation.step("build").message


def test_a_step_says_which_service_it_waits_for(simulation: Simulation) -> None:
    assert say(simulation) == ("Pending/Starting", None)
    simulation.pod("build").serve("db", NOW, is_started=False)
    waits = "service db runs, and its probe has not passed yet"
    assert say(simulation) == ("Pending/ServiceNotReady", waits)
    assert simulation.run.status.message == f"step 'build' waits (ServiceNotReady): {waits}"
    simulation.pod("build").serve("db", NOW)
    assert say(simulation) == ("Pending/Starting", None)
    simulation.pod("build").serve("cache", NOW)
    simulation.start("build")
    assert say(simulation) == ("Running", None)


def test_a_service_that_crashes_says_how(simulation: Simulation) -> None:
    simulation.pod("build").crash("db", NOW, 3, "reading\nno password is set\n")
    said = "service db ended with exit code 3 and is started anew: no password is set"
    assert say(simulation) == ("Pending/ServiceCrashed", said)
    assert simulation.run.status.message == f"step 'build' waits (ServiceCrashed): {said}"
    running = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    last = {"terminated": {"exitCode": 0, "message": "", "startedAt": None, "finishedAt": None}}
    simulation.pod("build").set_state("initContainerStatuses", "db", running, started=False, lastState=last)
    assert say(simulation) == (
        "Pending/ServiceCrashed",
        "service db ended with exit code 0 and is started anew",
    )
    simulation.pod("build").set_state("initContainerStatuses", "db", running, started=True, lastState=last)
    assert say(simulation) == ("Pending/Starting", None)


def test_a_service_that_can_not_be_run_says_why(simulation: Simulation) -> None:
    waiting = {"waiting": {"reason": "RunContainerError", "message": "exec: no such file"}}
    simulation.pod("build").set_state("initContainerStatuses", "db", waiting)
    assert say(simulation) == ("Pending/ServiceCrashed", "service db: RunContainerError: exec: no such file")


def test_a_service_that_stays_down_ends_with_the_pending_deadline(simulation: Simulation) -> None:
    simulation.pod("build").crash("db", NOW, 3, "no password is set")
    simulation.wait(61)
    assert simulation.pod("build").is_leaving
    simulation.remove(simulation.pod("build").name)
    simulation.settle()
    assert simulation.show() == {"build": "Failed/PendingDeadlineExceeded"}
    assert "ServiceCrashed: service db ended with exit code 3" in (simulation.step("build").message or "")


@pytest.mark.parametrize(
    ("said", "reason"),
    [("manifest unknown", "Pending/ImagePullFailed"), ("dial tcp: i/o timeout", "Pending/ImagePullBackOff")],
)
def test_the_image_of_a_service(simulation: Simulation, said: str, reason: str) -> None:
    waiting = {"waiting": {"reason": "ErrImagePull", "message": said}}
    simulation.pod("build").set_state("initContainerStatuses", "db", waiting)
    shown, message = say(simulation)
    assert shown == reason
    assert simulation.pod("build").is_leaving == ("Failed" in reason)
    assert (message or "").startswith(f"container db: ErrImagePull: {said}")


@pytest.mark.parametrize(("code", "end"), [(0, "Succeeded/Completed"), (7, "Failed/Error")])
def test_how_a_service_ends_does_not_matter(simulation: Simulation, code: int, end: str) -> None:
    simulation.start("build")
    pod = simulation.pod("build").end(simulation.now, code, "it was me")
    for name, ended in (("db", 143), ("cache", 137)):
        time = "2026-01-01T00:00:00Z"
        state = {"exitCode": ended, "reason": "OOMKilled", "message": "x", "startedAt": time, "finishedAt": time}
        pod.set_state("initContainerStatuses", name, {"terminated": state})
    assert say(simulation)[0] == end


def test_a_service_is_not_what_a_pod_failed_of(simulation: Simulation) -> None:
    time = "2026-01-01T00:00:00Z"
    state = {"exitCode": 137, "reason": "Error", "message": "x", "startedAt": time, "finishedAt": time}
    simulation.pod("build").set_state("initContainerStatuses", "db", {"terminated": state}).fail("", "lost")
    simulation.settle()
    assert simulation.show()["build"].startswith("Pending/InfraBackoff")
    assert "lost" in (simulation.step("build").message or "")


def test_services_share_the_bytes_of_termination_messages() -> None:
    services = [serve(f"s{index}") for index in range(5)]
    simulation = Simulation(workflow(step(outputs=["x"], services=services)))
    simulation.settle()
    simulation.start("build").end("build", 0, "x=" + "y" * 2045)
    assert simulation.show() == {"build": "Succeeded/Completed"}
    simulation = Simulation(workflow(step(outputs=["x"], services=services)))
    simulation.settle()
    simulation.start("build").end("build", 0, "x=" + "y" * 2046)
    assert simulation.show() == {"build": "Failed/OutputsTooLarge"}
