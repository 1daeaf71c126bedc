"""How long steps took, by the Runs that have ended."""

import pytest
from longshore.cli.foresight.durations import Durations
from longshore.cli.foresight.histories import measure_steps
from longshore.cli.words.mistakes import MistakeError
from unit.cli.samples import Object, done, run, step


def ended(**steps: Object) -> Object:
    """A Run with these steps."""
    return run({"phase": "Succeeded", "steps": steps})


def ran(start: str, end: str) -> Object:
    """A step that had a pod and succeeded."""
    return {**done(start, end), "pod": "p"}


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], {}),
        ([ended(a=ran("00:01", "00:31"))], {"a": 30}),
        ([ended(a=ran("00:01", "00:01"))], {"a": 1}),
        (
            [ended(a=ran("00:00", "00:10")), ended(a=ran("00:00", "00:50")), ended(a=ran("00:00", "00:20"))],
            {"a": 20},
        ),
        ([ended(a=step("Failed", "Error")), ended(a=step("Skipped", "WhenFalse"))], {}),
        # An entry without a pod is a fan-out's own: its time is that of all items one after the other.
        (
            [ended(a=done("00:00", "00:50"), **{"a[0]": ran("00:00", "00:20"), "a[1]": ran("00:20", "00:50")})],
            {"a": 30, "a[0]": 20, "a[1]": 30},
        ),
    ],
    ids=["none", "one", "at least a second", "median", "not to a good end", "fan-out"],
)
def test_measure_steps(runs: list[Object], expected: dict[str, int]) -> None:
    assert measure_steps(runs) == expected


@pytest.mark.parametrize(
    ("path", "seconds"), [("a", 5), ("a[0]", 5), ("b", 7), ("b[1]", 9), ("b[2]", 7), ("c", None), ("d[1]", 3)]
)
def test_what_is_said_comes_before_what_was_measured(path: str, seconds: int | None) -> None:
    durations = Durations({"a": 5, "d[1]": 3}, {"a[0]": 60, "b": 7, "b[1]": 9})
    assert durations.find(path) == seconds
    assert durations.get(path).total_seconds() == (1 if seconds is None else seconds)


def test_durations_of_steps_that_there_are_not() -> None:
    Durations({"test[3]": 5}).check(["test"])
    with pytest.raises(MistakeError, match="there is no step 'tset'; did you mean 'test'"):
        Durations({"tset": 5}).check(["test"])


def test_where_durations_come_from() -> None:
    assert next(iter(Durations().describe(["a"]))).startswith("no duration is known, so each step takes 1")
    measured = Durations({}, {"a": 5}, ("r1", "r2"))
    assert list(measured.describe(["a", "b"])) == [
        "durations are those of r1, r2",
        "no duration is known of b: 1s each",
    ]
