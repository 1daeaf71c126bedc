"""The reconcile of a ConcurrencyGroup with ports in memory: what is written, who is marked, who keeps a place."""

from collections.abc import Sequence
from typing import Any

import pytest
from longshore.api.groups import Holder
from longshore.api.runs import RunStatus
from longshore.errors import ConflictError
from longshore.planning.groups.groups import Claim, ClaimState, Place
from longshore.planning.plans import Plan
from longshore.reconcile.groups import groups
from longshore.reconcile.groups.groups import COUNT_SECONDS, LEFT_SECONDS, GroupPorts, GroupReconciler, Marks
from longshore.reconcile.rollcalls import FIRST_PATIENCE, PATIENCE, RollCall, is_going_on
from longshore.reconcile.stores import ObjectStore, parse_run
from support.bystanders import Announced
from support.clocks import Clock
from support.holders import Sights, hold, name_pod
from support.objects import NAMESPACE, Json, build_object, merge
from support.planning.runs import NOW, after
from support.ports import FakeGroups

NAME = "doors"
KEY = f"{NAMESPACE}/{NAME}"


class Busy(FakeGroups):
    """An API server where somebody else is quicker, as often as it is told."""

    rivals: Sequence[list[Holder]] = ()

    async def write(self, group: Json, patch: Json) -> Json:
        """As ever, unless a rival has just put its own record down."""
        if self.rivals:
            record, *self.rivals = self.rivals
            status = {"holders": [holder.to_json() for holder in record]}
            self.put(merge(self.objects[NAMESPACE, NAME], {"status": status}))
            raise ConflictError(NAME)
        return await super().write(group, patch)


