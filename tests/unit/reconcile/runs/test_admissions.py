"""The line in front of the limits, as Runs come, change, end and go."""

from typing import Any

from longshore.planning.runs.admissions import Limits
from longshore.reconcile.runs.admissions import Admissions
from longshore.reconcile.stores import RunStore
from support.graphs import chain
from support.objects import Json, build_run


class Bench:
    """Runs a, b, c, ... and who is marked."""

    def __init__(self, limits: Limits) -> None:
        self.runs = RunStore()
        self.admissions = Admissions(self.runs, limits)
        self.marked: list[str] = []
        self._versions = 0
        self.admissions.start(lambda uid: self.marked.append(uid.removeprefix("uid-of-")))

    def put(self, name: str, phase: str | None = None, **spec: Any) -> None:
        """A version of a Run is seen."""
        self.runs.put(self.build(name, phase, **spec))

    def build(self, name: str, phase: str | None = None, **spec: Any) -> Json:
        """A new version of a Run."""
        self._versions += 1
        run = build_run(chain(1), name, self._versions, **spec)
        run["metadata"]["creationTimestamp"] = f"2025-06-01T12:00:{ord(name[0]) - ord('a'):02}Z"
        status: Json = {"phase": phase} if phase else {}
        return {**run, "status": status}

    def waits(self, name: str) -> str | None:
        """Why a Run waits."""
        wait = self.admissions.find_wait(f"uid-of-{name}")
        return None if wait is None else f"{wait.reason} {wait.place}"


def begin(limits: Limits, *going: str) -> Bench:
    bench = Bench(limits)
    for name in going:
        bench.put(name, "Running")
    return bench


def test_without_limits_nothing_waits_and_nobody_is_told() -> None:
    bench = Bench(Limits())
    bench.put("a")
    assert (bench.waits("a"), bench.waits("unknown"), bench.marked) == (None, None, [])


def test_all_that_were_listed_count_from_the_first_that_is_seen() -> None:
    bench = Bench(Limits(2))
    for name, phase in (("d", None), ("c", "Running"), ("b", None), ("a", None)):
        bench.runs.foresee(bench.build(name, phase))
    bench.put("d")
    assert [bench.waits(name) for name in "abd"] == [None, "ClusterFull 1", "ClusterFull 2"]
    assert bench.marked == ["a"]


def test_the_end_of_one_marks_the_next() -> None:
    bench = begin(Limits(None, 1), "a")
    bench.put("c")
    bench.put("b")
    assert [bench.waits(name) for name in "bc"] == ["NamespaceFull 1", "NamespaceFull 2"]
    bench.put("a", "Succeeded")
    assert (bench.marked, bench.waits("b"), bench.waits("c")) == (["b"], None, "NamespaceFull 1")
    bench.put("b", "Running")
    bench.runs.remove("uid-of-b")
    assert bench.marked == ["b", "c"]


def test_one_that_was_told_to_start_and_does_not_lets_the_next() -> None:
    bench = begin(Limits(1))
    bench.put("a")
    bench.put("b")
    assert bench.marked == ["a"]
    bench.put("a", suspend=True)
    assert (bench.marked, bench.waits("a")) == (["a", "b"], "Suspended 0")
    bench.put("a", "Queued")
    assert bench.waits("a") == "ClusterFull 1"


def test_a_higher_priority_goes_first_also_when_it_is_set_late() -> None:
    bench = begin(Limits(1), "a")
    for name in "bcd":
        bench.put(name)
    bench.put("d", priority=3)
    assert [bench.waits(name) for name in "bcd"] == ["ClusterFull 2", "ClusterFull 3", "ClusterFull 1"]
    bench.put("a", "Failed")
    assert bench.marked == ["d"]


def test_what_does_not_matter_marks_nobody() -> None:
    bench = begin(Limits(1), "a")
    bench.put("b")
    for _ in range(3):
        bench.put("a", "Running")
        bench.put("b", "Queued")
    bench.put("c", "Running", managedBy="example.com/me")
    assert bench.marked == []
