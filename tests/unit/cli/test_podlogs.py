"""Which container has a step's log, and its lines through broken connections."""

from typing import Any

import httpx2
import pytest
from longshore.cli.podlogs import Source, find_source, find_sources, follow_log, read_log, read_tail
from longshore.cli.wishes import LogPart
from longshore.errors import NotFoundError
from unit.cli.samples import Object, run
from unit.cli.scripts import NAMESPACE, PODS, Script, answer, answer_lines, answer_list, refuse

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
SOURCE = Source("unit", 1, "p", "unit1", "step", is_over=False)


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
def test_find_source(shown: Object, container: str | None, expected: tuple[str, bool] | None) -> None:
    source = find_source(shown, container)
    assert (source and (source.container, source.is_over)) == expected


def test_a_container_that_does_not_exist() -> None:
    with pytest.raises(NotFoundError, match="no container 'x'; there are: checkout, step"):
        find_source(pod(RUNNING, checkout=DONE), "x")


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (None, {"unit": 10, "test[0]": 1, "test[1]": 1}),
        ("unit", {"unit": 10}),
        ("test", {"test[0]": 1, "test[1]": 1}),
        ("test[1]", {"test[1]": 1}),
    ],
)
def test_the_last_attempt_of_each_step(step: str | None, found: dict[str, int]) -> None:
    pods = [pod(DONE, attempt=10), pod(DONE, attempt=9), pod(RUNNING, path="test[0]"), pod(DONE, path="test[1]")]
    script = Script({PODS: [answer_list(*pods)]})
    sources = find_sources(script.connect(), run(), step, LogPart())
    assert {source.path: source.attempt for source in sources} == found


@pytest.mark.parametrize(
    ("step", "attempt", "selector"),
    [
        (None, None, "longshore.dev/run-uid=u-1"),
        ("test[1]", 2, "longshore.dev/run-uid=u-1,longshore.dev/step=test,longshore.dev/attempt=2"),
    ],
)
def test_pods_are_found_by_their_labels(step: str | None, attempt: int | None, selector: str) -> None:
    script = Script({PODS: [answer_list()]})
    find_sources(script.connect(), run(), step, LogPart(attempt=attempt))
    assert script.parameters(0)["labelSelector"] == selector


def test_a_part_of_a_log() -> None:
    script = Script({LOG: [answer_lines("a", "b")]})
    part = LogPart(tail=5, since=60, timestamps=True)
    assert list(read_log(script.connect(), NAMESPACE, SOURCE, part)) == ["a", "b"]
    assert script.parameters(0) == {
        "container": "step", "tailLines": "5", "sinceSeconds": "60", "timestamps": "true",
    }  # fmt: skip


def followed(script: Script, **part: Any) -> list[str]:
    return list(follow_log(script.connect(), NAMESPACE, SOURCE, LogPart(**part)))


def test_a_log_is_followed_until_its_container_is_over() -> None:
    script = Script({
        LOG: [answer_lines("10:01 a", "10:02 b c"), answer_lines("10:02 b c", "10:03 ")],
        f"{PODS}/p": [answer(pod(RUNNING)), answer(pod(DONE))],
    })  # fmt: skip
    assert followed(script, tail=2) == ["a", "b c", ""]
    again = script.parameters(2)
    assert again["sinceTime"] == "10:02"
    assert "tailLines" not in again


def test_a_broken_connection_is_taken_up_where_it_broke() -> None:
    script = Script({
        LOG: [answer_lines("10:01 a", error=httpx2.ReadError("broken")), answer_lines("10:01 a", "10:02 b")],
        f"{PODS}/p": [answer(pod(RUNNING)), refuse(404, name="p")],
    })  # fmt: skip
    assert followed(script, timestamps=True) == ["10:01 a", "10:02 b"]


@pytest.mark.parametrize(
    "answer",
    [refuse(404, name="p"), refuse(403), httpx2.ConnectError("refused"), answer(pod(WAITING))],
)
def test_where_there_is_no_tail_the_message_has_to_do(answer: Any) -> None:
    assert read_tail(Script({f"{PODS}/p": [answer]}).connect(), {"pod": "p"}) == []


def test_tail() -> None:
    script = Script({f"{PODS}/p": [answer(pod(FAILED))], LOG: [answer_lines("x", "y")]})
    assert read_tail(script.connect(), {"pod": "p"}) == ["x", "y"]
    assert script.parameters(1)["tailLines"] == "10"
