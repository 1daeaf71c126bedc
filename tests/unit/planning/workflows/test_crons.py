"""When a schedule comes, on days when clocks change too, and what is no schedule."""

from datetime import UTC, datetime, timedelta

import pytest
from longshore.api.workflows import Schedule, WorkflowSpec
from longshore.planning.times import parse_time, write_local_time
from longshore.planning.workflows.crons import check_schedule, find_latest, find_next
from support.planning.runs import params, workflow

REMEDY = "; write minute, hour, day of month, month and day of week, such as 30 2 * * 1-5"


def build_schedule(cron: str, zone: str = "UTC") -> Schedule:
    return Schedule(cron=cron, time_zone=zone)


def list_times(schedule: Schedule, since: str, until: str) -> list[str]:
    """All times after one and up to another, in the time of the place."""
    time, end, times = parse_time(since), parse_time(until), []
    while (found := find_next(schedule, time)) is not None and found <= end:
        times.append(write_local_time(found, schedule.time_zone))
        time = found
    return times


@pytest.mark.parametrize(
    ("cron", "zone", "now", "latest", "next_"),
    [
        ("* * * * *", "UTC", "2025-06-01T12:00:00", "2025-06-01T12:00:00", "2025-06-01T12:01:00"),
        ("* * * * *", "UTC", "2025-06-01T12:00:59.9", "2025-06-01T12:00:00", "2025-06-01T12:01:00"),
        ("30 2 * * *", "Europe/Berlin", "2025-06-01T12:00:00", "2025-06-01T00:30:00", "2025-06-02T00:30:00"),
        ("30 2 * * *", "Asia/Kolkata", "2025-06-01T12:00:00", "2025-05-31T21:00:00", "2025-06-01T21:00:00"),
        ("@daily", "America/New_York", "2025-06-01T12:00:00", "2025-06-01T04:00:00", "2025-06-02T04:00:00"),
        ("@weekly", "UTC", "2025-06-04T12:00:00", "2025-06-01T00:00:00", "2025-06-08T00:00:00"),
        ("@hourly", "UTC", "2025-06-01T12:34:56", "2025-06-01T12:00:00", "2025-06-01T13:00:00"),
        ("0 9 * * MON-FRI", "UTC", "2025-06-01T12:00:00", "2025-05-30T09:00:00", "2025-06-02T09:00:00"),
        ("0 0 29 2 *", "UTC", "2025-06-01T12:00:00", "2024-02-29T00:00:00", "2028-02-29T00:00:00"),
    ],
)
def test_the_time_before_and_the_time_after(cron: str, zone: str, now: str, latest: str, next_: str) -> None:
    schedule, moment = build_schedule(cron, zone), parse_time(f"{now}+00:00")
    assert find_latest(schedule, moment) == parse_time(f"{latest}+00:00")
    assert find_next(schedule, moment) == parse_time(f"{next_}+00:00")


@pytest.mark.parametrize(
    ("cron", "times"),
    [
        ("30 2 * * *", ["29T02:30:00+01:00", "30T03:00:00+02:00", "31T02:30:00+02:00"]),
        ("0 3 * * *", ["29T03:00:00+01:00", "30T03:00:00+02:00", "31T03:00:00+02:00"]),
        ("0 */2 30 * *", [f"30T{hour:02}:00:00+0{1 + (hour > 2)}:00" for hour in range(0, 24, 2) if hour != 2]),
    ],
)
def test_when_clocks_go_forward_what_is_left_out_comes_at_once(cron: str, times: list[str]) -> None:
    schedule = build_schedule(cron, "Europe/Berlin")
    assert list_times(schedule, "2025-03-28T12:00:00Z", "2025-03-31T12:00:00Z") == [
        f"2025-03-{time}" for time in times
    ]


@pytest.mark.parametrize(
    ("cron", "times"),
    [
        ("30 2 * * *", ["25T02:30:00+02:00", "26T02:30:00+02:00", "27T02:30:00+01:00"]),
        ("*/30 2 26 * *", ["26T02:00:00+02:00", "26T02:30:00+02:00", "26T02:00:00+01:00", "26T02:30:00+01:00"]),
    ],
)
def test_when_clocks_go_back_a_time_comes_once_and_a_wildcard_goes_on(cron: str, times: list[str]) -> None:
    schedule = build_schedule(cron, "Europe/Berlin")
    assert list_times(schedule, "2025-10-24T12:00:00Z", "2025-10-27T12:00:00Z") == [
        f"2025-10-{time}" for time in times
    ]


@pytest.mark.parametrize("minute", range(0, 180, 7))
def test_what_came_is_not_forgotten_in_the_hour_that_comes_twice(minute: int) -> None:
    schedule = build_schedule("30 2 * * *", "Europe/Berlin")
    made = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert find_latest(schedule, made + timedelta(minutes=minute)) == made
    assert find_next(schedule, made + timedelta(minutes=minute)) == datetime(2025, 10, 27, 1, 30, tzinfo=UTC)


def check(cron: str = "@daily", zone: str = "UTC", **fields: object) -> list[str]:
    schedule = {"cron": cron, "timeZone": zone}
    return list(map(str, check_schedule(WorkflowSpec.model_validate(workflow(schedule=schedule, **fields)))))


@pytest.mark.parametrize(
    ("cron", "problem"),
    [
        ("every day", "is no cron expression of five fields"),
        ("0 0 * * * *", "is no cron expression of five fields"),
        ("@reboot", "is no cron expression of five fields"),
        ("61 * * * *", "is no cron expression: bad minute"),
        ("0 24 * * *", "is no cron expression: bad hour"),
        ("0 0 30 2 *", "is no cron expression: bad day-of-month, or one that its months do not have"),
        ("0 0 */31 * MON#5", "never comes"),
        ("0 0 * * 5-1", "is no cron expression: bad day-of-week"),
        ("0 0 29 2 1#9", "is no cron expression: bad day-of-week"),
    ],
)
def test_what_is_no_schedule(cron: str, problem: str) -> None:
    (said,) = check(cron)
    assert said == f"spec.schedule.cron: {cron!r} {problem}{REMEDY}"


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../zone", "/etc", "Europe", "a\0b"])
def test_what_is_no_time_zone(zone: str) -> None:
    (said,) = check("bad", zone)
    assert said == f"spec.schedule.timeZone: {zone!r} is no time zone; name one, such as Europe/Berlin"


def test_a_schedule_gives_no_parameters() -> None:
    declared = params(env={"type": "String", "required": True}, size={"type": "Integer", "default": 1})
    (said,) = check(params=declared)
    assert said == "spec.schedule: parameter 'env' is required, and a schedule gives none; give it a default"


def test_a_workflow_without_a_schedule_may_require_parameters() -> None:
    spec = WorkflowSpec.model_validate(workflow(params=params(env={"type": "String", "required": True})))
    assert list(check_schedule(spec)) == []
