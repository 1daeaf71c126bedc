"""Owns the order in time of what several logs say: a log is opened only once its time has come.

So as many are open as ran side by side, however many there are. Must not know where lines come from.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import Generic, TypeVar

Key = TypeVar("Key")
Moment = tuple[datetime, int]
"""A second, and the nanoseconds in it, which a datetime does not have."""
_BEGINNING: Moment = (datetime.min.replace(tzinfo=UTC), 0)
_FRACTION = re.compile(r"\.(\d+)")


@dataclass(frozen=True, slots=True)
class Log(Generic[Key]):
    """A log that is read when it is needed."""

    key: Key
    started: str
    """When its container did, as RFC 3339; empty: not known."""
    read: Callable[[], Iterator[str]]
    """Its lines, each after its time and a blank."""


@dataclass(order=True, slots=True)
class _Head:
    """The next line of an open log; of two at the same time the log that is named first goes first."""

    time: Moment
    position: int
    text: str = field(compare=False)
    rest: Iterator[str] = field(compare=False)


def merge_logs(logs: Sequence[Log[Key]]) -> Iterator[tuple[Key, str]]:
    """The lines of all logs with their times, the earliest first."""
    upcoming = sorted(range(len(logs)), key=lambda position: _parse(logs[position].started), reverse=True)
    heads: list[_Head] = []
    while upcoming or heads:
        while upcoming and (not heads or _parse(logs[upcoming[-1]].started) <= heads[0].time):
            position = upcoming.pop()
            _push(heads, position, logs[position].read(), _BEGINNING)
        if heads:
            head = heappop(heads)
            yield logs[head.position].key, head.text
            _push(heads, head.position, head.rest, head.time)


def _push(heads: list[_Head], position: int, lines: Iterator[str], before: Moment) -> None:
    """The next line of a log, if there is one; it never counts as earlier than the one before."""
    line = next(lines, None)
    if line is not None:
        heappush(heads, _Head(max(before, _parse(line.partition(" ")[0])), position, line, lines))


def _parse(time: str) -> Moment:
    """When it was; what is no time, such as a kubelet's complaint, was at the beginning of all."""
    try:
        found = datetime.fromisoformat(time)
    except ValueError:
        return _BEGINNING
    fraction = _FRACTION.search(time)
    nanoseconds = int(f"{fraction[1]:0<9}"[:9]) if fraction else 0
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).replace(microsecond=0), nanoseconds
