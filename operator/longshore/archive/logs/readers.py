"""Owns reading a log: the same for one that goes on and one that was compressed long ago. Must not write any."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from longshore.archive.databases import Database
from longshore.archive.logs.progresses import Progress
from longshore.archive.logs.reads import CHUNK, Wish, Writer, find_start
from longshore.archive.logs.records import Record, find_record, read_blocks
from longshore.archive.logs.texts import PlainText, SealedText, Text


class LogReader:
    """One log, for one reader; closed at the end of `read`, or by `close`."""

    def __init__(self, record: Record, text: Text, progress: Progress) -> None:
        self.record = record
        self._text = text
        self._progress = progress
        self._work: asyncio.Future[tuple[bytes, bytes]] | None = None

    @property
    def size(self) -> int:
        """Bytes of the text that can be read now."""
        return self._progress.size

    async def find_start(self, wish: Wish) -> int:
        """Where the part begins that is wanted, in bytes of the text."""
        return await asyncio.to_thread(find_start, self._text, wish, self.size)

    async def read(self, wish: Wish, start: int) -> AsyncGenerator[bytes, None]:
        """The part that is wanted, from there on; where it is followed, until the log is complete."""
        writer = Writer(has_stamps=wish.has_stamps)
        last = self.size if not wish.is_followed else None
        end = min((limit for limit in (wish.end, last) if limit is not None), default=None)
        try:
            while end is None or start < end:
                if start >= self.size:
                    if self._progress.is_complete:
                        break
                    await self._progress.wait_beyond(start)
                    continue
                length = min(CHUNK, (self.size if end is None else min(end, self.size)) - start)
                loop = asyncio.get_running_loop()
                self._work = loop.run_in_executor(None, self._read, writer, start, length)
                piece, part = await asyncio.shield(self._work)
                start += len(piece)
                if not piece:
                    break
                if part:
                    yield part
            if rest := writer.finish():
                yield rest
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the file, once no thread reads it any more."""
        if self._work is not None and not self._work.done():
            self._work.add_done_callback(lambda _: self._text.close())
        else:
            self._text.close()

    def _read(self, writer: Writer, start: int, length: int) -> tuple[bytes, bytes]:
        piece = self._text.read(start, length)
        return piece, writer.write(piece)


async def open_reader(
    database: Database, record: Record, path: Path, progress: Callable[[], Progress | None]
) -> LogReader:
    """A reader of a log, wherever it lies by now. Raises FileNotFoundError where it is gone."""
    found = progress()
    if record.state != "Sealed":
        with suppress(FileNotFoundError):
            text = await asyncio.to_thread(PlainText, path)
            return LogReader(record, text, found or _close(text.size, record.lines))
        # It was compressed in this moment.
        again = await database.run(partial(find_record, key=record.key))
        record = again or record
    blocks = await database.run(partial(read_blocks, id_=record.id))
    sealed = await asyncio.to_thread(SealedText, path, blocks)
    return LogReader(record, sealed, _close(record.bytes, record.lines))


def _close(size: int, lines: int) -> Progress:
    """The progress of a log to which nothing is added."""
    progress = Progress()
    progress.advance(size, lines)
    progress.complete()
    return progress
