"""Owns how one log is read to its end: streams, failures, and how it is known that nothing is left to come."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from longshore.archive.logs.containers import LogKey, Source
from longshore.archive.logs.files import LogFile
from longshore.archive.logs.progresses import Progress
from longshore.archive.logs.records import Record, open_record
from longshore.archive.logs.revisions import write_uses
from longshore.archive.logs.writers import Desk, LogWriter, Masking, Outcome
from longshore.cluster.paces import Backoff
from longshore.cluster.podlogs import LogCall
from longshore.errors import ArchiveError, ClusterError, InvalidError, NotFoundError, UnavailableError

logger = logging.getLogger(__name__)
LINGER_SECONDS = 10
"""How long a stream may be silent once its container has ended."""
STALL_SECONDS = 3
"""And once it has brought much: the kubelet now and then does not notice that it has begun the log's next file."""
STALL_BYTES = 2**20
REFUSED_SECONDS = 30
"""For so long the kubelet is asked again for the log of a container that has ended, which it says it has not."""
UNREACHABLE_SECONDS = 600
"""And a kubelet that the API server can't reach."""
PODS_END = "the pod was deleted before its log was read to the end"
_FAILURES = (ClusterError, ArchiveError, OSError)


class LogStreams(Protocol):
    """Where logs come from."""

    def read(self, call: LogCall) -> AsyncGenerator[bytes, None]:
        """What comes of a log, until it ends or falls silent for long. Raises ClusterError."""

    async def has_pod(self, namespace: str, pod: str, uid: str) -> bool:
        """Whether the API server has this very pod. Raises ClusterError."""


class PodMasking(Masking, Protocol):
    """Masks what the Secrets of a pod hold, as far as it was told to know that."""

    @property
    def revisions(self) -> Mapping[str, str]:
        """Of each Secret, when its values were first read."""

    async def renew(self) -> None:
        """Know what they hold by now. Raises ClusterError where they can't be read."""


class Maskers(Protocol):
    """Who knows the values that must not be read in logs."""

    async def find(self, source: Source) -> PodMasking:
        """What masks the values that a container's pod refers to. Raises ClusterError where they can't be read."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What followers reach the world by."""

    streams: LogStreams
    maskers: Maskers
    desk: Desk
    find_path: Callable[[LogKey], Path]
    """Where a log lies."""


