"""A Run whose calls are under way when it gets a turn: its next pod is asked for before there is any answer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from longshore.errors import ForbiddenError, UnavailableError
from longshore.planning.pools.agents import AgentView
from longshore.planning.pools.turns import StepLimits
from longshore.planning.runs.admissions import Limits
from longshore.reconcile.pools.pools import Pools
from longshore.reconcile.rollcalls import RollCall, is_awaiting_room
from longshore.reconcile.runs import flights
from longshore.reconcile.runs.admissions import Admissions
from longshore.reconcile.runs.runs import Ports, RunReconciler
from longshore.reconcile.stores import ObjectStore, RunStore
from support.bystanders import Announced, FakeBuiltIns, FakePlaces, FakeUses, Observed
from support.conditions import eventually
from support.graphs import read_ends, step
from support.objects import Json, build_run
from support.planning.pools import agent, agents
from support.ports import FakeClaims, FakePods, FakeRuns, FakeStatuses

UID = "uid-of-run"


class SlowPods(FakePods):
    """An API server that answers no create before it may, step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.see: Callable[[Json | None, Json | None], None] = lambda _old, _new: None
        self._answers: dict[str, asyncio.Event] = {}

    async def create(self, manifest: Json) -> Json:
        """Make it, once it may be answered."""
        name = find_step(manifest["metadata"]["name"])
        self.asked.append(name)
        await self._answers.setdefault(name, asyncio.Event()).wait()
        made = await super().create(manifest)
        self.see(None, made)
        return made

    def answer(self, name: str) -> None:
        """Answer the create of a step's pod."""
        self._answers.setdefault(name, asyncio.Event()).set()

    async def wait_asked(self, *names: str) -> None:
        """Return once just these were asked for, in this order."""

        async def are_asked() -> bool:
            return self.asked == list(names)

        await eventually(are_asked, seconds=5)


class Bench:
    """A Run of three steps of an Agent that has room for one, and an API server that is slow."""

    def __init__(self, steps: Iterable[Json], **graph: Any) -> None:
        self.runs, self.pods, self.statuses = RunStore(), SlowPods(), FakeStatuses()
        self.claims = FakeClaims()
        self.agents: Mapping[str, AgentView] = {}
        self.change: Callable[[str], None] = lambda _: None
        self.turns: list[float] = []
        self.pools = Pools(RollCall(self.runs, is_awaiting_room), self, StepLimits(), self)
        self.pods.see = self.pools.see_pod
        others = Announced(), Observed(), self.claims, FakeUses(), self.pools, FakeBuiltIns(), FakePlaces()
        self.objects = FakeRuns(self.statuses)
        ports = Ports(self.pods, self.objects, self.statuses, *others)
        admissions = Admissions(self.runs, Limits())
        self.reconciler = RunReconciler(self.runs, ObjectStore(), ports, "runner:1", admissions)
        self.pools.start(self.reconciler.give_turn, lambda _: None)
        run = build_run({"steps": list(steps), **graph})
        self.statuses.objects[UID] = run
        self.runs.put(run)
        self.give_room(1)

    def views(self, namespace: str) -> Mapping[str, AgentView]:
        """The directory."""
        assert namespace == "ci"
        return self.agents

    def listen(self, on_change: Callable[[str], None]) -> None:
        """The directory."""
        self.change = on_change

    def on_turn(self, seconds: float) -> None:
        """The observer."""
        self.turns.append(seconds)

    def give_room(self, capacity: int) -> None:
        """The Agent runs so many at once from now on."""
        self.agents = agents(agent("built-in", capacity=capacity))
        self.change("ci")

    @asynccontextmanager
    async def reconcile(self) -> AsyncIterator[asyncio.Task[float | None]]:
        """Within, a round is under way."""
        async with asyncio.TaskGroup() as group:
            yield group.create_task(self.reconciler.reconcile(UID))

    def change_run(self, spec: Json) -> None:
        """Somebody changes its spec."""
        run = self.statuses.objects[UID]
        generation = run["metadata"]["generation"] + 1
        self.runs.put(self.statuses.update(run, {"metadata": {"generation": generation}, "spec": spec}))

    def list_phases(self) -> dict[str, str]:
        """What is on record of each step: its phase, and the reason where it has no pod."""
        steps = self.statuses.objects[UID]["status"]["steps"]
        return {name: "made" if entry.get("pod") else entry["reason"] for name, entry in steps.items()}

    async def is_recorded(self, name: str) -> bool:
        """Whether it is on record that a step's pod was made."""
        return self.list_phases()[name] == "made"


def find_step(name: str) -> str:
    """The step of a pod's name: `run-a-1-...`."""
    return name.split("-")[1]


async def begin(steps: str = "abc") -> Bench:
    """A Run whose first step runs; the second has a turn, which no round has seen yet."""
    bench = Bench(map(step, steps))
    bench.pods.answer("a")
    await bench.reconciler.reconcile(UID)
    bench.give_room(2)
    assert bench.list_phases() == {"a": "made"} | dict.fromkeys(steps[1:], "AwaitingAgent")
    return bench


