"""All logs of a Run at once: those there are, those of steps that start later, until the end of the Run."""

from collections.abc import Iterator
from threading import Event

import httpx2
import pytest
from longshore.cli.logs.chapters import open_chapters
from longshore.cli.logs.followers import Follower, open_follower
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


def open_follower_of(script: Script, part: LogPart, step: str | None = None) -> Follower:
    return Follower(Logbook(script.connect(), script.open_archive(), run(ALL), part), step, {})


def follow(script: Script, step: str | None = None) -> list[tuple[str, str]]:
    """The lines with their steps."""
    follower = open_follower_of(script, LogPart(), step)
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
    follower = open_follower_of(script, LogPart())
    follower.first = {"a": 2}
    assert {line.source.path for line in follower.lines()} == {"b", "c"}


def test_a_run_without_pods(script: Script) -> None:
    script.answers[PODS] = [answer_list()]
    script.answers[f"{PODS}?watch"] = [refuse(410), *script.answers[f"{PODS}?watch"]]
    follower = open_follower_of(script, LogPart(), "c")
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
    follower = open_follower_of(script, LogPart())
    follower.skip(list_sources(called("a", DONE, 1), LogPart()))
    assert {line.source.path for line in follower.lines()} == {"b", "c"}
    assert follower.has_sources


CHILD = "demo-deploy-1-f00"


def parent(phase: str, version: str, **steps: Object) -> Object:
    graph = {"steps": [{"name": "a"}, {"name": "deploy"}]}
    made = run({"phase": phase, "workflowSpec": graph, "steps": steps})
    return {**made, "metadata": {**made["metadata"], "resourceVersion": version}}


def child_run(phase: str, version: str = "60") -> Object:
    made = run({"phase": phase})
    return {**made, "metadata": {**made["metadata"], "name": CHILD, "uid": "u-2", "resourceVersion": version}}


MADE: Object = {"phase": "Running", "attempt": 1, "run": CHILD}


class Family(Script):
    """A cluster with a Run that makes another one: what is asked of each is told apart by its uid and its name."""

    def respond(self, request: httpx2.Request) -> httpx2.Response:
        """The answer for one of the two."""
        if any(sign in str(request.url.params) for sign in ("u-2", CHILD)):
            request.url = request.url.copy_with(path=f"/child{request.url.path}")
        return Script.respond(self, request)


@pytest.fixture
def family() -> Iterator[Family]:
    """`a` runs; later a step makes a child Run, of which `x` runs and `y` starts later."""
    held = Event()
    yield Family({
        PODS: [answer_list(called("a", RUNNING, 1)), answer_list(called("a", DONE, 20))],
        f"{PODS}?watch": [answer_watch(held=held)],
        RUNS: [answer_list(run(ALL))],
        f"{RUNS}?watch": [
            answer_watch(
                ("MODIFIED", parent("Running", "51", deploy=MADE)),
                ("MODIFIED", parent("Succeeded", "52", deploy={**MADE, "phase": "Succeeded"})),
            )
        ],
        f"{RUNS}/{CHILD}": [answer(child_run("Running"))],
        f"/child{PODS}": [answer_list(called("x", RUNNING, 1)), answer_list(called("y", DONE, 20))],
        f"/child{PODS}?watch": [answer_watch(("MODIFIED", called("y", RUNNING, 11)), held=held)],
        f"/child{RUNS}": [answer_list(child_run("Running"))],
        f"/child{RUNS}?watch": [answer_watch(("MODIFIED", child_run("Succeeded", "61")))],
        **{f"{PODS}/{name}/log": [answer_lines(f"1 {name}1", f"2 {name}2")] for name in "axy"},
        **{f"{PODS}/{name}": [answer(called(name, DONE, 30))] for name in "axy"},
    })  # fmt: skip
    held.set()


def test_logs_of_a_child_run_that_appears_later_stand_among_those_of_its_parent(family: Family) -> None:
    lines = follow(family)
    assert {path: [text for other, text in lines if other == path] for path, _ in lines} == {
        "a": ["a1", "a2"],
        "deploy/x": ["x1", "x2"],
        "deploy/y": ["y1", "y2"],
    }


def test_one_step_that_is_a_run(family: Family) -> None:
    assert {path for path, _ in follow(family, "deploy")} == {"deploy/x", "deploy/y"}
    assert follow(family, "a")[0] == ("a", "a1")


def test_items_that_a_child_run_carries_have_their_names_already(family: Family) -> None:
    slice_ = parent("Succeeded", "52", **{"test[0:250]": MADE})
    family.answers[f"{RUNS}?watch"] = [answer_watch(("MODIFIED", slice_))]
    assert {path for path, _ in follow(family)} == {"a", "x", "y"}


def test_a_child_run_that_is_gone_is_passed_over(family: Family) -> None:
    family.answers[f"{RUNS}/{CHILD}"] = [refuse(404, name=CHILD)]
    assert {path for path, _ in follow(family)} == {"a"}


def test_attempts_are_of_the_runs_own_steps(family: Family) -> None:
    follower = open_follower_of(family, LogPart(attempt=1))
    assert {line.source.path for line in follower.lines()} == {"a"}


def test_what_was_read_of_a_child_run_is_left_out(family: Family) -> None:
    family.answers[f"/child{PODS}"] = [answer_list(called("x", DONE, 1)), answer_list(called("y", DONE, 20))]
    book = Logbook(family.connect(), family.open_archive(), parent("Running", "51", deploy=MADE), LogPart())
    first, *children = open_chapters(book, None)
    assert [child.run_name for child in children] == [CHILD]
    follower = open_follower(first, None, {child.run_name: child for child in children})
    assert {line.source.path for line in follower.lines()} == {"a", "deploy/y"}
    assert follower.has_sources


def test_a_child_run_that_had_ended_is_not_followed(family: Family) -> None:
    family.answers[f"{RUNS}/{CHILD}"] = [answer(child_run("Succeeded"))]
    book = Logbook(family.connect(), family.open_archive(), parent("Running", "51", deploy=MADE), LogPart())
    first, *children = open_chapters(book, None)
    follower = open_follower(first, None, {child.run_name: child for child in children})
    assert {line.source.path for line in follower.lines()} == {"a"}
    assert not any("/child" in str(request.url) and "watch" in request.url.params for request in family.asked)
