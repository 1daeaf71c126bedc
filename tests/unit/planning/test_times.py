"""How times and durations are written and read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from longshore.planning.times import parse_time, write_duration, write_time

TIMES = [
    ("2025-06-01T12:00:00Z", datetime(2025, 6, 1, 12, tzinfo=UTC)),
    ("2025-06-01T14:00:00+02:00", datetime(2025, 6, 1, 12, tzinfo=UTC)),
    ("2025-06-01T12:00:00.123456Z", datetime(2025, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "time"), TIMES)
def test_times_are_read(text: str, time: datetime) -> None:
    assert parse_time(text) == time


def test_times_are_written_in_utc_and_whole_seconds() -> None:
    berlin = timezone(timedelta(hours=2))
    assert write_time(datetime(2025, 6, 1, 14, 0, 0, 999999, tzinfo=berlin)) == "2025-06-01T12:00:00Z"


# As duration.HumanDuration of k8s.io/apimachinery writes them.
DURATIONS = [
    (-5, "0s"), (0, "0s"), (1.9, "1s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (599, "9m59s"), (600, "10m"),
    (10799, "179m"), (10800, "3h"), (12660, "3h31m"), (172799, "47h59m"), (172800, "2d"), (356400, "4d3h"),
]  # fmt: skip


@pytest.mark.parametrize(("seconds", "text"), DURATIONS)
def test_durations_are_written_as_kubectl_does(seconds: float, text: str) -> None:
    assert write_duration(timedelta(seconds=seconds)) == text