@pytest.fixture
async def bench() -> Bench:
    """One with three steps."""
    return await begin()


async def let_go_on() -> None:
    """Let all that is not held up by the API server come as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def settle(bench: Bench) -> None:
    """Reconcile until what was planned is on record."""
    for _ in range(5):
        await bench.reconciler.reconcile(UID)


async def test_a_turn_is_used_before_the_call_under_way_is_answered(bench: Bench) -> None:
    async with bench.reconcile() as task:
        await bench.pods.wait_asked("a", "b")
        bench.give_room(3)
        await bench.pods.wait_asked("a", "b", "c")
        assert len(bench.turns) == 2
        bench.pods.answer("c")
        assert not task.done()
        bench.pods.answer("b")
    assert bench.pools.count_active("ci") == {"built-in": 3}
    await settle(bench)
    assert bench.list_phases() == dict.fromkeys("abc", "made")
    assert bench.pods.asked == ["a", "b", "c"]
    assert bench.pools.count_active("ci") == {"built-in": 3}


async def test_two_turns_in_one_moment_make_each_pod_once(bench: Bench) -> None:
    async with bench.reconcile():
        await bench.pods.wait_asked("a", "b")
        bench.give_room(3)
        bench.reconciler.give_turn(UID)
        await bench.pods.wait_asked("a", "b", "c")
        bench.reconciler.give_turn(UID)
        for name in "bc":
            bench.pods.answer(name)
    await settle(bench)
    assert bench.pods.asked == ["a", "b", "c"]


async def test_a_turn_that_comes_while_the_status_is_written_is_used_too(bench: Bench) -> None:
    for name in "bc":
        bench.pods.answer(name)
    write_run = bench.statuses.write_run

    async def write_slowly(run: Json, patch: Json) -> Json:
        bench.give_room(3)
        await bench.pods.wait_asked("a", "b", "c")
        return await write_run(run, patch)

    bench.statuses.write_run = write_slowly  # type: ignore[method-assign]
    await settle(bench)
    assert bench.list_phases() == dict.fromkeys("abc", "made")
    assert bench.pods.asked == ["a", "b", "c"]


async def test_a_turn_that_comes_when_only_other_turns_are_under_way_is_used_too() -> None:
    bench = await begin("abcd")
    async with bench.reconcile():
        await bench.pods.wait_asked("a", "b")
        bench.give_room(3)
        await bench.pods.wait_asked("a", "b", "c")
        bench.pods.answer("b")
        await eventually(lambda: bench.is_recorded("b"), seconds=5)
        bench.give_room(4)
        await bench.pods.wait_asked("a", "b", "c", "d")
        for name in "cd":
            bench.pods.answer(name)
    await settle(bench)
    assert bench.list_phases() == dict.fromkeys("abcd", "made")
    assert bench.pods.asked == ["a", "b", "c", "d"]


async def test_a_round_that_waits_for_turns_alone_takes_no_more_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights, "LONGEST", -1.0)
    bench = await begin("abcd")
    async with bench.reconcile():
        await bench.pods.wait_asked("a", "b")
        bench.give_room(3)
        await bench.pods.wait_asked("a", "b", "c")
        bench.pods.answer("b")
        await eventually(lambda: bench.is_recorded("b"), seconds=5)
        bench.give_room(4)
        await let_go_on()
        bench.pods.answer("c")
    assert bench.pods.asked == ["a", "b", "c"]
    bench.pods.answer("d")
    await settle(bench)
    assert bench.pods.asked == ["a", "b", "c", "d"]


async def test_what_is_refused_meanwhile_is_told_by_the_next_round(bench: Bench) -> None:
    bench.pods.refuse = lambda name: ForbiddenError("exceeded quota: few") if find_step(name) == "c" else None
    async with bench.reconcile():
        await bench.pods.wait_asked("a", "b")
        bench.give_room(3)
        await bench.pods.wait_asked("a", "b", "c")
        for name in "cb":
            bench.pods.answer(name)
    await settle(bench)
    assert bench.list_phases() == {"a": "made", "b": "made", "c": "AwaitingQuota"}
    assert bench.pools.count_active("ci") == {"built-in": 2}


async def test_an_error_meanwhile_fails_the_round_and_loses_nothing(bench: Bench) -> None:
    bench.pods.refuse = lambda name: UnavailableError("gone") if find_step(name) == "c" else None
    with pytest.RaisesGroup(UnavailableError):
        async with bench.reconcile():
            await bench.pods.wait_asked("a", "b")
            bench.give_room(3)
            await bench.pods.wait_asked("a", "b", "c")
            for name in "bc":
                bench.pods.answer(name)
    bench.pods.refuse = lambda _: None
    await settle(bench)
    assert bench.list_phases() == dict.fromkeys("abc", "made")
    assert bench.pods.asked == ["a", "b", "c", "c"]


async def test_a_round_that_is_ended_ends_what_its_turns_began(bench: Bench) -> None:
    async with bench.reconcile() as task:
        await bench.pods.wait_asked("a", "b")
        bench.give_room(3)
        await bench.pods.wait_asked("a", "b", "c")
        task.cancel()
    for name in "bc":
        bench.pods.answer(name)
    await asyncio.sleep(0)
    assert len(bench.pods.pods) == 1


async def test_an_end_that_only_a_turn_saw_is_not_taken_for_recorded(bench: Bench) -> None:
    async with bench.reconcile():
        await bench.pods.wait_asked("a", "b")
        bench.pods.end("a")
        bench.give_room(3)
        await bench.pods.wait_asked("a", "b", "c")
        for name in "bc":
            bench.pods.answer(name)
    [name] = [name for name in bench.pods.known if find_step(name) == "a"]
    bench.pods.known.discard(name)
    bench.reconciler.note_gone(bench.pods.pods.pop(name))
    await settle(bench)
    assert read_ends(bench.statuses.objects[UID]["status"])["a"] == ("Succeeded", 1)


SHARED: dict[str, Any] = {"volumes": [{"name": "work", "mountPath": "/work", "run": {"size": "1Gi"}}]}


async def test_a_pod_that_needs_a_claim_comes_after_it() -> None:
    bench = Bench([step("a"), step("b"), step("c", **SHARED)])
    bench.pods.answer("a")
    await bench.reconciler.reconcile(UID)
    bench.give_room(2)
    async with bench.reconcile():
        await bench.pods.wait_asked("a", "b")
        bench.give_room(3)
        for name in "bc":
            bench.pods.answer(name)
    await settle(bench)
    assert bench.list_phases() == dict.fromkeys("abc", "made")
    assert len(bench.claims.claims) == 1


async def test_a_pod_waits_for_a_claim_that_is_being_made() -> None:
    bench = Bench([step("a", **SHARED), step("b", **SHARED)])
    bench.change_run({"suspend": True})
    await bench.reconciler.reconcile(UID)
    bench.change_run({"suspend": False})
    is_asked, may_answer = asyncio.Event(), asyncio.Event()

    async def refuse(_: Json) -> Json:
        is_asked.set()
        await may_answer.wait()
        raise ForbiddenError("exceeded quota: few")

    bench.claims.create = refuse  # type: ignore[assignment,method-assign]
    async with bench.reconcile():
        await asyncio.wait_for(is_asked.wait(), 5)
        for name in "ab":
            bench.pods.answer(name)
        bench.give_room(2)
        await let_go_on()
        may_answer.set()
    assert bench.pods.asked == []


async def test_a_child_that_is_being_made_takes_its_slot() -> None:
    call = {"name": "b", "workflow": {"name": "other"}}
    bench = Bench([step("a"), call], maxParallelSteps=1)
    bench.agents = {}
    bench.change("ci")
    bench.change_run({"suspend": True})
    await bench.reconciler.reconcile(UID)
    bench.change_run({"suspend": False})
    create, is_asked, may_answer = bench.objects.create, asyncio.Event(), asyncio.Event()

    async def create_slowly(manifest: Json) -> Json:
        is_asked.set()
        await may_answer.wait()
        return await create(manifest)

    bench.objects.create = create_slowly  # type: ignore[method-assign]
    async with bench.reconcile():
        await asyncio.wait_for(is_asked.wait(), 5)
        bench.pods.answer("a")
        bench.give_room(1)
        await let_go_on()
        may_answer.set()
    assert bench.pods.asked == []


async def test_a_call_under_way_comes_to_its_end_before_an_error_is_told(bench: Bench) -> None:
    bench.pods.refuse = lambda name: UnavailableError("gone") if find_step(name) == "b" else None
    with pytest.RaisesGroup(UnavailableError):
        async with bench.reconcile() as task:
            await bench.pods.wait_asked("a", "b")
            bench.give_room(3)
            await bench.pods.wait_asked("a", "b", "c")
            bench.pods.answer("b")
            await let_go_on()
            assert not task.done()
            bench.pods.answer("c")
    assert sorted(map(find_step, bench.pods.known)) == ["a", "c"]


async def test_a_pod_that_went_unseen_is_asked_for_before_anything_follows() -> None:
    bench = Bench([step("a", retry={"infraLimit": 0}, onError="Continue"), step("b"), step("c", "a")])
    bench.pods.answer("a")
    await bench.reconciler.reconcile(UID)
    bench.give_room(2)
    async with bench.reconcile():
        await bench.pods.wait_asked("a", "b")
        [name] = bench.pods.known
        bench.pods.known.discard(name)
        bench.give_room(3)
        bench.reconciler.give_turn(UID)
        await let_go_on()
        assert bench.pods.asked == ["a", "b"]
        bench.pods.answer("b")
    await settle(bench)
    assert name in bench.pods.known
