"""Many Runs that share Agents, limits and groups, any history: they hold, nobody starves, each wait says why."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.api.agents import AgentSpec
from longshore.planning.pools.agents import AgentView, Unplaced, choose_agent
from longshore.planning.pools.turns import StepLimits
from support.planning.runs import step, workflow
from support.planning.town_happenings import (
    COMMON,
    RARE,
    TownHappening,
    let_time_pass,
    obey,
    rest,
    restart,
    see,
    settle,
    start,
    succeed,
)
from support.planning.towns import Town

NAMESPACES = ("red", "blue")
GROUP = "browsers"
COUNTS = st.one_of(st.none(), st.integers(1, 3))
LIMITS = st.one_of(st.just(StepLimits()), st.builds(StepLimits, cluster=COUNTS, namespace=COUNTS))
CAPACITIES = st.one_of(st.none(), st.integers(1, 2))
ASKS: list[dict[str, Any]] = [{}, {}, {"agents": ["gpu"]}, {"agents": ["gpu", "slow"]}, {"requiredTags": ["fast"]}]
ASKED = st.sampled_from(ASKS)
HISTORIES = st.lists(
    st.tuples(st.sampled_from((*COMMON, *COMMON, *RARE)), st.integers(0, 999)), min_size=10, max_size=60
)
MOVES = st.lists(
    st.tuples(st.sampled_from([start, succeed, see, settle, restart]), st.integers(0, 999)), max_size=40
)
History = list[tuple[TownHappening, int]]


@st.composite
def _steps(draw: st.DrawFn, name: str, before: list[str]) -> dict[str, Any]:
    """A step that asks for this or that Agent; maybe it fans out, or needs the one before."""
    fields = {"retry": {"limit": 1, "infraLimit": 2, "backoff": {"seconds": 1}}, **draw(ASKED)}
    needs = {"needs": before[-1:]} if draw(st.booleans()) else {}
    loop = {"forEach": {"items": "[1, 2, 3]"}} if draw(st.integers(0, 2)) == 0 else {}
    key = draw(st.sampled_from(["", "a", "$(run.name)"]))
    held = {"concurrency": {"group": GROUP, "key": key}} if draw(st.booleans()) else {}
    return step(name, **fields, **needs, **loop, **held)


@st.composite
def _graphs(draw: st.DrawFn) -> dict[str, Any]:
    names = [f"s{index}" for index in range(draw(st.integers(1, 3)))]
    steps = [draw(_steps(name, names[:index])) for index, name in enumerate(names)]
    optional = {"maxParallelSteps": st.integers(1, 3), "fuse": st.booleans()}
    return workflow(*steps, **draw(st.fixed_dictionaries({}, optional=optional)))


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Two namespaces with three Agents each, and some Runs."""
    views = {"gpu": {"tags": ["fast"]}, "slow": {}, "built-in": {}}
    agents = {
        namespace: {
            name: AgentView(name, AgentSpec(capacity=draw(CAPACITIES), priority=draw(st.integers(0, 1)), **fields))
            for name, fields in views.items()
        }
        for namespace in NAMESPACES
    }
    town = Town(agents, draw(LIMITS))
    for namespace in NAMESPACES:
        town.groups[namespace].change(GROUP, limit=draw(st.integers(0, 2)))
    for _ in range(draw(st.integers(2, 5))):
        town.make(draw(st.sampled_from(NAMESPACES)), draw(_graphs()), priority=draw(st.integers(0, 1)))
    return town


def check(town: Town) -> None:
    """What holds at all times, beside what each plan is held against."""
    for tenant in town.tenants.values():
        live = tenant.list_live_paths()
        assert len(set(live)) == len(live), f"two live pods of one step of {tenant.uid}: {live}"


def check_settled(town: Town) -> None:
    """Nobody waits for nothing, and each that waits says for what."""
    for tenant in town.tenants.values():
        for path, status in tenant.run.status.steps.items():
            if status.phase == "Pending":
                assert status.reason, f"{path} of {tenant.uid} does not say what it waits for"
            if status.reason in {"AwaitingAgent", "AwaitingSlot", "AwaitingGroup"}:
                assert status.message, f"{path} of {tenant.uid} does not say what it waits for"
            if status.reason == "AwaitingAgent":
                assert status.queued_time, "its place in the line would be lost"
        if not tenant.is_over and not town.is_full(tenant.namespace):
            agents, active = town.directory.views(tenant.namespace), town.count_active(tenant.namespace)
            for wait in tenant.agent_waits:
                found = choose_agent(wait.demand, agents, active)
                assert isinstance(found, Unplaced), f"{wait.path} of {tenant.uid} waits; {found.name} has room"


def end_all(town: Town) -> None:
    """A pod of each Run starts and ends."""
    for number in range(sum(not tenant.is_over for tenant in town.tenants.values())):
        for happening in (obey, start, succeed):
            happening(town, number)


def finish(town: Town) -> None:
    """All that runs ends, and time passes, until all Runs have ended."""
    rest(town)
    for _ in range(150):
        town.settle()
        check(town)
        check_settled(town)
        live = [tenant for tenant in town.tenants.values() if not tenant.is_over]
        if not live:
            return
        if not any(tenant.live_pods() for tenant in live):
            let_time_pass(town, 3)
        end_all(town)
    raise AssertionError(f"Runs do not end: {[tenant.show() for tenant in live]}")


@settings(deadline=None, max_examples=100)
@given(town=towns(), history=HISTORIES)
def test_runs_that_share_agents_exceed_nothing_and_all_end(town: Town, history: History) -> None:
    for happening, number in history:
        happening(town, number)
        check(town)
    finish(town)


@settings(deadline=None, max_examples=100)
@given(capacity=st.integers(1, 2), moves=MOVES)
def test_steps_start_in_the_order_in_which_they_began_to_wait(capacity: int, moves: History) -> None:
    """Also where there is room when a new operator comes, which has not looked at all of them."""
    agent = AgentView("built-in", AgentSpec(capacity=capacity))
    town = Town({"red": {agent.name: agent}}, StepLimits())
    for _ in range(6):
        town.make("red", workflow(step()))
        town.settle()
        town.wait(1)
    for happening, number in moves:
        happening(town, number)
    finish(town)
    assert [uid for uid, *_ in town.grants] == list(town.tenants)
