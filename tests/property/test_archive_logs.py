"""Whatever breaks, each line of a log is kept once and in its order, or is missing where a gap says so."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.archive.databases import open_database
from longshore.archive.logs.containers import LogKey, Source
from longshore.archive.logs.files import LogFile
from longshore.archive.logs.masks import Masker
from longshore.archive.logs.measures import LogMeasures
from longshore.archive.logs.progresses import Progress
from longshore.archive.logs.records import Record, find_record, open_record
from longshore.archive.logs.writers import Desk, LogWriter
from longshore.archive.places import AttemptKey
from prometheus_client import CollectorRegistry
from support.archives.artifacts import FakeArtifactJournal
from support.log_servers import select

SOURCE = Source(LogKey(AttemptKey("u", "a", 1), "step"), "ns", "pod", "p", 0, is_over=False, started="")
PRINTS = st.tuples(st.just("print"), st.integers(0, 3), st.integers(1, 4))
"""So many seconds later, so many lines of one time."""
READS = st.tuples(st.just("read"), st.integers(0, 2000), st.integers(1, 300))
"""A stream that breaks after so many bytes, which come in pieces of such a size."""
ROTATIONS = st.tuples(st.just("rotate"), st.just(0), st.just(0))
KILLS = st.tuples(st.just("kill"), st.integers(0, 200), st.just(0))
"""The archive is killed, and of what it wrote last so many bytes are not on the volume."""


class Kubelet:
    """Prints, rotates, and serves the newest file."""

    def __init__(self) -> None:
        self.second = 0
        self.lines: list[bytes] = []
        self.newest = b""

    def write(self, seconds: int, count: int) -> None:
        """Print so many lines of one time, so many seconds later."""
        self.second += seconds
        for _ in range(count):
            stamp = f"2026-01-01T00:{self.second // 60:02}:{self.second % 60:02}.000000000Z"
            self.lines.append(f"{stamp} line {len(self.lines)}\n".encode())
            self.newest += self.lines[-1]


class Archive:
    """Reads what it is given, as a follower does, and may be killed."""

    def __init__(self, path: Path, record: Record, desk: Desk) -> None:
        self.path = path
        self._record = record
        self._desk = desk

    async def read(self, kubelet: Kubelet, size: int | None = None, piece: int = 2**16) -> bool:
        """One stream, as by a process of its own; answers whether it ended with what the log ends with."""
        with LogFile(self.path) as file:
            writer = LogWriter(self._record, file, Masker(), Progress(), self._desk)
            text = select(kubelet.newest, await writer.begin())[:size]
            for start in range(0, len(text), piece):
                await writer.take(text[start : start + piece])
            outcome = await writer.settle()
            return not outcome.has_new

    def kill(self, lost: int) -> None:
        """What is lost is a part of the last line only: the rest was there when the stream was asked for."""
        if self.path.exists():
            text = self.path.read_bytes()
            last = len(text) - text.rfind(b"\n", 0, len(text) - 1) - 1
            os.truncate(self.path, len(text) - min(lost, last))


@settings(deadline=None, max_examples=150)
@given(st.lists(PRINTS | READS | ROTATIONS | KILLS, max_size=25))
async def test_each_line_is_kept_once_or_a_gap_says_that_it_is_missing(
    happenings: list[tuple[str, int, int]],
) -> None:
    kubelet = Kubelet()
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as threads:
        async with open_database(Path(folder, "db")) as database:
            record = await database.run(lambda connection: open_record(connection, SOURCE))
            desk = Desk(database, FakeArtifactJournal(database), threads, LogMeasures(CollectorRegistry()))
            archive = Archive(Path(folder, "log"), record, desk)
            has_rotated = False
            for name, first, second in happenings:
                match name:
                    case "print":
                        kubelet.write(first, second)
                    case "read":
                        await archive.read(kubelet, first, second)
                    case "rotate":
                        kubelet.newest, has_rotated = b"", True
                    case _:
                        archive.kill(first)
            await archive.read(kubelet)
            assert await archive.read(kubelet), "there is always something new"
            found = await database.run(lambda connection: find_record(connection, SOURCE.key))
            assert found is not None
            check(
                kubelet.lines,
                archive.path.read_bytes(),
                [gap.offset for gap in found.gaps],
                has_rotated=has_rotated,
            )
            assert archive.path.read_bytes().endswith(kubelet.newest)


def check(printed: list[bytes], kept: bytes, gaps: list[int], *, has_rotated: bool) -> None:
    """All that is kept was printed, in that order; what is missing is at a gap, or at the beginning or the end."""
    offset = following = 0
    for line in kept.splitlines(keepends=True):
        index = printed.index(line)
        assert index >= following, "doubled, or out of order"
        assert index == following or offset == 0 or offset in gaps, "missing without a word"
        offset, following = offset + len(line), index + 1
    assert has_rotated or (not gaps and following == len(printed))
