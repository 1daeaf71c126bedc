"""The line in which Runs wait for room: its order, and who is counted."""

from typing import Any

import pytest
from longshore.planning.runs.lines import Line, build_ticket
from longshore.planning.runs.summaries import RunSummary
from support.planning.runs import after


def build(name: str, phase: str = "Queued", seconds: float = 0, **fields: Any) -> RunSummary:
    known = {"namespace": "ci", "uid": name, **fields}
    return RunSummary(name=name, phase=phase, created=after(seconds), **known)


def show(line: Line, namespace: str = "ci") -> list[str]:
    """Those that wait in a namespace, first to last."""
    return [ticket.name for ticket in line.queues.get(namespace, ())]


def test_the_higher_priority_then_the_older_then_the_name() -> None:
    waiting = [
        build("young", seconds=9, priority=1),
        build("b", seconds=5),
        build("a", seconds=5),
        build("old"),
        build("low", priority=-1),
        build("high", seconds=99, priority=7),
    ]
    line = Line(waiting)
    assert show(line) == ["high", "young", "old", "a", "b", "low"]
    assert [line.find_place(build_ticket(run), "ci") for run in waiting] == [2, 5, 4, 3, 6, 1]


STANDS: dict[str, tuple[RunSummary, int, int]] = {
    "queued": (build("r"), 1, 0),
    "running": (build("r", "Running"), 0, 1),
    "running and suspended": (build("r", "Running", suspend=True), 0, 1),
    "ended": (build("r", "Succeeded"), 0, 0),
    "suspended": (build("r", suspend=True), 0, 0),
    "canceled": (build("r", cancel="Graceful"), 0, 0),
    "deleted": (build("r", is_deleted=True), 0, 0),
    "deleted, and going on": (build("r", "Running", is_deleted=True), 0, 1),
    "without its Workflow": (build("r", is_refused=True), 0, 0),
    "a child": (build("r", owner="parent"), 0, 0),
    "a child that goes on": (build("r", "Running", owner="parent"), 0, 0),
    "another controller's": (build("r", managed_by="example.com/me"), 0, 0),
    "another controller's, and going on": (build("r", "Running", managed_by="example.com/me"), 0, 0),
    "ours by name": (build("r", managed_by="longshore.dev/operator"), 1, 0),
}


@pytest.mark.parametrize("before", STANDS)
@pytest.mark.parametrize("now", STANDS)
def test_who_waits_and_who_takes_room(before: str, now: str) -> None:
    """Whatever a Run was before; but one that goes on is never Queued again."""
    first, (run, waiting, active) = STANDS[before], STANDS[now]
    if first[2] and run.phase == "Queued":
        return
    line = Line([first[0]])
    changes = line.update(run)
    assert (len(show(line)), line.count(), line.count("ci")) == (waiting, active, active)
    assert changes is (first[1:] != (waiting, active))
    assert not line.update(run)


def test_one_that_is_told_to_start_takes_room_at_once_and_stays_out_of_line() -> None:
    line = Line([build("a"), build("b")])
    line.start("a")
    assert (show(line), line.count("ci"), line.is_active("a")) == (["b"], 1, True)
    assert not line.update(build("a", priority=5))
    assert not line.update(build("a", "Running"))
    assert (show(line), line.count("ci")) == (["b"], 1)


@pytest.mark.parametrize("fields", [{"suspend": True}, {"cancel": "Graceful"}, {"is_refused": True}])
def test_one_that_does_not_start_after_all_gives_its_room_back(fields: dict[str, Any]) -> None:
    line = Line([build("a")])
    line.start("a")
    assert line.update(build("a", **fields))
    assert (show(line), line.count()) == ([], 0)


def test_priority_reorders() -> None:
    line = Line([build("a"), build("b", seconds=1)])
    assert line.update(build("b", seconds=1, priority=1))
    assert show(line) == ["b", "a"]


def test_one_that_is_gone() -> None:
    line = Line([build("a"), build("b", "Running")])
    assert [line.remove(name) for name in ("a", "b", "a", "c")] == [True, True, False, False]
    assert (line.queues, line.count(), line.count("ci")) == ({}, 0, 0)


def test_places_are_counted_over_all_namespaces() -> None:
    runs = [build(str(number), seconds=number, namespace="ab"[number % 2]) for number in range(6)]
    line = Line(runs)
    assert [line.find_place(build_ticket(run)) for run in runs] == [1, 2, 3, 4, 5, 6]
    assert [line.find_place(build_ticket(run), run.namespace) for run in runs] == [1, 1, 2, 2, 3, 3]
