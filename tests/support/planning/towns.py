"""Several Runs that share Agents, limits and groups, in memory, and one operator that sees late and may crash.

The pool's and the plan's own code runs here; only the shell around them is played. A watch tells of pods in order,
but late; answers to our own writes come at once. Whatever an operator remembers is gone with it.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from longshore.api.groups import Holder
from longshore.names import AGENT_LABEL, get_step_name
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.groups.groups import Place, get_place
from longshore.planning.observations import Observed
from longshore.planning.plans import Action, CreatePod, CreateRun, DeletePod, Plan, StopPod
from longshore.planning.pools.agents import AgentView
from longshore.planning.pools.pools import AgentWait, PoolView
from longshore.planning.pools.turns import StepLimits
from longshore.planning.readings import observe_pod
from longshore.planning.runs.runs import plan_run
from longshore.planning.runs.summaries import FINISHED, RunSummary, summarize_run
from longshore.planning.times import write_time
from longshore.reconcile.pools.pools import Pools
from longshore.reconcile.rollcalls import RollCall, is_awaiting_room
from longshore.reconcile.stores import RunStore
from support.planning.runs import NOW
from support.planning.simulations import Simulation, write_json
from support.planning.town_groups import TownGroups

Json = dict[str, Any]
MAX_ROUNDS = 500


class Directory:
    """The Agents of all namespaces, and who is told of changes."""

    def __init__(self, agents: Mapping[str, Mapping[str, AgentView]]) -> None:
        self.agents = {namespace: dict(own) for namespace, own in agents.items()}
        self._listeners: list[Callable[[str], None]] = []

    def views(self, namespace: str) -> Mapping[str, AgentView]:
        """The Agents of a namespace by name, as they are now: what was given before does not change."""
        return dict(self.agents.get(namespace, {}))

    def listen(self, on_change: Callable[[str], None]) -> None:
        """One operator listens; one that is gone does not."""
        self._listeners = [on_change]

    def change(self, namespace: str, agent: AgentView) -> None:
        """An Agent is another one now."""
        self.agents[namespace][agent.name] = agent
        for on_change in self._listeners:
            on_change(namespace)


class Silent:
    """Nobody measures."""

    def on_turn(self, seconds: float) -> None:
        """Nothing."""


class Tenant(Simulation):
    """One of the Runs. Its operator sees its pods as the watch has told of them."""

    def __init__(self, town: "Town", name: str, namespace: str, graph: Mapping[str, Any], **spec: Any) -> None:
        self.town = town
        super().__init__(graph, **spec)
        self.is_room_assured = True
        given = {"name": name, "namespace": namespace, "uid": name, "creation_timestamp": write_time(town.now)}
        metadata = self.run.metadata.model_copy(update=given)
        self.run = self.run.model_copy(update={"metadata": metadata})
        self.agent_waits: tuple[AgentWait, ...] = ()
        self.seen: dict[str, Json] = {}
        self.told: dict[str, str] = {}
        """What the watch has told, or is about to, as JSON."""

    @property
    def now(self) -> datetime:
        """The town's time: it never goes back."""
        return self.town.now

    @now.setter
    def now(self, time: datetime) -> None:
        self.town.now = max(self.town.now, time)

    @property
    def uid(self) -> str:
        """Of the Run."""
        return str(self.run.metadata.uid)

    @property
    def namespace(self) -> str:
        """Of the Run."""
        return str(self.run.metadata.namespace)

    @property
    def is_over(self) -> bool:
        """Whether the Run has ended."""
        return self.run.status.phase in FINISHED

    def write_raw(self) -> Json:
        """The Run as the API server has it."""
        metadata = json.loads(self.run.metadata.model_dump_json(by_alias=True, exclude_none=True))
        spec = json.loads(self.run.spec.model_dump_json(by_alias=True, exclude_none=True, exclude_unset=True))
        return {
            "metadata": {**metadata, "resourceVersion": "1"},
            "spec": spec,
            "status": write_json(self.run.status),
        }

    def summarize(self) -> RunSummary:
        """What others see of the Run."""
        return summarize_run(self.write_raw())

    def observe(self) -> Observed:
        """What the operator has seen."""
        pods = {name: observe_pod(raw) for name, raw in self.seen.items()}
        pool, groups = self.town.pools.view(self.uid, self.namespace), self.town.groups[self.namespace].observe()
        return replace(super().observe(), pods=pods, pool=pool, groups=groups)

    def plan(self) -> Plan:
        """The plan, told to the pool at once; and it is the same however what was observed is ordered."""
        observed = self.observe()
        plan = plan_run(self.run, observed, self.now)
        other = plan_run(self.run, turn_over(observed), self.now)
        assert (other.actions, other.status, other.waits) == (plan.actions, plan.status, plan.waits)
        self.town.check_plan(self, plan)
        self.town.pools.tell(self.summarize(), plan)
        self.agent_waits = plan.waits
        self.town.take_claims(self, plan)
        return plan

    def act(self, survives: Callable[[int], bool] | None = None) -> Plan:
        """As ever; a Run that has ended is forgotten."""
        plan = super().act(survives)
        if self.is_over and survives is None:
            self.town.pools.forget(self.uid)
            self.town.groups[self.namespace].claims.pop(self.uid, None)
        return plan

    def _apply(self, action: Action) -> bool:
        """The API server's answers are known at once; what is gone by now needs no end."""
        if isinstance(action, StopPod | DeletePod) and action.name not in self.pods:
            return True
        is_taken = super()._apply(action)
        if isinstance(action, CreatePod | StopPod) and is_taken:
            self.town.remember(self, action.name)
        return is_taken

    def _create(self, create: CreatePod | CreateRun) -> bool:
        if isinstance(create, CreatePod) and create.name not in self.pods:
            self.town.grants.append((self.uid, create.path, create.attempt))
        return super()._create(create)


