"""Many Runs before ConcurrencyGroups, seen late and in any order, by two operators that crash.

No pod runs whose place is not on record, no grant goes beyond the limit, the line is kept, and nobody starves.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, groupby, repeat
from operator import attrgetter

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.api.groups import ConcurrencyGroupSpec
from longshore.errors import ConflictError, NotFoundError
from longshore.planning.groups.groups import Claim, Fate, Place, build_holder, get_place, plan_group, rank_claim
from longshore.planning.observations import Observed
from longshore.planning.patches import build_merge_patch
from longshore.planning.plans import CreatePod, DeletePod, StopPod
from longshore.planning.runs.runs import plan_run
from longshore.planning.runs.summaries import FINISHED
from longshore.planning.times import write_time
from longshore.reconcile.groups.groups import GroupPorts, GroupReconciler, Marks
from longshore.reconcile.rollcalls import FIRST_PATIENCE, RollCall, is_going_on
from longshore.reconcile.stores import ObjectStore, RunStore
from support.bystanders import Announced
from support.objects import Json, build_object, merge
from support.planning.pods import FakePod
from support.planning.runs import NOW, after, step, workflow
from support.ports import FakeGroups

KEYS = ("a", "b")


@dataclass
class Server:
    """The API server, and what runs."""

    runs: dict[str, Json] = field(default_factory=dict)
    pods: dict[str, FakePod] = field(default_factory=dict)
    groups: FakeGroups = field(default_factory=FakeGroups)
    version: int = 0
    seconds: int = 0

    def make(self, number: int) -> None:
        """A Run is made: of a step that holds the group, or of a whole that does."""
        name, held = f"r{self.version}", {"group": "doors", "key": KEYS[number % 2]}
        own = number % 3 == 0
        graph = workflow(step("a"), concurrency=held) if own else workflow(step("a", concurrency=held))
        metadata = {"name": name, "namespace": "ci", "uid": name, "generation": 1}
        metadata["creationTimestamp"] = write_time(after(self.seconds))
        self.change({"metadata": metadata, "spec": {"workflowSpec": graph, "priority": number % 3}, "status": {}})

    def change(self, run: Json) -> Json:
        """A new version of a Run."""
        self.version += 1
        run = merge(run, {"metadata": {"resourceVersion": str(self.version)}})
        self.runs[run["metadata"]["uid"]] = run
        return run

    async def get(self, namespace: str, name: str) -> Json:
        """Read a Run, or a pod: no two have the same name."""
        del namespace
        found = self.runs.get(name) or (self.pods[name].raw if name in self.pods else None)
        if found is None:
            raise NotFoundError(name)
        return found

    async def patch(self, namespace: str, name: str, uid: str, spec: Json) -> Json:
        """Someone is to make way."""
        del namespace
        if uid not in self.runs:
            raise NotFoundError(name)
        generation = self.runs[uid]["metadata"]["generation"] + 1
        return self.change(merge(self.runs[uid], {"spec": spec, "metadata": {"generation": generation}}))

    def list_live(self) -> list[FakePod]:
        """The pods that run, or may yet."""
        return [pod for pod in self.pods.values() if not pod.is_dead]

    def check(self) -> None:
        """Every pod that runs holds its place by the record."""
        record = self.groups.objects["ci", "doors"].get("status", {}).get("holders", [])
        held = {holder["uid"] for holder in record}
        for pod in self.list_live():
            assert get_owner(pod) in held, f"{pod.name} runs without a place: {record}"


def get_owner(pod: FakePod) -> str:
    """The uid of its Run."""
    return str(pod.raw["metadata"]["ownerReferences"][0]["uid"])


def get_version(run: Json) -> str:
    """Its resource version."""
    return str(run["metadata"]["resourceVersion"])


class CheckedGroups(FakeGroups):
    """Refuses no write that a real API server takes, but fails where it grants too much."""

    async def write(self, group: Json, patch: Json) -> Json:
        """As ever; new holders have to fit."""
        before = self.objects["ci", "doors"]
        written = await super().write(group, patch)
        known = {holder["uid"] for holder in before.get("status", {}).get("holders", [])}
        holders = written["status"].get("holders", [])
        counts = Counter(holder.get("key", "") for holder in holders)
        for holder in holders:
            if holder["uid"] not in known:
                limit = before["spec"]["limit"]
                assert counts[holder.get("key", "")] <= limit, f"{holder} is one too many for {limit}"
        return written


class Operator:
    """One of two that believe to lead; it sees the world late."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.marked: set[str] = set()
        self.restart()

    def restart(self) -> None:
        """All that it had in mind is gone; it lists everything."""
        self.runs, self._groups = RunStore(), ObjectStore()
        self.pods: dict[str, FakePod] = {}
        ports = GroupPorts(self._server.groups, self, self._server, Announced())
        clock = chain([0.0], repeat(FIRST_PATIENCE))  # none is left when it is asked first
        roll = RollCall(self.runs, is_going_on, lambda: next(clock))
        self.places = GroupReconciler(self.runs, self._groups, ports, roll)
        self.places.start(Marks(lambda _: None, self.marked.add, self.marked.add))
        for run in self._server.runs.values():
            self.runs.foresee(run)
        self.look()

    def look(self) -> None:
        """Its watches catch up."""
        self._groups.put(self._server.groups.objects["ci", "doors"])
        for uid in self.runs.uids() - self._server.runs.keys():
            self.runs.remove(uid)
        for run in self._server.runs.values():
            self.runs.put(run)
        self.pods = dict(self._server.pods)
        for uid in list(self._server.runs):
            self.places.note_exit(uid)

    def of_run(self, uid: str) -> list[Json]:
        """The pods of a Run, by its watch."""
        return [pod.raw for pod in self._list_own(uid)]

    def _list_own(self, uid: str) -> list[FakePod]:
        return [pod for pod in self.pods.values() if get_owner(pod) == uid]

    async def get(self, namespace: str, name: str) -> Json:
        """Read a pod."""
        return await self._server.get(namespace, name)

    def plan(self, uid: str, *, survives: bool = True) -> None:
        """One round for a Run; it may crash before the status is written."""
        entry = self.runs.get(uid)
        if entry is None:
            return
        observed = Observed(
            graph=entry.graph,
            workflow=entry.raw["spec"]["workflowSpec"],
            pods={
                pod["metadata"]["name"]: self.pods[pod["metadata"]["name"]].observe() for pod in self.of_run(uid)
            },
            groups=self.places.find_views("ci"),
            is_room_assured=True,
        )
        now = NOW + timedelta(seconds=self._server.seconds)
        plan = plan_run(entry.run, observed, now)
        self.places.tell(entry.run, plan)
        for action in plan.actions:
            self._apply(action, uid)
        patch = build_merge_patch(entry.raw["status"], plan.status.to_json())
        known = self._server.runs.get(uid)
        is_newest = (
            known is not None and known["metadata"]["resourceVersion"] == entry.raw["metadata"]["resourceVersion"]
        )
        if patch and survives and known is not None and is_newest:
            self.runs.refresh(self._server.change(merge(known, {"status": patch})))
        if plan.status.phase in FINISHED:
            self.places.forget(uid)

    def _apply(self, action: object, uid: str) -> None:
        pods, now = self._server.pods, NOW + timedelta(seconds=self._server.seconds)
        match action:
            case CreatePod(name, _, _, manifest) if uid in self._server.runs and name not in pods:
                pods[name] = FakePod(manifest, now)
                self._server.check()
            case DeletePod(name) | StopPod(name) if name in pods and not pods[name].is_dead:
                pods[name].end(now, 143)
            case _:
                pass
        self.pods = {**self.pods, **{name: pod for name, pod in pods.items() if name not in self.pods}}

    def reconcile(self) -> None:
        """One round for the group; another operator may have been quicker."""
        asyncio.run(self._reconcile())

    async def _reconcile(self) -> None:
        try:
            await self.places.reconcile("ci/doors")
        except (ConflictError, NotFoundError):
            return


