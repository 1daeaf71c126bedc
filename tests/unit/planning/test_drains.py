"""An Agent that is drained, or starts nothing in time: its steps go elsewhere, and nobody is blamed."""

import pytest
from longshore.planning.plans import CreatePod, DeletePod, StopPod
from support.planning.pools import agent, agents
from support.planning.runs import step, workflow
from support.planning.simulations import Simulation

ONE, TWO = agent("one", priority=1), agent("two")
DRAINED = agent("one", priority=1, drain=True)


def place(**fields: object) -> Simulation:
    """The step `build` has its pod on the first of two Agents."""
    simulation = Simulation(workflow(step("build", agents=["one", "two"], **fields)))
    simulation.pool.agents = agents(ONE, TWO)
    simulation.settle()
    assert simulation.step("build").agent == "one"
    return simulation


def drain(simulation: Simulation) -> Simulation:
    simulation.pool.agents = agents(DRAINED, TWO)
    return simulation


def test_a_drain_is_on_record_before_it_ends_anything() -> None:
    simulation = drain(place().start("build"))
    assert simulation.act().actions == ()
    assert simulation.show() == {"build": "Running/AgentDrained"}
    assert simulation.step("build").message == "agent one is drained"
    assert [type(action) for action in simulation.act().actions] == [StopPod]


def test_a_running_step_ends_with_its_grace_and_runs_again_elsewhere() -> None:
    simulation = drain(place().start("build"))
    simulation.settle()
    old = simulation.pod("build")
    assert old.is_leaving
    simulation.wait(20)
    assert simulation.step("build").attempt == 1
    old.end(simulation.now, 143).fail("DeadlineExceeded")
    simulation.settle()
    simulation.wake()
    status = simulation.step("build")
    assert (status.agent, status.attempt, status.moves) == ("two", 2, 1)
    assert (status.infra_retries, status.retries) == (0, 0)


def test_a_pending_step_goes_at_once() -> None:
    simulation = drain(place())
    simulation.act()
    assert [type(action) for action in simulation.act().actions] == [DeletePod]
    simulation.settle()
    simulation.wake()
    assert (simulation.step("build").agent, simulation.step("build").attempt) == ("two", 2)


def test_a_step_that_is_done_before_it_is_stopped_is_done() -> None:
    simulation = drain(place().start("build"))
    simulation.act()
    assert simulation.end("build").phase == "Succeeded"


def test_what_is_on_record_is_done_though_the_drain_is_taken_back() -> None:
    simulation = drain(place().start("build"))
    simulation.act()
    simulation.pool.agents = agents(ONE, TWO)
    simulation.settle()
    assert simulation.pod("build").is_leaving


def test_a_cancel_beats_a_drain() -> None:
    simulation = drain(place().start("build"))
    simulation.settle()
    simulation.cancel("Graceful")
    simulation.pod("build").end(simulation.now, 143).fail("DeadlineExceeded")
    simulation.settle()
    assert simulation.show() == {"build": "Canceled/RunCanceled"}


def test_drains_exhaust_no_limit() -> None:
    simulation = place(retry={"infraLimit": 0})
    for moves in range(1, 6):
        current = simulation.step("build").agent
        others = [agent(name, drain=name == current) for name in ("one", "two")]
        simulation.pool.agents = agents(*others)
        simulation.settle()
        simulation.wake()
        assert (simulation.step("build").moves, simulation.step("build").attempt) == (moves, moves + 1)
        assert simulation.step("build").agent != current


def test_moves_do_not_count_as_rounds() -> None:
    simulation = place(repeat={"until": "each.index == 1", "max": 2})
    drain(simulation).settle()
    simulation.wake()
    simulation.start("build").end("build")
    simulation.settle()
    assert simulation.phase == "Running"
    simulation.start("build").end("build")
    assert (simulation.phase, simulation.step("build").attempt) == ("Succeeded", 3)


def test_where_no_other_takes_it_the_step_waits() -> None:
    simulation = place()
    simulation.pool.agents = agents(DRAINED)
    simulation.settle()
    simulation.wake()
    assert simulation.show() == {"build": "Pending/AwaitingAgent"}
    assert simulation.step("build").message == "waits: one drained; two not there: create it"


def test_what_is_not_drained_goes_on() -> None:
    simulation = place().start("build")
    simulation.pool.agents = agents(agent("one", enabled=False), TWO)
    simulation.settle()
    assert simulation.show() == {"build": "Running"}


def test_what_does_not_start_in_time_is_planned_anew_elsewhere() -> None:
    simulation = place(pendingDeadlineSeconds=60)
    simulation.wait(60)
    simulation.settle()
    status = simulation.step("build")
    assert (status.attempt, status.infra_retries, status.retries) == (2, 1, 0)
    simulation.wake()
    assert simulation.step("build").agent == "two"


def test_those_that_others_avoid_are_better_than_none() -> None:
    simulation = place(pendingDeadlineSeconds=60)
    simulation.wait(60)
    simulation.pool.agents = agents(ONE)
    simulation.wake()
    assert simulation.step("build").agent == "one"


@pytest.mark.parametrize("other", [[], [agent("two", enabled=False)], [agent("three")]])
def test_where_no_other_could_take_it_the_deadline_is_the_steps_own(other: list[object]) -> None:
    simulation = place(pendingDeadlineSeconds=60)
    simulation.pool.agents = agents(ONE, *other)  # type: ignore[arg-type]
    simulation.wait(60)
    assert simulation.show() == {"build": "Failed/PendingDeadlineExceeded"}


def test_no_second_pod_is_made_while_the_first_is_there() -> None:
    simulation = drain(place().start("build"))
    for _ in range(5):
        assert not [action for action in simulation.act().actions if isinstance(action, CreatePod)]
        simulation.now = simulation.now.replace(hour=simulation.now.hour + 1)
