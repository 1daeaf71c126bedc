"""The reconcile of an Agent with ports in memory: what is written when, and what is announced."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from longshore.names import AGENT_LABEL, CREDENTIALS_ANNOTATION, PATH_ANNOTATION, RUN_LABEL
from longshore.planning.pools.nodes import Node
from longshore.reconcile.pools import agents
from longshore.reconcile.pools.agents import AgentPorts, AgentReconciler, Known
from longshore.reconcile.pools.directories import AgentDirectory
from longshore.reconcile.pools.heartbeats import NodeHeartbeats
from longshore.reconcile.pools.occupancies import Occupancies
from longshore.reconcile.stores import ObjectStore
from support.bystanders import Announced
from support.clocks import Clock
from support.objects import NAMESPACE, Json, build_object
from support.planning.nodes import see_node
from support.planning.runs import build_pod
from support.ports import FakeStatuses

KEY = f"{NAMESPACE}/gpu"


class Waits:
    """How many wait, by Agent."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.tell: Callable[[str], None] = lambda _: None

    def listen_waits(self, on_change: Callable[[str], None]) -> None:
        """Keep whom to tell."""
        self.tell = on_change

    def count_waiting(self, namespace: str, name: str) -> int:
        """As it was said."""
        assert namespace == NAMESPACE
        return self.counts[name]


class NoHeartbeats:
    """Nodes that gave no sign of life."""

    async def list_heartbeats(self) -> Mapping[str, str]:
        """None."""
        return {}


class Bench:
    """A reconciler and all around it."""

    def __init__(self) -> None:
        self.agents, self.statuses, self.announced = ObjectStore(), FakeStatuses(), Announced()
        self.directory, self.occupancies, self.waits = AgentDirectory(self.agents), Occupancies(), Waits()
        known = Known(self.directory, self.occupancies, NodeHeartbeats(NoHeartbeats(), self.agents))
        ports = AgentPorts(self.statuses, self.announced, self.waits)
        self.reconciler = AgentReconciler(self.agents, known, ports)
        self.marks: list[str] = []
        self.marks_soon: list[str] = []
        self.reconciler.start(self.marks.append, self.marks_soon.append)

    def put(self, name: str = "gpu", version: int = 1, **spec: Any) -> None:
        """An Agent is there with this spec."""
        agent = build_object("Agent", spec, name, version)
        self.statuses.objects[agent["metadata"]["uid"]] = agent
        self.agents.put(agent)
        self.reconciler.see(NAMESPACE, name)

    def list_nodes(self, *nodes: Node) -> None:
        """All nodes were listed."""
        for node in nodes:
            self.directory.put_node(node)
        self.directory.note_listed()

    def start_pod(self, path: str) -> None:
        """A step runs on the Agent."""
        labels = {AGENT_LABEL: "gpu", RUN_LABEL: "nightly"}
        metadata = {"name": f"pod-{path}", "namespace": NAMESPACE, "labels": labels}
        self.occupancies.see_pod(None, {"metadata": {**metadata, "annotations": {PATH_ANNOTATION: path}}})

    async def reconcile(self) -> float | None:
        """One round."""
        return await self.reconciler.reconcile(KEY)

    @property
    def status(self) -> Json:
        """The status as it was written."""
        status: Json = self.statuses.objects["uid-of-gpu"].get("status", {})
        return status

    def find_condition(self, kind: str) -> Json:
        """A condition of this type."""
        return next(each for each in self.status["conditions"] if each["type"] == kind)

    @property
    def reason(self) -> str:
        """Of condition Ready."""
        return str(self.status["conditions"][0]["reason"])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(agents, "monotonic", clock)
    return clock


@pytest.fixture
def bench(clock: Clock) -> Bench:
    assert clock()
    return Bench()


async def test_a_new_agent_is_told_of_at_once(bench: Bench) -> None:
    bench.list_nodes(see_node("n1"))
    bench.put(capacity=4)
    assert await bench.reconcile() is None
    assert (bench.reason, bench.status["readyNodes"], bench.status["load"]) == ("Online", "1/1", "0/4")
    assert [notice.reason for notice in bench.announced.notices] == ["AgentOnline"]


async def test_nothing_new_is_nothing_written(bench: Bench) -> None:
    bench.list_nodes(see_node("n1"))
    bench.put()
    await bench.reconcile()
    assert await bench.reconcile() is None
    assert len(bench.statuses.patches) == 1


