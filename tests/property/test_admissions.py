"""Many Runs before limits, seen in any order, by operators that crash: the limits hold, and nobody starves."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.planning.observations import Observed
from longshore.planning.patches import build_merge_patch
from longshore.planning.runs.admissions import Limits
from longshore.planning.runs.lines import build_ticket, may_start
from longshore.planning.runs.runs import plan_run
from longshore.planning.runs.summaries import FINISHED, RunSummary, summarize_run
from longshore.planning.times import write_time
from longshore.reconcile.runs.admissions import Admissions
from longshore.reconcile.stores import RunStore
from support.objects import Json, merge
from support.planning.runs import NOW, after, step, workflow

NAMESPACES = ("red", "blue", "green")
GRAPH = workflow(step("a"))


@dataclass
class World:
    """An API server with Runs, and an operator whose watch may be late."""

    limits: Limits
    runs: dict[str, Json] = field(default_factory=dict)
    unseen: list[tuple[str, Json | None]] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    started: list[RunSummary] = field(default_factory=list)
    version: int = 0

    def __post_init__(self) -> None:
        self.restart()

    # What people and pods do.

    def make(self, number: int) -> None:
        """A Run is made; some are another's child, or another controller's."""
        name = f"r{self.version}"
        kind = number % 8
        metadata = {"name": name, "namespace": NAMESPACES[number % 3], "uid": name, "generation": 1}
        metadata["creationTimestamp"] = write_time(after(self.version // 3))
        if kind == 7:
            metadata["ownerReferences"] = [{"kind": "Run", "uid": "parent", "controller": True}]
        spec = {"workflowSpec": GRAPH, "priority": number // 3 % 3, "suspend": kind == 6}
        if kind == 5:
            spec["managedBy"] = "example.com/me"
        self.change({"metadata": metadata, "spec": spec, "status": {}}, {})

    def end(self, number: int) -> None:
        """A Run that goes on ends."""
        self._touch(number, {"status": {"phase": "Succeeded"}}, lambda run: run.phase == "Running")

    def prefer(self, number: int) -> None:
        """Someone changes a priority."""
        self._touch(number, {"spec": {"priority": number % 5}})

    def suspend(self, number: int) -> None:
        """Someone suspends or resumes a Run."""
        self._touch(number, {"spec": {"suspend": bool(number % 2)}})

    def cancel(self, number: int) -> None:
        """Someone cancels a Run."""
        self._touch(number, {"spec": {"cancel": "Graceful"}}, lambda run: run.phase not in FINISHED)

    def delete(self, number: int) -> None:
        """Someone deletes a Run."""
        if run := self._pick(number):
            del self.runs[run.uid]
            self.unseen.append((run.uid, None))

    # What the operator does.

    def see(self, number: int) -> None:
        """It hears of one change; those of one Run come in order."""
        if self.unseen:
            uid = self.unseen[number % len(self.unseen)][0]
            index = next(index for index, (other, _) in enumerate(self.unseen) if other == uid)
            _, run = self.unseen.pop(index)
            self.store.remove(uid) if run is None else self.store.put(run)
            self.marked.append(uid)

    def reconcile(self, number: int) -> None:
        """It plans a Run, and writes."""
        if self.marked:
            self._reconcile(self.marked.pop(number % len(self.marked)))

    def restart(self, number: int = 0) -> None:
        """Another operator takes over, which lists all there is, and hears of it again."""
        del number
        self.store = RunStore()
        self.admissions = Admissions(self.store, self.limits)
        self.admissions.start(self.marked.append)
        for run in self.runs.values():
            self.store.foresee(run)
        self.unseen[:] = self.runs.items()
        self.marked.clear()

    def settle(self) -> None:
        """It hears of everything, and does all there is to do."""
        while self.unseen or self.marked:
            self.see(0)
            self.reconcile(0)

    def _reconcile(self, uid: str) -> None:
        entry = self.store.get(uid)
        if entry is None:
            return
        wait = self.admissions.find_wait(uid)
        observed = Observed(graph=entry.graph, workflow=GRAPH, wait=wait)
        plan = plan_run(entry.run, observed, NOW)
        patch = build_merge_patch(entry.raw["status"], plan.status.to_json())
        if entry.run.status.phase == "Running" and not entry.run.spec.cancel:
            return  # its pods are not what this is about
        known = self.runs.get(uid)
        if patch and known and known["metadata"]["resourceVersion"] == entry.raw["metadata"]["resourceVersion"]:
            written = self.change(known, {"status": patch})
            if written["status"]["phase"] == "Running" != entry.run.status.phase:
                self.started.append(summarize_run(entry.raw))
            self.store.refresh(written)
        elif patch:
            self.marked.append(uid) if known else self.store.remove(uid)
            if known:
                self.store.refresh(known)

    # The API server.

    def change(self, run: Json, patch: Json) -> Json:
        """A write, which watches hear of."""
        self.version += 1
        new: Json = merge(run, {"metadata": {}, **patch})
        generation = new["metadata"]["generation"] + ("spec" in patch)
        new["metadata"] |= {"resourceVersion": str(self.version), "generation": generation}
        self.runs[new["metadata"]["uid"]] = new
        self.unseen.append((new["metadata"]["uid"], new))
        return new

    def list(self) -> Iterator[RunSummary]:
        """All there are."""
        return map(summarize_run, self.runs.values())

    def _pick(self, number: int, fits: Any = lambda _: True) -> RunSummary | None:
        found = [run for run in self.list() if fits(run)]
        return found[number % len(found)] if found else None

    def _touch(self, number: int, patch: Json, fits: Any = lambda _: True) -> None:
        if run := self._pick(number, fits):
            self.change(self.runs[run.uid], patch)

    # What holds.

    def check(self) -> None:
        """At all times."""
        going = [run for run in self.list() if run.phase == "Running" and not run.owner]
        assert self.limits.cluster is None or len(going) <= self.limits.cluster
        for count in Counter(run.namespace for run in going).values():
            assert self.limits.namespace is None or count <= self.limits.namespace
        assert not any(run.is_foreign and run.phase != "Queued" for run in self.list())

    def check_settled(self) -> None:
        """Nobody waits for whom there is room, and each that waits says so."""
        ours = [run for run in self.list() if not run.is_foreign]
        going = Counter(run.namespace for run in ours if run.phase == "Running" and not run.owner)
        for run in ours:
            assert not (run.cancel and run.phase == "Queued"), "a cancel was not heard"
            if may_start(run):
                assert not run.owner, "a child waits"
                is_full = self.limits.namespace is not None and going[run.namespace] >= self.limits.namespace
                is_full |= self.limits.cluster is not None and going.total() >= self.limits.cluster
                assert is_full, f"{run.name} waits for nothing"
                assert "waits for room" in run.message


HAPPENINGS = st.sampled_from(
    [
        *[World.make] * 4, *[World.end] * 3, *[World.see] * 6, *[World.reconcile] * 6,
        World.prefer, World.suspend, World.cancel, World.delete, World.restart,
    ]
)  # fmt: skip
HISTORIES = st.lists(st.tuples(HAPPENINGS, st.integers(0, 999)), max_size=120)
NUMBERS = st.lists(st.integers(0, 999), min_size=1, max_size=30)
MOVES = st.lists(st.tuples(st.sampled_from([World.see, World.reconcile]), st.integers(0, 999)), max_size=60)
LIMITS = st.builds(
    Limits,
    cluster=st.one_of(st.none(), st.integers(1, 4)),
    namespace=st.one_of(st.none(), st.integers(1, 3)),
)


@settings(deadline=None, max_examples=300)
@given(limits=LIMITS, history=HISTORIES)
def test_the_limits_hold_whatever_is_seen_when(limits: Limits, history: Any) -> None:
    world = World(limits)
    for happen, number in history:
        happen(world, number)
        world.check()
    world.settle()
    world.check()
    world.check_settled()


@settings(deadline=None, max_examples=100)
@given(limits=LIMITS, numbers=NUMBERS, moves=MOVES)
def test_another_operator_counts_those_that_go_on_before_it_hears_of_them(
    limits: Limits, numbers: list[int], moves: Any
) -> None:
    world = World(limits)
    for number in numbers:
        world.make(number)
    world.settle()
    world.restart()
    for move, number in moves:
        move(world, number)
        world.check()


@settings(deadline=None, max_examples=100)
@given(
    limits=st.sampled_from([Limits(1), Limits(None, 1), Limits(2, 1)]),
    numbers=NUMBERS,
)
def test_all_start_in_their_order_and_nobody_starves(limits: Limits, numbers: list[int]) -> None:
    world = World(limits)
    for number in numbers:
        world.make(number)
    world.restart()
    waiting = {run.uid for run in world.list() if may_start(run) and not run.owner and not run.is_foreign}
    while world.marked or world.unseen:
        world.settle()
        world.check()
        world.end(0)
    started = [build_ticket(run) for run in world.started if run.uid in waiting]
    assert {ticket.uid for ticket in started} == waiting
    for namespaces in [NAMESPACES] if limits.cluster == 1 else [(name,) for name in NAMESPACES]:
        own = [ticket for ticket in started if ticket.namespace in namespaces]
        assert own == sorted(own)
