"""Owns what somebody wants of a log, where that begins, and how it is written. Blocking where it takes a text."""

import re
from dataclasses import dataclass

from longshore.archive.logs.lines import read_time
from longshore.archive.logs.texts import Text

CHUNK = 64 * 1024
_STAMPS = re.compile(rb"(?m)^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)(?: |$)")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which part of a log, and how."""

    tail: int | None = None
    """So many lines at the end."""
    since: int | None = None
    """Lines of this time or later, in nanoseconds since 1970."""
    start: int = 0
    """Bytes of the text that are left out."""
    end: int | None = None
    """Where to stop, in bytes of the text."""
    is_followed: bool = False
    """Whether what is added is wanted too."""
    has_stamps: bool = False
    """Whether each line comes with its time."""


def find_start(text: Text, wish: Wish, size: int) -> int:
    """Where the part begins that is wanted of a text of so many bytes."""
    starts = [wish.start]
    if wish.since is not None:
        starts.append(find_since(text, wish.since, size))
    if wish.tail is not None:
        starts.append(find_tail(text, wish.tail, size))
    return min(max(starts), size)


def find_tail(text: Text, count: int, size: int) -> int:
    """Where the last so many lines begin."""
    if count == 0:
        return size
    # The end of the last line is not one between two lines.
    end = size - 1
    while end > 0:
        start = max(0, end - CHUNK)
        block = text.read(start, end - start)
        found = block.count(b"\n")
        if found >= count:
            return start + _rfind_nth(block, count) + 1
        count, end = count - found, start
    return 0


def find_since(text: Text, time: int, size: int) -> int:
    """Where the first line of that time or later begins; lines are in the order of time, but for a moment."""
    low, high = text.find_span(time, size)
    while high - low > CHUNK:
        middle = (low + high) // 2
        line = _find_line(text, middle, high)
        if line is not None and line[1] < time:
            low = line[0]
        else:
            high = middle
    return _scan(text, time, low, size)


class Writer:
    """Writes a text that comes in pieces, with or without the times of its lines."""

    def __init__(self, *, has_stamps: bool) -> None:
        self._has_stamps = has_stamps
        self._held = b""
        self._is_within = False

    def write(self, piece: bytes) -> bytes:
        """What can be written by now."""
        if self._has_stamps:
            return piece
        data = self._held + piece
        # Of a line that has only begun it is not known yet whether its time is whole.
        cut = data.rfind(b"\n") + 1 if len(data) - data.rfind(b"\n") < 64 else len(data)
        data, self._held = data[:cut], data[cut:]
        first = data.find(b"\n") + 1 if self._is_within else 0
        head = data if self._is_within and not first else data[:first]
        if data:
            self._is_within = not data.endswith(b"\n")
        return head + _STAMPS.sub(b"", data[len(head) :])

    def finish(self) -> bytes:
        """What was held, as no more comes."""
        held, self._held = self._held, b""
        return held if self._is_within else _STAMPS.sub(b"", held)


def _rfind_nth(block: bytes, count: int) -> int:
    end = len(block)
    for _ in range(count):
        end = block.rfind(b"\n", 0, end)
    return end


def _find_line(text: Text, offset: int, end: int) -> tuple[int, int] | None:
    """Where the first line that has a time begins after an offset, and its time."""
    while offset < end:
        block = text.read(offset, CHUNK)
        if not block:
            return None
        found = block.find(b"\n") + 1
        if found:
            own = read_time(text.read(offset + found, 64))
            if own is not None and offset + found < end:
                return offset + found, own
            offset += found
        else:
            offset += len(block)
    return None


def _scan(text: Text, time: int, offset: int, size: int) -> int:
    while offset < size:
        block = text.read(offset, CHUNK)
        start = 0
        while start < len(block):
            end = block.find(b"\n", start) + 1
            own = read_time(block[start : start + 64])
            if own is not None and own >= time:
                return offset + start
            if not end:
                break
            start = end
        offset += start or len(block)
    return size