async def test_a_node_that_is_lost_is_told_within_a_second(bench: Bench, clock: Clock) -> None:
    bench.list_nodes(see_node("n1"))
    bench.put()
    await bench.reconcile()
    bench.directory.put_node(see_node("n1", ready="Unknown"))
    clock.now += 0.2
    assert await bench.reconcile() == pytest.approx(0.8)
    clock.now += 0.8
    assert await bench.reconcile() is None
    assert bench.reason == "NodesNotReady"
    assert [notice.reason for notice in bench.announced.notices] == ["AgentOnline", "AgentOffline"]


async def test_what_it_has_to_do_waits_for_what_comes(bench: Bench, clock: Clock) -> None:
    bench.put(capacity=4)
    await bench.reconcile()
    clock.now += 60
    bench.start_pod("build")
    assert await bench.reconcile() == 2
    bench.start_pod("test")
    bench.waits.counts["gpu"] = 5
    clock.now += 2
    assert await bench.reconcile() is None
    assert (bench.status["load"], bench.status["active"], bench.status["queued"]) == ("2/4", 2, 5)
    assert bench.status["current"] == [{"run": "nightly", "step": step} for step in ("build", "test")]
    assert len(bench.statuses.patches) == 2


async def test_one_that_extends_another_is_told_with_what_it_takes_over(bench: Bench) -> None:
    bench.put("base", capacity=2, runtime="llm")
    bench.put(extends="base")
    await bench.reconcile()
    assert (bench.status["load"], bench.status["runtime"]) == ("0/2", "llm")


async def test_one_that_is_gone_is_forgotten(bench: Bench) -> None:
    bench.put()
    await bench.reconcile()
    bench.agents.remove(NAMESPACE, "gpu")
    assert await bench.reconcile() is None
    assert len(bench.statuses.patches) == 1


async def test_one_that_went_unseen_is_not_asked_for_again(bench: Bench) -> None:
    bench.put()
    bench.statuses.objects.clear()
    assert await bench.reconcile() is None
    assert bench.announced.notices == []


def test_log_lines_tell_which(bench: Bench) -> None:
    assert bench.reconciler.describe(KEY) == {"namespace": NAMESPACE, "agent": "gpu"}


async def test_none_is_told_of_before_all_are_known(bench: Bench) -> None:
    bench.agents.put(build_object("Agent", {"extends": "base"}, "gpu"))
    assert await bench.reconcile() is None
    assert bench.statuses.patches == []
    bench.put("base")
    assert "uid-of-gpu" not in bench.statuses.objects
    bench.put(extends="base", version=2)
    await bench.reconcile()
    assert bench.reason == "NodesUnknown"


def test_who_is_looked_at_when(bench: Bench) -> None:
    bench.put()
    assert set(bench.marks) == {KEY}
    bench.marks.clear()
    bench.list_nodes(see_node("n1"))
    assert (bench.marks, bench.marks_soon) == ([KEY], [])
    bench.start_pod("build")
    assert (bench.marks, bench.marks_soon) == ([KEY], [KEY])
    bench.waits.tell(NAMESPACE)
    assert (bench.marks, bench.marks_soon) == ([KEY], [KEY, KEY])


async def test_a_secret_that_is_missing_is_told_until_it_is_there(bench: Bench, clock: Clock) -> None:
    forge = [{"name": "forge", "secretRef": {"name": "forge-token"}}]
    bench.put(credentials=forge)
    pod = lack_secret(forge)
    bench.occupancies.see_pod(None, pod)
    assert KEY in bench.marks_soon
    await bench.reconcile()
    assert bench.find_condition("CredentialsReady")["reason"] == "SecretMissing"
    bench.occupancies.see_pod(pod, {**pod, "status": {"phase": "Running"}})
    clock.now += 5
    await bench.reconcile()
    assert bench.find_condition("CredentialsReady")["reason"] == "NoneMissing"


def lack_secret(credentials: list[Json]) -> Json:
    """A pod whose container can't be made without its Secret."""
    pod = build_pod().wait("CreateContainerConfigError", 'secret "forge-token" not found').raw
    own = {"namespace": NAMESPACE, "labels": {AGENT_LABEL: "gpu"}}
    annotations = {"annotations": {CREDENTIALS_ANNOTATION: json.dumps(credentials)}}
    return {**pod, "metadata": {**pod["metadata"], **own, **annotations}}
