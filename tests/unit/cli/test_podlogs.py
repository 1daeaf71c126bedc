"""Which container has a step's log, and its lines through broken connections."""

from typing import Any

import httpx2
import pytest
from longshore.cli.logs.marks import Mark
from longshore.cli.logs.podlogs import Source, follow_log, list_sources, pick, read_log, read_tail
from longshore.cli.words.wishes import LogPart
from longshore.errors import NotFoundError
from unit.cli.samples import Object
from unit.cli.scripts import NAMESPACE, PODS, Script, answer, answer_lines, refuse

WAITING: Object = {"waiting": {"reason": "PodInitializing"}}
RUNNING: Object = {"running": {}}
FAILED: Object = {"terminated": {"exitCode": 1}}
DONE: Object = {"terminated": {"exitCode": 0}}
LOG = f"{PODS}/p/log"


def pod(step: Object, checkout: Object | None = None, path: str = "unit", attempt: int = 1) -> Object:
    """A pod whose containers are in these states."""
    init = {} if checkout is None else {"initContainers": [{"name": "checkout"}]}
    states = {} if checkout is None else {"initContainerStatuses": [{"name": "checkout", "state": checkout}]}
    return {
        "metadata": {
            "name": "p",
            "uid": f"{path}{attempt}",
            "labels": {"longshore.dev/step": path.partition("[")[0], "longshore.dev/attempt": str(attempt)},
            "annotations": {"longshore.dev/path": path},
        },
        "spec": {"containers": [{"name": "step"}], **init},
        "status": {"containerStatuses": [{"name": "step", "state": step}], **states},
    }


CRASHED: Object = {"name": "db", "state": WAITING, "lastState": FAILED}
SERVED: Object = pod(WAITING) | {
    "spec": {"containers": [{"name": "step"}], "initContainers": [{"name": "db"}]},
    "status": {"initContainerStatuses": [CRASHED]},
}
SOURCE = Source("unit", 1, "p", "step", is_over=False)


@pytest.mark.parametrize(
    ("shown", "container", "expected"),
    [
        (pod(WAITING), None, None),
        (pod(RUNNING), None, ("step", False)),
        (pod(DONE), None, ("step", True)),
        (pod(WAITING, checkout=RUNNING), None, None),
        (pod(WAITING, checkout=RUNNING), "checkout", ("checkout", False)),
        (pod(WAITING, checkout=FAILED), None, ("checkout", True)),
        (pod(RUNNING, checkout=DONE), None, ("step", False)),
        ({**pod(WAITING), "status": {}}, None, None),
        (SERVED, "db", ("db", True)),
    ],
    ids=[
        "not started", "runs", "over", "checkout first", "checkout asked for", "checkout failed",
        "checkout done", "not scheduled", "a service to be started anew",
    ],
)  # fmt: skip
def test_the_container_with_the_log(
    shown: Object, container: str | None, expected: tuple[str, bool] | None
) -> None:
    found = [(source.container, source.is_over) for source in list_sources(shown, LogPart(container=container))]
    assert found == ([expected] if expected else [])


SHARED: Object = {
    "metadata": {
        "name": "p",
        "uid": "u",
        "labels": {"longshore.dev/step": "build", "longshore.dev/attempt": "1"},
        "annotations": {"longshore.dev/path": "build", "longshore.dev/fused": "build,unit,publish"},
    },
    "spec": {"initContainers": [{"name": "build"}, {"name": "unit"}], "containers": [{"name": "publish"}]},
    "status": {
        "initContainerStatuses": [{"name": "build", "state": DONE}, {"name": "unit", "state": RUNNING}],
        "containerStatuses": [{"name": "publish", "state": WAITING}],
    },
}


@pytest.mark.parametrize(
    ("container", "found"),
    [
        (None, [("build", "build", True), ("unit", "unit", False)]),
        ("unit", [("unit", "unit", False)]),
        ("publish", []),
    ],
)
def test_steps_that_share_a_pod_have_a_container_each(container: str | None, found: list[Any]) -> None:
    sources = list_sources(SHARED, LogPart(container=container))
    assert [(source.path, source.container, source.is_over) for source in sources] == found
    assert len({source.id for source in sources}) == len(sources)


def test_tail_of_a_step_that_shares_a_pod() -> None:
    script = Script({f"{PODS}/p": [answer(SHARED)], LOG: [answer_lines("10:01 x")]})
    assert read_tail(script.connect(), "build", {"pod": "p"}) == ["x"]
    assert script.parameters(1)["container"] == "build"


