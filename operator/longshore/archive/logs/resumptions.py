"""Owns which lines of a stream are new: a stream is asked for from somewhat before the end of the log. Pure.

The kubelet serves the newest file of a log alone. So where the line that the log ends with does not come, it was
in a file that has been rotated, and between that line and the first that comes some may be missing.
"""

from dataclasses import dataclass

from longshore.archive.logs.lines import Position, find_last_time, find_later, find_stamp, read_time, write_second

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
    """Takes the complete lines of a stream, and gives those that are not in the log yet."""

    def __init__(self, position: Position | None) -> None:
        self._position = position
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
        start = find_stamp(self._held, self._position.stamp)
        if start >= 0:
            return self._skip(self._position, start)
        newest = find_last_time(self._held)
        if newest is None or newest <= self._position.time:
            self._held = b""
        elif newest > self._position.time + SLACK or len(self._held) > MOST_HELD:
            return self.settle()
        return b""

    def settle(self) -> bytes:
        """The new ones of the lines that are held: nothing that comes later tells more of them."""
        if self._position is None or self.is_found:
            return b""
        if self.has_met:
            return self._release(len(self._held))
        start = find_later(self._held, self._position.time)
        if start == len(self._held):
            self._held = b""
            return b""
        self.miss = Miss(read_time(self._held[start : start + 64]) or 0)
        return self._release(start)

    def _skip(self, position: Position, start: int) -> bytes:
        """Let go of as many lines of that time as the log has, once they are all here."""
        self.has_met = True
        end = start
        for _ in range(position.count):
            if end == len(self._held):
                # More of them may come.
                self._held = self._held[start:]
                return b""
            if find_stamp(self._held[end : end + 64], position.stamp) != 0:
                break
            end = self._held.index(b"\n", end) + 1
        return self._release(end)

    def _release(self, start: int) -> bytes:
        self.is_found = True
        lines, self._held = self._held[start:], b""
        return lines
