"""Owns up to where a log was read, so that it is taken up there: in its pod, else in the archive."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Mark:
    """A place in a log: the latest time of its lines, and how many lines of that time were read."""

    time: str = ""
    """As it stands before the line; empty: nothing was read."""
    count: int = 0

    def take_new(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines that were not read yet, of lines from this time on; the mark moves with them.

        Only at the beginning is anything left out: a clock that is set back loses no line.
        """
        since, left, is_new = self.time, self.count, not self.time
        for line in lines:
            time = line.partition(" ")[0]
            if not is_new and (time < since or (time == since and left)):
                left -= time == since
                continue
            is_new = True
            self._move(time)
            yield line

    def _move(self, time: str) -> None:
        if time > self.time:
            self.time, self.count = time, 1
        elif time == self.time:
            self.count += 1
