"""What becomes of a pod, as a table: for each case what is decided, and why nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from longshore.api.archives import PodArtifacts
from longshore.archive.collect.plans import (
    LOG_DELAY,
    Decision,
    Delete,
    FindRun,
    Seal,
    Settle,
    Situation,
    Wait,
    plan_pod,
)
from longshore.archive.collect.pods import CollectedPod, Files
from longshore.archive.collect.runs import GONE, RunView, StepView
from longshore.archive.places import AttemptKey
from longshore.planning.times import parse_time
from support.archives.pods import ENDED, UID

NOW = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
UPLOAD = timedelta(minutes=5)
KEY = AttemptKey(UID, "test", 2)
OTHER = AttemptKey(UID, "next", 2)
SENT = Files(KEY, PodArtifacts(transport="Mount"), parse_time(ENDED), is_sent=True)
UNSENT = Files(KEY, PodArtifacts(transport="HTTP"), parse_time(ENDED), is_sent=False)
UNENDED = Files(KEY, PodArtifacts(transport="HTTP"), None, is_sent=False)


def build(*keys: AttemptKey, **fields: object) -> CollectedPod:
    return CollectedPod("pod", "uid", "run", keys or (KEY,), **fields)  # type: ignore[arg-type]


def at(attempt: int, pod: str = "pod") -> RunView:
    """The Run is at this attempt, which has not ended."""
    return RunView(steps={"test": StepView(attempt, has_ended=False, pod=pod)})


ENDED_POD = build(has_ended=True)
DONE = RunView(steps={"test": StepView(2, has_ended=True, pod="pod")})
BOTH = {"test": StepView(2, has_ended=True, pod="pod"), "next": StepView(2, has_ended=False, pod="pod")}
MOVED = BOTH | {"next": StepView(2, has_ended=False, pod="other")}
LEFT = BOTH | {"next": StepView(2, has_ended=False, pod="")}
SHARED = build(KEY, OTHER, has_ended=True)

RECORDS: dict[str, tuple[CollectedPod, RunView | None, Decision]] = {
    "runs": (build(), DONE, None),
    "ended, and not on record": (ENDED_POD, at(2), None),
    "ended, and the record still names the pod that it moved out of": (ENDED_POD, at(2, "shared"), None),
    "ended, and its attempt is still to be put on record": (ENDED_POD, at(1), None),
    "ended, and the Run has not begun": (ENDED_POD, RunView(), None),
    "ended, and on record": (ENDED_POD, DONE, Delete()),
    "ended, and the next attempt is on record": (ENDED_POD, at(3, ""), Delete()),
    "ended, and the Run has": (ENDED_POD, RunView(is_finished=True), Delete()),
    "ended, and the Run is gone": (ENDED_POD, GONE, Delete()),
    "ended, and nothing has told of the Run": (ENDED_POD, None, FindRun()),
    "runs, and nothing has told of the Run": (build(), None, None),
    "runs, and the Run is gone": (build(), GONE, None),
    "is deleted by another": (build(has_ended=True, is_deleted=True), DONE, None),
    "another controller's": (ENDED_POD, RunView(is_finished=True, is_foreign=True), None),
    "another controller's files": (build(has_ended=True, files=(SENT,)), RunView(is_foreign=True), None),
    "shared, one step is not on record": (SHARED, RunView(steps=BOTH), None),
    "shared, one step runs in a pod of its own": (SHARED, RunView(steps=MOVED), Delete()),
    "shared, one step may still be looked for in it": (SHARED, RunView(steps=LEFT), None),
}


@pytest.mark.parametrize(("pod", "run", "expected"), RECORDS.values(), ids=RECORDS)
def test_what_is_on_record(pod: CollectedPod, run: RunView | None, expected: Decision) -> None:
    assert plan_pod(pod, Situation(run, True, NOW, UPLOAD)) == expected  # noqa: FBT003


@pytest.mark.parametrize("run", [DONE, GONE, None])
def test_no_pod_goes_whose_logs_are_not_safe(run: RunView | None) -> None:
    assert plan_pod(ENDED_POD, Situation(run, False, NOW, UPLOAD)) == Wait(LOG_DELAY)  # noqa: FBT003


FILES: dict[str, tuple[CollectedPod, RunView | None, Decision]] = {
    "runs": (build(files=(UNENDED,)), at(2), None),
    "sent": (build(files=(SENT,)), at(2), Seal((SENT,))),
    "sent, and nothing has told of the Run": (build(files=(SENT,)), None, Seal((SENT,))),
    "sent, and deleted": (build(files=(SENT,), is_deleted=True), at(2), Seal((SENT,))),
    "sent before the pod goes": (build(files=(SENT,), has_ended=True), DONE, Seal((SENT,))),
    "sent by one of two": (build(files=(SENT, UNENDED)), at(2), Seal((SENT,))),
    "on their way": (build(files=(UNSENT,)), at(2), Wait(timedelta(minutes=4))),
    "on their way, while the sidecar may go on": (
        build(files=(UNSENT,), grace=timedelta(minutes=1)),
        at(2),
        Wait(timedelta(minutes=5)),
    ),
    "of one whose turn never came": (build(files=(UNENDED,), has_ended=True), DONE, Delete()),
}


@pytest.mark.parametrize(("pod", "run", "expected"), FILES.values(), ids=FILES)
def test_files(pod: CollectedPod, run: RunView | None, expected: Decision) -> None:
    assert plan_pod(pod, Situation(run, True, NOW, UPLOAD)) == expected  # noqa: FBT003


@pytest.mark.parametrize(
    ("pod", "is_settled", "expected"),
    [
        (build(savers={KEY: True}), False, None),
        (build(savers={KEY: True}, has_ended=True), False, Settle()),
        (build(savers={KEY: True}, has_ended=True, is_deleted=True), False, Settle()),
        (build(savers={KEY: True}, has_ended=True, files=(SENT,)), False, Seal((SENT,))),
        (build(savers={KEY: True}, has_ended=True), True, Delete()),
    ],
)
def test_what_steps_saved(pod: CollectedPod, is_settled: bool, expected: Decision) -> None:  # noqa: FBT001
    assert plan_pod(pod, Situation(DONE, True, NOW, UPLOAD, is_settled)) == expected  # noqa: FBT003


def test_files_that_are_on_their_way_for_too_long_are_judged_as_they_are() -> None:
    late = Situation(at(2), has_logs=False, now=parse_time(ENDED) + UPLOAD, upload=UPLOAD)
    assert plan_pod(build(files=(UNSENT,)), late) == Seal((UNSENT,))
