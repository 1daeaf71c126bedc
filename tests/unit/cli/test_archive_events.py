"""What happened to a Run: all pages, the stream through broken connections, and each event in words."""

import json

import httpx2
import pytest
from longshore.cli.archives import events
from longshore.cli.archives.clients import Archive
from longshore.cli.archives.events import Message, follow_events, list_events, read_messages
from longshore.cli.views.events import write_message, write_place
from longshore.errors import NoArchiveError, NotFoundError
from unit.cli.samples import Object
from unit.cli.scripts import Answer, Script, ScriptGate, answer, answer_content, answer_lines, refuse

EVENTS = "/v1/runs/u/events"


def event(number: int, kind: str = "StepChanged", **data: object) -> Object:
    return {"id": number, "time": "2026-01-02T10:00:00Z", "type": kind, "data": data}


def answer_stream(*several: Object, error: Exception | None = None) -> Answer:
    lines = [line for each in several for line in (f"id: {each['id']}", f"data: {json.dumps(each)}", "")]
    return answer_lines(": hello", "", *lines, error=error)


class LateGate(ScriptGate):
    """A way to an archive that is made meanwhile."""

    def open(self) -> httpx2.Client:
        """The first time there is none."""
        client = super().open()
        if self.opened == 1:
            self.is_open = False
            raise NoArchiveError("none yet")
        return client


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "PAUSE", 0.0)


def test_all_pages_are_read() -> None:
    pages = [answer({"items": [event(1), event(2)], "next": 2}), answer({"items": [event(3)]})]
    script = Script({EVENTS: pages})
    assert [each["id"] for each in list_events(script.open_archive(), "u")] == [1, 2, 3]
    assert script.parameters(1) == {"after": "2"}


def test_it_is_followed_until_all_is_told() -> None:
    broken = answer_stream(event(1), error=httpx2.ReadError("broken"))
    script = Script({EVENTS: [broken, answer_stream(event(2), event(3)), answer_content(b"", 204)]})
    assert [each["id"] for each in follow_events(script.open_archive(), "u")] == [1, 2, 3]
    asked = [request.headers.get("last-event-id") for request in script.asked]
    assert asked == [None, "1", "3"]
    assert {request.headers["accept"] for request in script.asked} == {"text/event-stream"}


def test_a_run_that_was_just_made_is_waited_for() -> None:
    script = Script({EVENTS: [refuse(404), answer_stream(event(1)), answer_content(b"", 204)]})
    assert [each["id"] for each in follow_events(script.open_archive(), "u")] == [1]


def test_the_first_run_is_followed_while_its_archive_is_made() -> None:
    script = Script({EVENTS: [answer_stream(event(1)), answer_content(b"", 204)]})
    archive = Archive(LateGate(script))
    assert [each["id"] for each in follow_events(archive, "u")] == [1]


def test_a_run_that_the_archive_never_gets_to_know_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BIRTH", 0.0)
    with pytest.raises(NotFoundError, match="404"):
        list(follow_events(Script({EVENTS: [refuse(404)]}).open_archive(), "u"))


def test_messages() -> None:
    lines = [
        ": comment",
        "",
        "id: 1",
        "event: x",
        "data: a",
        "data: b",
        "",
        "data: without id",
        "",
        "id:2",
        "data:c",
        "",
    ]
    assert list(read_messages(lines)) == [Message("1", "a\nb"), Message("2", "c")]


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("RunCreated", {"name": "x", "workflow": "w", "createdBy": "ann"}, "of workflow w by ann"),
        ("RunPhaseChanged", {"phase": "Failed", "message": "step a\nfailed"}, "Failed: step a failed"),
        ("StepChanged", {"phase": "Failed", "reason": "Error", "exitCode": 3}, "Failed (Error, exit code 3)"),
        ("StepChanged", {"phase": "Running", "node": "n-1"}, "Running: n-1"),
        ("StepChanged", {"phase": "Running", "run": "child"}, "Running: run child"),
        ("StepOutputs", {"outputs": {"count": 2, "x": "y"}}, "count=2, x=y"),
        ("AnswerGiven", {"question": "gate", "user": "ann", "answer": "Approve"}, "gate: Approve, by ann"),
        ("QuestionAsked", {"question": "gate", "text": "May it?"}, "gate: May it?"),
        ("CancelRequested", {"mode": "Graceful"}, "Graceful"),
        ("ArtifactStored", {"name": "report", "path": "out/a.xml", "size": 1536}, "report out/a.xml (1.5KiB)"),
        (
            "LogGap",
            {"container": "step", "offset": 9, "after": "T1", "cause": "it rotated"},
            "lines of step may be missing after T1: it rotated",
        ),
        ("SomethingNew", {"a": 1, "b": "c"}, "a=1, b=c"),
        ("RunResumed", {}, ""),
    ],
)
def test_events_in_words(kind: str, data: Object, said: str) -> None:
    assert write_message({"type": kind, "data": data}) == said


@pytest.mark.parametrize(
    ("place", "said"),
    [({}, ""), ({"step": "a", "attempt": 1}, "a"), ({"step": "a[0]", "attempt": 2}, "a[0]#2")],
)
def test_the_step_of_an_event(place: Object, said: str) -> None:
    assert write_place(place) == said
