"""Whose turn it is where there is room: in a namespace by the line, among namespaces by who has the least."""

from collections import Counter
from typing import Any

import pytest
from longshore.planning.pools.agents import AgentView, Demand
from longshore.planning.pools.pools import AgentWait
from longshore.planning.pools.turns import Pool, StepLimits, Ticket, WaitLine, build_ticket, find_free, plan_turns
from longshore.planning.runs.summaries import RunSummary
from support.planning.pools import agent, agents
from support.planning.runs import after

ANY = Demand()


def ticket(path: str, run: str = "a", since: int = 0, priority: int = 0, created: int = 0) -> Ticket:
    """The first attempt of a path; the Run's uid is its name."""
    summary = RunSummary("ci", run, run, "Running", after(created), priority=priority)
    return build_ticket(summary, AgentWait(path, 1, ANY, after(since)))


def line(*waits: Ticket | tuple[Ticket, Demand]) -> WaitLine:
    """Those who wait, for any Agent where nothing else is said."""
    found: dict[str, dict[Ticket, Demand]] = {}
    for wait in waits:
        one, demand = (wait, ANY) if isinstance(wait, Ticket) else wait
        found.setdefault(one.uid, {})[one] = demand
    made = WaitLine()
    for uid, tickets in found.items():
        made.put(uid, tickets)
    return made


def give(pool: Pool) -> list[str]:
    """Who gets which Agent of the only namespace, in order."""
    return [
        f"{turn.ticket.run}/{turn.ticket.path} {turn.agent}" for turn in plan_turns({"ci": pool}, StepLimits(), 0)
    ]


ORDERS: dict[str, list[Ticket]] = {
    "the higher priority": [ticket("s", "b", priority=1, since=9), ticket("s", "a")],
    "who waits longer": [ticket("s", "b", since=0), ticket("s", "a", since=1)],
    "the older Run": [ticket("s", "b", created=0), ticket("s", "a", created=1)],
    "by name": [ticket("t", "a"), ticket("s", "b")],
    "by path": [ticket("s", "a"), ticket("t", "a")],
    "items by number": [ticket("s[2]"), ticket("s[10]"), ticket("t")],
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_the_line(order: list[Ticket]) -> None:
    pool = Pool(agents(agent("x", capacity=1)), line=line(*reversed(order)))
    assert give(pool) == [f"{order[0].run}/{order[0].path} x"]
    pool = Pool(agents(agent("x")), line=line(*reversed(order)))
    assert give(pool) == [f"{wait.run}/{wait.path} x" for wait in order]


def test_each_turn_counts_for_the_next() -> None:
    pool = Pool(
        agents(agent("x", capacity=2), agent("y", capacity=1, priority=1)), Counter(x=1), line(ticket("s"))
    )
    pool.line.put("b", {ticket("s", "b"): ANY, ticket("t", "b"): ANY})
    assert give(pool) == ["a/s y", "b/s x"]
    assert pool.active == Counter(x=1)


def test_who_can_not_go_holds_up_nobody_else() -> None:
    first, second = (ticket("s"), Demand(("x",))), (ticket("t", since=5), Demand(("y",)))
    pool = Pool(agents(agent("x", capacity=1), agent("y", capacity=1)), Counter(x=1), line(first, second))
    assert give(pool) == ["a/t y"]


def test_one_demand_takes_nothing_from_another_that_comes_first() -> None:
    first, second = (ticket("s"), Demand(("x",))), (ticket("t", since=5), ANY)
    pool = Pool(agents(agent("x", capacity=1)), line=line(second, first))
    assert give(pool) == ["a/s x"]


def test_nobody_waits() -> None:
    assert give(Pool(agents(agent("x")))) == []


def test_a_run_waits_for_other_things_than_before() -> None:
    made = line(ticket("s"), ticket("t"), ticket("s", "b"))
    made.put("a", {ticket("t"): Demand(("x",)), ticket("u"): ANY})
    queues = {
        demand.agents: [f"{wait.run}/{wait.path}" for wait in queue] for demand, queue in made.queues.items()
    }
    assert queues == {(): ["a/u", "b/s"], ("x",): ["a/t"]}
    assert sorted(made.runs) == ["a", "b"]
    made.take(ticket("u"))
    made.take(ticket("t"))
    made.put("b", {})
    assert (made.queues, made.runs) == ({}, [])


def share(limits: StepLimits, running: int = 0, **pools: Pool) -> list[str]:
    """To which namespaces turns go, in order."""
    return [turn.namespace for turn in plan_turns(pools, limits, running)]


def crowd(count: int, active: int = 0, served: int = 0, **spec: Any) -> Pool:
    """A namespace where so many wait."""
    views: dict[str, AgentView] = agents(agent("x", **spec))
    return Pool(views, Counter(x=active), line(*(ticket(f"s[{index}]") for index in range(count))), served)


def test_a_place_of_the_cluster_goes_to_who_has_the_least() -> None:
    assert share(StepLimits(6), 3, a=crowd(9, active=3), b=crowd(9)) == ["b", "b", "b"]
    assert share(StepLimits(8), 3, a=crowd(9, active=3), b=crowd(9)) == ["b", "b", "b", "a", "b"]
    assert share(StepLimits(5), 0, a=crowd(1000), b=crowd(2)) == ["a", "b", "a", "b", "a"]


def test_ten_thousand_do_not_hold_up_three() -> None:
    assert share(StepLimits(20), 19, a=crowd(10_000, active=19), b=crowd(3)) == ["b"]
    assert share(StepLimits(20), 17, a=crowd(10_000, active=17), b=crowd(3)) == ["b", "b", "b"]
    assert share(StepLimits(20, 15), 0, a=crowd(10_000), b=crowd(3)).count("b") == 3


def test_of_several_to_who_was_served_the_longest_ago() -> None:
    assert share(StepLimits(1), 0, a=crowd(9, served=7), b=crowd(9, served=3)) == ["b"]
    assert share(StepLimits(1), 0, a=crowd(9), b=crowd(9)) == ["a"]


def test_a_namespace_whose_agents_are_full_gives_its_share_to_others() -> None:
    assert share(StepLimits(4), 1, a=crowd(9, active=1), b=crowd(9, capacity=1)) == ["b", "a", "a"]


def test_limits() -> None:
    assert share(StepLimits(None, 2), 1, a=crowd(9, active=1), b=crowd(9)) == ["b", "a", "b"]
    assert share(StepLimits(3, 9), 3, a=crowd(9, active=3)) == []
    assert share(StepLimits(3), 5, a=crowd(9, active=5)) == []


@pytest.mark.parametrize(
    ("limits", "free", "told"),
    [
        (StepLimits(), None, ""),
        (StepLimits(9), 4, "the cluster"),
        (StepLimits(9, 3), 1, "this namespace"),
        (StepLimits(5, 3), 0, "the cluster"),
        (StepLimits(4), 0, "the cluster"),
    ],
)
def test_what_is_free(limits: StepLimits, free: int | None, told: str) -> None:
    found, limit = find_free(crowd(0, active=2), limits, 5)
    assert (found, told in limit, bool(told)) == (free, True, bool(limit))
