"""Which attempts may have a log, as far as a Run tells."""

import pytest
from longshore.cli.logs.attempts import explain_lack, list_attempts, list_since
from longshore.cli.words.wishes import LogPart
from unit.cli.samples import Object, run, step

STEPS: Object = {
    "done": step("Succeeded", attempt=3, pod="p"),
    "runs": step("Running", attempt=2, pod="p"),
    "again": step("Pending", attempt=2),
    "first": step("Pending", attempt=1, pod="p"),
    "none": step("Pending"),
    "child": step("Running", attempt=1, run="c"),
    "skipped": step("Skipped"),
}
RUN = run({"phase": "Running", "steps": STEPS})


@pytest.mark.parametrize(
    ("part", "found"),
    [
        (LogPart(), {"done": [3], "runs": [2], "again": [1]}),
        (LogPart(previous=True), {"done": [2], "runs": [1]}),
        (LogPart(attempt=2), {"done": [2], "runs": [2]}),
        (LogPart(all_attempts=True), {"done": [1, 2, 3], "runs": [1, 2], "again": [1]}),
    ],
)
def test_attempts(part: LogPart, found: dict[str, list[int]]) -> None:
    assert list(list_attempts(RUN, STEPS, part)) == [(path, n) for path, numbers in found.items() for n in numbers]


def test_a_step_that_the_run_does_not_know() -> None:
    assert list(list_attempts(RUN, ["other"], LogPart())) == []


@pytest.mark.parametrize(
    ("wanted", "part", "found"),
    [
        (None, LogPart(), {("done", 2), ("done", 3), ("runs", 1), ("runs", 2), ("again", 1)}),
        ("done", LogPart(), {("done", 2), ("done", 3)}),
        ("done", LogPart(attempt=3), {("done", 3)}),
    ],
)
def test_attempts_since(wanted: str | None, part: LogPart, found: set[tuple[str, int]]) -> None:
    assert set(list_since(RUN, wanted, {"done": 2}, part)) == found


@pytest.mark.parametrize(
    ("path", "part", "lack"),
    [
        ("done", LogPart(attempt=4), "has no attempt 4; the last is 3"),
        ("done", LogPart(attempt=3), ""),
        ("done", LogPart(previous=True), ""),
        ("first", LogPart(previous=True), "has no attempt before the first"),
        ("none", LogPart(attempt=1), ""),
    ],
)
def test_attempts_that_there_are_not(path: str, part: LogPart, lack: str) -> None:
    assert explain_lack(STEPS[path], part) == lack
