"""All logs of a Run at once: those there are, those of steps that start later, until the end of the Run."""

from collections.abc import Iterator
from threading import Event

import pytest
from longshore.cli.logs.followers import Follower
from longshore.cli.logs.logbooks import Logbook
from longshore.cli.logs.podlogs import cut_time, list_sources
from longshore.cli.words.wishes import LogPart
from longshore.errors import ForbiddenError
from unit.cli.samples import Object, run
from unit.cli.scripts import PODS, RUNS, Script, answer, answer_lines, answer_list, answer_watch, refuse
from unit.cli.test_podlogs import DONE, RUNNING, WAITING, pod


def called(name: str, state: Object, version: int, attempt: int = 1) -> Object:
    """The pod of a step of the same name."""
    made = pod(state, path=name, attempt=attempt)
    return {**made, "metadata": {**made["metadata"], "name": name, "uid": name, "resourceVersion": str(version)}}


def finished(phase: str) -> Object:
    ended = run({"phase": phase})
    return {**ended, "metadata": {**ended["metadata"], "resourceVersion": "50"}}


ALL = {"phase": "Running"}


@pytest.fixture
def script() -> Iterator[Script]:
    """`a` runs, `b` starts later, `c` is seen only when the Run has ended."""
    held = Event()
    pods = [called("a", RUNNING, 1), called("b", WAITING, 2)]
    last = [called("a", DONE, 20), called("b", DONE, 21), called("c", DONE, 22)]
    later = answer_watch(("MODIFIED", called("b", RUNNING, 11)), held=held)
    yield Script({
        PODS: [answer_list(*pods), answer_list(*last)],
        f"{PODS}?watch": [later, refuse(403)],
        RUNS: [answer_list(run(ALL))],
        f"{RUNS}?watch": [answer_watch(("MODIFIED", finished("Succeeded")))],
        **{f"{PODS}/{name}/log": [answer_lines(f"1 {name}1", f"2 {name}2")] for name in "abc"},
        **{f"{PODS}/{name}": [answer(called(name, DONE, 30))] for name in "abc"},
    })  # fmt: skip
    held.set()


def open_follower(script: Script, step: str | None = None) -> Follower:
    return Follower(Logbook(script.connect(), script.open_archive(), run(ALL), LogPart()), step, {})


def follow(script: Script, step: str | None = None) -> list[tuple[str, str]]:
    """The lines with their steps."""
    follower = open_follower(script, step)
    return [(line.source.path, cut_time(line.text)) for line in follower.lines()]


def test_lines_of_all_steps_once_and_in_order(script: Script) -> None:
    lines = follow(script)
    assert {path: [text for other, text in lines if other == path] for path, _ in lines} == {
        name: [f"{name}1", f"{name}2"] for name in "abc"
    }


def test_one_step(script: Script) -> None:
    assert follow(script, "c") == [("c", "c1"), ("c", "c2")]


LOGS = "/v1/runs/u-1/logs"


def test_the_archive_has_the_log_of_a_pod_that_goes(script: Script) -> None:
    script.answers[f"{PODS}/a/log"] = [refuse(404, name="a")]
    script.answers[f"{LOGS}/a/1/step"] = [answer_lines("1 kept")]
    assert [line for line in follow(script) if line[0] == "a"] == [("a", "kept")]


def test_a_pod_that_came_and_went_unseen(script: Script) -> None:
    steps = {"d": {"phase": "Succeeded", "attempt": 1, "pod": "d"}}
    ended = {**finished("Succeeded"), "status": {"phase": "Succeeded", "steps": steps}}
    script.answers[f"{RUNS}?watch"] = [answer_watch(("MODIFIED", ended))]
    script.answers[LOGS] = [
        answer({"items": [{"step": "d", "attempt": 1, "container": "step", "state": "Complete"}]})
    ]
    script.answers[f"{LOGS}/d/1/step"] = [answer_lines("1 brief")]
    assert [line for line in follow(script) if line[0] == "d"] == [("d", "brief")]


def test_earlier_attempts_are_left_out(script: Script) -> None:
    follower = open_follower(script)
    follower.first = {"a": 2}
    assert {line.source.path for line in follower.lines()} == {"b", "c"}


def test_a_run_without_pods(script: Script) -> None:
    script.answers[PODS] = [answer_list()]
    script.answers[f"{PODS}?watch"] = [refuse(410), *script.answers[f"{PODS}?watch"]]
    follower = open_follower(script, "c")
    assert list(follower.lines()) == []
    assert not follower.has_sources


@pytest.mark.parametrize("path", [PODS, f"{RUNS}?watch", f"{PODS}/a/log"])
def test_what_is_forbidden_is_said(script: Script, path: str) -> None:
    script.answers[path] = [refuse(403, "User b cannot")]
    with pytest.raises(ForbiddenError, match="User b cannot"):
        follow(script)


def test_whatever_goes_wrong_ends_it(script: Script) -> None:
    script.answers[f"{PODS}/a/log"] = [RuntimeError("a mistake")]
    with pytest.raises(RuntimeError, match="a mistake"):
        follow(script)


def test_what_was_read_before_is_left_out(script: Script) -> None:
    follower = open_follower(script)
    follower.skip(list_sources(called("a", DONE, 1), LogPart()))
    assert {line.source.path for line in follower.lines()} == {"b", "c"}
    assert follower.has_sources
