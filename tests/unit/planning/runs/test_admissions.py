"""Who may start where there are limits, and what the others are told."""

from typing import Any

import pytest
from longshore.planning.runs.admissions import Limits, Wait, find_wait, plan_admission
from longshore.planning.runs.lines import Line
from longshore.planning.runs.summaries import RunSummary
from support.planning.runs import after


def build(name: str, phase: str = "Queued", **fields: Any) -> RunSummary:
    """A Run whose name begins with its namespace and ends with when it was made: a1 is older than b2."""
    created = after(int(name[1:]))
    return RunSummary(namespace=name[0], name=name, uid=name, phase=phase, created=created, **fields)


def wait(*names: str) -> list[RunSummary]:
    return [build(name) for name in names]


def go(*names: str) -> list[RunSummary]:
    return [build(name, "Running") for name in names]


PLANS: dict[str, tuple[Limits, list[RunSummary], list[str]]] = {
    "no limit": (Limits(), wait("b2", "a1"), ["a1", "b2"]),
    "nobody waits": (Limits(1, 1), go("a1"), []),
    "room for all": (Limits(3, 3), wait("a2", "b1", "a3"), ["b1", "a2", "a3"]),
    "room for some of the cluster": (Limits(2), wait("a3", "b1", "a2"), ["b1", "a2"]),
    "none in the cluster": (Limits(2), [*go("a1", "b1"), *wait("c1")], []),
    "more go on than may": (Limits(1), [*go("a1", "b1"), *wait("c1")], []),
    "more go on than may in a namespace": (Limits(None, 1), [*go("a1", "a2"), *wait("a3", "b9")], ["b9"]),
    "room for some of each namespace": (
        Limits(None, 2), [*go("a1"), *wait("a2", "a3", "b4", "b5", "b6")], ["a2", "b4", "b5"],
    ),
    "the cluster's room goes to whom the namespace's lets pass": (
        Limits(3, 1), [*go("a1"), *wait("a2", "b3", "c4", "d5")], ["b3", "c4"],
    ),
    "priority beats age": (Limits(1), [*wait("a1"), build("b2", priority=1)], ["b2"]),
    "priority does not beat the namespace's limit": (
        Limits(None, 1), [*go("a1"), build("a2", priority=9), *wait("b3")], ["b3"],
    ),
    "a child takes no room": (Limits(1), [build("a1", "Running", owner="p"), *wait("a2")], ["a2"]),
}  # fmt: skip


@pytest.mark.parametrize(("limits", "runs", "uids"), PLANS.values(), ids=PLANS)
def test_who_may_start(limits: Limits, runs: list[RunSummary], uids: list[str]) -> None:
    assert plan_admission(Line(runs), limits) == uids
    assert plan_admission(Line(reversed(runs)), limits) == uids


OTHERS = [*go("a1", "a2"), *wait("a3", "b4")]
WAITS: dict[str, tuple[RunSummary, Limits, Wait | None]] = {
    "a namespace that is full": (
        build("a5"),
        Limits(9, 2),
        Wait("NamespaceFull", "waits for room: 2 of 2 Runs of this namespace go on", 2),
    ),
    "a cluster that is full": (
        build("a5"),
        Limits(1, 9),
        Wait("ClusterFull", "waits for room: 2 of 1 Runs of the cluster go on", 3),
    ),
    "both": (
        build("a5", priority=1),
        Limits(2, 2),
        Wait("NamespaceFull", "waits for room: 2 of 2 Runs of this namespace go on", 1),
    ),
    "suspended": (build("a5", suspend=True), Limits(2, 2), Wait("Suspended", "spec.suspend is true")),
    "room that others get first": (build("b5"), Limits(None, 2), Wait("AwaitingTurn", "waits for its turn")),
    "a child": (build("a5", owner="parent"), Limits(1, 1), None),
    "told to start": (build("a1"), Limits(1, 1), None),
}


@pytest.mark.parametrize(("run", "limits", "told"), WAITS.values(), ids=WAITS)
def test_what_the_others_are_told(run: RunSummary, limits: Limits, told: Wait | None) -> None:
    assert find_wait(run, Line(OTHERS), limits) == told


def test_limits_that_are_none() -> None:
    assert [Limits().is_set, Limits(1).is_set, Limits(None, 1).is_set] == [False, True, True]
