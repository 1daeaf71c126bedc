"""Judges what attempts left, each once. Must not give files out, nor take any in.

What is said of an attempt and what is listed of it come into the database at once. A crash before that leaves an
attempt that is judged anew, with the same outcome; after it, one whose outcome stands.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid5

from longshore.api.archives import Archived, PodArtifacts, StoredArtifact
from longshore.api.records import EventType
from longshore.archive.artifacts import catalogues, records
from longshore.archive.artifacts.gatherings import Gatherer, Gathering, gather_sent
from longshore.archive.artifacts.holdings import Holdings
from longshore.archive.artifacts.judgements import Evidence, judge
from longshore.archive.artifacts.selections import File, Selection, digest_folder
from longshore.archive.databases import Database
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Events, Left, Mounted
from longshore.errors import StorageFullError
from longshore.planning.times import write_time

_IDS = UUID("5f3c5e0e-6a0c-4f0e-9a55-2b1f9d3c7a10")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a judgement changes."""

    archived: Archived
    artifacts: list[StoredArtifact]
    files: list[File]
    """Those that are, or are in, an artifact."""
    waste: Sequence[str] = ()
    """What goes from the volumes at once, or with the next sweep."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms artifacts are kept."""

    clock: Callable[[], datetime]
    retention_seconds: int | None = None
    """For how long, where their step does not say; None: as long as their Run."""
    mounted: Mounted | None = None
    """The room where steps write themselves; None: they do not."""


class ArtifactSealer:
    """Implements ports.Artifacts."""

    def __init__(
        self,
        database: Database,
        holdings: Holdings,
        gatherer: Gatherer,
        journal: Events,
        terms: Terms,
    ) -> None:
        self._database = database
        self._holdings = holdings
        self._gatherer = gatherer
        self._journal = journal
        self._terms = terms

    async def seal(self, key: AttemptKey, run: str, left: Left) -> Archived:
        """Judge what an attempt that has ended left; from then on nothing is added. Says the same each time."""
        try:
            close = partial(records.close_attempt, key=key, transport=left.declared.transport)
            record = await self._database.run(close)
            archived = record.archived or await self._judge(key, run, left, record)
        except StorageFullError:
            # The volume takes not even this: it is judged anew when somebody asks again.
            return judge(left.declared.declared, Evidence(is_full=True))
        await self._tell(key)
        return archived

    async def _judge(self, key: AttemptKey, run: str, left: Left, record: records.AttemptRecord) -> Archived:
        declared = left.declared.declared
        if record.transport == "HTTP":
            found = gather_sent(record, await self._database.run(partial(records.read_files, key=key)))
        else:
            found = await asyncio.to_thread(self._gatherer.gather_written, key, declared)
        evidence = await asyncio.to_thread(self._gatherer.build_evidence, key, record, declared, found)
        if record.transport == "Mount":
            evidence = await self._look_for_room(evidence, found, left)
        outcome = self._conclude(key, run, left.declared, found, evidence)
        archived = await self._database.run(partial(_keep, key=key, outcome=outcome))
        kept = {file.sha256 for file in outcome.files}
        await asyncio.to_thread(self._holdings.clear_uploads, key, kept)
        for path in outcome.waste:
            await asyncio.to_thread(self._holdings.remove, path)
        return archived

    async def _look_for_room(self, evidence: Evidence, found: Gathering, left: Left) -> Evidence:
        """Steps that write to the claim themselves ask nobody before: it is looked at when they have."""
        room = self._terms.mounted
        if room is None:
            return evidence
        is_admitted = await room.admit(sum(file.size for file in found.files.values()))
        is_spent = await room.is_spent()
        return replace(evidence, is_full=not is_admitted, is_spent=is_spent, has_failed=left.has_failed)

    def _conclude(
        self, key: AttemptKey, run: str, declared: PodArtifacts, found: Gathering, evidence: Evidence
    ) -> Outcome:
        archived = judge(declared.declared, evidence)
        if archived.artifacts == "Full" and declared.transport == "Mount":
            return Outcome(archived, [], [], waste=[str(key.folder)])
        files = {path: found.files[path] for each in evidence.selections for path in each.members}
        artifacts = [self._build(key, run, each, files) for each in evidence.selections]
        return Outcome(archived, artifacts, list(files.values()))

    def _build(self, key: AttemptKey, run: str, selection: Selection, files: Mapping[str, File]) -> StoredArtifact:
        declared, members = selection.declared, [files[path] for path in selection.members]
        now, kept = self._terms.clock(), declared.retention_seconds or self._terms.retention_seconds
        is_folder = declared.kind == "dir"
        return StoredArtifact(
            id=str(uuid5(_IDS, f"{key.folder}/{declared.name}/{selection.path}")),
            run=run,
            run_uid=key.run_uid,
            step=key.step,
            attempt=key.number,
            name=declared.name,
            kind=declared.kind,
            path=selection.path,
            size=sum(file.size for file in members),
            sha256=digest_folder(members, selection.path) if is_folder else members[0].sha256,
            created_at=write_time(now),
            expires_at=write_time(now + timedelta(seconds=kept)) if kept else None,
        )

    async def _tell(self, key: AttemptKey) -> None:
        """Have an event of each artifact in the journal, once."""
        for artifact in await self._database.run(partial(catalogues.read_untold, key=key)):
            told = partial(catalogues.note_told, uid=artifact.id)
            await self._journal.append(key.run_uid, EventType.ARTIFACT_STORED, artifact.to_json(), key, told)


def _keep(connection: sqlite3.Connection, key: AttemptKey, outcome: Outcome) -> Archived:
    """Keep an outcome, unless there is one: then that stands."""
    record = records.read_attempt(connection, key)
    if record and record.archived:
        return record.archived
    members = {file.path for file in outcome.files}
    records.delete_files(connection, key, {file.path for file in records.read_files(connection, key)} - members)
    for file in outcome.files:
        records.write_file(connection, key, file)
    catalogues.write_artifacts(connection, outcome.artifacts)
    catalogues.add_waste(connection, outcome.waste)
    records.note_archived(connection, key, outcome.archived)
    return outcome.archived
