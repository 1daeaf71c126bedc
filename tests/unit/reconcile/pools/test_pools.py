"""The pools of all namespaces, as Runs are planned, pods come and go, and Agents change."""

from collections.abc import Callable, Mapping
from typing import Any

from longshore import names
from longshore.api.runs import RunStatus
from longshore.planning.plans import CreatePod, Plan
from longshore.planning.pools.agents import AgentView, Demand
from longshore.planning.pools.pools import AgentWait
from longshore.planning.pools.turns import StepLimits
from longshore.planning.runs.summaries import summarize_run
from longshore.planning.times import write_time
from longshore.reconcile.pools.pools import Pools
from longshore.reconcile.rollcalls import RollCall, is_awaiting_room
from longshore.reconcile.stores import RunStore
from support.graphs import chain
from support.objects import Json, build_run
from support.planning.pools import agent, agents
from support.planning.runs import NOW

ANY = Demand()
UNLIMITED = StepLimits()


class Bench:
    """Runs a, b, ... of namespaces that have the same Agents, and who is marked."""

    def __init__(self, *views: AgentView, limits: StepLimits = UNLIMITED) -> None:
        self.agents: Mapping[str, AgentView] = agents(*views)
        self.has_agents = True
        self.runs = RunStore()
        self.pools = Pools(RollCall(self.runs, is_awaiting_room), self, limits, self)
        self.marked: list[str] = []
        self.marked_soon: list[str] = []
        self.turns: list[float] = []
        self.pods: dict[str, Json] = {}
        self.change: Callable[[str], None] = lambda _: None
        self.pools.start(self.marked.append, self.marked_soon.append)
        self.waiting: list[str] = []
        self.pools.listen_waits(self.waiting.append)

    def views(self, namespace: str) -> Mapping[str, AgentView]:
        """The directory."""
        del namespace
        return {**agents(agent("built-in", enabled=False)), **self.agents} if self.has_agents else {}

    def listen(self, on_change: Callable[[str], None]) -> None:
        """The directory."""
        self.change = on_change

    def on_turn(self, seconds: float) -> None:
        """The observer."""
        self.turns.append(seconds)

    def add(self, *uids: str, is_waiting: bool = True) -> None:
        """Runs go on, each written `namespace/name`, and have a step on record that waits for room, or none."""
        for uid in uids:
            run = build(uid)
            if is_waiting:
                run["status"]["steps"] = {"s": {"phase": "Pending", "attempt": 0, "queuedTime": write_time(NOW)}}
            self.runs.foresee(run)

    def plan(
        self, uid: str, *creates: str, waits: tuple[str, ...] = (), demand: Demand = ANY, **more: Any
    ) -> None:
        """A Run is planned that makes pods, each written `path agent`, and waits for others."""
        actions = [build_create(uid, *create.split()) for create in creates]
        wanted = tuple(AgentWait(path, 1, demand, NOW) for path in waits)
        self.pools.tell(summarize_run(build(uid, **more)), Plan(RunStatus(), tuple(actions), waits=wanted))

    def see(self, *creates: str, phase: str = "Pending") -> None:
        """Pods are there, each written `run path agent`."""
        for create in creates:
            action = build_create(*create.split())
            pod = {**action.manifest, "status": {"phase": phase}}
            old, self.pods[action.name] = self.pods.get(action.name), pod
            self.pools.see_pod(old, pod)

    def lose(self, create: str) -> None:
        """A pod is gone."""
        self.pools.see_pod(self.pods.pop(build_create(*create.split()).name), None)

    def show(self, uid: str) -> str:
        """What a Run sees that is taken, and its turns."""
        view = self.pools.view(uid, uid.partition("/")[0])
        active = " ".join(f"{name}={count}" for name, count in sorted(view.active.items()) if count)
        turns = " ".join(f"{path}:{name}" for (path, _), name in view.turns.items())
        return f"{active}; {turns}".strip("; ")


def build(uid: str, **spec: Any) -> Json:
    namespace, _, name = uid.partition("/")
    run = build_run(chain(1), name, **spec)
    metadata = {**run["metadata"], "namespace": namespace, "uid": uid}
    return {**run, "metadata": metadata, "status": {"phase": "Running"}}


