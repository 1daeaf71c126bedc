"""`kubectl longshore logs`: all steps or one, as they are and as they come."""

from collections.abc import Callable

import pytest
from support.namespaces import Namespace, write_run
from support.plugins import Said, begin, say

STEP = 'image: "python:3.12-slim"'
FLAKY = 'echo "try $LONGSHORE_ATTEMPT"; echo done; test "$LONGSHORE_ATTEMPT" = 2'
SPEC = (
    f"{{steps: [{{name: first, {STEP}, script: echo one; echo two}},"
    f" {{name: flaky, {STEP}, needs: [first], retry: {{limit: 1, backoff: {{seconds: 1}}}}, script: '{FLAKY}'}},"
    f" {{name: skipped, {STEP}, needs: [first], when: 'false'}}]}}"
)


@pytest.fixture(scope="module")
def logged(new_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace with a Run that has logs."""
    namespace = new_namespace("logs")
    namespace.apply(write_run("logged", SPEC))
    namespace.finish("logged")
    return namespace


def test_all_steps_in_order(logged: Namespace) -> None:
    assert say(logged, "logs", "logged") == Said(
        0, "first   │ one\nfirst   │ two\nflaky#2 │ try 2\nflaky#2 │ done\n"
    )


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (["first"], "one\ntwo\n"),
        (["first", "--tail", "1"], "two\n"),
        (["flaky"], "try 2\ndone\n"),
        (["flaky", "--attempt", "1"], "try 1\ndone\n"),
        (["flaky", "--attempt", "1", "-f", "--tail=1"], "done\n"),
        (["first", "-c", "step", "--since", "1h"], "one\ntwo\n"),
    ],
)
def test_one_step(logged: Namespace, arguments: list[str], lines: str) -> None:
    assert say(logged, "logs", "logged", *arguments) == Said(0, lines)


def test_without_prefixes(logged: Namespace) -> None:
    assert say(logged, "logs", "logged", "--no-prefix").out == "one\ntwo\ntry 2\ndone\n"
    assert say(logged, "logs", "logged", "first", "--prefix").out == "first │ one\nfirst │ two\n"


def test_lines_of_steps_side_by_side_stand_in_the_order_of_time(namespace: Namespace) -> None:
    script = "for n in 1 2 3; do sleep 1; echo $LONGSHORE_STEP $n; done"
    steps = ", ".join(f"{{name: {name}, {STEP}, script: '{script}'}}" for name in ("a", "b"))
    namespace.apply(write_run("both", f"{{steps: [{steps}]}}"))
    namespace.finish("both")
    timed = say(namespace, "logs", "both", "--timestamps", "--no-prefix").out.splitlines()
    assert len(timed) == 6
    assert timed == sorted(timed)
    followed = say(namespace, "logs", "both", "-f", "--timestamps", "--no-prefix").out.splitlines()
    assert followed == timed


def test_all_containers_of_a_step(namespace: Namespace) -> None:
    side = "{image: 'python:3.12-slim', command: [sh, -c, 'echo ready; exec sleep 300']}"
    work = f"{{name: work, {STEP}, services: [{{name: side, container: {side}}}], script: echo done}}"
    steps = f"{work}, {{name: alone, {STEP}, needs: [work], script: 'true'}}"
    namespace.apply(write_run("served", f"{{steps: [{steps}]}}"))
    namespace.finish("served")
    lines = say(namespace, "logs", "served", "work", "--all-containers").out.splitlines()
    assert sorted(line.replace(" ", "") for line in lines) == ["work/side│ready", "work│done"]
    assert say(namespace, "logs", "served", "-c", "side").out == "work  │ ready\n"


def test_with_times(logged: Namespace) -> None:
    lines = say(logged, "logs", "logged", "first", "--timestamps").out.splitlines()
    assert [line.partition(" ")[2] for line in lines] == ["one", "two"]
    assert lines[0] < lines[1]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["logged", "skipped"], 1, "step 'skipped' has no log: Skipped (WhenFalse: false)\n"),
        (["logged", "flaky", "--attempt=7"], 1, "step 'flaky' has no attempt 7; the last is 2\n"),
        (["logged", "first", "--previous"], 1, "step 'first' has no attempt before the first\n"),
        (["logged", "flaki"], 2, "error: run 'logged' has no step 'flaki'; did you mean 'flaky'?\n"),
        (["logged", "first", "-c", "x"], 1, "error: there is no container 'x'; there are: step\n"),
    ],
)
def test_where_there_is_none(logged: Namespace, arguments: list[str], code: int, message: str) -> None:
    assert say(logged, "logs", *arguments) == Said(code, "", message)


def test_follow_goes_on_with_new_steps_and_attempts_until_the_run_ends(namespace: Namespace) -> None:
    namespace.apply(write_run("logged", SPEC))
    followed = say(namespace, "logs", "logged", "--follow")
    assert followed.code == 0, followed
    lines = followed.out.splitlines()
    assert {
        step: [line for line in lines if line.startswith(step)] for step in ("first", "flaky ", "flaky#2")
    } == {
        "first": ["first   │ one", "first   │ two"],
        "flaky ": ["flaky   │ try 1", "flaky   │ done"],
        "flaky#2": ["flaky#2 │ try 2", "flaky#2 │ done"],
    }
    assert namespace.get_status("logged")["phase"] == "Succeeded"


def test_follow_shows_a_line_when_it_is_written(namespace: Namespace) -> None:
    script = "trap 'exit 0' TERM; echo started; sleep 600 & wait"
    namespace.apply(write_run("long", f'{{steps: [{{name: work, {STEP}, script: "{script}"}}]}}'))
    with begin(namespace, "logs", "long", "-f") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        assert namespace.get_status("long")["phase"] == "Running"
        say(namespace, "cancel", "long")
        assert process.stdout.read() == ""
        assert process.wait(60) == 0