ORDERS = st.sampled_from(["FIFO", "Priority"])
FULL = st.sampled_from(["Queue", "Queue", "Replace", "ReplaceQueued", "Reject"])


def end(server: Server, _: Operator, number: int) -> None:
    """A pod ends."""
    if live := server.list_live():
        live[number % len(live)].end(NOW + timedelta(seconds=server.seconds), number % 2)


def delete(server: Server, _: Operator, number: int) -> None:
    """Someone deletes a Run; its pods go later."""
    server.runs.pop(pick(server, number), None)


def clean(server: Server, _: Operator, number: int) -> None:
    """What deleted Runs have left goes."""
    del number
    for name, pod in list(server.pods.items()):
        if get_owner(pod) not in server.runs:
            del server.pods[name]


def limit(server: Server, _: Operator, number: int) -> None:
    """Someone changes the limit."""
    server.groups.put(merge(server.groups.objects["ci", "doors"], {"spec": {"limit": number % 4}}))


def let_time_pass(server: Server, _: Operator, number: int) -> None:
    """Some seconds."""
    server.seconds += number


def make(server: Server, _: Operator, number: int) -> None:
    """A Run is made."""
    server.make(number)


def pick(server: Server, number: int) -> str:
    """One of the Runs, or nothing."""
    uids = list(server.runs)
    return uids[number // 2 % len(uids)] if uids else ""


def plan(server: Server, operator: Operator, number: int) -> None:
    """A Run is planned."""
    operator.plan(pick(server, number))


def crash(server: Server, operator: Operator, number: int) -> None:
    """A Run is planned, and its operator crashes before that is on record."""
    operator.plan(pick(server, number), survives=False)
    operator.restart()


def restart(_: Server, operator: Operator, number: int) -> None:
    """An operator crashes."""
    del number
    operator.restart()


def look(_: Server, operator: Operator, number: int) -> None:
    """An operator's watches catch up."""
    del number
    operator.look()


def reconcile(_: Server, operator: Operator, number: int) -> None:
    """An operator reconciles the group."""
    del number
    operator.reconcile()


def go_on(server: Server, operator: Operator, number: int) -> None:
    """An operator does all that there is to do."""
    del number
    operator.look()
    for uid in list(server.runs):
        operator.plan(uid)
    operator.reconcile()


OFTEN = (make, end, look, plan, reconcile, go_on, go_on)
EVENTS = st.sampled_from((*OFTEN, *OFTEN, delete, clean, limit, let_time_pass, restart, crash))
HISTORIES = st.lists(st.tuples(EVENTS, st.integers(0, 31)), min_size=10, max_size=60)
Event = Callable[[Server, Operator, int], None]
ACTS = (plan, crash, reconcile, go_on)


def change_leader(leader: Operator, operator: Operator, when_full: str) -> Operator:
    """Who leads once this operator has acted.

    Who replaces others believes them that have no pod yet that they start none: there the Lease has to see to it
    that the last leader has ended, and all that it had in mind. All else holds also where both believe to lead.
    """
    if when_full == "Replace" and operator is not leader:
        operator.restart()
    return operator


def drain(server: Server, operator: Operator) -> None:
    """One operator is left, which sees all; every pod comes to its end."""
    server.groups.put(merge(server.groups.objects["ci", "doors"], {"spec": {"limit": 1}}))
    for _ in range(6 * len(server.runs) + 12):
        clean(server, operator, 0)
        operator.look()
        for uid in list(server.runs):
            operator.plan(uid)
        operator.reconcile()
        server.check()
        for pod in server.list_live():
            pod.end(NOW + timedelta(seconds=server.seconds), 0)
        server.seconds += 1


@settings(max_examples=100, deadline=None)
@given(order=ORDERS, when_full=FULL, history=HISTORIES)
def test_no_pod_runs_without_a_place_and_nobody_starves(
    order: str, when_full: str, history: list[tuple[Event, int]]
) -> None:
    server = Server(groups=CheckedGroups())
    spec = {"limit": 1, "order": order, "whenFull": when_full}
    server.groups.put(build_object("ConcurrencyGroup", spec, "doors"))
    operators = [Operator(server), Operator(server)]
    leader = operators[0]
    for event, number in history:
        if event in ACTS:
            leader = change_leader(leader, operators[number % 2], when_full)
        event(server, operators[number % 2], number)
        server.check()
    change_leader(leader, operators[0], when_full)
    drain(server, operators[0])
    phases = {name: run["status"].get("phase") for name, run in server.runs.items()}
    assert all(phase in FINISHED for phase in phases.values()), phases
    assert server.groups.objects["ci", "doors"].get("status", {}).get("holders", []) == []


CLAIMS = st.builds(
    Claim,
    group=st.just("doors"),
    key=st.sampled_from(KEYS),
    place=st.builds(Place, st.sampled_from("uvwxyz"), st.sampled_from(["a", "b[1]", "b[12]"]), st.integers(1, 2)),
    run=st.just("r"),
    since=st.integers(0, 3).map(after),
    created=st.integers(0, 3).map(after),
    priority=st.integers(0, 2),
    state=st.sampled_from(["Waits", "Waits", "Waits", "Holds", "Stops"]),
)
FATES = st.sampled_from(["Held", "Stops", "Over"])


@given(
    spec=st.builds(ConcurrencyGroupSpec, limit=st.integers(0, 4), order=ORDERS, when_full=FULL),
    claims=st.lists(CLAIMS, unique_by=attrgetter("place"), max_size=16),
    holders=st.lists(st.tuples(CLAIMS, FATES), unique_by=lambda pair: pair[0].place, max_size=6),
)
def test_the_line_is_kept_and_the_limit_too(
    spec: ConcurrencyGroupSpec, claims: list[Claim], holders: list[tuple[Claim, Fate]]
) -> None:
    record = [build_holder(claim, NOW) for claim, _ in holders]
    fates: dict[Place, Fate] = {claim.place: fate for claim, fate in holders}
    plan = plan_group(spec, record, fates, claims, NOW)
    places = list(map(get_place, plan.holders))
    counts = Counter(holder.key for holder in plan.holders)
    assert len(set(places)) == len(places)
    assert {place for place, fate in fates.items() if fate != "Over"} <= set(places)
    assert {claim.place for claim in claims if claim.state != "Waits"} <= set(places)
    assert all(counts[claim.key] <= spec.limit for claim in plan.granted)
    for key, granted in groupby(sorted(plan.granted, key=attrgetter("key")), attrgetter("key")):
        last = max(rank_claim(claim, spec.order) for claim in granted)
        assert all(last < rank_claim(claim, spec.order) for claim in plan.lines.get(key, ()))
    # Whoever waits is granted a place, stays in the line, or is told why not.
    for claim in claims:
        line = plan.lines.get(claim.key, ())
        assert claim.place in places or claim in line or claim.place in plan.verdicts
    if spec.when_full == "Queue":
        assert not plan.verdicts
        assert all(counts[key] >= spec.limit for key in plan.lines)
