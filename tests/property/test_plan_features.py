"""Fan-outs, loops, checks, questions, suspension and `finally`: what no graph and no history may break."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.names import get_step_name
from longshore.planning.attempts.standings import is_made
from longshore.planning.plans import CreatePod, CreateRun, Plan
from support.planning.feature_graphs import feature_graphs
from support.planning.happenings import (
    COMMON,
    admit_pod,
    cancel,
    crash,
    crash_service,
    delete_by_hand,
    evict,
    fill,
    let_time_pass,
    obey,
    preempt,
    queue_pods,
    reconcile,
    seal,
    send,
    start,
    succeed,
)
from support.planning.rivals import (
    change_agent,
    check_placements,
    crowd,
    limit_steps,
    promise,
    provide_agents,
)
from support.planning.simulations import Simulation
from support.planning.transitions import STEP_ENDS, STOPS
from support.planning.wishes import answer, approve_all, suspend

RUN_ENDS = {"Succeeded", "Failed", "Canceled"}
WORLD = st.sampled_from(
    (
        *COMMON,
        *COMMON,
        answer,
        answer,
        suspend,
        evict,
        delete_by_hand,
        cancel,
        queue_pods,
        admit_pod,
        preempt,
        fill,
        crash_service,
        seal,
        seal,
        send,
        change_agent,
        crowd,
        limit_steps,
        promise,
    )
)
OPERATOR = st.sampled_from([reconcile, reconcile, crash, let_time_pass])
HISTORIES = st.lists(st.tuples(WORLD, OPERATOR, st.integers(0, 31)), min_size=5, max_size=30)


class Checked(Simulation):
    """A simulation that holds every plan against the rules."""

    def __init__(self, graph: Mapping[str, Any], **spec: Any) -> None:
        super().__init__(graph, **spec)
        provide_agents(self)

    def plan(self) -> Plan:
        """As ever; and no plan breaks a rule."""
        view = self.pool.view(self.pods.values())
        plan = super().plan()
        check_placements(self, view, plan)
        creates = [action for action in plan.actions if isinstance(action, CreatePod | CreateRun)]
        for create in creates:
            self._check_create(create, plan)
        if self.graph is not None:
            self._check_limits(plan)
        return plan

    def _check_create(self, create: CreatePod | CreateRun, plan: Plan) -> None:
        assert self.graph is not None
        name, spec, statuses = get_step_name(create.path), self.run.spec, plan.status.steps
        step, is_final = self.graph.steps[name], name in self.graph.finals
        assert not spec.suspend or spec.cancel, f"{create.path} starts while suspended"
        assert is_final or spec.cancel is None, f"{create.path} starts after a cancel"
        assert self.run.status.phase == "Running", f"{create.path} starts before the Run is admitted"
        waits = [*(step.needs or ()), *(set(self.graph.steps) - self.graph.finals if is_final else ())]
        assert all(statuses[need].phase in STEP_ENDS for need in waits), f"{create.path} before its needs"
        before = self.run.status.steps.get(create.path)
        is_new = before is None or before.attempt < create.attempt or not is_made(before)
        assert is_new, f"{create.path} starts attempt {create.attempt} anew"
        if isinstance(create, CreatePod):
            check_credentials(create.manifest, step.credentials or [])

    def _check_limits(self, plan: Plan) -> None:
        """Attempts on record that have a pod or a child, as the plan leaves them."""
        assert self.graph is not None
        active = [
            path for path, step in plan.status.steps.items() if is_made(step) and step.phase not in STEP_ENDS
        ]
        most = self.graph.spec.max_parallel_steps
        made = {plan.status.steps[path].pod or path for path in active}
        assert most is None or len(made) <= most, f"{active} at once"
        for name, count in Counter(map(get_step_name, active)).items():
            for_each = self.graph.steps[name].for_each
            assert for_each is None or count <= (for_each.max_parallel or count), (
                f"{count} items of {name} at once"
            )

    def _check_artifacts(self) -> None:
        """What has succeeded left all that it had to, and the archive said so."""
        assert self.graph is not None
        for path, status in self.run.status.steps.items():
            pod = self.pods.get(status.pod or "")
            if status.reason == "Completed" and self.graph.steps[get_step_name(path)].artifacts and pod:
                archived = pod.observe().archived
                assert archived, f"{path} succeeded, and the archive has not said that it has its artifacts"
                assert (archived.artifacts, archived.tests) == ("Stored", status.tests)

    def check(self) -> None:
        """What holds at all times."""
        live = self.list_live_paths()
        assert len(set(live)) == len(live), f"two live pods or children of one path: {sorted(live)}"

    def check_settled(self) -> None:
        """The Run has ended in good order, or says what it waits for."""
        run, steps = self.run, self.run.status.steps
        if run.status.phase in RUN_ENDS:
            assert all(step.phase in STEP_ENDS for step in steps.values()), self.show()
            assert not self.live_pods(), "the Run has ended and its pods have not"
            self._check_kept()
            return
        self._check_artifacts()
        self._check_children()
        memoized = [path for path, step in steps.items() if step.reason == "Memoized"]
        assert not any(steps[path].pod or steps[path].attempt for path in memoized), "what is memoized has a pod"
        silent = [path for path, step in steps.items() if step.phase == "Pending" and not step.reason]
        assert not silent, f"{silent} do not say what they wait for"
        asks = any(step.reason == "AwaitingInput" for step in steps.values())
        holds = asks or run.spec.suspend or (run.status.phase == "Queued" and self.room)
        assert self.live_pods() or self.wake_at or holds or self.pool.waits, f"waits for nothing: {self.show()}"

    def _check_children(self) -> None:
        """What the Run says has gone down to the children that go on."""
        spec = self.run.spec
        for child in self.children.values():
            path = child.raw["metadata"]["annotations"]["longshore.dev/path"]
            if child.has_ended or path not in self.run.status.steps or self.step(path).run != child.name:
                continue
            is_suspended = spec.suspend and spec.cancel is None
            assert child.spec.get("suspend", False) == is_suspended, f"{path}: {child.spec}"
            assert child.is_leaving == (self.step(path).reason in STOPS), f"{path} is to end, and was not told"

    def _check_kept(self) -> None:
        """What sleeps on after the Run's end is worth a look: an attempt that failed."""
        for pod in self.kept_pods():
            status = self.run.status.steps[pod.raw["metadata"]["annotations"]["longshore.dev/path"]]
            failed = status.phase == "Failed" if status.pod == pod.name else pod.state()["terminated"]["exitCode"]
            assert failed, f"{pod.name} went well and sleeps on: {status}"


