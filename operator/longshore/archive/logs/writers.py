"""Owns how what comes of a log gets onto the volume: new lines, masked, in batches. Must not call the API server.

Nothing is kept in memory that a restart would need: where to go on is read from the end of the file, each time.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from longshore.api.records import EventType
from longshore.archive.databases import Database
from longshore.archive.logs.containers import Source
from longshore.archive.logs.files import LogFile
from longshore.archive.logs.jumps import JumpFinder
from longshore.archive.logs.lines import HEAD, SECOND, cut_stamp, find_last_stamp, read_time, write_second
from longshore.archive.logs.measures import LogMeasures
from longshore.archive.logs.progresses import Progress
from longshore.archive.logs.records import (
    Gap,
    Record,
    note_gap_told,
    read_untold_gaps,
    write_end,
    write_gap,
    write_restart,
)
from longshore.archive.logs.resumptions import Resumption
from longshore.archive.ports import Events
from longshore.errors import InvalidError

Result = TypeVar("Result")
LONGEST = 256 * 1024
"""Bytes of a line that are held until it ends; what is longer is written in pieces."""
OUTRUN = "the container printed more than could be read before the kubelet began a new file, twice"


@dataclass(frozen=True, slots=True)
class Desk:
    """What all writers share."""

    database: Database
    journal: Events
    """Told of what is missing."""
    threads: Executor
    """Where files are written."""
    measures: LogMeasures


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stream brought, once it has ended."""

    has_new: bool
    """Whether there was a line that the log had not."""
    has_met: bool
    """Whether the line came that the log ended with."""
    rest: tuple[int, bytes]
    """The last line, where it has no end: how much of it is written, and what is not."""


class Masking(Protocol):
    """Makes values of Secrets unreadable in lines."""

    @property
    def longest(self) -> int:
        """Bytes of the longest value."""

    def mask(self, lines: bytes) -> bytes:
        """The lines, with each value replaced."""