def test_all_containers_with_their_starts() -> None:
    shown = pod({"running": {"startedAt": "T2"}}, checkout={"terminated": {"exitCode": 0, "startedAt": "T1"}})
    sources = list_sources(shown, LogPart(all_containers=True))
    assert [(source.container, source.started, source.is_own) for source in sources] == [
        ("checkout", "T1", False),
        ("step", "T2", True),
    ]
    assert [source.container for source in list_sources(SERVED, LogPart(all_containers=True))] == ["db"]


@pytest.mark.parametrize(
    ("part", "asked"),
    [
        (LogPart(), {}),
        (LogPart(tail=5, since=60), {"tailLines": "5", "sinceSeconds": "60"}),
        (LogPart(tail=-1, since_time="2026-01-02T10:00:00Z"), {"sinceTime": "2026-01-02T10:00:00Z"}),
    ],
)
def test_a_part_of_a_log(part: LogPart, asked: dict[str, str]) -> None:
    script = Script({LOG: [answer_lines("a", "b")]})
    assert list(read_log(script.connect(), NAMESPACE, SOURCE, part)) == ["a", "b"]
    assert script.parameters(0) == {"container": "step", "timestamps": "true", **asked}


def followed(script: Script, **part: Any) -> list[str]:
    return list(follow_log(script.connect(), NAMESPACE, SOURCE, LogPart(**part), Mark()))


def test_a_log_is_followed_until_its_container_is_over() -> None:
    script = Script({
        LOG: [answer_lines("10:01 a", "10:02 b c"), answer_lines("10:02 b c", "10:03 ")],
        f"{PODS}/p": [answer(pod(RUNNING)), answer(pod(DONE))],
    })  # fmt: skip
    assert followed(script, tail=2) == ["10:01 a", "10:02 b c", "10:03 "]
    again = script.parameters(2)
    assert again["sinceTime"] == "10:02"
    assert "tailLines" not in again


def test_a_broken_connection_is_taken_up_where_it_broke() -> None:
    script = Script({
        LOG: [answer_lines("10:01 a", error=httpx2.ReadError("broken")), answer_lines("10:01 a", "10:02 b")],
        f"{PODS}/p": [answer(pod(RUNNING)), answer(pod(DONE))],
    })  # fmt: skip
    assert followed(script) == ["10:01 a", "10:02 b"]


def test_what_came_between_a_break_and_the_end_is_read_too() -> None:
    script = Script({
        LOG: [answer_lines("10:01 a", error=httpx2.ReadError("broken")), answer_lines("10:01 a", "10:02 b")],
        f"{PODS}/p": [answer(pod(DONE))],
    })  # fmt: skip
    assert followed(script) == ["10:01 a", "10:02 b"]


def test_a_pod_that_goes_leaves_the_mark_where_it_was() -> None:
    script = Script({LOG: [answer_lines("10:01 a", "10:02 b")], f"{PODS}/p": [refuse(404, name="p")]})
    mark = Mark()
    with pytest.raises(NotFoundError):
        list(follow_log(script.connect(), NAMESPACE, SOURCE, LogPart(), mark))
    assert mark == Mark("10:02", 1)


@pytest.mark.parametrize(
    "answer",
    [refuse(404, name="p"), refuse(403), httpx2.ConnectError("refused"), answer(pod(WAITING))],
)
def test_where_there_is_no_tail_the_message_has_to_do(answer: Any) -> None:
    assert read_tail(Script({f"{PODS}/p": [answer]}).connect(), "unit", {"pod": "p"}) == []


def test_tail() -> None:
    script = Script({f"{PODS}/p": [answer(pod(FAILED))], LOG: [answer_lines("10:01 x", "10:02 y")]})
    assert read_tail(script.connect(), "unit", {"pod": "p"}) == ["x", "y"]
    assert script.parameters(1)["tailLines"] == "10"


PICKED = [
    Source("unit", 10, "p", "step", is_over=True),
    Source("unit", 9, "p", "step", is_over=True),
    Source("test[0]", 1, "p", "step", is_over=True),
]


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (LogPart(), [("unit", 10), ("test[0]", 1)]),
        (LogPart(attempt=9), [("unit", 9)]),
        (LogPart(previous=True), [("unit", 9)]),
        (LogPart(all_attempts=True), [("unit", 9)]),
    ],
)
def test_the_attempts_that_are_meant(part: LogPart, found: list[tuple[str, int]]) -> None:
    assert [(source.path, source.attempt) for source in pick(PICKED, [("unit", 9)], part)] == found
