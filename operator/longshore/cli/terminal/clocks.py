"""Owns what time it is. Kept apart from what shows it, so that views are functions of their arguments."""

from datetime import UTC, datetime

from longshore.planning.times import write_time


def get_now() -> str:
    """The time, as objects have it: RFC 3339 in UTC and whole seconds."""
    return write_time(datetime.now(UTC))
