"""When an attempt with artifacts has ended: once the archive has them, or it is clear that it never will."""

from datetime import timedelta
from typing import Any

import pytest
from longshore.planning.observations import ArchiveUse
from longshore.planning.plans import DeletePod, StopPod
from support.planning.runs import step, workflow
from support.planning.simulations import Simulation

REPORT = [{"name": "report", "path": "*.xml", "kind": "junit"}]
HTTP = ArchiveUse("HTTP", upload_seconds=30)
TESTS = {"passed": 3, "failed": 1, "skipped": 0}


def simulate(archive: ArchiveUse = HTTP, **fields: Any) -> Simulation:
    simulation = Simulation(workflow(step("build", artifacts=REPORT, **fields)))
    simulation.archive = archive
    simulation.settle()
    assert simulation.phase == "Running", simulation.run.status.message
    return simulation.start("build")


def test_a_success_waits_for_the_archive() -> None:
    simulation = simulate().end("build")
    assert simulation.show() == {"build": "Running/AwaitingArtifacts"}
    assert simulation.phase == "Running"
    simulation.seal("build", tests=TESTS)
    assert simulation.show() == {"build": "Succeeded/Completed"}
    counts = simulation.step("build").tests
    assert counts
    assert counts.model_dump() == TESTS
    assert simulation.phase == "Succeeded"


def test_what_is_sealed_by_then_waits_for_nothing() -> None:
    simulation = simulate()
    simulation.pod("build").end(simulation.now).seal()
    simulation.settle()
    assert simulation.show() == {"build": "Succeeded/Completed"}


def test_a_failure_stays_its_own_and_has_its_counts() -> None:
    simulation = simulate().end("build", 3, "broken")
    assert simulation.show() == {"build": "Running/AwaitingArtifacts"}
    simulation.seal("build", "Lost", missing=["report"], tests=TESTS)
    status = simulation.step("build")
    assert (status.reason, status.exit_code, status.message) == ("Error", 3, "broken")
    assert status.tests
    assert status.tests.failed == 1


def test_a_failure_where_there_was_no_room_says_so_and_keeps_its_exit_code() -> None:
    simulation = simulate().end("build", 3, "broken").seal("build", "Full", message="no room")
    status = simulation.step("build")
    assert (status.reason, status.exit_code, status.message) == ("Error", 3, "broken; no room")


def test_a_step_that_writes_to_the_claim_itself_may_have_failed_of_it() -> None:
    simulation = simulate(ArchiveUse("Mount"), retry={"limit": 3})
    simulation.end("build", 1, "write error").seal("build", "Full", message="no room")
    status = simulation.step("build")
    assert (status.phase, status.reason, status.exit_code) == ("Failed", "StorageFull", 1)
    assert status.message == "write error; no room"


VERDICTS: dict[str, tuple[dict[str, Any], int, str]] = {
    "it did not write them": (
        {"artifacts": "Lost", "missing": ["report"], "message": "no file"},
        0,
        "ArtifactLost",
    ),
    "there is no room": ({"artifacts": "Full", "message": "no room"}, 0, "StorageFull"),
}


@pytest.mark.parametrize(("said", "retries", "reason"), VERDICTS.values(), ids=VERDICTS)
def test_what_is_missing_fails_a_success(said: dict[str, Any], retries: int, reason: str) -> None:
    simulation = simulate().end("build").seal("build", **said)
    status = simulation.step("build")
    assert (status.phase, status.reason, status.exit_code) == ("Failed", reason, 0)
    assert (status.message, status.infra_retries) == (said["message"], retries)


def test_a_full_archive_is_not_tried_again() -> None:
    simulation = simulate(retry={"limit": 3}).end("build").seal("build", "Full")
    assert simulation.show() == {"build": "Failed/StorageFull"}


def test_what_was_not_written_is_the_steps_own_failure() -> None:
    simulation = simulate(retry={"limit": 1}).end("build").seal("build", "Lost", missing=["report"])
    assert simulation.show() == {"build": "Pending/Backoff"}


