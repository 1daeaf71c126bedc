"""Which events lead from one version of a Run to another."""

from typing import Any

import pytest
from longshore.archive.journal.differences import Event, diff_run
from support.archives.runs import CREATED, ENDED, STARTED, build_run, build_step

Json = dict[str, Any]
BUILT = build_step("Succeeded", reason="Completed", exitCode=0, completionTime=ENDED)


def of_steps(**steps: Json) -> Json:
    """A Run's status with these steps."""
    return {"phase": "Running", "steps": steps}


def test_the_first_version_tells_how_the_run_was_made() -> None:
    owner = {"kind": "Run", "name": "parent", "uid": "p", "controller": True}
    run = build_run(metadata={"ownerReferences": [owner]}, createdBy="ann", rerun={"run": "nightly-1"})
    assert diff_run(None, run) == [
        Event(
            "RunCreated",
            {"name": "nightly", "workflow": "ci", "parent": "parent", "createdBy": "ann", "rerunOf": "nightly-1"},
            time=CREATED,
        )
    ]


def test_a_version_that_is_the_first_seen_tells_all_that_came_before() -> None:
    status = {"phase": "Succeeded", "completionTime": ENDED, "outputs": {"count": 42}, "steps": {"build": BUILT}}
    told = [event.type for event in diff_run(None, build_run(status=status, suspend=True, cancel="Graceful"))]
    assert told == [
        "RunCreated",
        "CancelRequested",
        "RunSuspended",
        "StepChanged",
        "RunOutputs",
        "RunPhaseChanged",
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {"cancel": "Graceful"}, Event("CancelRequested", {"mode": "Graceful"})),
        ({"cancel": "Graceful"}, {"cancel": "Immediate"}, Event("CancelRequested", {"mode": "Immediate"})),
        ({}, {"suspend": True}, Event("RunSuspended", {})),
        ({"suspend": True}, {"suspend": False}, Event("RunResumed", {})),
        ({"suspend": True}, {}, Event("RunResumed", {})),
        ({}, {"priority": 5}, Event("PriorityChanged", {"priority": 5})),
        ({"priority": 5}, {}, Event("PriorityChanged", {"priority": 0})),
    ],
)
def test_a_wish_is_told(before: Json, after: Json, told: Event) -> None:
    assert diff_run(build_run(1, **before), build_run(2, **after)) == [told]


@pytest.mark.parametrize("spec", [{}, {"suspend": False}, {"priority": 0}])
def test_a_wish_for_what_is_so_anyhow_is_none(spec: Json) -> None:
    assert diff_run(build_run(1), build_run(2, **spec)) == []


@pytest.mark.parametrize(
    ("before", "after", "time"),
    [
        ({}, {"phase": "Queued", "message": "waits"}, None),
        ({"phase": "Queued"}, {"phase": "Running", "startTime": STARTED}, STARTED),
        ({"phase": "Running", "startTime": STARTED}, {"phase": "Failed", "completionTime": ENDED}, ENDED),
    ],
)
def test_a_phase_is_told_with_its_time(before: Json, after: Json, time: str | None) -> None:
    [event] = diff_run(build_run(1, before), build_run(2, after))
    assert (event.type, event.data["phase"], event.time) == ("RunPhaseChanged", after["phase"], time)
    assert event.data.get("message") == after.get("message")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            None,
            build_step("Pending", 0, reason="AwaitingNeeds", message="waits for build"),
            ({"phase": "Pending", "reason": "AwaitingNeeds", "message": "waits for build"}, 0, None),
        ),
        (
            build_step("Pending", reason="Starting", pod="p"),
            build_step("Running", pod="p", node="n", agent="a", startTime=STARTED),
            ({"phase": "Running", "agent": "a", "node": "n", "pod": "p"}, 1, STARTED),
        ),
        (
            build_step("Running", startTime=STARTED),
            build_step("Running", reason="Stopping", startTime=STARTED),
            ({"phase": "Running", "reason": "Stopping"}, 1, None),
        ),
        (
            build_step("Running", startTime=STARTED),
            build_step("Failed", reason="Error", exitCode=2, startTime=STARTED, completionTime=ENDED),
            ({"phase": "Failed", "reason": "Error", "exitCode": 2}, 1, ENDED),
        ),
        (
            build_step("Running", 1, startTime=STARTED),
            build_step("Running", 2, startTime=ENDED),
            ({"phase": "Running"}, 2, ENDED),
        ),
        (
            build_step("Failed", 1, reason="Error", exitCode=1),
            build_step("Pending", 2, reason="Backoff", completionTime=ENDED),
            ({"phase": "Pending", "reason": "Backoff"}, 2, None),
        ),
    ],
)
def test_a_transition_of_a_step_is_told(before: Json | None, after: Json, told: tuple[Json, int, str]) -> None:
    old = of_steps(**({"build": before} if before else {}))
    data, attempt, time = told
    assert diff_run(build_run(1, old), build_run(2, of_steps(build=after))) == [
        Event("StepChanged", data, "build", attempt, time)
    ]


@pytest.mark.parametrize("fields", [{"message": "waits for more"}, {"node": "n"}, {"retries": 1}])
def test_what_is_no_transition_is_not_told(fields: Json) -> None:
    before, after = build_step("Pending", reason="Gated"), build_step("Pending", reason="Gated", **fields)
    assert diff_run(build_run(1, of_steps(build=before)), build_run(2, of_steps(build=after))) == []


def test_outputs_are_told_of_each_attempt_that_has_some() -> None:
    first = build_step("Succeeded", 1, reason="Completed", outputs={"count": "1"})
    second = build_step("Succeeded", 2, reason="Completed", outputs={"count": "1"})
    events = diff_run(build_run(1, of_steps(build=first)), build_run(2, of_steps(build=second)))
    assert [(event.type, event.attempt) for event in events] == [("StepChanged", 2), ("StepOutputs", 2)]
    assert events[1].data == {"outputs": {"count": "1"}}


def test_a_question_is_told_once_with_the_attempt_that_asks() -> None:
    status = of_steps(ship=build_step("Pending", 2, reason="AwaitingInput"))
    asked = status | {"questions": {"ship.2": {"step": "ship", "text": "go?", "options": ["Approve"]}}}
    [event] = diff_run(build_run(1, status), build_run(2, asked))
    data = {"question": "ship.2", "text": "go?", "options": ["Approve"]}
    assert event == Event("QuestionAsked", data, "ship", 2)
    assert diff_run(build_run(2, asked), build_run(3, asked | {"message": "x"})) == []


def test_an_answer_is_told_with_who_gave_it() -> None:
    status = {"questions": {"ship": {"step": "ship", "text": "go?"}}}
    before = build_run(1, status, answers={"ship": {"ann": "Approve"}})
    after = build_run(2, status, answers={"ship": {"ann": "Approve", "ben": "Reject: no"}, "other": {"ann": "7"}})
    assert diff_run(before, after) == [
        Event("AnswerGiven", {"question": "ship", "user": "ben", "answer": "Reject: no"}, "ship"),
        Event("AnswerGiven", {"question": "other", "user": "ann", "answer": "7"}),
    ]


def test_what_was_checked_out_is_told() -> None:
    after = build_run(2, {"source": {"commit": "c0ffee"}})
    assert diff_run(build_run(1, {}), after) == [Event("SourceResolved", {"commit": "c0ffee"})]


def test_the_same_version_tells_nothing() -> None:
    run = build_run(1, of_steps(build=BUILT) | {"outputs": {"a": 1}}, answers={"q": {"ann": "yes"}}, priority=3)
    assert diff_run(run, run) == []
