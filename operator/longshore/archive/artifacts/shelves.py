"""Gives out what is listed: artifacts, their files, and what steps find as their inputs. Must not change any."""

import asyncio
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from sqlite3 import Connection

from longshore.api.archives import Input, StoredArtifact, Transport
from longshore.archive.artifacts import catalogues, records
from longshore.archive.artifacts.bundles import pack
from longshore.archive.artifacts.catalogues import Wanted
from longshore.archive.artifacts.holdings import Holdings
from longshore.archive.artifacts.paths import is_within
from longshore.archive.artifacts.selections import File
from longshore.archive.databases import Database
from longshore.archive.places import AttemptKey
from longshore.errors import ArchiveError


@dataclass(frozen=True, slots=True)
class Content:
    """What an attempt left, as far as it is listed."""

    key: AttemptKey
    transport: Transport
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that a step finds."""

    number: int
    """Of its source among those of the step, from 0."""
    source: Input
    file: File


class Shelf:
    """Artifacts that were judged."""

    def __init__(self, database: Database, holdings: Holdings) -> None:
        self._database = database
        self._holdings = holdings

    async def list_artifacts(
        self, wanted: Wanted, after: StoredArtifact | None = None, limit: int = -1
    ) -> list[StoredArtifact]:
        """The artifacts of a Run, by step, attempt, name and path; a page of them, where there is a limit."""
        read = partial(catalogues.read_artifacts, wanted=wanted, after=after, limit=limit)
        return await self._database.run(read)

    async def find(self, uid: str) -> StoredArtifact | None:
        """The artifact of this id."""
        return await self._database.run(partial(catalogues.read_artifact, uid=uid))

    async def find_content(self, artifact: StoredArtifact) -> Content:
        """The files of an artifact: one, or those in its folder."""
        key = AttemptKey(artifact.run_uid, artifact.step, artifact.attempt)
        content = await self._database.run(partial(_read_content, key=key))
        files = tuple(file for file in content.files if is_of(file, artifact))
        return Content(key, content.transport, files)

    async def open(self, content: Content, file: File) -> io.BufferedReader:
        """A file to be read. Raises ArchiveError where it is not there."""
        return await asyncio.to_thread(self._holdings.open, content.key, content.transport, file)

    def pack(self, content: Content, folder: str) -> Iterator[bytes]:
        """Files as a tar.gz, by their paths in a folder. Blocks; raises ArchiveError where one is not there."""
        return pack(content.files, folder, partial(self._holdings.open, content.key, content.transport))

    async def list_inputs(self, sources: Sequence[Input]) -> list[InputFile]:
        """The files that a step finds, which these attempts left."""
        found: list[InputFile] = []
        for number, source in enumerate(sources):
            content = await self._read_source(source)
            found += [InputFile(number, source, file) for file in content.files]
        return found

    async def open_input(self, source: Input, path: str) -> tuple[File, io.BufferedReader] | None:
        """A file that a step finds; None: it finds none there. Raises ArchiveError where it is gone."""
        content = await self._read_source(source)
        for file in content.files:
            if file.path == path:
                return file, await self.open(content, file)
        return None

    async def _read_source(self, source: Input) -> Content:
        try:
            key = AttemptKey(source.run_uid, source.path, source.attempt)
        except ValueError as error:
            raise ArchiveError(str(error)) from None
        return await self._database.run(partial(_read_content, key=key))


def _read_content(connection: Connection, key: AttemptKey) -> Content:
    record = records.read_attempt(connection, key)
    if record is None or record.archived is None:
        return Content(key, "HTTP", ())
    return Content(key, record.transport, tuple(records.read_files(connection, key)))


def is_of(file: File, artifact: StoredArtifact) -> bool:
    """Whether a file is, or is in, an artifact."""
    if artifact.kind == "dir":
        return is_within(file.path, artifact.path)
    return file.path == artifact.path
