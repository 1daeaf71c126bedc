"""What becomes of a step whose node is silent, back, or gone: one attempt runs at a time, and each end is told."""

from collections.abc import Callable

import pytest
from longshore.planning.plans import CreatePod, StopPod
from longshore.planning.pools.nodes import Node
from support.planning.runs import step, workflow
from support.planning.simulations import Simulation

NODE = "node-1"
SILENT = Node(NODE, is_ready=False, is_reachable=False)
GONE = Node(NODE, exists=False, is_ready=False, is_reachable=False)
MAY_RUN = (
    "node node-1 is unreachable, and the pod may run there still; waits until the node is back, deleted or fenced"
)
GARBAGE = "PodGC: node no longer exists"


def run(**fields: object) -> Simulation:
    """The step `build` runs on a node that is well."""
    simulation = Simulation(workflow(step("build", **fields)))
    simulation.nodes = {NODE: Node(NODE)}
    simulation.settle()
    return simulation.start("build")


def see(simulation: Simulation, node: Node) -> Simulation:
    """The node is another now."""
    simulation.nodes[NODE] = node
    simulation.settle()
    return simulation


def test_a_step_on_a_silent_node_goes_on_and_says_so() -> None:
    simulation = see(run(), SILENT).wait(3600)
    assert simulation.show() == {"build": "Running/NodeUnreachable"}
    assert (simulation.step("build").message, simulation.step("build").attempt) == (MAY_RUN, 1)


def test_a_node_that_is_not_ready_and_speaks_keeps_its_steps_as_they_are() -> None:
    assert see(run(), Node(NODE, is_ready=False)).show() == {"build": "Running"}


def test_a_cordoned_node_keeps_its_steps_as_they_are() -> None:
    assert see(run(), Node(NODE, is_ready=True)).show() == {"build": "Running"}


def test_a_node_that_is_back_goes_on_with_its_step() -> None:
    simulation = see(see(run(), SILENT), Node(NODE))
    assert (simulation.show(), simulation.step("build").message) == ({"build": "Running"}, None)
    simulation.end("build")
    assert simulation.phase == "Succeeded"
    assert simulation.step("build").attempt == 1


def test_a_pod_that_has_not_started_waits_for_its_node_beyond_its_deadline() -> None:
    simulation = Simulation(workflow(step("build", pendingDeadlineSeconds=60)))
    simulation.settle()
    simulation.pod("build").schedule(NODE)
    see(simulation, SILENT).wait(3600)
    assert simulation.show() == {"build": "Pending/NodeUnreachable"}
    assert simulation.step("build").attempt == 1


def test_a_pod_that_is_deleted_on_a_silent_node_is_not_given_up() -> None:
    simulation = see(run(), SILENT)
    simulation.pod("build").set_condition("DisruptionTarget", "True", "DeletionByTaintManager").delete(
        simulation.now
    )
    simulation.wait(3600)
    assert (simulation.show(), simulation.step("build").attempt) == ({"build": "Running/NodeUnreachable"}, 1)


def test_of_a_node_that_is_gone_the_pod_is_waited_for() -> None:
    simulation = see(run(), GONE)
    assert (simulation.show(), simulation.step("build").attempt) == ({"build": "Running/NodeUnreachable"}, 1)
    assert simulation.step("build").message == "node node-1 is gone; waits until Kubernetes has removed its pod"


def collect(simulation: Simulation) -> None:
    simulation.pod("build").set_condition("DisruptionTarget", "True", "DeletionByPodGC", GARBAGE).fail()


def remove(simulation: Simulation) -> None:
    simulation.remove(simulation.pod("build").name)


@pytest.mark.parametrize(
    ("node", "happening", "expected"),
    [
        (GONE, collect, f"NodeLost): {GARBAGE}"),
        (GONE, remove, "NodeLost): pod {} is gone, and so is its node node-1"),
        (SILENT, remove, "NodeLost): pod {} is gone; its node node-1 is unreachable"),
        (Node(NODE), remove, "PodDeleted): pod {} is gone"),
    ],
)
def test_once_the_pod_is_removed_the_step_runs_again(
    node: Node, happening: Callable[[Simulation], object], expected: str
) -> None:
    simulation = see(run(), node)
    old = simulation.pod("build").name
    happening(simulation)
    simulation.settle()
    status = simulation.step("build")
    assert status.message == f"attempt 1 failed ({expected.format(old)}"
    assert (status.attempt, status.infra_retries, status.retries) == (2, 1, 0)
    simulation.wake()
    assert simulation.pod("build").attempt == 2


def test_a_cancel_waits_for_the_silent_node_too() -> None:
    simulation = see(run(), SILENT)
    simulation.cancel("Graceful")
    assert simulation.show() == {"build": "Running/RunCanceled"}
    assert simulation.step("build").message == MAY_RUN
    assert simulation.pod("build").is_leaving
    assert simulation.phase == "Running"
    simulation.remove(simulation.pod("build").name)
    simulation.settle()
    assert simulation.show() == {"build": "Canceled/RunCanceled"}
    assert simulation.step("build").message is None


def test_nothing_is_done_to_a_pod_since_its_node_is_silent() -> None:
    simulation = run()
    simulation.nodes[NODE] = SILENT
    assert not [action for action in simulation.plan().actions if isinstance(action, CreatePod | StopPod)]
