"""Where a step's log is read: in its pod, and in the archive once that is gone."""

import pytest
from longshore.cli.logs.attempts import Attempt
from longshore.cli.logs.logbooks import Logbook
from longshore.cli.logs.podlogs import pick
from longshore.cli.words.wishes import LogPart
from longshore.errors import NotFoundError
from unit.cli.samples import Object, run
from unit.cli.scripts import PODS, Answer, Script, answer, answer_lines, answer_list, refuse
from unit.cli.test_podlogs import DONE, RUNNING, SHARED, pod

LOGS = "/v1/runs/u-1/logs"
UNIT: Attempt = ("unit", 1)


def archived(step: str = "unit", attempt: int = 1, container: str = "step") -> Object:
    known = {"state": "Complete", "startTime": "T1", "gaps": []}
    return {"step": step, "attempt": attempt, "container": container, **known}


def answer_items(*items: Object) -> Answer:
    return answer({"items": items})


def open_logbook(script: Script, part: LogPart | None = None, of: Object | None = None) -> Logbook:
    return Logbook(script.connect(), script.open_archive(), of or run(), part or LogPart())


def test_a_pod_that_is_there_leaves_the_archive_alone() -> None:
    script = Script({PODS: [answer_list(pod(RUNNING))]})
    [source] = open_logbook(script).find(None, [UNIT])
    assert (source.pod, source.is_over) == ("p", False)


def test_what_no_pod_has_comes_from_the_archive_and_each_log_once() -> None:
    items = answer_items(archived(), archived("e2e"), archived("e2e", container="db"))
    script = Script({PODS: [answer_list(pod(RUNNING))], LOGS: [items]})
    sources = open_logbook(script).find(None, [UNIT, ("e2e", 1)])
    assert [(source.path, source.pod, source.container) for source in sources] == [
        ("unit", "p", "step"),
        ("e2e", "", "step"),
    ]


@pytest.mark.parametrize(
    ("containers", "own"),
    [(["step", "checkout"], "step"), (["checkout"], "checkout"), (["unit", "checkout"], "unit"), (["db"], None)],
)
def test_the_container_of_the_step_itself(containers: list[str], own: str | None) -> None:
    items = [archived(container=name) for name in containers]
    script = Script({PODS: [answer_list()], LOGS: [answer_items(*items)]})
    everything = open_logbook(script, LogPart(all_containers=True)).find(None, [UNIT])
    assert [source.container for source in everything] == containers
    assert [source.container for source in everything if source.is_own] == ([own] if own else [])


@pytest.mark.parametrize("trouble", [refuse(403, "no"), refuse(404, "no")])
def test_why_the_archive_can_not_be_asked_is_kept(trouble: Answer) -> None:
    logbook = open_logbook(Script({PODS: [answer_list()], LOGS: [trouble]}))
    assert logbook.find(None, [UNIT]) == []
    assert logbook.trouble == "the archive answered " + str(trouble.code)


def test_a_pod_that_goes_before_it_is_read() -> None:
    script = Script({
        PODS: [answer_list(pod(DONE))],
        f"{PODS}/p/log": [refuse(404, name="p")],
        f"{LOGS}/unit/1/step": [answer_lines("10:01 a", "10:02 b")],
    })  # fmt: skip
    logbook = open_logbook(script, LogPart(tail=2))
    [source] = logbook.find(None, [UNIT])
    assert list(logbook.read(source)) == ["10:01 a", "10:02 b"]
    assert script.parameters(2) == {"timestamps": "true", "tail": "2"}


def test_a_pod_that_goes_while_it_is_followed() -> None:
    script = Script({
        PODS: [answer_list(pod(RUNNING))],
        f"{PODS}/p/log": [answer_lines("10:01 a", "10:02 b")],
        f"{PODS}/p": [refuse(404, name="p")],
        f"{LOGS}/unit/1/step": [answer_lines("10:02 b", "10:02 c", "10:03 d")],
    })  # fmt: skip
    logbook = open_logbook(script, LogPart(tail=2))
    [source] = logbook.find(None, [UNIT])
    assert list(logbook.follow(source)) == ["10:01 a", "10:02 b", "10:02 c", "10:03 d"]
    assert script.parameters(3) == {"timestamps": "true", "since": "10:02", "follow": "true"}


def test_what_is_missing_is_noted() -> None:
    gaps = [{"offset": 0, "after": "T1", "before": "T2", "cause": "rotated"}, {"offset": 9, "cause": "lost"}]
    items = answer_items({**archived(), "gaps": gaps, "state": "Open"})
    [source] = open_logbook(Script({PODS: [answer_list()], LOGS: [items]})).find(None, [UNIT])
    assert source.notes == (
        "lines may be missing after T1 before T2: rotated",
        "lines may be missing: lost",
    )
    assert not source.is_over


def test_an_items_path_is_quoted() -> None:
    script = Script({PODS: [answer_list()], LOGS: [answer_items(archived("test[3]"))]})
    script.answers[f"{LOGS}/test[3]/1/step"] = [answer_lines("10:01 a")]
    logbook = open_logbook(script)
    [source] = logbook.find("test", [("test[3]", 1)])
    assert list(logbook.read(source)) == ["10:01 a"]
    assert script.asked[-1].url.raw_path.startswith(b"/v1/runs/u-1/logs/test%5B3%5D/1/step")


def test_a_step_is_sought_in_the_pods_of_others_where_they_may_share() -> None:
    fused = {**run(), "status": {"workflowSpec": {"fuse": True}}}
    script = Script({PODS: [answer_list(SHARED, pod(DONE, attempt=2))]})
    found = open_logbook(script, of=fused).find("unit", [("unit", 2)])
    [source] = pick(found, [("unit", 2)], LogPart())
    assert script.parameters(0)["labelSelector"] == "longshore.dev/run-uid=u-1"
    assert (source.path, source.attempt, source.container) == ("unit", 2, "step")


def test_a_container_that_nothing_has() -> None:
    script = Script({
        PODS: [answer_list(pod(RUNNING, checkout=DONE), SHARED)],
        LOGS: [answer_items(archived("e2e", container="db"))],
    })  # fmt: skip
    known = "build, checkout, db, publish, step, unit"
    with pytest.raises(NotFoundError, match=f"no container 'x'; there are: {known}"):
        open_logbook(script, LogPart(container="x")).find(None, [UNIT])


def test_a_container_that_some_pods_have() -> None:
    script = Script({PODS: [answer_list(pod(RUNNING, checkout=DONE), pod(DONE, path="e2e"))]})
    sources = open_logbook(script, LogPart(container="checkout")).find(None, [UNIT])
    assert [(source.path, source.is_own) for source in sources] == [("unit", False)]


@pytest.mark.parametrize(
    ("step", "attempt", "selector"),
    [
        (None, None, "longshore.dev/run-uid=u-1"),
        ("test[1]", 2, "longshore.dev/run-uid=u-1,longshore.dev/step=test,longshore.dev/attempt=2"),
    ],
)
def test_pods_are_found_by_their_labels(step: str | None, attempt: int | None, selector: str) -> None:
    script = Script({PODS: [answer_list()]})
    open_logbook(script, LogPart(attempt=attempt)).find(step, [])
    assert script.parameters(0)["labelSelector"] == selector