class Town:
    """The Runs by uid, what they share, and their operator."""

    def __init__(self, agents: Mapping[str, Mapping[str, AgentView]], limits: StepLimits) -> None:
        self.now = NOW
        self.directory = Directory(agents)
        self.groups = {namespace: TownGroups(self.is_held) for namespace in agents}
        self.unplanned: set[str] = set()
        """The Runs that the operator has still to plan once."""
        self.limits = limits
        self.tenants: dict[str, Tenant] = {}
        self.unseen: list[tuple[str, str, Json | None]] = []
        """Run, name and state of pods that the watch has still to tell of, in order."""
        self.marked: dict[str, None] = {}
        self.grants: list[tuple[str, str, int]] = []
        """Run, path and attempt of each pod that came to be, in order."""
        self.restart()

    def make(self, namespace: str, graph: Mapping[str, Any], **spec: Any) -> Tenant:
        """Someone makes a Run."""
        name = f"run-{len(self.tenants)}"
        tenant = self.tenants[name] = Tenant(self, name, namespace, graph, **spec)
        self.mark(name)
        return tenant

    # What the operator does.

    def restart(self, number: int = 0) -> None:
        """Another operator takes over: it lists all there is, and looks at all Runs, in any order."""
        store = RunStore()
        for tenant in self.tenants.values():
            store.foresee(tenant.write_raw())
        self.pools = Pools(RollCall(store, is_awaiting_room), self.directory, self.limits, Silent())
        self.pools.start(self.mark, self.mark)
        self.unseen.clear()
        for tenant in self.tenants.values():
            tenant.seen.clear()
            tenant.told.clear()
            for name in tenant.pods:
                self.remember(tenant, name)
        live = [uid for uid, tenant in self.tenants.items() if not tenant.is_over]
        turn = number % (len(live) or 1)
        self.marked = dict.fromkeys([*live[turn:], *live[:turn]])
        self.unplanned = set(live)
        for groups in self.groups.values():
            groups.restart()

    def mark(self, uid: str) -> None:
        """A Run is to be looked at."""
        if not self.tenants[uid].is_over:
            self.marked[uid] = None

    def see(self) -> None:
        """The watch tells of one change."""
        if self.unseen:
            uid, name, raw = self.unseen.pop(0)
            self._take_in(self.tenants[uid], name, raw)
            self.mark(uid)

    def reconcile(self, uid: str) -> None:
        """The operator looks at a Run once; where that changed something, it will again."""
        self.marked.pop(uid, None)
        tenant = self.tenants[uid]
        before = tenant.run.status
        if tenant.act().actions or tenant.run.status != before:
            self.mark(uid)
        self.note(tenant)

    def reconcile_groups(self) -> bool:
        """The operator looks at all groups, once it knows what all Runs claim. Returns whether more follows."""
        if self.unplanned:
            return False
        concerned = {uid for groups in self.groups.values() for uid in groups.reconcile(self.now)}
        for uid in sorted(concerned):
            self.mark(uid)
        return bool(concerned & self.marked.keys())

    def take_claims(self, tenant: Tenant, plan: Plan) -> None:
        """What a plan says of groups; and none makes a pod whose place is not on record."""
        groups = self.groups[tenant.namespace]
        groups.claims[tenant.uid] = plan.group_claims
        self.unplanned.discard(tenant.uid)
        creates = [action for action in plan.actions if isinstance(action, CreatePod)]
        for action in creates:
            concurrency = tenant.graph.steps[get_step_name(action.path)].concurrency if tenant.graph else None
            if concurrency and action.name not in tenant.pods:
                record = map(get_place, groups.groups[concurrency.group].record)
                assert Place(tenant.uid, action.path, action.attempt) in record, f"{action.name} has no place"

    def is_held(self, holder: Holder) -> bool:
        """Whether a holder goes on, or has a pod that may run yet."""
        tenant = self.tenants.get(holder.uid)
        if tenant is None or holder.step is None:
            return tenant is not None and not tenant.is_over
        status = tenant.run.status.steps.get(holder.step)
        goes_on = status is not None and status.phase not in TERMINAL and status.attempt == holder.attempt
        pods = [pod for pod in tenant.pods.values() if pod.path == holder.step and pod.attempt == holder.attempt]
        is_begun = goes_on and status is not None and status.pod is not None
        return not tenant.is_over and (is_begun or any(pod.phase not in {"Succeeded", "Failed"} for pod in pods))

    def crash(self, uid: str, survives: Callable[[int], bool]) -> None:
        """The operator plans a Run, and dies in the midst of its calls."""
        self.tenants[uid].act(survives)
        self.restart()

    def settle(self) -> None:
        """The operator hears of everything, and does all there is to do. Fails where that takes too long."""
        for _ in range(MAX_ROUNDS):
            if self.unseen:
                self.see()
            elif self.marked:
                self.reconcile(next(iter(self.marked)))
            elif not self.reconcile_groups():
                return
        raise AssertionError(
            f"planning does not come to rest: {[self.tenants[uid].show() for uid in self.marked]}"
        )

    def wait(self, seconds: float) -> None:
        """Time passes; the operator looks at whom it wanted to look at by then."""
        self.now += timedelta(seconds=seconds)
        for uid, tenant in self.tenants.items():
            if tenant.wake_at and tenant.wake_at <= self.now:
                self.mark(uid)

    # The watch.

    def note(self, tenant: Tenant) -> None:
        """Whatever has become of a Run's pods, the watch will tell."""
        for name in [*tenant.pods, *(name for name in tenant.told if name not in tenant.pods)]:
            pod = tenant.pods.get(name)
            text = json.dumps(pod.raw) if pod else ""
            if tenant.told.get(name, "") != text:
                tenant.told[name] = text
                self.unseen.append((tenant.uid, name, deepcopy(pod.raw) if pod else None))
            if pod is None:
                del tenant.told[name]

    def remember(self, tenant: Tenant, name: str) -> None:
        """The answer to a call tells of a pod before the watch does."""
        pod = tenant.pods[name]
        self.unseen[:] = [event for event in self.unseen if event[:2] != (tenant.uid, name)]
        tenant.told[name] = json.dumps(pod.raw)
        self._take_in(tenant, name, deepcopy(pod.raw))

    def _take_in(self, tenant: Tenant, name: str, raw: Json | None) -> None:
        old = tenant.seen.pop(name, None)
        if raw is not None:
            tenant.seen[name] = raw
        if old is not None or raw is not None:
            self.pools.see_pod(old, raw)

    # What holds.

    def count_active(self, namespace: str) -> Counter[str]:
        """How many pods there really are of each Agent that have not ended."""
        return Counter(
            pod.raw["metadata"]["labels"][AGENT_LABEL]
            for tenant in self.tenants.values()
            if tenant.namespace == namespace
            for pod in tenant.pods.values()
            if pod.phase not in {"Succeeded", "Failed"}
        )

    def is_full(self, namespace: str) -> bool:
        """Whether the limits of steps let no more start."""
        counts = {name: self.count_active(name).total() for name in self.directory.agents}
        is_full = self.limits.cluster is not None and sum(counts.values()) >= self.limits.cluster
        return is_full or (self.limits.namespace is not None and counts[namespace] >= self.limits.namespace)

    def check_plan(self, tenant: Tenant, plan: Plan) -> None:
        """No plan takes more than there is; counted by the pods that really are there."""
        counts = {namespace: self.count_active(namespace) for namespace in self.directory.agents}
        for action in plan.actions:
            if isinstance(action, CreatePod) and action.name not in tenant.pods:
                agent = self.directory.agents[tenant.namespace][action.manifest["metadata"]["labels"][AGENT_LABEL]]
                assert agent.spec.enabled, f"{agent.name} is disabled"
                assert not agent.spec.drain, f"{agent.name} is drained"
                taken = counts[tenant.namespace][agent.name]
                assert agent.has_room(taken), f"{action.name}: {agent.name} runs {taken} of {agent.spec.capacity}"
                counts[tenant.namespace][agent.name] += 1
                total, own = sum(map(Counter.total, counts.values())), counts[tenant.namespace].total()
                assert self.limits.cluster is None or total <= self.limits.cluster
                assert self.limits.namespace is None or own <= self.limits.namespace


def turn_over(observed: Observed) -> Observed:
    """The same, in another order."""

    def turn(found: Mapping[Any, Any]) -> dict[Any, Any]:
        return dict(reversed(list(found.items())))

    pool = observed.pool
    turned = PoolView(turn(pool.agents), Counter(turn(pool.active)), turn(pool.turns), pool.free, pool.limit)
    return replace(observed, pods=turn(observed.pods), pool=turned)
