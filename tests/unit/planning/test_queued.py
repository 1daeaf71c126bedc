"""A Run between its acceptance and its start: what it is told while it waits, and how it may end."""

from typing import Any

import pytest
from longshore.planning.conditions import find_condition
from longshore.planning.runs.admissions import Wait
from longshore.planning.steps.statuses import write_ordinal
from support.planning.runs import after, step, workflow
from support.planning.simulations import Simulation

FULL = Wait("NamespaceFull", "waits for room: 2 of 2 Runs of this namespace go on", 3)
SAID = "waits for room: 2 of 2 Runs of this namespace go on; 3rd in line at 2025-06-01T12:00:00Z"


def simulate(room: Wait | None = FULL, spec: dict[str, Any] | None = None, **fields: Any) -> Simulation:
    graph = workflow(step("a"), step("b", needs="a"), **{"finally": [step("tidy")]}, **fields)
    simulation = Simulation(graph, **spec or {})
    simulation.room = room
    simulation.settle()
    return simulation


def get_condition(simulation: Simulation, name: str = "Admitted") -> tuple[str, str, str]:
    condition = find_condition(simulation.run.status.conditions, name)
    assert condition is not None
    return condition.status, condition.reason, condition.message


def want(simulation: Simulation, **fields: Any) -> Simulation:
    """Someone changes the spec, as the API server counts it."""
    run = simulation.run
    metadata = run.metadata.model_copy(update={"generation": run.metadata.generation + 1})
    simulation.run = run.model_copy(update={"spec": run.spec.model_copy(update=fields), "metadata": metadata})
    simulation.settle()
    return simulation


def test_with_room_it_starts_in_one_write() -> None:
    simulation = simulate(room=None)
    assert [status.phase for status in simulation.writes] == ["Running", "Running"]
    assert simulation.writes[0].start_time == "2025-06-01T12:00:00Z"
    assert get_condition(simulation) == ("True", "Admitted", "")


def test_without_room_it_is_accepted_and_queued() -> None:
    simulation = simulate()
    status = simulation.run.status
    assert (status.phase, status.start_time, status.message, status.progress) == ("Queued", None, SAID, "0/3")
    assert get_condition(simulation, "Accepted")[0] == "True"
    assert get_condition(simulation) == ("False", "NamespaceFull", SAID)
    assert (simulation.creations, simulation.wake_at) == ([], None)


def test_the_snapshot_is_of_when_it_was_accepted() -> None:
    simulation = simulate()
    simulation.workflow = workflow(step("other"))
    simulation.room = None
    simulation.settle()
    assert [path for path, _ in simulation.creations] == ["a"]


def test_it_starts_when_there_is_room_and_its_time_counts_from_there() -> None:
    simulation = simulate(activeDeadlineSeconds=60).wait(3600)
    simulation.room = None
    simulation.settle()
    assert (simulation.phase, simulation.run.status.message) == ("Running", None)
    assert simulation.run.status.start_time == "2025-06-01T13:00:00Z"
    assert simulation.wake_at == after(3660)
    assert get_condition(simulation) == ("True", "Admitted", "")


def test_that_the_line_moves_is_not_written() -> None:
    simulation = simulate()
    for place in (2, 1):
        simulation.room = Wait("NamespaceFull", "waits for room: 3 of 2 Runs of this namespace go on", place)
        simulation.wait(60)
    assert len(simulation.writes) == 1


def test_another_reason_and_a_change_of_the_spec_are_written_with_the_place_of_now() -> None:
    simulation = simulate()
    simulation.room = Wait("ClusterFull", "waits for room: 9 of 9 Runs of the cluster go on", 12)
    simulation.wait(60)
    said = "waits for room: 9 of 9 Runs of the cluster go on; 12th in line at 2025-06-01T12:01:00Z"
    assert (simulation.run.status.message, get_condition(simulation)) == (said, ("False", "ClusterFull", said))
    simulation.room = Wait("ClusterFull", "waits for room: 9 of 9 Runs of the cluster go on", 1)
    want(simulation, priority=5)
    said = "waits for room: 9 of 9 Runs of the cluster go on; 1st in line at 2025-06-01T12:01:00Z"
    assert get_condition(simulation) == ("False", "ClusterFull", said)
    assert simulation.run.status.observed_generation == 2


@pytest.mark.parametrize("room", [FULL, None], ids=["full", "with room"])
@pytest.mark.parametrize("mode", ["Graceful", "Immediate"])
def test_a_cancel_ends_it_without_a_pod(mode: str, room: Wait | None) -> None:
    simulation = simulate()
    simulation.room = room
    simulation.cancel(mode)
    assert (simulation.phase, simulation.run.status.message) == ("Canceled", "canceled before it started")
    assert simulation.show() == dict.fromkeys(("a", "b", "tidy"), "Canceled/RunCanceled")
    assert simulation.creations == []
    assert get_condition(simulation, "Finished")[0] == "True"


def test_one_that_is_queued_for_too_long_fails() -> None:
    simulation = simulate(queuedDeadlineSeconds=300)
    assert simulation.wake_at == after(300)
    simulation.wait(299)
    assert simulation.phase == "Queued"
    simulation.wait(1)
    said = "was queued longer than queuedDeadlineSeconds: 300: waits for room: 2 of 2 Runs of this namespace go on"
    assert (simulation.phase, simulation.run.status.message) == ("Failed", said)
    assert get_condition(simulation) == ("False", "QueuedDeadlineExceeded", said)
    assert get_condition(simulation, "Failed")[0] == "True"
    assert simulation.show() == dict.fromkeys(("a", "b", "tidy"), "Canceled/RunDeadlineExceeded")


def test_room_that_comes_at_the_last_moment_counts() -> None:
    simulation = simulate(queuedDeadlineSeconds=300)
    simulation.room = None
    assert simulation.wait(9999).phase == "Running"


def test_a_deadline_of_the_queue_is_none_of_a_run_that_started() -> None:
    simulation = simulate(room=None, queuedDeadlineSeconds=300).start("a")
    assert simulation.wait(9999).phase == "Running"


def test_a_suspension_does_not_count_for_the_deadline_nor_after_the_start() -> None:
    suspended = Wait("Suspended", "spec.suspend is true")
    simulation = simulate(suspended, {"suspend": True}, queuedDeadlineSeconds=300, activeDeadlineSeconds=60)
    assert get_condition(simulation) == ("False", "Suspended", "spec.suspend is true")
    assert get_condition(simulation, "Suspended") == ("True", "Suspended", "spec.suspend is true")
    assert simulation.run.status.message == "spec.suspend is true"
    simulation.wait(1000)
    assert (simulation.phase, simulation.wake_at) == ("Queued", None)
    simulation.room = FULL
    want(simulation, suspend=False)
    assert get_condition(simulation, "Suspended")[0] == "False"
    assert simulation.wake_at == after(1300)
    simulation.wait(299).room = None
    simulation.settle()
    assert simulation.wake_at == after(1299 + 60)
    assert find_condition(simulation.run.status.conditions, "Suspended") is None


def test_ordinals() -> None:
    numbers = (1, 2, 3, 4, 10, 11, 12, 13, 21, 22, 101, 111, 112, 1003)
    written = "1st 2nd 3rd 4th 10th 11th 12th 13th 21st 22nd 101st 111th 112th 1003rd"
    assert " ".join(map(write_ordinal, numbers)) == written
