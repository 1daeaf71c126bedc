"""A cluster in memory for the planner: pods, the API server's answers, and an operator that may crash.

Time moves only where a test says so. A status is written as JSON without nulls, as a merge patch leaves it,
and only if the CRD's rules let it pass.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from longshore.api.groups import Holder
from longshore.api.runs import Run, RunStatus
from longshore.api.step_statuses import StepStatus
from longshore.api.workflows import WorkflowSpec
from longshore.manifests.stretches import list_fused
from longshore.names import ARTIFACTS_CLAIM, STOP_ANNOTATION, build_pod_name
from longshore.planning.acceptance.graphs import Graph, build_graph
from longshore.planning.observations import ArchiveUse, Inheritance, Memo, Observed, Refusal, RefusalKind
from longshore.planning.plans import Action, CreateClaim, CreatePod, CreateRun, DeletePod, PatchRun, Plan, StopPod
from longshore.planning.pools.nodes import Node
from longshore.planning.runs.admissions import Wait
from longshore.planning.runs.runs import plan_run
from longshore.planning.runs.summaries import RunSummary
from longshore.planning.runs.urgencies import build_status_patch
from longshore.planning.steps.memos import list_memos
from longshore.planning.times import write_time
from support.objects import merge
from support.planning.children import FakeChild
from support.planning.groups import FakeGroups
from support.planning.pods import FakePod
from support.planning.pools import FakePool
from support.planning.runs import NOW, RUN, build_run
from support.planning.transitions import check_transition

QUOTA_BACKOFF = timedelta(seconds=10)
MAX_ROUNDS = 8
Refuse = Callable[[CreatePod | CreateRun], RefusalKind | None]


class Simulation:
    """One Run, its pods, its child Runs and its operator."""

    def __init__(self, graph: Mapping[str, Any], **spec: Any) -> None:
        self.now: datetime = NOW
        self.workflow: dict[str, Any] | None = dict(graph)
        """The graph that the Run asks for, as the API server has it now."""
        self.run: Run = build_run(graph, **spec)
        self.earlier: Run | None = None
        """The Run that this one is another go at."""
        self.others: list[Run] = []
        """Other Runs of the namespace, whose successes may be reused."""
        self.pods: dict[str, FakePod] = {}
        self.children: dict[str, FakeChild] = {}
        self.lineage: tuple[RunSummary, ...] = ()
        self.inherited: Inheritance | None = None
        self.refusals: dict[str, Refusal] = {}
        self.refuse: Refuse = lambda _: None
        self.refuse_claim: Callable[[CreateClaim], RefusalKind | None] = lambda _: None
        self.claims: dict[str, dict[str, Any]] = {}
        self.refusal_message = "the API server says no"
        self.room: Wait | None = None
        """Why the Run may not start, where it may not."""
        self.is_queued = False
        """Whether Kueue takes pods in when they are made."""
        self.creations: list[tuple[str, int]] = []
        """Each attempt whose pod or child Run came to be, as (step, attempt), in order."""
        self.all_pods: list[FakePod] = []
        """Those that are gone, too."""
        self.writes: list[RunStatus] = []
        self.wake_at: datetime | None = None
        self.sought: dict[str, FakePod] = {}
        """Pods that are gone, and of which the archive is asked, as it saw them."""
        self.nodes: dict[str, Node] = {}
        """By name, what is known of nodes, also of those that are gone."""
        self.archive: ArchiveUse | None = ArchiveUse("HTTP", upload_seconds=30)
        """None: it is switched off."""
        self.pool = FakePool()
        self.is_room_assured = False
        """Whether no Run has to wait for another."""
        self.groups = FakeGroups()

    # What the operator does.

    def observe(self) -> Observed:
        """What the operator sees of the cluster."""
        return Observed(
            graph=self.graph,
            workflow=self.workflow,
            pods={name: pod.observe() for name, pod in self.pods.items()},
            nodes=self.nodes,
            earlier=self.earlier,
            memos=self._list_memos(),
            children={name: child.observe() for name, child in self.children.items()},
            lineage=self.lineage,
            inherited=self.inherited,
            refusals=self.refusals,
            wait=self.room,
            is_room_assured=self.is_room_assured,
            groups=self.groups.observe(),
            sought=frozenset(self.sought),
            archive=self.archive,
            pool=self.pool.view(self.pods.values()),
            runner_image="longshore/runner:1",
        )

    def _list_memos(self) -> dict[str, dict[str, Memo]]:
        """The memoized successes of this Run and of the others."""
        memos: dict[str, dict[str, Memo]] = {}
        for index, run in enumerate((self.run, *self.others)):
            raw = {"metadata": {"name": run.metadata.name}, "status": write_json(run.status)}
            for identity, memo in list_memos(raw):
                memos.setdefault(identity, {})[f"uid-{index}"] = memo
        return memos

    @property
    def graph(self) -> Graph | None:
        """The graph of the snapshot, once there is one."""
        raw = self.run.status.workflow_spec
        return build_graph(WorkflowSpec.model_validate(raw)) if raw else None

    def plan(self) -> Plan:
        """What the operator would do now."""
        return plan_run(self.run, self.observe(), self.now)

    def act(self, survives: Callable[[int], bool] | None = None) -> Plan:
        """Plan, apply and write the status once.

        With `survives` the operator crashes on the way: of its calls, which go out together but for those of
        claims, which come first, only some arrive, and the status is not written.
        """
        plan = self.plan()
        self.pool.tell(plan)
        self.groups.tell(plan)
        arrived = [action for index, action in enumerate(plan.actions) if survives is None or survives(index)]
        claims = [action for action in arrived if isinstance(action, CreateClaim)]
        taken = [self._claim(action) for action in claims]
        if all(taken) and len(claims) == sum(isinstance(action, CreateClaim) for action in plan.actions):
            taken += [self._apply(action) for action in arrived]
        if survives is None and all(taken):  # else it plans anew, with the refusals in view
            self._write(plan.status)
            self.wake_at = plan.wake_at
        self.groups.reconcile(self.now, self._is_live)
        return plan

    def settle(self) -> None:
        """Reconcile until a plan changes nothing. Fails where that takes too long."""
        for _ in range(MAX_ROUNDS + 2 * len(self.run.status.steps)):
            before = write_json(self.run.status)
            seen = self.groups.observe()
            is_quiet = not self.act().actions and write_json(self.run.status) == before
            if is_quiet and self.groups.observe() == seen:
                return
        raise AssertionError(f"planning does not come to rest: {self.plan()}")

    def _is_live(self, holder: Holder) -> bool:
        """Whether there is a pod or a child Run yet of who is on record in a group."""
        name = build_pod_name(holder.run, holder.uid, holder.step or "", holder.attempt or 0)
        made = self.pods.get(name) or self.children.get(name)
        return made is not None and not made.is_dead

    # What happens to it.

    def wait(self, seconds: float) -> "Simulation":
        """Let time pass, then reconcile."""
        self.now += timedelta(seconds=seconds)
        self.settle()
        return self

    def wake(self) -> "Simulation":
        """Let time pass until the operator wants to look again."""
        assert self.wake_at is not None, "the plan waits for no time"
        return self.wait((self.wake_at - self.now).total_seconds())

    def cancel(self, mode: str) -> "Simulation":
        """Someone sets spec.cancel."""
        self.request_cancel(mode)
        self.settle()
        return self

    def rerun(self, graph: Mapping[str, Any] | None = None, **spec: Any) -> Self:
        """Someone makes another go at the Run, of the graph as it is by then."""
        again = type(self)(graph or self.workflow or {}, rerun={"run": RUN, **spec.pop("rerun", {})}, **spec)
        again.earlier, again.others, again.now = self.run, [self.run], self.now
        again.settle()
        return again

    def request_cancel(self, mode: str) -> None:
        """Someone sets spec.cancel, and the operator has not looked yet."""
        self.run = self.run.model_copy(update={"spec": self.run.spec.model_copy(update={"cancel": mode})})

    def remove(self, name: str) -> None:
        """The API server forgets a pod or a child Run."""
        for objects in (self.pods, self.children):
            objects.pop(name, None)

    def vanish(self, name: str) -> None:
        """A pod goes unseen, and the archive is asked how it ended."""
        self.sought[name] = self.pods.pop(name)

    def recall(self, name: str) -> None:
        """The archive says how it saw a pod last."""
        pod = self.sought.pop(name)
        if pod.has_ended:
            self.pods[name] = pod

    def hears(self, pod: FakePod) -> bool:
        """Whether the API server hears the kubelet of the pod's node."""
        node = self.nodes.get(pod.node)
        return node is None or (node.exists and node.is_reachable)

    def pod(self, step: str) -> FakePod:
        """The pod of a step's present attempt."""
        return self.pods[str(self.step(step).pod)]

    def child(self, step: str) -> FakeChild:
        """The child Run of a step's present attempt."""
        return self.children[str(self.step(step).run)]

    def start(self, *steps: str) -> "Simulation":
        """The containers of these steps start."""
        for step in steps:
            self.pod(step).start(self.now)
        self.settle()
        return self

    def seal(self, step: str, artifacts: str = "Stored", **said: Any) -> "Simulation":
        """The archive says what it has of a step's artifacts."""
        self.pod(step).seal(artifacts, **said)
        self.settle()
        return self

    def end(self, step: str, code: int = 0, message: str = "", reason: str = "") -> "Simulation":
        """The container of a step ends."""
        self.pod(step).end(self.now, code, message, reason)
        self.settle()
        return self

    # What tests ask.

    @property
    def phase(self) -> str:
        """The Run's phase, as it was written."""
        return str(self.run.status.phase)

    def step(self, name: str) -> StepStatus:
        """A step's status, as it was written."""
        return self.run.status.steps[name]

    def show(self) -> dict[str, str]:
        """All steps as "Phase/Reason"; the reason is left out where there is none."""
        return {
            name: f"{status.phase}/{status.reason}" if status.reason else str(status.phase)
            for name, status in self.run.status.steps.items()
        }

    def live_pods(self) -> list[FakePod | FakeChild]:
        """Pods and child Runs that have not ended, and may yet run."""
        made: list[FakePod | FakeChild] = [*self.pods.values(), *self.children.values()]
        return [one for one in made if not one.is_dead]

    def kept_pods(self) -> list[FakePod]:
        """Pods that sleep for people to look into, and were not told to end."""
        return [pod for pod in self.pods.values() if pod.is_kept and not pod.is_leaving]

    def list_live_paths(self) -> list[str]:
        """What these have still to run."""
        return [path for one in self.live_pods() for path in one.list_left()]

    def count_starts(self) -> Counter[tuple[str, int]]:
        """How often each attempt ran."""
        return Counter((name if pod.fused else pod.path, pod.attempt) for pod in self.all_pods for name in pod.ran)

    # The API server.

    def _apply(self, action: Action) -> bool:
        """Whether the API server took it."""
        match action:
            case CreatePod() | CreateRun():
                return self._create(action)
            case CreateClaim():
                return True  # done before
            case PatchRun(name, uid, spec):
                assert self.children[name].raw["metadata"]["uid"] == uid
                self.children[name].change(spec)
            case StopPod(name, _, kill_at):
                pod = self._must_be(action)
                pod.raw["spec"]["activeDeadlineSeconds"] = 1
                if kill_at:
                    pod.raw["metadata"]["annotations"][STOP_ANNOTATION] = write_time(kill_at)
            case DeletePod(name, _, grace):
                pod = self._must_be(action)
                seconds = pod.raw["spec"]["terminationGracePeriodSeconds"] if grace is None else grace
                if "nodeName" in pod.raw["spec"]:
                    pod.delete(self.now, seconds)
                elif pod.raw["metadata"].get("finalizers"):
                    pod.delete(self.now, 0)
                else:
                    self.remove(name)
        return True

    def _claim(self, claim: CreateClaim) -> bool:
        assert claim.manifest["metadata"]["name"] == claim.name
        if claim.name not in self.claims and (kind := self.refuse_claim(claim)):
            self.refusals[claim.name] = Refusal(kind, self.refusal_message, self.now + QUOTA_BACKOFF)
            return False
        self.claims.setdefault(claim.name, claim.manifest)
        return True

    def _must_be(self, action: StopPod | DeletePod) -> FakePod:
        pod = self.pods[action.name]
        assert pod.raw["metadata"]["uid"] == action.uid
        return pod

    def _create(self, create: CreatePod | CreateRun) -> bool:
        assert create.manifest["metadata"]["name"] == create.name
        if create.name in self.pods or create.name in self.children:
            return True  # AlreadyExists, and ours: adopted
        if kind := self.refuse(create):
            due = self.now + QUOTA_BACKOFF
            self.refusals[create.name] = Refusal(
                kind, self.refusal_message, due, bool(list_fused(create.manifest))
            )
            return False
        manifest = json.loads(json.dumps(create.manifest))
        paths = [create.path]
        if isinstance(create, CreatePod):
            self._check_claims(manifest)
            pod = self.pods[create.name] = FakePod(manifest, self.now)
            if self.is_queued:
                pod.queue()
            self.all_pods.append(pod)
            paths = pod.fused or paths
        else:
            self.children[create.name] = FakeChild(manifest, self.now)
        self.creations += [(path, create.attempt) for path in paths]
        return True

    def _check_claims(self, pod: dict[str, Any]) -> None:
        volumes = [volume.get("persistentVolumeClaim") for volume in pod["spec"]["volumes"]]
        missing = {volume["claimName"] for volume in volumes if volume} - self.claims.keys() - {ARTIFACTS_CLAIM}
        assert not missing, f"{pod['metadata']['name']} mounts {missing}, which is not there"

    def _write(self, status: RunStatus) -> None:
        raw = write_json(self.run.status)
        written = write_json(
            RunStatus.model_validate(merge(raw, build_status_patch(raw, self.run.status, status)))
        )
        assert RunStatus.model_validate(written) == RunStatus.model_validate(write_json(status))
        assert all({"phase", "attempt"} <= set(step) for step in written.get("steps", {}).values())
        new = RunStatus.model_validate(written)
        check_transition(self.run.status, new)
        if new != self.run.status:
            self.writes.append(new)
        self.run = self.run.model_copy(update={"status": new})


def write_json(status: RunStatus) -> dict[str, Any]:
    """A status as the API server has it after a merge patch: JSON, and no null anywhere."""
    plain: dict[str, Any] = json.loads(json.dumps(status.to_json(), allow_nan=False))
    return {key: _drop_nulls(value) for key, value in plain.items() if value is not None}


def _drop_nulls(value: Any) -> Any:
    match value:
        case dict():
            return {key: _drop_nulls(entry) for key, entry in value.items() if entry is not None}
        case _:
            return value