class LogWriter:
    """One log. Each stream is taken between `begin` and `settle`."""

    def __init__(self, record: Record, file: LogFile, masker: Masking, progress: Progress, desk: Desk) -> None:
        self._record = record
        self._file = file
        self._masker = masker
        self._progress = progress
        self._desk = desk
        self._origin = record.origin
        self._lines: int | None = None
        self._resumption = Resumption(None)
        self._jumps = JumpFinder()
        self._last = ""
        self._pending = b""
        self._flushed = 0
        self._has_new = False
        self._is_silent = True
        self.cause = "the archive did not run"
        """Why lines may be missing, should some be found to be."""

    async def begin(self) -> str | None:
        """Be ready for a stream; answers from when on its lines are wanted, None: from the first."""
        position = await self._in_thread(self._file.recover, self._origin)
        if self._lines is None:
            self._lines = await self._in_thread(self._file.count_lines)
        self._resumption = Resumption(position, self._masker.mask)
        self._jumps = JumpFinder()
        self._last = position.stamp.decode() if position else ""
        self._is_silent, self._has_new = True, False
        self._progress.advance(self._file.size, self._lines)
        return self._resumption.since

    async def take(self, chunk: bytes) -> None:
        """Write what is new. Raises OSError and ArchiveError where there is no room."""
        if self._is_silent:
            self._is_silent, self._pending, self._flushed = False, b"", 0
        data = self._pending + chunk
        cut = data.rfind(b"\n") + 1
        self._pending = data[cut:]
        await self._write(self._resumption.feed(data[:cut]))
        if len(self._pending) > LONGEST and self._resumption.is_found:
            await self._flush()

    async def settle(self) -> Outcome:
        """The stream has ended. Raises InvalidError for words of the kubelet that stand in a log's place."""
        await self._write(self._resumption.settle())
        if self._is_silent:
            return Outcome(has_new=False, has_met=False, rest=(0, b""))
        if not self._flushed and self._pending[:1].isalpha():
            raise InvalidError(self._pending[:200].decode(errors="replace"))
        return Outcome(self._has_new, self._resumption.has_met, (self._flushed, self._pending))

    async def restart(self, source: Source, *, is_whole: bool) -> None:
        """What comes next is of the container as it was started anew; its log before that was read, or not."""
        await self._write_rest(b"\n")
        if not is_whole:
            await self._note_gap("", "the container was started anew")
        origin = self._file.size
        await self._desk.database.run(partial(write_restart, id_=self._record.id, source=source, origin=origin))
        self._origin = origin

    async def complete(self, failure: str) -> None:
        """Nothing will be added: all of it was read, or what failed says why not."""
        has_rest = bool(self._flushed or self._pending)
        await self._write_rest(b"")
        if failure:
            await self._note_gap("", failure)
        await self._tell_gaps()
        await self._in_thread(self._file.sync)
        size, lines = self._file.size, (self._lines or 0) + has_rest
        await self._desk.database.run(partial(write_end, id_=self._record.id, size=size, lines=lines))
        self._progress.advance(size, lines)
        self._progress.complete()

    async def _write(self, lines: bytes) -> None:
        if not lines:
            return
        if self._resumption.miss and not self._has_new:
            await self._note_gap(write_second(self._resumption.miss.time), self.cause)
        self._has_new = True
        jump = self._jumps.find(lines, time.time_ns())
        if jump is not None:
            await self._write_seen(lines[:jump])
            lines = lines[jump:]
            await self._note_gap(write_second(read_time(lines[:HEAD]) or 0), OUTRUN)
        await self._write_seen(lines)

    async def _write_seen(self, lines: bytes) -> None:
        await self._append(lines)
        last = find_last_stamp(lines)
        if last:
            self._last = last.decode()
            self._desk.measures.lag.observe(max(0.0, time.time() - (read_time(last + b" ") or 0) / SECOND))

    async def _flush(self) -> None:
        """Write of a line that goes on all that can't be the beginning of a value to mask."""
        masked = self._masker.mask(self._pending)
        cut = len(masked) - self._masker.longest
        self._pending = masked[cut:]
        await self._append(masked[:cut])
        self._flushed += cut

    async def _write_rest(self, end: bytes) -> None:
        """Write the last line that came without its end, with this one."""
        if self._flushed or cut_stamp(self._pending):
            await self._append(self._pending + end)
            self._pending, self._flushed = b"", 0

    async def _append(self, lines: bytes) -> None:
        await self._in_thread(self._append_masked, lines)
        count = lines.count(b"\n")
        if count:
            self._flushed = 0
        self._lines = (self._lines or 0) + count
        self._desk.measures.bytes.inc(len(lines))
        self._desk.measures.lines.inc(count)
        self._progress.advance(self._file.size, self._lines)

    def _append_masked(self, lines: bytes) -> None:
        self._file.append(self._masker.mask(lines))

    async def _note_gap(self, until: str, cause: str) -> None:
        gap = Gap(self._file.size, self._last, until, cause)
        await self._desk.database.run(partial(write_gap, id_=self._record.id, gap=gap))
        self._desk.measures.gaps.inc()
        await self._tell_gaps()

    async def _tell_gaps(self) -> None:
        """Have an event of each gap in the journal, once; of a Run that it has not yet, when it is tried again."""
        key, database = self._record.key, self._desk.database
        for gap in await database.run(partial(read_untold_gaps, id_=self._record.id)):
            told = partial(note_gap_told, id_=self._record.id, offset=gap.offset)
            place = {"offset": gap.offset, "after": gap.since, "before": gap.until, "cause": gap.cause}
            data = {"container": key.container, **{name: value for name, value in place.items() if value != ""}}
            await self._desk.journal.append(key.attempt.run_uid, EventType.LOG_GAP, data, key.attempt, told)

    async def _in_thread(self, work: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._desk.threads, work, *arguments)
