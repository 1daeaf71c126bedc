"""The logs of a Run with those of its child Runs, and what their steps are called."""

import pytest
from longshore.cli.logs.chapters import open_chapters
from longshore.cli.logs.logbooks import Logbook
from longshore.cli.words.wishes import LogPart
from unit.cli.samples import Object, run, step
from unit.cli.scripts import PODS, RUNS, Script, answer, answer_list, refuse
from unit.cli.test_podlogs import DONE, pod

STEPS = {
    "own": step("Succeeded", attempt=1, pod="p"),
    "deploy": step("Running", attempt=1, run="child"),
    "lost": step("Failed", attempt=1, run="gone"),
    "sweep[0:2]": step("Running", attempt=1, run="slice"),
}


def parent() -> Object:
    graph = {"steps": [{"name": name} for name in ("own", "deploy", "lost", "sweep")]}
    return run({"phase": "Running", "workflowSpec": graph, "steps": STEPS})


def child(name: str, *paths: str) -> Object:
    steps = {path: step("Succeeded", attempt=1, pod="p") for path in paths}
    made = run({"phase": "Running", "workflowSpec": {"steps": [{"name": path} for path in paths]}, "steps": steps})
    return {**made, "metadata": {**made["metadata"], "name": name, "uid": name}}


def open_script() -> Script:
    pods = [answer_list(pod(DONE, path=path)) for path in ("own", "build", "sweep[1]")]
    return Script({
        PODS: pods,
        f"{RUNS}/child": [answer(child("child", "build"))],
        f"{RUNS}/slice": [answer(child("slice", "sweep[1]"))],
        f"{RUNS}/gone": [refuse(404, name="gone")],
        RUNS: [answer_list()],
        "/v1/runs/gone": [refuse(404)],
    })  # fmt: skip


def read_names(part: LogPart, wanted: str | None = None) -> tuple[list[str], list[str], list[str]]:
    """What the logs are called, what all steps are, and which have no log."""
    script = open_script()
    chapters = open_chapters(Logbook(script.connect(), script.open_archive(), parent(), part), wanted)
    runs = {chapter.run_name for chapter in chapters}
    return (
        [chapter.name(source).path for chapter in chapters for source in chapter.sources],
        [name for chapter in chapters for name in chapter.list_names(runs)],
        [path for chapter in chapters for path in chapter.list_silent(runs)],
    )


def test_children_are_told_with_their_parent() -> None:
    names = ["own", "deploy/build", "sweep[1]"]
    assert read_names(LogPart()) == (names, ["own", "lost", "deploy/build", "sweep[1]"], ["lost"])


@pytest.mark.parametrize("part", [LogPart(attempt=1), LogPart(previous=True)])
def test_attempts_are_those_of_the_parent(part: LogPart) -> None:
    names = ["own", "deploy", "lost", "sweep[0:2]"]
    assert read_names(part)[1] == names
