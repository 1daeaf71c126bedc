"""Owns what time it is, for whoever acts. Must not wait."""

from datetime import UTC, datetime


def read_clock() -> datetime:
    """The time now."""
    return datetime.now(UTC)
