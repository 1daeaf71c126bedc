"""Finding a Run by what people type, and following it to its end."""

import pytest
from longshore.cli.cluster.runs import find_run, follow_run, get_phase
from longshore.errors import NotFoundError
from unit.cli.samples import Object, run
from unit.cli.scripts import RUNS, Answer, Script, answer, answer_list, answer_watch, refuse

WATCH = f"{RUNS}?watch"
EARLY, LATE = "2026-01-02T10:00:00Z", "2026-01-02T10:00:01Z"


def named(name: str, created: str = EARLY, version: int = 1) -> Object:
    metadata = {"name": name, "uid": name, "creationTimestamp": created, "resourceVersion": str(version)}
    return {**run(), "metadata": metadata}


def in_phase(phase: str, version: int) -> Object:
    return {**named("demo", version=version), "status": {"phase": phase}}


@pytest.mark.parametrize("typed", ["demo", "run/demo", "run.longshore.dev/demo"])
def test_by_name(typed: str) -> None:
    script = Script({f"{RUNS}/demo": [answer(named("demo"))]})
    assert find_run(script.connect(), typed)["metadata"]["name"] == "demo"


@pytest.mark.parametrize(
    ("typed", "others", "message"),
    [
        ("demo-x7k", answer_list(named("demo-x7k2p")), "; did you mean 'demo-x7k2p'?"),
        ("zebra", answer_list(named("demo-x7k2p")), "in namespace 'team'"),
        ("demo", refuse(403, "cannot list"), "in namespace 'team'"),
    ],
    ids=["near", "far", "others are not to be seen"],
)
def test_by_a_name_that_does_not_exist(typed: str, others: Answer, message: str) -> None:
    script = Script({f"{RUNS}/{typed}": [refuse(404, name=typed)], RUNS: [others]})
    with pytest.raises(NotFoundError) as caught:
        find_run(script.connect(), typed)
    assert str(caught.value).startswith(f"there is no run {typed!r}")
    assert str(caught.value).endswith(message)


@pytest.mark.parametrize(
    "runs",
    [
        [named("last", LATE), named("first")],
        [named("first"), named("last", LATE)],
        [named("first", version=9), named("last", version=10)],
    ],
    ids=["by time", "whatever the order", "of the same second by version"],
)
def test_without_a_name_it_is_the_latest(runs: list[Object]) -> None:
    script = Script({RUNS: [answer_list(runs[0], token="more"), answer_list(runs[1])]})
    assert find_run(script.connect(), None)["metadata"]["name"] == "last"
    assert script.parameters(1)["continue"] == "more"


def test_without_a_name_and_a_run() -> None:
    with pytest.raises(NotFoundError, match="there is no run in namespace 'team'"):
        find_run(Script({RUNS: [answer_list()]}).connect(), None)


def test_a_run_is_followed_to_its_end() -> None:
    events = [("MODIFIED", in_phase("Running", 11)), ("MODIFIED", in_phase("Failed", 12))]
    script = Script({RUNS: [answer_list(in_phase("Queued", 9))], WATCH: [answer_watch(*events)]})
    followed = [get_phase(seen) for seen in follow_run(script.connect(), named("demo"))]
    assert followed == ["", "Queued", "Running", "Failed"]


def test_a_finished_run_is_not_watched() -> None:
    assert len(list(follow_run(Script({}).connect(), in_phase("Succeeded", 3)))) == 1


def test_a_run_that_is_deleted() -> None:
    script = Script({RUNS: [answer_list()], WATCH: [answer_watch(("DELETED", in_phase("Running", 11)))]})
    with pytest.raises(NotFoundError, match="run 'demo' was deleted"):
        list(follow_run(script.connect(), named("demo")))


def test_patience_ends() -> None:
    script = Script({RUNS: [answer_list(in_phase("Running", 9))], WATCH: [answer_watch()]})
    assert get_phase(list(follow_run(script.connect(), named("demo"), 0))[-1]) == ""
