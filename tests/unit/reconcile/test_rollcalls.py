"""Who has still to be planned once after a start, and how long it is waited for."""

from collections.abc import Callable
from typing import Any

import pytest
from longshore.planning.runs.summaries import RunSummary
from longshore.reconcile.rollcalls import (
    FIRST_PATIENCE,
    PATIENCE,
    RollCall,
    is_awaiting_room,
    is_going_on,
)
from longshore.reconcile.stores import RunStore
from support.objects import Json, build_run
from support.planning.runs import step, workflow

WAITING = {"steps": {"a": {"phase": "Pending", "attempt": 0, "queuedTime": "2025-06-01T12:00:00Z"}}}


class Bench:
    """Runs by `namespace/name`, which is their uid too, and a clock that stands still."""

    def __init__(self, is_called: Callable[[RunSummary], bool] = is_going_on) -> None:
        self.runs = RunStore()
        self.seconds = 100.0
        self.call = RollCall(self.runs, is_called, lambda: self.seconds)

    def list_called(self) -> list[str]:
        """The namespaces where somebody has to answer."""
        return [namespace for namespace in ("ci", "lab") if not self.call.is_complete(namespace)]

    def add(self, *uids: str, spec: Json | None = None, **status: Any) -> None:
        """Runs there are when the call is held."""
        for uid in uids:
            namespace, _, name = uid.partition("/")
            run = build_run(workflow(step("a")), name, **(spec or {}))
            metadata = run["metadata"] | {"namespace": namespace, "uid": uid}
            self.runs.foresee(run | {"metadata": metadata, "status": {"phase": "Running", **status}})


def test_the_last_answer_of_a_namespace_completes_it() -> None:
    bench = Bench()
    bench.add("ci/a", "ci/b", "lab/c")
    assert [bench.call.note(uid) for uid in ("ci/a", "ci/a", "lab/c", "ci/b", "ci/b")] == [
        None, None, "lab", "ci", None,
    ]  # fmt: skip


def test_a_namespace_is_complete_once_all_have_answered() -> None:
    bench = Bench()
    bench.add("ci/a", "ci/b")
    assert (bench.call.is_complete("ci"), bench.call.is_complete("lab")) == (False, True)
    bench.call.note("ci/a")
    assert not bench.call.is_complete("ci")
    bench.call.note("ci/b")
    assert bench.call.is_complete("ci")


def test_who_comes_after_the_call_is_not_waited_for() -> None:
    bench = Bench()
    bench.add("ci/a")
    bench.call.note("lab/unknown")
    bench.add("ci/late", "lab/late")
    assert bench.call.note("ci/late") is None
    assert bench.call.note("ci/a") == "ci"
    assert bench.call.is_complete("lab")


@pytest.mark.parametrize(
    ("of_run", "called"),
    [
        ({"phase": "Running"}, ["ci"]),
        ({"phase": "Queued"}, ["ci"]),
        ({"phase": "Running", **WAITING}, ["ci"]),
        ({"phase": "Succeeded"}, []),
        ({"phase": "Canceled"}, []),
        ({"phase": "Running", "spec": {"managedBy": "example.com/other"}}, []),
    ],
)
def test_who_goes_on(of_run: Json, called: list[str]) -> None:
    bench = Bench()
    bench.add("ci/a", **of_run)
    assert bench.list_called() == called


@pytest.mark.parametrize(
    ("of_run", "called"),
    [
        ({"phase": "Running"}, []),
        ({"phase": "Queued"}, []),
        (WAITING, ["ci"]),
        ({"steps": {"a": {**WAITING["steps"]["a"], "pod": "there"}}}, []),
        ({"phase": "Failed", **WAITING}, []),
        ({**WAITING, "spec": {"managedBy": "example.com/other"}}, []),
    ],
)
def test_who_waits_for_room(of_run: Json, called: list[str]) -> None:
    bench = Bench(is_awaiting_room)
    bench.add("ci/a", **of_run)
    assert bench.list_called() == called


def test_who_is_asked_before_any_answer_waits_a_little() -> None:
    """Groups are heard of before all Runs are: there may be some yet."""
    bench = Bench()
    assert bench.call.find_delay("ci") == FIRST_PATIENCE
    bench.seconds += FIRST_PATIENCE - 1
    assert bench.call.find_delay("lab") == 1
    bench.seconds += 2
    assert bench.call.find_delay("ci") == 0


def test_runs_that_are_heard_of_late_are_waited_for_all_the_same() -> None:
    bench = Bench()
    bench.call.find_delay("ci")
    bench.add("ci/a", "ci/b")
    bench.call.note("ci/a")
    bench.seconds += FIRST_PATIENCE
    assert (bench.call.find_delay("ci"), bench.call.find_delay("lab")) == (PATIENCE - FIRST_PATIENCE, 0)
    bench.call.note("ci/b")
    assert bench.call.find_delay("ci") == 0


def test_who_never_answers_is_waited_for_no_longer_than_patience() -> None:
    bench = Bench()
    bench.add("ci/a", "ci/stuck")
    bench.call.note("ci/a")
    assert bench.call.find_delay("ci") == PATIENCE
    bench.seconds += PATIENCE
    assert bench.call.find_delay("ci") == 0
    assert not bench.call.is_complete("ci")
    assert bench.call.note("ci/stuck") == "ci"