class Follower:
    """Keeps the log of one container."""

    def __init__(self, source: Source, reach: Reach) -> None:
        self.progress = Progress()
        self._source = source
        self._reach = reach
        self._news = asyncio.Event()
        self._deadline: asyncio.Timeout | None = None
        self._read_bytes = 0
        """Of the stream under way."""
        self._backoff = Backoff()
        self._masker: PodMasking | None = None
        self._failing_since: float | None = None
        self._restarts = 0
        self._last_rest: tuple[int, bytes] = (0, b"")
        self._was_quiet = False

    def see(self, source: Source) -> None:
        """What is known of the container now."""
        if source != self._source:
            self._source = source
            self._news.set()
            self._set_deadline()

    async def run(self) -> None:
        """Return once the log is complete on the volume."""
        while not self.progress.is_complete:
            try:
                await self._keep()
            except _FAILURES as error:
                await self._pause(error)
            except Exception as error:
                logger.exception("log of %s", self._source.pod)
                await self._pause(error)

    async def _keep(self) -> None:
        """Prepare, and read until the end is reached. Raises ClusterError, ArchiveError, OSError."""
        masker = self._masker = await self._reach.maskers.find(self._source)
        desk = self._reach.desk
        if masker.revisions:
            uses = partial(write_uses, attempt=self._source.key.attempt, revisions=masker.revisions)
            await desk.database.run(uses)
        record = await desk.database.run(partial(open_record, source=self._source))
        if record.state != "Open":
            self.progress.complete()
            return
        self._restarts = record.restarts
        path = self._reach.find_path(record.key)
        with await asyncio.to_thread(LogFile, path) as file:
            writer = LogWriter(record, file, masker, self.progress, desk)
            await writer.complete(await self._read_all(writer, record))

    async def _read_all(self, writer: LogWriter, record: Record) -> str:
        """Read until nothing is left to come; answers why that is so early, empty where it is not."""
        if record.pod_uid != self._source.pod_uid:
            await writer.restart(self._source, is_whole=False)
            self._restarts = self._source.restarts
        while True:
            source = self._source
            try:
                is_read = await self._read_some(writer, source)
            except _FAILURES as error:
                if isinstance(error, NotFoundError) and not await self._has_pod(source):
                    return PODS_END
                if self._is_hopeless(source, error):
                    return f"the kubelet has no log: {error}"
                writer.cause = _explain(error)
                await self._pause(error)
            else:
                self._failing_since = None
                if is_read:
                    return ""

    async def _has_pod(self, source: Source) -> bool:
        """Whether the pod is there: a kubelet that has just started finds none. Raises ClusterError."""
        return await self._reach.streams.has_pod(source.namespace, source.pod, source.pod_uid)

    async def _read_some(self, writer: LogWriter, source: Source) -> bool:
        """Read one stream to its end; answers whether that was the end of the log."""
        if source.restarts > self._restarts:
            await self._restart(writer, source)
            return False
        outcome = await self._read(writer, source, LogCall(source.namespace, source.pod, source.key.container))
        if self._judge(outcome) and source.is_over:
            return True
        if not source.is_over:
            writer.cause = "the stream broke"
            await self._wait(self._backoff.next_delay())
        return False

    async def _restart(self, writer: LogWriter, source: Source) -> None:
        """The container was started anew: read what it wrote before to its end, as far as that can be had."""
        call = LogCall(source.namespace, source.pod, source.key.container, is_previous=True)
        is_whole = source.restarts == self._restarts + 1
        try:
            while is_whole and not self._judge(await self._read(writer, source, call)):
                pass
        except InvalidError:
            is_whole = False
        await writer.restart(source, is_whole=is_whole)
        self._restarts, self._last_rest, self._was_quiet = source.restarts, (0, b""), False

    async def _read(self, writer: LogWriter, source: Source, call: LogCall) -> Outcome:
        since = await writer.begin()
        is_followed = not (source.is_over or call.is_previous)
        asked = LogCall(call.namespace, call.pod, call.container, since, is_followed, call.is_previous)
        self._read_bytes = 0
        with self._reach.desk.measures.streams.track_inprogress():
            try:
                async with asyncio.timeout(None) as self._deadline:
                    self._set_deadline()
                    async with aclosing(self._reach.streams.read(asked)) as chunks:
                        async for chunk in chunks:
                            await self._take(writer, chunk)
            except TimeoutError:
                logger.info("log of %s is asked for anew: it fell silent", call.pod)
            finally:
                self._deadline = None
        return await writer.settle()

    async def _take(self, writer: LogWriter, chunk: bytes) -> None:
        await self._renew()
        await writer.take(chunk)
        self._read_bytes += len(chunk)
        self.progress.message = ""
        self._set_deadline()

    async def _renew(self) -> None:
        if self._masker is not None:
            await self._masker.renew()

    def _judge(self, outcome: Outcome) -> bool:
        """Whether nothing is left to come of a container that had ended when it was asked for.

        A stream that breaks looks like one that ends; so it has to say that there is nothing new: by the line that
        the log ends with, or twice.
        """
        is_quiet = not outcome.has_new and outcome.rest == self._last_rest
        is_end = is_quiet and (outcome.has_met or self._was_quiet)
        self._last_rest, self._was_quiet = outcome.rest, is_quiet
        return is_end

    def _set_deadline(self) -> None:
        """A stream that brings nothing leads nowhere where its container has ended; it may once it has much."""
        if self._deadline is None:
            return
        has_much = self._read_bytes >= STALL_BYTES
        if has_much or self._source.is_over:
            seconds = STALL_SECONDS if has_much else LINGER_SECONDS
            self._deadline.reschedule(asyncio.get_running_loop().time() + seconds)

    def _is_hopeless(self, source: Source, error: Exception) -> bool:
        """Whether the log of a container that has ended can't be had, as the API server says for long."""
        refused = isinstance(error, InvalidError | NotFoundError)
        # Where it has a cause, it was the API server itself that could not be reached.
        unreachable = isinstance(error, UnavailableError) and error.__cause__ is None
        if not source.is_over or not (refused or unreachable):
            self._failing_since = None
            return False
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        return now - self._failing_since > (REFUSED_SECONDS if refused else UNREACHABLE_SECONDS)

    async def _pause(self, error: Exception) -> None:
        self.progress.message = _explain(error)
        self._reach.desk.measures.failures.labels(type(error).__name__).inc()
        logger.debug("log of %s: %s: %s", self._source.pod, type(error).__name__, error)
        await self._wait(max(self._backoff.next_delay(), getattr(error, "retry_after", 0.0)))

    async def _wait(self, seconds: float) -> None:
        """Return after so long, or once there is news of the container."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()


def _explain(error: Exception) -> str:
    """Why nothing comes, for people."""
    if isinstance(error, OSError | ArchiveError):
        return f"the archive's storage took no more: {error}"
    return f"the log could not be read: {error}"
