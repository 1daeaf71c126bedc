"""Owns the times of a schedule: whether it has any, which is past and which comes. Must not decide what is done.

A day on which clocks change is the library's to understand, as Debian's cron does: what falls into an hour that is
left out comes right after it, what falls into one that comes twice comes once; a wildcard goes on by the clock.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from longshore.api.workflows import Schedule, WorkflowSpec
from longshore.planning.findings import Fault, Finding

FIELDS = 5
SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""From when on a schedule is tried; any time does, as the library looks 50 years ahead."""
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def check_schedule(spec: WorkflowSpec) -> Iterator[Finding]:
    """What is wrong with the schedule of a Workflow, where it has one."""
    if spec.schedule is None:
        return
    yield from _check_times(spec.schedule)
    for param in spec.params:
        if param.required and param.default is None:
            message = f"parameter {param.name!r} is required, and a schedule gives none; give it a default"
            yield Finding(Fault.SCHEDULE, "spec.schedule", message)


def find_latest(schedule: Schedule, now: datetime) -> datetime | None:
    """The latest time of the schedule that is not after `now`, however many came before it."""
    # A second on, since the search leaves its own beginning out.
    start = now.replace(microsecond=0) + timedelta(seconds=1)
    latest = next(_iterate(schedule, start, reverse=True), None)
    if latest is None:
        return None
    # Backwards through an hour that comes twice, the library goes by the clock on the wall, and past one.
    for time in _iterate(schedule, latest):
        if time > now:
            break
        latest = max(latest, time)
    return latest


def find_next(schedule: Schedule, now: datetime) -> datetime | None:
    """The first time of the schedule after `now`."""
    return next((time for time in _iterate(schedule, now) if time > now), None)


def _check_times(schedule: Schedule) -> Iterator[Finding]:
    """What is wrong with its zone and its expression."""
    try:
        ZoneInfo(schedule.time_zone)
    except (ValueError, OSError, LookupError):
        message = f"{schedule.time_zone!r} is no time zone; name one, such as Europe/Berlin"
        yield Finding(Fault.SCHEDULE, "spec.schedule.timeZone", message)
        return
    if problem := _find_problem(schedule):
        message = (
            f"{schedule.cron!r} {problem}; write minute, hour, day of month, month and day of week,"
            " such as 30 2 * * 1-5"
        )
        yield Finding(Fault.SCHEDULE, "spec.schedule.cron", message)


def _find_problem(schedule: Schedule) -> str:
    if len(_spell_out(schedule.cron).split()) != FIELDS:
        return "is no cron expression of five fields"
    try:
        found = next(_iterate(schedule, SOME_TIME), None)
    except CronSimError as error:
        hint = ", or one that its months do not have" if "day-of-month" in str(error) else ""
        return f"is no cron expression: {str(error).lower()}{hint}"
    return "" if found else "never comes"


def _spell_out(cron: str) -> str:
    return _MACROS.get(cron, cron)


def _iterate(schedule: Schedule, start: datetime, *, reverse: bool = False) -> Iterator[datetime]:
    """Times in UTC from `start` on, without it."""
    local = start.astimezone(ZoneInfo(schedule.time_zone))
    for time in CronSim(_spell_out(schedule.cron), local, reverse=reverse):
        yield time.astimezone(UTC)