def build_create(uid: str, path: str, agent_name: str, **labels: str) -> CreatePod:
    name = f"{uid.replace('/', '-')}-{path}"
    labels = {names.AGENT_LABEL: agent_name, names.RUN_UID_LABEL: uid, **labels}
    metadata = {"name": name, "namespace": uid.partition("/")[0], "labels": labels}
    return CreatePod(name, path, 1, {"metadata": metadata})


def test_a_pod_counts_from_its_plan_until_it_has_ended() -> None:
    bench = Bench(agent("x"))
    bench.plan("ci/a", "s x")
    assert bench.show("ci/b") == "x=1"
    bench.see("ci/a s x")
    bench.plan("ci/a")
    assert bench.show("ci/b") == "x=1"
    bench.see("ci/a s x", phase="Running")
    assert (bench.show("ci/b"), bench.pools.count_active("ci")) == ("x=1", {"x": 1})
    bench.see("ci/a s x", phase="Succeeded")
    bench.lose("ci/a s x")
    assert (bench.show("ci/b"), bench.pools.count_active("ci")) == ("", {})


def test_a_pod_that_was_refused_takes_no_room() -> None:
    bench = Bench(agent("x", capacity=1))
    bench.plan("ci/b", waits=("s",))
    bench.plan("ci/a", "s x")
    assert bench.marked == []
    bench.plan("ci/a")
    assert bench.marked == ["ci/b"]


def test_room_is_held_while_it_is_not_known_whether_the_pod_was_made() -> None:
    bench = Bench(agent("x", capacity=1))
    bench.plan("ci/a", "s x")
    bench.pools.skip("ci/a")
    assert bench.show("ci/a") == "x=1"
    bench.pools.forget("ci/a")
    assert bench.show("ci/a") == ""


def test_the_end_of_one_is_the_turn_of_the_next() -> None:
    bench = Bench(agent("x", capacity=1))
    bench.see("ci/a s x")
    bench.plan("ci/c", waits=("s",))
    bench.plan("ci/b", waits=("s", "t"))
    bench.see("ci/a s x", phase="Failed")
    assert (bench.marked, bench.show("ci/b"), bench.show("ci/c")) == (["ci/b"], "x=1; s:x", "x=1")
    bench.plan("ci/b", "s x", waits=("t",))
    assert (bench.marked, bench.show("ci/b"), len(bench.turns)) == (["ci/b"], "x=1", 1)
    bench.see("ci/b s x", phase="Succeeded")
    assert bench.show("ci/b") == "x=1; t:x"


def test_a_turn_that_is_not_used_is_the_next_ones() -> None:
    bench = Bench(agent("x", capacity=1))
    bench.see("ci/a s x")
    for uid in ("ci/b", "ci/c", "ci/d"):
        bench.plan(uid, waits=("s",))
    bench.lose("ci/a s x")
    bench.plan("ci/b")
    assert (bench.marked, bench.show("ci/c"), bench.turns) == (["ci/b", "ci/c"], "x=1; s:x", [])
    bench.pools.skip("ci/c")
    assert bench.marked == ["ci/b", "ci/c", "ci/d"]
    bench.pools.forget("ci/d")
    assert bench.show("ci/a") == ""


def test_the_priority_that_a_run_has_now_counts() -> None:
    bench = Bench(agent("x", capacity=1))
    bench.see("ci/a s x")
    bench.plan("ci/b", waits=("s",))
    bench.plan("ci/c", waits=("s",))
    bench.plan("ci/c", waits=("s",), priority=1)
    bench.lose("ci/a s x")
    assert bench.marked == ["ci/c"]


def test_agents_that_change_are_told_to_all_who_wait() -> None:
    bench = Bench(agent("x", capacity=1))
    bench.see("ci/a s x")
    bench.plan("ci/b", waits=("s",))
    bench.plan("ci/c", waits=("s",), demand=Demand(("z",)))
    bench.plan("ci/d")
    bench.agents = agents(agent("x", capacity=2))
    bench.change("ci")
    assert (bench.marked, bench.marked_soon) == (["ci/b"], ["ci/c"])
    assert bench.pools.view("ci/a", "ci").agents["x"].spec.capacity == 2