def test_what_did_not_arrive_is_the_infrastructures() -> None:
    simulation = simulate().end("build")
    simulation.pod("build").send(simulation.now, 1, "a.xml: the archive does not answer")
    simulation.seal("build", "Lost", missing=["report"], message="not all arrived")
    assert simulation.show() == {"build": "Pending/InfraBackoff"}
    assert "not all arrived: a.xml: the archive does not answer" in (simulation.step("build").message or "")


# What happens at the end, and for how many seconds a word of the archive is waited for.
WAITS: dict[str, tuple[dict[str, Any], int, str | None, int]] = {
    "success": ({}, 0, None, 600),
    "failure": ({}, 1, None, 90),
    "a sidecar that failed": ({}, 0, "cut off", 60),
    "a failure whose sidecar failed": ({}, 1, "cut off", 60),
}


@pytest.mark.parametrize(("fields", "code", "sidecar", "seconds"), WAITS.values(), ids=WAITS)
def test_every_wait_ends(fields: dict[str, Any], code: int, sidecar: str | None, seconds: int) -> None:
    simulation = simulate(retry={"infraLimit": 0}, **fields)
    if sidecar:
        simulation.pod("build").send(simulation.now, 1, sidecar)
    simulation.end("build", code)
    assert simulation.wake_at == simulation.now + timedelta(seconds=seconds)
    simulation.wake()
    status = simulation.step("build")
    assert (status.phase, status.reason) == ("Failed", "Error" if code else "ArtifactLost")
    if not code:
        assert "did not" in (status.message or "")
        assert (sidecar or "") in (status.message or "")


def test_a_failure_that_people_look_into_waits_for_nothing() -> None:
    simulation = simulate(debug="OnFailure").end("build", 1)
    assert simulation.show() == {"build": "Failed/Error"}


def test_a_success_that_nobody_looks_into_ends_so_that_its_files_are_sent() -> None:
    simulation = simulate(debug="OnFailure").end("build")
    pod = simulation.pod("build")
    assert pod.raw["spec"]["activeDeadlineSeconds"] == 1
    pod.fail("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
    simulation.seal("build")
    assert simulation.show() == {"build": "Succeeded/Completed"}, "what became of the pod since does not matter"


def test_a_cancel_waits_for_what_is_on_its_way() -> None:
    simulation = simulate().end("build").cancel("Graceful")
    assert simulation.show() == {"build": "Running/RunCanceled"}
    assert simulation.wake_at == simulation.now + timedelta(seconds=30)
    simulation.wake()
    assert simulation.show() == {"build": "Canceled/RunCanceled"}


def test_an_immediate_cancel_waits_for_nothing() -> None:
    assert simulate().end("build").cancel("Immediate").show() == {"build": "Canceled/RunCanceled"}


def test_an_eviction_is_not_waited_for() -> None:
    simulation = simulate()
    pod = simulation.pod("build").set_condition("DisruptionTarget", "True", "TerminationByKubelet")
    pod.end(simulation.now, 137).fail("Evicted", "no memory")
    simulation.settle()
    assert simulation.show() == {"build": "Pending/InfraBackoff"}


def test_a_step_that_will_not_end_is_killed_when_its_own_grace_is_over() -> None:
    simulation = simulate(activeDeadlineSeconds=10, gracePeriodSeconds=5)
    pod = simulation.pod("build")
    pod.set_state("initContainerStatuses", "artifacts", {"running": {"startedAt": "2025-06-01T12:00:00Z"}})
    simulation.now += timedelta(seconds=10)
    simulation.act()
    kill_at = simulation.now + timedelta(seconds=5)
    uid = f"uid-of-{pod.name}"
    assert simulation.act().actions == (StopPod(pod.name, uid, kill_at),)
    simulation.settle()
    assert simulation.wake_at == kill_at, "the pod itself has the time to send besides"
    simulation.now = kill_at
    assert simulation.plan().actions == (DeletePod(pod.name, uid, 1),)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"build": 3}', '{"build": {"artifacts": "Maybe"}}', "{" * 9]
)
def test_nonsense_of_an_annotation_says_nothing(text: str) -> None:
    simulation = simulate().end("build")
    simulation.pod("build").raw["metadata"]["annotations"]["longshore.dev/archived"] = text
    simulation.settle()
    assert simulation.show() == {"build": "Running/AwaitingArtifacts"}
