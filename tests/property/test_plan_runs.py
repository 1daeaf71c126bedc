"""Any graph, any history: what the planner may never do, and that a Run comes to its end."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.api.step_statuses import StepReason
from longshore.api.workflows import WorkflowSpec
from longshore.planning.acceptance.graphs import build_graph
from longshore.planning.plans import CreatePod, Plan
from support.planning.graphs import graphs
from support.planning.happenings import (
    COMMON,
    RARE,
    Happening,
    admit_pod,
    crash,
    fail,
    let_time_pass,
    lose_status,
    obey,
    recall,
    reconcile,
    start,
    succeed,
)
from support.planning.outages import collect_pods, come_back, cut_off, delete_node, drain, fence, taint
from support.planning.pods import FakePod
from support.planning.simulations import Simulation
from support.planning.transitions import STEP_ENDS, STOPS

WORLD = st.sampled_from((*COMMON, *COMMON, *RARE))
NODES = st.sampled_from((cut_off, cut_off, come_back, delete_node, collect_pods, taint, fence, drain))
OPERATOR = st.sampled_from([reconcile, crash, lose_status, let_time_pass])
Moments = list[tuple[Happening, int]]
MOMENTS = st.lists(st.tuples(st.sampled_from((fail, fail, *COMMON)), st.integers(0, 31)), min_size=1, max_size=6)
History = list[tuple[Happening, Happening, int]]
HISTORIES = st.lists(st.tuples(WORLD, OPERATOR, st.integers(0, 31)), min_size=15, max_size=30)
OUTAGES = st.lists(
    st.tuples(st.one_of(WORLD, NODES, st.just(start)), OPERATOR, st.integers(0, 31)), min_size=15, max_size=30
)


class Checked(Simulation):
    """A simulation that holds every plan against the rules."""

    def plan(self) -> Plan:
        """As ever; and no plan breaks a rule."""
        plan = super().plan()
        for action in plan.actions:
            if isinstance(action, CreatePod):
                self._check_create(action, plan)
        return plan

    def _check_create(self, create: CreatePod, plan: Plan) -> None:
        spec = WorkflowSpec.model_validate(plan.status.workflow_spec)
        step, phases = build_graph(spec).steps, {name: status.phase for name, status in plan.status.steps.items()}
        assert all(phases[need] in STEP_ENDS for need in step[create.path].needs or ()), "before its needs"
        failed = [
            name for name, phase in phases.items() if phase == "Failed" and step[name].on_error != "Continue"
        ]
        assert not failed, f"{create.path} starts after {failed} failed"
        assert self.run.spec.cancel is None, "starts after a cancel"

    def check(self) -> None:
        """What holds at all times."""
        live = self.list_live_paths()
        assert len(set(live)) == len(live), "two live pods of one step"
        limit = self.graph.spec.max_parallel_steps if self.graph else None
        assert limit is None or len(self.live_pods()) <= limit, f"{live} run at once"
        attempts: dict[str, list[int]] = {}
        for step, attempt in self.creations:
            attempts.setdefault(step, [0]).append(attempt)
        for numbers in attempts.values():
            assert all(0 <= after - before <= 1 for before, after in pairwise(numbers)), attempts

    def check_silence(self) -> None:
        """What holds for pods on nodes that nobody hears: each is the last of its step, as long as it is there."""
        self.settle()
        for pod in self.live_pods():
            if isinstance(pod, FakePod) and not self.hears(pod):
                status = self.run.status.steps[pod.path]
                assert status.pod == pod.name, f"{pod.name} may run, and {status.pod} does"
                assert status.reason in {StepReason.NODE_UNREACHABLE, *STOPS}, f"{pod.path} is silent: {status}"

    def check_settled(self) -> None:
        """What holds when the operator has nothing to do."""
        status = self.run.status
        if status.phase in {"Succeeded", "Failed", "Canceled"}:
            assert all(step.phase in STEP_ENDS for step in status.steps.values())
            assert not self.live_pods(), "the Run has ended and its pods have not"
            return
        told = [step.pod for step in status.steps.values() if step.phase not in STEP_ENDS and step.reason in STOPS]
        staying = [pod.name for pod in self.live_pods() if pod.name in told and not pod.is_leaving]
        assert not staying, f"{staying} are to end, and were not told"
        silent = [name for name, step in status.steps.items() if step.phase == "Pending" and not step.reason]
        assert not silent, f"{silent} do not say what they wait for"
        is_awaited = self.live_pods() or self.sought or self.pool.waits
        assert is_awaited or self.wake_at is not None, f"waits for nothing: {self.show()}"


def happen(simulation: Checked, happening: Happening, number: int) -> None:
    happening(simulation, number)
    simulation.check()
    if happening is reconcile:
        simulation.check_settled()


def finish(simulation: Checked) -> None:
    """Everything that runs ends, and time passes, until the Run has ended."""
    simulation.refuse = lambda _: None
    for _ in range(100):
        simulation.settle()
        simulation.check()
        simulation.check_settled()
        if simulation.run.status.phase in {"Succeeded", "Failed", "Canceled"}:
            return
        if not simulation.live_pods() and not simulation.sought:
            simulation.wake()
        for happening in (admit_pod, obey, start, succeed, recall):
            happening(simulation, 1)
    raise AssertionError(f"the Run does not end: {simulation.show()}")


@settings(deadline=None, max_examples=250)
@given(graph=graphs(), history=HISTORIES)
def test_any_run_ends_and_breaks_no_rule(graph: dict[str, Any], history: History) -> None:
    simulation = Checked(graph)
    simulation.is_room_assured = history[0][2] % 2 == 1
    happen(simulation, history[0][1], history[0][2])
    simulation.settle()
    for world, operator, number in history:
        happen(simulation, world, number)
        happen(simulation, operator, number)
    finish(simulation)


@settings(deadline=None, max_examples=250)
@given(graph=graphs(), history=OUTAGES)
def test_no_step_runs_twice_whatever_becomes_of_nodes_and_agents(graph: dict[str, Any], history: History) -> None:
    simulation = Checked(graph)
    simulation.settle()
    for world, operator, number in history:
        happen(simulation, world, number)
        happen(simulation, operator, number)
        simulation.check_silence()
    for number in range(2):
        come_back(simulation, number)
    drain(simulation, 0)
    finish(simulation)


@settings(deadline=None, max_examples=150)
@given(graph=graphs(), moments=MOMENTS, mode=st.sampled_from(["Graceful", "Immediate"]), is_new=st.booleans())
def test_a_crash_and_a_cancel_leave_no_pod_behind(
    graph: dict[str, Any],
    moments: Moments,
    mode: str,
    is_new: bool,  # noqa: FBT001 - drawn
) -> None:
    """The operator gets its calls out, never a status; by the time it is back, the Run is canceled."""
    simulation = Checked(graph)
    simulation.is_room_assured = is_new
    happen(simulation, lose_status, 0)
    if not is_new:
        simulation.settle()
    for happening, number in moments:
        happen(simulation, happening, number)
        happen(simulation, lose_status, 0)
    simulation.request_cancel(mode)
    finish(simulation)
