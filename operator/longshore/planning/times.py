"""Owns how times and durations are written and read. Must not ask what time it is."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def parse_time(text: str) -> datetime:
    """RFC 3339, as Kubernetes writes it."""
    return datetime.fromisoformat(text)


def write_time(time: datetime) -> str:
    """RFC 3339 in UTC and whole seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_duration(span: timedelta) -> str:
    """As kubectl writes ages: 45s, 3m20s, 2h5m, 4d3h."""
    seconds = max(0, int(span.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if hours < 3:
        return f"{minutes}m"
    if days < 2:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"


def write_local_time(time: datetime, zone: str) -> str:
    """RFC 3339 in the time of a place, such as Europe/Berlin, whose zone has to be known."""
    return time.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
