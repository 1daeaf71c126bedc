"""Owns where a stream left lines out, as far as the times of the lines tell. Pure.

Now and then the kubelet begins a log's file anew. Who reads so slowly that this happened twice meanwhile is given
the newest file after the one that was read, and not a word of what was between.
"""

from longshore.archive.logs.lines import HEAD, SECOND, find_last_time, read_time

INTERVAL = 8 * SECOND
"""The kubelet begins a file at most every 10 s (`containerLogMonitorInterval`), give or take; for so long at least
there are lines in one that was left out."""
FILE = 10 * 2**20
"""Bytes of a file before it is followed by another (`containerLogMaxSize`)."""


class JumpFinder:
    """Sees all lines of one stream, and says where such a jump must be supposed.

    What is printed seldom has the same distances. But then a line is read before the next one is printed, or the
    stream has not brought as much as a file holds.
    """

    def __init__(self) -> None:
        self._bytes = 0
        self._last: int | None = None
        self._read_at = 0

    def find(self, lines: bytes, now: int) -> int | None:
        """Where in these lines, read at `now` (nanoseconds since 1970), others are missing."""
        last = find_last_time(lines)
        start = self._find_start(lines, last) if self._bytes + len(lines) > FILE else None
        self._bytes = self._bytes + len(lines) if start is None else len(lines) - start
        self._last, self._read_at = last or self._last, now
        return start

    def _find_start(self, lines: bytes, last: int | None) -> int | None:
        first = read_time(lines[:HEAD])
        if first is None or last is None:
            return None
        if self._last is not None and self._last + INTERVAL <= first <= self._read_at:
            return 0
        return _find_jump(lines) if last - first >= INTERVAL else None


def _find_jump(lines: bytes) -> int | None:
    """The first line that was printed so much later than the one before it."""
    start, last = 0, None
    while start < len(lines):
        time = read_time(lines[start : start + HEAD])
        if last is not None and time is not None and time - last >= INTERVAL:
            return start
        last = time or last
        start = lines.find(b"\n", start) + 1 or len(lines)
    return None
