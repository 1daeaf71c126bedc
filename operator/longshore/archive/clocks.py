"""Owns what time it is, for the archive. Must not wait."""

from datetime import UTC, datetime


def read_clock() -> datetime:
    """The time now."""
    return datetime.now(UTC)
