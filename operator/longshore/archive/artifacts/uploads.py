"""Takes in files that come over HTTP, in as many goes as it takes. Must not know HTTP.

What has come lies by the sha256 that the whole will have, so it is never taken for a part of other content, and
two that send the same at once only write the same bytes to the same place. A file is on record only once all of it
is on the volume and its sha256 fits. What a file was before it was sent anew goes at once.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from longshore.api.archives import PodArtifacts
from longshore.archive.artifacts import partials, records
from longshore.archive.artifacts.gatherings import Limits
from longshore.archive.artifacts.holdings import Holdings
from longshore.archive.artifacts.paths import explain_path
from longshore.archive.artifacts.selections import File, is_declared
from longshore.archive.databases import Database
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Quota
from longshore.errors import ArchiveError, OffsetError, SealedError, StorageFullError, TooLargeError, UploadError

CHUNK = 2**20
"""Bytes that are written at a time."""
SEALED = "what this attempt left has been judged; nothing can be added"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is sent."""

    key: AttemptKey
    declared: PodArtifacts
    """What the pod says that the step leaves."""
    file: File


class Intake:
    """The files of attempts that go on."""

    def __init__(self, database: Database, holdings: Holdings, quota: Quota, limits: Limits) -> None:
        self._database = database
        self._holdings = holdings
        self._quota = quota
        self._limits = limits

    async def measure(self, upload: Upload) -> int:
        """How many bytes of a file are here; its size once all of it is on record. Raises UploadError."""
        await self._check(upload)
        key, file = upload.key, upload.file
        known = await self._database.run(partial(records.read_file, key=key, path=file.path))
        if known and (known.size, known.sha256) == (file.size, file.sha256):
            return file.size
        # A last byte that came makes no whole file yet: it is sent again.
        return min(await self._measure(upload), max(file.size - 1, 0))

    async def receive(self, upload: Upload, offset: int, content: AsyncIterator[bytes]) -> int:
        """Take in bytes of a file from an offset on; how many are here then: its size, if all of it is on record.

        Raises UploadError, and StorageFullError where there is no room.
        """
        await self._check(upload)
        here = await self._measure(upload)
        if offset > here:
            raise OffsetError(here)
        try:
            if not await asyncio.to_thread(self._holdings.get_blob(upload.key, upload.file.sha256).exists):
                await self._quota.reserve(max(upload.file.size - here, 0))
                here = await self._write(upload, offset, content)
            if here == upload.file.size:
                await self._finish(upload)
        except StorageFullError:
            await self._note_full(upload.key)
            raise
        return here

    async def complete(self, key: AttemptKey, files: Sequence[File], failed: Mapping[str, str]) -> list[str]:
        """Note that all was sent, with what could not be; or else the paths to send again. Raises SealedError."""
        return await self._database.run(partial(_complete, key=key, files=files, failed=failed))

    async def _check(self, upload: Upload) -> None:
        """Raises UploadError for what can't be taken."""
        file, declared, most = upload.file, upload.declared, self._limits.max_bytes
        if problem := explain_path(file.path):
            raise UploadError(f"{file.path!a} {problem}")
        if not _SHA256.fullmatch(file.sha256):
            raise UploadError("sha256 is not 64 hexadecimal digits in lower case")
        if declared.transport != "HTTP" or not is_declared(file.path, declared.declared):
            raise UploadError(f"{file.path!a} is no artifact that the step declares; leave it out")
        if not 0 <= file.size <= most:
            raise TooLargeError(f"{file.path!a} has {file.size} bytes, of which {most} may be; split it")
        if await self._database.run(partial(records.is_closed, key=upload.key)):
            raise SealedError(SEALED)

    async def _measure(self, upload: Upload) -> int:
        """How many bytes of the content are here, under whatever path."""
        blob = self._holdings.get_blob(upload.key, upload.file.sha256)
        begun = self._holdings.get_partial(upload.key, upload.file.sha256)
        return await asyncio.to_thread(lambda: partials.measure(blob) or partials.measure(begun))

    async def _write(self, upload: Upload, offset: int, content: AsyncIterator[bytes]) -> int:
        """Write what comes; how many bytes are here then. What came before a broken connection stays."""
        file, waiting = upload.file, bytearray()
        begun = self._holdings.get_partial(upload.key, file.sha256)
        try:
            async for part in content:
                if offset + len(waiting) + len(part) > file.size:
                    raise UploadError(f"{file.path!a} goes on after the {file.size} bytes that it has")
                waiting += part
                if len(waiting) >= CHUNK:
                    await asyncio.to_thread(partials.write_at, begun, offset, bytes(waiting))
                    offset += len(waiting)
                    waiting.clear()
        finally:
            await asyncio.to_thread(partials.write_at, begun, offset, bytes(waiting))
        return offset + len(waiting)

    async def _finish(self, upload: Upload) -> None:
        key, file = upload.key, upload.file
        begun, blob = self._holdings.get_partial(key, file.sha256), self._holdings.get_blob(key, file.sha256)
        if not await asyncio.to_thread(partials.finish, begun, blob, file.sha256):
            raise UploadError(f"{file.path!a} has another sha256 than was said; send it again as it is now")
        replaced = await self._database.run(
            partial(_record, upload=upload, blob=blob, most=self._limits.max_files)
        )
        if replaced:
            former = self._holdings.get_blob(key, replaced.sha256)
            await self._database.run(partial(_drop, key=key, file=replaced, blob=former))

    async def _note_full(self, key: AttemptKey) -> None:
        # Where the database has no room either, the sender still knows, and tells when it completes.
        with suppress(ArchiveError):
            await self._database.run(partial(records.note_full, key=key))


def _record(connection: sqlite3.Connection, upload: Upload, blob: Path, most: int) -> File | None:
    """Have a file on record; the one that it takes the place of."""
    key, file = upload.key, upload.file
    if records.open_attempt(connection, key, "HTTP").is_closed:
        raise SealedError(SEALED)
    if not blob.exists():
        # Another path had the same content and was replaced just now.
        raise ArchiveError(f"{file.path!a} has to be sent again")
    known = records.read_file(connection, key, file.path)
    if known is None and records.count_files(connection, key) >= most:
        raise TooLargeError(f"there are more than the {most} files that may be; pack them")
    records.write_file(connection, key, file)
    return known


def _drop(connection: sqlite3.Connection, key: AttemptKey, file: File, blob: Path) -> None:
    """Remove the content of a file that was replaced; done where files are put on record, it is no other's."""
    if not records.has_content(connection, key, file.sha256):
        blob.unlink(missing_ok=True)


def _complete(
    connection: sqlite3.Connection, key: AttemptKey, files: Sequence[File], failed: Mapping[str, str]
) -> list[str]:
    if records.open_attempt(connection, key, "HTTP").is_closed:
        raise SealedError(SEALED)
    here = {file.path: (file.size, file.sha256) for file in records.read_files(connection, key)}
    missing = [file.path for file in files if here.get(file.path) != (file.size, file.sha256)]
    if not missing:
        records.note_complete(connection, key, failed)
    return missing