class Bench:
    """The group, Runs that are planned, and who is marked."""

    def __init__(self, clock: Clock, record: Sequence[Holder] = (), **spec: Any) -> None:
        self.clock = clock
        self.sights = Sights()
        self.server = Busy()
        self.store = ObjectStore()
        self.announced = Announced()
        self.marked: list[str] = []
        self.marked_runs: list[str] = []
        self.marked_soon: list[str] = []
        ports = GroupPorts(self.server, self.sights, self.sights, self.announced)
        roll = RollCall(self.sights.store, is_going_on, clock)
        self.groups = GroupReconciler(self.sights.store, self.store, ports, roll)
        self.groups.start(Marks(self.marked.append, self.marked_runs.append, self.marked_soon.append))
        status = {"status": {"holders": [holder.to_json() for holder in record]}} if record else {}
        group = build_object("ConcurrencyGroup", {"limit": 1, **spec}, NAME)
        self.store.put(self.server.put(group | status))

    def plan(self, run: str, *states: ClaimState, since: float = 0, **status: Any) -> None:
        """A Run is planned: its step `a` claims the group, or nothing any more."""
        raw = self.sights.see_run(run, **status)
        uid = raw["metadata"]["uid"]
        claims = tuple(
            Claim(NAME, "", Place(uid, "a", 1), run, after(since), NOW, state=state) for state in states
        )
        self.groups.tell(parse_run(raw).run, Plan(RunStatus.model_validate(raw["status"]), group_claims=claims))

    def change(self, **spec: Any) -> None:
        """Someone edits the group."""
        self.store.put(self.server.put(merge(self.server.objects[NAMESPACE, NAME], {"spec": spec})))

    async def reconcile(self) -> float | None:
        """A round."""
        self.marked.clear()
        return await self.groups.reconcile(KEY)

    def list_holders(self) -> list[str]:
        """The Runs on record."""
        holders = self.server.objects[NAMESPACE, NAME].get("status", {}).get("holders", [])
        return [holder["run"] for holder in holders]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The monotonic clock."""
    clock = Clock()
    monkeypatch.setattr(groups, "monotonic", clock)
    return clock


@pytest.fixture
def bench(clock: Clock) -> Bench:
    """A group of limit 1 that nobody holds, and one Run `idle` that has nothing to do with it."""
    bench = Bench(clock)
    bench.plan("idle")
    return bench


ENDED: Json = {"phase": "Succeeded", "steps": {"a": {"phase": "Succeeded", "attempt": 1}}}


async def test_a_grant_is_on_record_before_its_run_is_marked(bench: Bench) -> None:
    bench.plan("late", "Waits", since=2)
    bench.plan("early", "Waits", since=1)
    assert bench.marked[-2:] == [KEY, KEY]
    assert await bench.reconcile() is None
    assert (bench.list_holders(), bench.marked_runs) == (["early"], ["uid-of-early"])
    [patch] = bench.server.writes
    assert {name: patch["status"][name] for name in ("active", "queued")} == {"active": 1, "queued": 1}
    view = bench.groups.find_views(NAMESPACE)[NAME]
    assert list(view.keys) == [Place("uid-of-early", "a", 1)]
    assert [claim.run for claim in view.lines[""]] == ["late"]


async def test_nothing_new_is_not_written(bench: Bench) -> None:
    bench.plan("a", "Waits")
    await bench.reconcile()
    assert await bench.reconcile() is None
    bench.plan("a", "Holds")
    await bench.reconcile()
    assert len(bench.server.writes) == 1


async def test_the_end_of_one_is_the_turn_of_the_next_in_one_write(bench: Bench) -> None:
    for number, run in enumerate("abc"):
        bench.plan(run, "Waits", since=number)
    await bench.reconcile()
    bench.plan("a", "Holds")
    bench.groups.note_exit("uid-of-a")
    bench.plan("a", **ENDED)
    assert bench.marked[-1] == KEY
    await bench.reconcile()
    assert (bench.list_holders(), bench.marked_runs) == (["b"], ["uid-of-a", "uid-of-b"])
    assert len(bench.server.writes) == 2
    assert bench.groups.take_handover("uid-of-b") is not None
    assert bench.groups.take_handover("uid-of-b") is None


async def test_a_pod_that_is_still_live_keeps_its_place_in_the_group(bench: Bench) -> None:
    bench.plan("a", "Waits")
    await bench.reconcile()
    bench.sights.see_pod("a")
    bench.plan("b", "Waits", since=1)
    bench.plan("a", **ENDED)
    assert await bench.reconcile() == min(LEFT_SECONDS, COUNT_SECONDS)
    assert bench.list_holders() == ["a"]
    bench.marked.clear()
    bench.sights.see_pod("a", phase="Failed")
    bench.groups.note_change("uid-of-a")
    assert bench.marked == [KEY]
    assert await bench.reconcile() is None
    assert bench.list_holders() == ["b"]


async def test_a_run_that_is_deleted_keeps_its_place_until_its_pod_is_gone(bench: Bench) -> None:
    bench.plan("a", "Waits")
    await bench.reconcile()
    bench.sights.see_pod("a")
    bench.plan("a", "Holds")
    bench.plan("b", "Waits", since=1)
    bench.sights.lose_run("a")
    assert bench.marked[-1] == KEY
    await bench.reconcile()
    assert bench.list_holders() == ["a"]
    bench.sights.pods.clear()
    bench.groups.note_change("uid-of-a")
    await bench.reconcile()
    assert bench.list_holders() == ["b"]


async def test_before_all_runs_were_planned_nobody_gets_a_place(clock: Clock) -> None:
    bench = Bench(clock)
    assert await bench.reconcile() == FIRST_PATIENCE
    for run in ("a", "b"):
        bench.sights.see_run(run)
    bench.plan("b", "Waits", since=2)
    assert await bench.reconcile() == PATIENCE
    assert bench.list_holders() == []
    bench.plan("a", "Waits", since=1)
    assert KEY in bench.marked
    await bench.reconcile()
    assert bench.list_holders() == ["a"]


async def test_who_can_never_be_planned_is_waited_for_no_longer_than_patience(clock: Clock) -> None:
    bench = Bench(clock)
    bench.sights.see_run("stuck")
    bench.plan("a", "Waits")
    assert await bench.reconcile() == PATIENCE
    clock.now += PATIENCE
    await bench.reconcile()
    assert bench.list_holders() == ["a"]


async def test_holders_that_no_run_claims_are_cleared_at_start(clock: Clock) -> None:
    record = [hold("gone"), hold("ended"), hold("runs"), hold("lives", None)]
    bench = Bench(clock, record, limit=9)
    bench.sights.make_run("ended", "Failed")
    bench.plan("lives")
    bench.plan("runs", "Holds")
    await bench.reconcile()
    assert bench.list_holders() == ["runs", "lives"]
    assert set(bench.sights.asked) == {"gone", "ended", "lives"}


async def test_another_operator_that_was_quicker_is_planned_from(bench: Bench) -> None:
    bench.server.rivals = [[hold("b")]]
    bench.plan("a", "Waits")
    assert await bench.reconcile() is None
    assert (bench.marked, bench.marked_runs) == ([KEY, KEY], [])
    bench.plan("b", "Holds")
    bench.plan("a", "Waits")
    await bench.reconcile()
    assert (bench.list_holders(), bench.marked_runs) == (["b"], [])


async def test_a_group_that_is_gone_has_no_views_and_writes_nothing(bench: Bench) -> None:
    bench.plan("a", "Waits")
    del bench.server.objects[NAMESPACE, NAME]
    assert await bench.reconcile() is None
    assert (dict(bench.groups.find_views(NAMESPACE)), bench.marked_soon) == ({}, ["uid-of-a"])
    assert await bench.reconcile() is None
    assert bench.server.writes == []


async def test_a_new_spec_is_told_to_all_who_claim_it(bench: Bench) -> None:
    for number, run in enumerate("abc"):
        bench.plan(run, "Waits", since=number)
    await bench.reconcile()
    bench.change(limit=2)
    assert sorted(bench.marked_soon) == ["uid-of-a", "uid-of-b", "uid-of-c"]
    await bench.reconcile()
    assert bench.list_holders() == ["a", "b"]
    bench.change(limit=0)
    await bench.reconcile()
    assert bench.list_holders() == ["a", "b"]


async def test_how_many_wait_is_written_once_a_second_at_most(bench: Bench, clock: Clock) -> None:
    bench.plan("a", "Waits")
    await bench.reconcile()
    for number, run in enumerate("bcd"):
        bench.plan(run, "Waits", since=1 + number)
        delay = await bench.reconcile()
    assert (delay, len(bench.server.writes)) == (COUNT_SECONDS, 2)
    clock.now += COUNT_SECONDS
    assert await bench.reconcile() is None
    assert bench.server.writes[-1] == {"status": {"active": 1, "queued": 3}}


async def test_who_is_rejected_is_told_once(clock: Clock) -> None:
    bench = Bench(clock, whenFull="Reject")
    bench.plan("a", "Waits")
    await bench.reconcile()
    bench.plan("b", "Waits", since=1)
    await bench.reconcile()
    await bench.reconcile()
    assert bench.marked_runs == ["uid-of-a", "uid-of-b"]
    [verdict] = bench.groups.find_views(NAMESPACE)[NAME].verdicts.values()
    assert (verdict.reason, verdict.message) == ("GroupFull", "group doors is full: 1/1 held")


async def test_a_whole_run_that_is_replaced_is_canceled_once(clock: Clock) -> None:
    bench = Bench(clock, [hold("old", None)], whenFull="Replace")
    bench.plan("old")
    bench.plan("new", "Waits")
    await bench.reconcile()
    assert bench.sights.runs["old"]["spec"]["cancel"] == "Graceful"
    [notice] = bench.announced.notices
    assert (notice.reason, notice.message) == ("Replaced", "made way for step a of Run new in group doors")
    await bench.reconcile()
    assert len(bench.announced.notices) == 1


async def test_a_place_that_is_taken_back_starts_nothing_before_that_is_written(bench: Bench) -> None:
    bench.plan("a", "Waits")
    await bench.reconcile()
    bench.plan("a", phase="Canceled")
    bench.server.rivals = [[hold("a")]]
    await bench.reconcile()
    assert bench.list_holders() == ["a"]
    view = bench.groups.find_views(NAMESPACE)[NAME]
    assert (dict(view.keys), view.counts[""]) == ({}, 1)


async def test_whose_child_runs_on_keeps_its_place(bench: Bench) -> None:
    bench.plan("a", "Waits")
    await bench.reconcile()
    child = name_pod("a")
    bench.sights.see_run(child, owner="a")
    bench.plan("a", **ENDED)
    bench.plan("b", "Waits", since=1)
    await bench.reconcile()
    assert bench.list_holders() == ["a"]
    bench.marked.clear()
    bench.sights.see_run(child, "Succeeded", owner="a")
    assert bench.marked == [KEY]
    await bench.reconcile()
    assert bench.list_holders() == ["b"]


@pytest.mark.parametrize("is_grandchild", [False, True])
async def test_whose_child_went_with_it_keeps_its_place_until_the_last_pod_has_ended(
    bench: Bench, *, is_grandchild: bool
) -> None:
    bench.plan("a", "Waits")
    await bench.reconcile()
    child = name_pod("a")
    bench.sights.see_run(child, owner="a")
    if is_grandchild:
        bench.sights.see_run("grandchild", owner=child)
    bench.sights.see_pod("grandchild" if is_grandchild else child)
    bench.plan("b", "Waits", since=1)
    for run in ("a", child, "grandchild"):
        if run in bench.sights.runs:
            bench.sights.lose_run(run)
    await bench.reconcile()
    assert bench.list_holders() == ["a"]
    bench.sights.pods.clear()
    await bench.reconcile()
    assert bench.list_holders() == ["b"]


def test_what_log_lines_carry(bench: Bench) -> None:
    assert bench.groups.describe(KEY) == {"namespace": NAMESPACE, "group": NAME}