def check_credentials(pod: dict[str, Any], asked: list[str]) -> None:
    """The pod refers to the Secrets of these credentials and to no others; with any its log is no message."""
    text = json.dumps({**pod, "metadata": {**pod["metadata"], "labels": {}}})
    assert {name for name in ("forge", "api", "hub") if f'"secret-{name}"' in text} == set(asked)
    assert not asked or pod["spec"]["containers"][0]["terminationMessagePolicy"] == "File"


def play(simulation: Checked, history: Any) -> None:
    """What happens to it, and the operator."""
    for world, operator, number in history:
        for happening in (world, operator):
            happening(simulation, number)
            simulation.check()
        if operator is reconcile:
            simulation.check_settled()


def finish(simulation: Checked) -> None:
    """Everything that runs ends, people approve, and time passes, until the Run has ended."""
    suspend(simulation, 0)
    fill(simulation, 0)
    provide_agents(simulation)
    for _ in range(150):
        simulation.settle()
        simulation.check()
        simulation.check_settled()
        if simulation.phase in RUN_ENDS:
            return
        if not simulation.live_pods() and simulation.wake_at and simulation.wake_at > simulation.now:
            simulation.wake()
        approve_all(simulation)
        for happening in (admit_pod, obey, start, succeed):
            happening(simulation, 1)
    raise AssertionError(f"the Run does not end: {simulation.show()}")


def check_finals(simulation: Checked) -> None:
    """`finally` came after all else, however that ended; and each plain step of it ran."""
    assert simulation.graph is not None
    finals = simulation.graph.finals
    paths = [path for path, _ in simulation.creations]
    begun = [index for index, path in enumerate(paths) if get_step_name(path) in finals]
    assert begun == list(range(len(paths) - len(begun), len(paths))), paths
    for name in finals:
        status, step = simulation.step(name), simulation.graph.steps[name]
        is_at_once = step.memoize is not None and status.reason in {"Memoized", "ExpressionFailed"}
        is_plain = step.for_each is None and step.approval is None and not is_at_once
        assert status.phase != "Canceled", f"{name} was canceled"
        if is_plain:
            assert paths.count(name) >= 1, f"{name} never ran: {simulation.show()}"


def check_reused(again: Checked, before: Checked, begin: str | None) -> None:
    """Right after its acceptance: nothing is reused whose needs run again, and nothing runs without need."""
    assert again.graph is not None
    for name in again.graph.order:
        step, old = again.graph.steps[name], before.step(name)
        follows = all(again.step(need).reason == "Reused" for need in step.needs or ())
        may_be = follows and name not in again.graph.finals and name != begin
        if again.step(name).reason == "Reused":
            assert may_be, f"{name} is reused, and what it needs is not: {again.show()}"
            assert (again.step(name).phase, again.step(name).outputs) == (old.phase, old.outputs)
        else:
            assert not may_be or old.phase != "Succeeded", f"{name} runs again: {again.show()}"


@settings(deadline=None, max_examples=100)
@given(graph=feature_graphs(), first=HISTORIES, second=HISTORIES, begin=st.one_of(st.none(), st.integers(0, 9)))
def test_any_rerun_respects_needs_and_breaks_no_rule(
    graph: dict[str, Any], first: Any, second: Any, begin: int | None
) -> None:
    before = Checked(graph)
    before.settle()
    play(before, first)
    finish(before)
    names = [step["name"] for step in graph["steps"]]
    step = None if begin is None else names[begin % len(names)]
    again = before.rerun(rerun={"from": "Step", "step": step} if step else {"from": "Failed"})
    check_reused(again, before, step)
    play(again, second)
    finish(again)
    check_finals(again)


@settings(deadline=None, max_examples=150)
@given(graph=feature_graphs(), history=HISTORIES, is_full=st.sampled_from([0, 0, 1]))
def test_any_run_with_these_features_ends_and_breaks_no_rule(
    graph: dict[str, Any], history: Any, is_full: int
) -> None:
    simulation = Checked(graph)
    fill(simulation, is_full)
    simulation.settle()
    assert simulation.run.status.conditions[0].status == "True", simulation.run.status.message
    play(simulation, history)
    finish(simulation)
    if simulation.run.status.start_time is None:
        assert not simulation.creations, "it never started"
    else:
        check_finals(simulation)
