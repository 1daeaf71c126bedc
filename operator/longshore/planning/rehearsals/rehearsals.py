"""Owns rehearsals: a Run that exists nowhere, planned as any other on made-up time, where everything goes well.

Containers run as long as they are said to, people approve at once, loops end with their first round. Must not
decide anything: what plan_run decides is what a rehearsal foretells.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from longshore.api.archives import Archived
from longshore.api.runs import Run, RunStatus
from longshore.api.step_statuses import Question, StepReason
from longshore.api.workflows import WorkflowSpec
from longshore.manifests.stretches import list_fused
from longshore.names import STEP_CONTAINER
from longshore.planning.acceptance.graphs import Graph, build_graph
from longshore.planning.observations import ArchiveUse, Memo, Observed
from longshore.planning.plans import Action, CreateClaim, CreatePod, CreateRun, DeletePod, PatchRun, Plan, StopPod
from longshore.planning.pods import Container, Pod, Termination
from longshore.planning.pools.agents import AgentView
from longshore.planning.pools.pools import PoolView
from longshore.planning.rehearsals.placeholders import COMMIT, RUNNER_IMAGE, blur_graph, build_open_pool
from longshore.planning.runs.runs import plan_run
from longshore.planning.runs.summaries import FINISHED, RunSummary
from longshore.planning.steps.questions import APPROVE
from longshore.planning.steps.slices import OUTPUT
from longshore.planning.times import parse_time

BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
STORED = Archived(artifacts="Stored")
TERMINATED = 143
"""Exit code of what ends by SIGTERM."""

Durations = Callable[[str], timedelta]
"""How long an attempt of a path runs: whole seconds."""


@dataclass(frozen=True, slots=True)
class Act:
    """An attempt, as it was rehearsed. Times are since the Run began."""

    path: str
    attempt: int
    start: timedelta
    end: timedelta
    manifest: Mapping[str, Any] | None = None
    """Its pod, which it may share, or child Run; None for what has none."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A Run from its beginning to its end."""

    graph: Graph
    """As declared, without placeholders."""
    acts: tuple[Act, ...]
    """In the order in which they start."""
    claims: Mapping[str, Mapping[str, Any]]
    """The claims of the volumes that its steps share, by name, in the order in which they are made."""
    status: RunStatus
    """As it ends."""


def rehearse(
    run: Run, workflow: Mapping[str, Any], durations: Durations, agents: Mapping[str, AgentView] | None = None
) -> Rehearsal:
    """The whole course of a Run of this accepted graph, given as the API server has it.

    What can't be known beforehand is a placeholder, see placeholders. A Run that is not accepted has no acts.
    `agents` are those of its namespace by name, where they are known; every step finds room.
    """
    workflow = _store(workflow)
    graph = build_graph(WorkflowSpec.model_validate(workflow))
    fresh = {"suspend": False, "cancel": None, "answers": {}, "params": _store(run.spec.params)}
    asked = run.spec.model_copy(update=fresh)
    made, blurred = run.model_copy(update={"spec": asked}), blur_graph(graph)
    stage = _Stage(made, workflow, blurred, durations, build_open_pool(blurred, agents))
    while (time := stage.settle()) is not None:
        stage.now = time
    return Rehearsal(graph, tuple(stage.acts.values()), stage.claims, stage.run.status)


