"""Owns the text of a log, whether compressed or not, as something to read anywhere. Blocking: for a thread."""

import os
from bisect import bisect_left, bisect_right
from pathlib import Path
from typing import Protocol

from longshore.archive.logs.records import Block
from longshore.archive.logs.seals import name_sealed, unpack


class Text(Protocol):
    """The text of a log."""

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes from there on; fewer only at the end."""

    def find_span(self, time: int, size: int) -> tuple[int, int]:
        """Between which offsets the first line of that time or later begins, in nanoseconds since 1970."""

    def close(self) -> None:
        """Let go of the file."""


class PlainText:
    """A log as it is written. It can be read although its file is removed meanwhile."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.size = os.fstat(self._file.fileno()).st_size
        """Bytes, when it was opened."""

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes from there on; fewer only at the end."""
        return os.pread(self._file.fileno(), length, offset)

    def find_span(self, _: int, size: int) -> tuple[int, int]:
        """It may be anywhere."""
        return 0, size

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class SealedText:
    """A log that is compressed: only the blocks that are asked for are read, and one is kept."""

    def __init__(self, path: Path, blocks: list[Block]) -> None:
        self._file = name_sealed(path).open("rb", buffering=0)
        self._offsets = [block.offset for block in blocks]
        self._places = [*(block.place for block in blocks), os.fstat(self._file.fileno()).st_size]
        self._times = [block.time for block in blocks]
        self._kept = (-1, b"")

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes from there on; fewer only at the end."""
        parts = []
        index = bisect_right(self._offsets, offset) - 1
        while length > 0 and 0 <= index < len(self._offsets):
            text = self._unpack(index)
            part = text[offset - self._offsets[index] :][:length]
            parts.append(part)
            offset, length, index = offset + len(part), length - len(part), index + 1
        return b"".join(parts)

    def find_span(self, time: int, size: int) -> tuple[int, int]:
        """From the last block that begins before that time up to the first that does not."""
        index = bisect_left(self._times, time)
        start = self._offsets[index - 1] if index else 0
        return start, self._offsets[index] if index < len(self._offsets) else size

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _unpack(self, index: int) -> bytes:
        if self._kept[0] != index:
            place, end = self._places[index], self._places[index + 1]
            self._kept = (index, unpack(os.pread(self._file.fileno(), end - place, place)))
        return self._kept[1]
