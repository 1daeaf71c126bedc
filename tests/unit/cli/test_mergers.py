"""Lines of several logs in the order of time, each log opened only when its time has come."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longshore.cli.logs.mergers import Log, merge_logs


def at(second: float) -> str:
    return f"2026-01-02T10:00:{second:012.9f}Z"


def log(key: str, *seconds: float, started: float = 0) -> Log[str]:
    return Log(key, at(started), lambda: iter([f"{at(second)} {key}" for second in seconds]))


def merge(*logs: Log[str]) -> list[str]:
    return [key for key, _ in merge_logs(logs)]


@pytest.mark.parametrize(
    ("logs", "keys"),
    [
        ([], []),
        ([log("a")], []),
        ([log("a", 1, 3), log("b", 2, 4)], ["a", "b", "a", "b"]),
        ([log("a", 1, 1), log("b", 1)], ["a", "a", "b"]),
        ([log("late", 9, started=9), log("early", 1, 2, started=1)], ["early", "early", "late"]),
        ([log("a", 0.1, 0.3), log("b", 0.2, 0.123456789)], ["a", "b", "b", "a"]),
    ],
    ids=["none", "empty", "in turn", "at the same time", "named the other way round", "within a second"],
)
def test_order(logs: list[Log[str]], keys: list[str]) -> None:
    assert merge(*logs) == keys


def test_times_of_other_zones_and_of_none() -> None:
    local = Log("a", "", lambda: iter(["2026-01-02T12:00:01.5+02:00 a"]))
    lost = Log("b", "", lambda: iter(["unable to retrieve container logs"]))
    assert merge(log("c", 1), local, lost) == ["b", "c", "a"]


def test_a_log_is_not_open_before_its_time() -> None:
    events: list[str] = []

    def read(key: str, *seconds: float) -> Iterator[str]:
        events.append(f"open {key}")
        yield from (f"{at(second)} {key}" for second in seconds)
        events.append(f"close {key}")

    logs = [Log("b", at(5), lambda: read("b", 5)), Log("a", at(1), lambda: read("a", 1, 2))]
    assert merge(*logs) == ["a", "a", "b"]
    assert events == ["open a", "close a", "open b", "close b"]


@given(st.lists(st.lists(st.floats(0, 59), max_size=5).map(sorted), max_size=5))
def test_all_lines_in_order(times: list[list[float]]) -> None:
    logs = [log(str(index), *seconds, started=int(min(seconds, default=0))) for index, seconds in enumerate(times)]
    lines = [line.partition(" ")[0] for _, line in merge_logs(logs)]
    assert lines == sorted(at(second) for seconds in times for second in seconds)
