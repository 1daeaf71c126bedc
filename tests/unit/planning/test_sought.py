"""A pod that vanished before its end was on record: the archive is asked, and only then the attempt is lost."""

import pytest
from longshore.planning.plans import CreatePod
from support.planning.runs import name_pod, step, workflow
from support.planning.simulations import Simulation

NAME = name_pod()


def vanish(*, is_sought: bool = True) -> Simulation:
    """The pod of `build` ran, and is gone; another step runs beside it."""
    simulation = Simulation(workflow(step("build"), step("other"), step("last", needs="build")))
    simulation.settle()
    simulation.start("build", "other")
    simulation.settle()
    if is_sought:
        simulation.vanish(NAME)
    else:
        simulation.remove(NAME)
    return simulation


def test_while_the_archive_is_asked_nothing_becomes_of_the_step() -> None:
    simulation = vanish()
    before = simulation.step("build")
    simulation.settle()
    assert simulation.step("build") == before
    assert not [action for action in simulation.plan().actions if isinstance(action, CreatePod)]


def test_other_steps_go_on_meanwhile() -> None:
    simulation = vanish()
    simulation.settle()
    simulation.end("other")
    simulation.settle()
    assert simulation.show()["other"] == "Succeeded/Completed"


@pytest.mark.parametrize(("code", "expected"), [(0, "Succeeded/Completed"), (3, "Failed/Error")])
def test_an_end_that_the_archive_saw_counts(code: int, expected: str) -> None:
    simulation = vanish()
    simulation.settle()
    simulation.sought[NAME].end(simulation.now, code)
    simulation.recall(NAME)
    simulation.settle()
    assert simulation.show()["build"] == expected
    assert simulation.step("build").attempt == 1


def test_what_the_archive_does_not_know_is_lost() -> None:
    simulation = vanish()
    simulation.settle()
    simulation.recall(NAME)
    simulation.settle()
    assert simulation.step("build").attempt == 2
    assert simulation.step("build").infra_retries == 1


def test_without_an_archive_it_is_lost_at_once() -> None:
    simulation = vanish(is_sought=False)
    simulation.settle()
    assert simulation.step("build").attempt == 2


@pytest.mark.parametrize("mode", ["Graceful", "Immediate"])
def test_a_cancel_ends_the_step_once_there_is_an_answer(mode: str) -> None:
    simulation = vanish()
    simulation.settle()
    simulation.request_cancel(mode)
    simulation.settle()
    assert simulation.step("build").phase == "Running"
    simulation.recall(NAME)
    simulation.settle()
    assert simulation.show()["build"] == "Canceled/RunCanceled"


def test_steps_that_share_a_pod_wait_together() -> None:
    simulation = Simulation(workflow(step("build"), step("last", needs="build"), fuse=True))
    simulation.settle()
    [pod] = simulation.pods.values()
    simulation.vanish(pod.name)
    before = dict(simulation.run.status.steps)
    simulation.settle()
    assert simulation.run.status.steps == before
