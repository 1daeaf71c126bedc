"""Owns the file that a log is written to while it goes on. For a thread. Must not know whose it is."""

import os
from pathlib import Path
from typing import Self

from longshore.archive.logs.lines import Position, find_position

_BLOCK = 64 * 1024
_MODE = 0o640


class LogFile:
    """A file of lines that only grows. What an append could not write whole is taken back."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _MODE)
        self.size = os.fstat(self._file).st_size
        """Bytes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def recover(self, origin: int) -> Position | None:
        """Cut off a last line that has no end, and answer where the lines from `origin` on end."""
        origin = min(origin, self.size)
        self._truncate(self._find_end(origin))
        length = _BLOCK
        while True:
            start = max(origin, self.size - length)
            text = self._read(start, self.size)
            # Where it does not begin the log, what comes first may be half a line.
            first = 0 if start == origin else text.find(b"\n") + 1
            position = find_position(text[first:])
            if start == origin or (position and position.lines.count(b"\n") < text.count(b"\n", first)):
                return position
            length *= 4

    def count_lines(self) -> int:
        """How many lines there are."""
        return sum(
            self._read(start, min(start + 16 * _BLOCK, self.size)).count(b"\n")
            for start in range(0, self.size, 16 * _BLOCK)
        )

    def append(self, data: bytes) -> None:
        """Write all of it or nothing. Raises OSError."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            self._truncate(self.size)
            raise
        self.size += len(data)

    def sync(self) -> None:
        """Return once all is on the volume. Raises OSError."""
        os.fsync(self._file)

    def _find_end(self, origin: int) -> int:
        """Where the last complete line ends."""
        end = self.size
        while end > origin:
            start = max(origin, end - _BLOCK)
            found = self._read(start, end).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return origin

    def _read(self, start: int, end: int) -> bytes:
        return os.pread(self._file, end - start, start)

    def _truncate(self, size: int) -> None:
        os.ftruncate(self._file, size)
        self.size = size
