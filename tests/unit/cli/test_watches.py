"""Looking on while objects change, through all that can happen to a watch."""

import time
from itertools import islice
from typing import Any

import httpx2
import pytest
from longshore import errors
from longshore.cli.cluster.clusters import RUNS as RESOURCE
from longshore.cli.cluster.clusters import Query
from longshore.cli.cluster.watches import Watch
from unit.cli.scripts import NAMESPACE, RUNS, Answer, Script, answer_list, answer_watch, refuse

WATCH = f"{RUNS}?watch"
BROKEN = httpx2.ReadError("broken")
Object = dict[str, Any]


def item(name: str, version: int) -> Object:
    return {"metadata": {"name": name, "uid": name, "resourceVersion": str(version)}}


def look(script: Script, count: int, **watch: Any) -> list[str]:
    """The first events, as name and version, with `-` before what is gone."""
    events = Watch(script.connect(), Query(RESOURCE, NAMESPACE, fields="metadata.name=x"), **watch).events()
    return [
        f"{'-' * event.is_gone}{event.object['metadata']['name']}{event.object['metadata']['resourceVersion']}"
        for event in islice(events, count)
    ]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.cli.cluster.watches.time.sleep", lambda _: None)


def test_all_objects_then_what_changes() -> None:
    changes = answer_watch(("MODIFIED", item("a", 11)), ("ADDED", item("b", 12)), ("DELETED", item("a", 13)))
    script = Script({RUNS: [answer_list(item("a", 9))], WATCH: [changes]})
    assert look(script, 4) == ["a9", "a11", "b12", "-a13"]
    assert script.parameters(1) == {
        "fieldSelector": "metadata.name=x",
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": "10",
        "timeoutSeconds": "300",
    }


def test_a_watch_that_ends_is_taken_up_where_it_ended() -> None:
    script = Script({
        RUNS: [answer_list()],
        WATCH: [
            answer_watch(("ADDED", item("a", 11)), ("BOOKMARK", item("", 15))),
            answer_watch(("MODIFIED", item("a", 16)), error=BROKEN),
            answer_watch(("MODIFIED", item("a", 17))),
        ],
    })  # fmt: skip
    assert look(script, 3) == ["a11", "a16", "a17"]
    assert [script.parameters(n)["resourceVersion"] for n in (1, 2, 3)] == ["10", "15", "16"]


@pytest.mark.parametrize(
    "gone", [refuse(410), answer_watch(("ERROR", {"code": 410, "message": "too old"}))], ids=["at once", "later"]
)
def test_after_too_long_a_break_all_is_listed_anew_and_what_went_is_told(gone: Answer) -> None:
    script = Script({
        RUNS: [answer_list(item("a", 8), item("b", 9)), answer_list(item("b", 20), version="30")],
        WATCH: [gone, answer_watch(("MODIFIED", item("b", 31)))],
    })  # fmt: skip
    assert look(script, 5) == ["a8", "b9", "-a8", "b20", "b31"]


CUT = Answer(200, ('{"type": "ADDED", "obj',))


@pytest.mark.parametrize(
    "trouble",
    [httpx2.ConnectError("refused"), refuse(503), refuse(429), CUT],
    ids=["refused", "503", "429", "a line that is cut"],
)
def test_a_short_outage_is_borne(trouble: Any) -> None:
    script = Script({
        RUNS: [answer_list()],
        WATCH: [trouble, trouble, answer_watch(("ADDED", item("a", 11)))],
    })  # fmt: skip
    assert look(script, 1) == ["a11"]


def test_a_long_outage_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 10_000, 20))
    monkeypatch.setattr("longshore.cli.cluster.watches.time.monotonic", lambda: float(next(moments)))
    with pytest.raises(errors.UnavailableError):
        look(Script({RUNS: [answer_list()], WATCH: [httpx2.ConnectError("refused")]}), 1)


def test_who_never_answered_is_not_waited_for() -> None:
    with pytest.raises(errors.UnavailableError, match="cannot reach the cluster at https://api"):
        look(Script({RUNS: [httpx2.ConnectError("refused")]}), 1)


def test_what_is_forbidden_is_not_tried_again() -> None:
    with pytest.raises(errors.ForbiddenError, match="cannot watch"):
        look(Script({RUNS: [answer_list()], WATCH: [refuse(403, "cannot watch")]}), 1)


def test_it_ends_at_its_deadline() -> None:
    script = Script({RUNS: [answer_list(item("a", 9))], WATCH: [answer_watch()]})
    assert look(script, 5, deadline=time.monotonic() - 1) == []
    assert look(script, 5, deadline=time.monotonic() + 0.2) == ["a9"]
    assert script.parameters(1)["timeoutSeconds"] == "1"


def test_it_goes_on_from_a_version() -> None:
    script = Script({WATCH: [answer_watch(("ADDED", item("b", 12)))]})
    assert look(script, 1, version="11") == ["b12"]