@dataclass(slots=True)
class _Stage:
    """The Run, its pods, and the time."""

    run: Run
    workflow: Mapping[str, Any]
    graph: Graph
    durations: Durations
    pool: PoolView
    now: datetime = BEGIN
    claims: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    pods: dict[str, Pod] = field(default_factory=dict)
    children: dict[str, RunSummary] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)
    """When pods and child Runs end that have not yet."""
    creates: dict[str, CreatePod | CreateRun] = field(default_factory=dict)
    """By which pods and child Runs were made."""
    acts: dict[str, Act] = field(default_factory=dict)
    """By pod or child Run and path, or by question."""
    playing: dict[str, str] = field(default_factory=dict)
    """The act that a pod or child Run is at."""

    def settle(self) -> datetime | None:
        """Plan until nothing changes. Returns when something will, or None at the end."""
        while True:
            for name in [name for name, end in self.ends.items() if end <= self.now]:
                self._end(name)
            plan = self._plan()
            is_same = plan.status == self.run.status and not plan.actions
            stored = plan.status.model_copy(update={"params": _store(plan.status.params)})
            self.run = self.run.model_copy(update={"status": stored})
            for action in plan.actions:
                self._apply(action)
            if plan.status.phase in FINISHED:
                return None
            if not self._answer() and is_same:
                break
        self._pin_source()
        times = [*self.ends.values(), *([plan.wake_at] if plan.wake_at else [])]
        return min((time for time in times if time > self.now), default=None)

    def _plan(self) -> Plan:
        observed = Observed(
            graph=self.graph if self.run.status.workflow_spec else None,
            workflow=self.workflow,
            pods=self.pods,
            children=self.children,
            memos=self._list_memos(),
            archive=ArchiveUse("HTTP"),
            pool=self.pool,
            runner_image=RUNNER_IMAGE,
        )
        return plan_run(self.run, observed, self.now)

    def _list_memos(self) -> dict[str, dict[str, Memo]]:
        """What steps of this Run may reuse of one another; what other Runs have left is not looked at."""
        name, uid = self.run.metadata.name, self.run.metadata.uid
        return {
            step.memo: {uid: Memo(name, path, parse_time(step.completion_time), step.exit_code, step.outputs)}
            for path, step in self.run.status.steps.items()
            if step.memo and step.completion_time and step.reason is StepReason.COMPLETED
        }

    def _apply(self, action: Action) -> None:
        match action:
            case CreatePod() | CreateRun():
                self._create(action)
            case CreateClaim(name, _, manifest):
                self.claims.setdefault(name, manifest)
            case StopPod(name):
                self._end(name, TERMINATED)
            case DeletePod(name):
                self._end(name, TERMINATED)
                del self.pods[name]
            case PatchRun(name, _, spec):
                if "cancel" in spec:
                    self._end(name, TERMINATED)

    def _create(self, create: CreatePod | CreateRun) -> None:
        """It is there, and runs at once."""
        name, now = create.name, self.now
        if isinstance(create, CreatePod):
            fused = list_fused(create.manifest)
            *init, main = fused or (STEP_CONTAINER,)
            others = tuple(map(Container, init))
            self.pods[name] = Pod(
                name, name, "Running", now, step=Container(main), others=others, fused=fused, archived=STORED
            )
            self._run_next(create)
        else:
            namespace = self.run.metadata.namespace
            self.children[name] = RunSummary(namespace, name, name, "Running", now, started=now)
            self._begin(create, create.path)
        self.creates[name] = create

    def _run_next(self, create: CreatePod) -> None:
        """The next container of a pod runs."""
        pod = self.pods[create.name]
        self.pods[create.name] = _set_container(pod, replace(_get_current(pod), running=self.now))
        self._begin(create, _get_current(pod).name if pod.fused else create.path)

    def _begin(self, create: CreatePod | CreateRun, path: str) -> None:
        end = self.now + self.durations(path)
        self.ends[create.name] = end
        self.playing[create.name] = f"{create.name}/{path}"
        act = Act(path, create.attempt, self.now - BEGIN, end - BEGIN, create.manifest)
        self.acts[self.playing[create.name]] = act

    def _end(self, name: str, code: int = 0) -> None:
        if self.ends.pop(name, None) is None:
            return
        played = self.playing[name]
        self.acts[played] = replace(self.acts[played], end=self.now - BEGIN)
        if name in self.pods:
            self._end_container(name, code)
        else:
            phase, child = "Canceled" if code else "Succeeded", self.children[name]
            # Of a slice it is not known what its items wrote.
            self.children[name] = replace(child, phase=phase, completed=self.now, outputs={OUTPUT: {}})

    def _end_container(self, name: str, code: int) -> None:
        """The container that runs ends, and the pod with it where that failed or was the last."""
        pod, create = self.pods[name], self.creates[name]
        current = _get_current(pod)
        ended = Termination(code, "Error" if code else "Completed", "", current.running, self.now)
        is_last = code != 0 or current.name == pod.step.name
        self.pods[name] = _set_container(pod, Container(current.name, ended=ended))
        if is_last:
            self.pods[name] = replace(self.pods[name], phase="Failed" if code else "Succeeded")
        elif isinstance(create, CreatePod):
            self._run_next(create)

    def _answer(self) -> bool:
        """Approve all that is asked. Returns whether something was."""
        spec, status = self.run.spec, self.run.status
        asked = {name: question for name, question in status.questions.items() if name not in spec.answers}
        for name, question in asked.items():
            time = self.now - BEGIN
            self.acts[name] = Act(question.step, status.steps[question.step].attempt, time, time)
        given = {name: _approve(question) for name, question in asked.items()}
        answered = spec.model_copy(update={"answers": spec.answers | given})
        self.run = self.run.model_copy(update={"spec": answered})
        return bool(asked)

    def _pin_source(self) -> None:
        """What is made from now on is of the commit that the first checkout finds."""
        status = self.run.status
        if self.graph.spec.source is not None and self.acts and status.source is None:
            pinned = status.model_copy(update={"source": COMMIT})
            self.run = self.run.model_copy(update={"status": pinned})


def _store(value: Any) -> Any:
    """A JSON value as the API server gives it back: the keys of its maps are in order, whoever wrote them."""
    return json.loads(json.dumps(value, sort_keys=True))


def _approve(question: Question) -> dict[str, str]:
    """The answers of as many people as it takes."""
    return {f"approver-{number}": APPROVE for number in range(question.quorum)}


def _get_current(pod: Pod) -> Container:
    """The first container of a pod that has not ended."""
    return next((container for container in pod.others if container.ended is None), pod.step)


def _set_container(pod: Pod, container: Container) -> Pod:
    """The pod with one container as it is now."""
    if container.name == pod.step.name:
        return replace(pod, step=container)
    others = tuple(container if other.name == container.name else other for other in pod.others)
    return replace(pod, others=others)
