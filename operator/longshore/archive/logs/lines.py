"""Owns the lines of a log, an RFC 3339 time and a text each, and how its end tells where to go on. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)(?=[ \n])")
SECOND = 10**9
HEAD = 64
"""Bytes in which the time of a line is."""


@dataclass(frozen=True, slots=True)
class Position:
    """The end of a log."""

    stamp: bytes
    """The time that its last line begins with, as it is written there."""
    lines: bytes
    """The last lines, of which each begins with that time."""

    @property
    def time(self) -> int:
        """Nanoseconds since 1970."""
        return read_time(self.stamp + b" ") or 0


def read_time(line: bytes) -> int | None:
    """The time that a line begins with, in nanoseconds since 1970; None where it begins with none."""
    found = _STAMP.match(line)
    if found is None:
        return None
    second, fraction, zone = found.groups(default=b"")
    try:
        time = datetime.fromisoformat((second + zone).decode())
    except ValueError:
        return None
    return int(time.timestamp()) * SECOND + int(fraction.ljust(9, b"0"))


def write_second(time: int) -> str:
    """RFC 3339 of the whole second before a time in nanoseconds since 1970."""
    return datetime.fromtimestamp(time // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def cut_stamp(line: bytes) -> bytes:
    """The time that a line begins with, as it is written there; empty where it begins with none."""
    found = _STAMP.match(line)
    return found.group() if found else b""


def find_position(text: bytes) -> Position | None:
    """The end of a log of complete lines; None where it has no line."""
    stamp, first = b"", len(text)
    for start in _walk_back(text):
        own = cut_stamp(text[start : start + HEAD])
        if stamp and own != stamp:
            break
        stamp, first = own, start
    return Position(stamp, text[first:]) if stamp else None


def find_stamp(text: bytes, stamp: bytes, start: int = 0) -> int:
    """Where the first line from `start` on, itself where a line begins, begins with this time; -1: none does."""
    if text.startswith((stamp + b" ", stamp + b"\n"), start):
        return start
    found = text.find(b"\n" + stamp + b" ", start)
    return found + 1 if found >= 0 else -1


def find_later(text: bytes, time: int) -> int:
    """Where the first line begins whose time is later; the end where there is none."""
    start = 0
    while start < len(text):
        own = read_time(text[start : start + HEAD])
        if own is not None and own > time:
            return start
        start = text.find(b"\n", start) + 1 or len(text)
    return len(text)


def find_last_time(text: bytes) -> int | None:
    """The time of the last line that has one; None: none has."""
    return read_time(find_last_stamp(text) + b" ")


def find_last_stamp(text: bytes) -> bytes:
    """The same, as it is written there; empty: none has."""
    stamps = (cut_stamp(text[start : start + HEAD]) for start in _walk_back(text))
    return next(filter(None, stamps), b"")


def _walk_back(text: bytes) -> Iterator[int]:
    """Where the lines begin, the last one first."""
    end = len(text) - 1 if text.endswith(b"\n") else len(text)
    while end >= 0:
        start = text.rfind(b"\n", 0, end) + 1
        yield start
        end = start - 1