def test_before_all_who_wait_were_planned_nobody_has_a_turn() -> None:
    bench = Bench(agent("x", capacity=1))
    bench.add("ci/b", "ci/c", "ci/d", "ci/e", "other/f")
    bench.add("ci/g", is_waiting=False)
    bench.see("ci/a s x")
    bench.plan("ci/c", waits=("s",))
    bench.lose("ci/a s x")
    bench.pools.skip("ci/d")
    bench.pools.forget("ci/e")
    assert bench.marked == []
    bench.plan("ci/b", waits=("s",))
    assert bench.marked == ["ci/b"]


def test_before_all_who_wait_were_planned_nobody_takes_what_is_free() -> None:
    bench = Bench(agent("x", capacity=2), agent("y"), limits=StepLimits(9))
    bench.add("ci/b")
    bench.see("ci/a s x")
    view = bench.pools.view("ci/new", "ci")
    assert (view.active, view.free) == ({"built-in": 0, "x": 2, "y": 0}, 0)
    assert bench.pools.view("other/c", "other").free == 8
    bench.plan("ci/b", waits=("s",), demand=Demand(("z",)))
    view = bench.pools.view("ci/new", "ci")
    assert (view.active, view.free) == ({"x": 1}, 8)


def test_a_namespace_that_is_gone_is_forgotten() -> None:
    bench = Bench(agent("x", capacity=1))
    bench.plan("ci/a", "s x")
    bench.see("ci/a s x")
    assert bench.pools.list_capacities() == {("ci", "x"): 1}
    bench.lose("ci/a s x")
    bench.pools.forget("ci/a")
    assert bench.pools.list_capacities() == {("ci", "x"): 1}
    bench.has_agents = False
    bench.change("ci")
    assert bench.pools.list_capacities() == {}


def test_what_runs_in_a_namespace_without_agents_counts() -> None:
    bench = Bench()
    bench.has_agents = False
    bench.plan("ci/a", "s built-in")
    bench.see("ci/a s built-in")
    bench.change("ci")
    bench.pools.forget("ci/a")
    assert bench.pools.count_active("ci") == {"built-in": 1}
    bench.lose("ci/a s built-in")
    assert bench.pools.count_active("ci") == {}


def test_pods_that_kueue_admits_take_no_room() -> None:
    bench = Bench(agent("x", capacity=1))
    action = build_create("ci/a", "s", "x", **{names.KUEUE_QUEUE_LABEL: "team"})
    bench.pools.tell(summarize_run(build("ci/a")), Plan(RunStatus(), (action,)))
    bench.pools.see_pod(None, action.manifest)
    assert bench.show("ci/a") == ""


def test_a_place_of_the_cluster_is_given_to_any_namespace() -> None:
    bench = Bench(agent("x"), limits=StepLimits(2))
    bench.see("ci/a s x", "ci/a t x")
    assert bench.pools.view("other/b", "other").free == 0
    bench.plan("ci/c", waits=("s", "t"))
    bench.plan("other/b", waits=("s",))
    bench.lose("ci/a s x")
    assert bench.marked == ["other/b"]
    bench.plan("other/b", "s x")
    bench.see("ci/a t x", phase="Succeeded")
    assert bench.marked == ["other/b", "ci/c"]


def test_how_many_wait_for_each_agent() -> None:
    bench = Bench(agent("x", capacity=0), agent("y", capacity=0), agent("z", credentials=CREDENTIALS))
    bench.plan("ci/a", waits=("s", "t"))
    bench.plan("ci/b", waits=("s",), demand=Demand(("z", "y")))
    assert {name: bench.pools.count_waiting("ci", name) for name in "xyz"} == {"x": 2, "y": 3, "z": 1}
    assert [bench.pools.count_waiting(*key) for key in (("other", "x"), ("ci", "gone"))] == [0, 0]
    assert bench.waiting == ["ci", "ci"]
    bench.plan("ci/b", waits=("s",), demand=Demand(("z", "y")))
    assert bench.waiting == ["ci", "ci"]
    bench.plan("ci/b")
    assert bench.waiting == ["ci", "ci", "ci"]


CREDENTIALS = [{"name": "forge", "secretRef": {"name": "forge"}}]
