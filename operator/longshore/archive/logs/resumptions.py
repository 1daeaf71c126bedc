"""Owns which lines of a stream are new: a stream is asked for from somewhat before the end of the log. Pure.

The kubelet serves the newest file of a log alone. So where the line that the log ends with does not come, it was
in a file that has been rotated, and between that line and the first that comes some may be missing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from longshore.archive.logs.lines import Position, find_last_time, find_later, find_stamp, read_time, write_second

Mask = Callable[[bytes], bytes]
SLACK = 10**9
"""Nanoseconds by which lines may be out of order: of stdout and stderr each is timed before it is written."""
MOST_HELD = 4 * 2**20
"""Bytes in which the end of the log is looked for before it is given up."""


@dataclass(frozen=True, slots=True)
class Miss:
    """The end of the log did not come."""

    time: int
    """When the line was printed that comes first, in nanoseconds since 1970."""


class Resumption:
    """Takes the complete lines of a stream, and gives those that are not in the log yet.

    `mask` makes of lines what the log has of them.
    """

    def __init__(self, position: Position | None, mask: Mask = bytes) -> None:
        self._position = position
        self._mask = mask
        self._held = b""
        self.is_found = position is None
        """Whether all that comes from here on is new."""
        self.has_met = False
        """Whether the line that the log ends with came."""
        self.miss: Miss | None = None

    @property
    def since(self) -> str | None:
        """From when on to ask for lines; None: from the first."""
        return write_second(self._position.time - SLACK) if self._position else None

    def feed(self, lines: bytes) -> bytes:
        """The new ones of these lines, and of those before that it could not tell yet."""
        if self._position is None or self.is_found:
            return lines
        self._held += lines
        end = self._find_end(self._position)
        if end is not None:
            self.has_met = True
            return self._release(end)
        newest = find_last_time(self._held)
        if newest is None or newest < self._position.time:
            self._held = b""
        elif newest > self._position.time + SLACK or len(self._held) > MOST_HELD:
            return self.settle()
        return b""

    def settle(self) -> bytes:
        """The new ones of the lines that are held: nothing that comes later tells more of them."""
        if self._position is None or self.is_found:
            return b""
        start = find_stamp(self._held, self._position.stamp)
        if start >= 0 and self._position.lines.startswith(self._mask(self._held[start:])):
            # It broke within the lines with which the log ends.
            self._held = b""
            return b""
        end = self._find_tail(self._position)
        if end is not None:
            self.has_met = True
            return self._release(end)
        start = find_later(self._held, self._position.time - 1)
        if start == len(self._held):
            self._held = b""
            return b""
        self.miss = Miss(read_time(self._held[start : start + 64]) or 0)
        return self._release(start)

    def _find_end(self, position: Position) -> int | None:
        """Where the lines end with which the log does; None: they did not come, or not all of them."""
        start = find_stamp(self._held, position.stamp)
        while start >= 0:
            end = _find_nth(self._held, start, position.lines.count(b"\n"))
            if self._mask(self._held[start:end]) == position.lines:
                return end
            start = find_stamp(self._held, position.stamp, self._held.index(b"\n", start) + 1)
        return None

    def _find_tail(self, position: Position) -> int | None:
        """Where the last of these lines end, since the kubelet may have rotated between two of one time."""
        lines = position.lines.splitlines(keepends=True)
        tails = (Position(position.stamp, b"".join(lines[first:])) for first in range(1, len(lines)))
        return next((end for tail in tails if (end := self._find_end(tail)) is not None), None)

    def _release(self, start: int) -> bytes:
        self.is_found = True
        lines, self._held = self._held[start:], b""
        return lines


def _find_nth(text: bytes, start: int, count: int) -> int:
    """Where so many lines end that begin there, or all that there are."""
    for _ in range(count):
        start = text.find(b"\n", start) + 1 or len(text)
    return start
