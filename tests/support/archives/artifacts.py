"""The archive's artifacts over a folder, with a journal and a quota that the test looks at."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from longshore.api.archives import Archived, PodArtifacts, StoredArtifact, Transport
from longshore.api.steps import Artifact
from longshore.archive.artifacts.catalogues import Wanted
from longshore.archive.artifacts.gatherings import Gatherer, Limits
from longshore.archive.artifacts.holdings import Holdings
from longshore.archive.artifacts.removals import Remover
from longshore.archive.artifacts.seals import ArtifactSealer, Terms
from longshore.archive.artifacts.selections import File
from longshore.archive.artifacts.shelves import Shelf
from longshore.archive.artifacts.uploads import Intake, Upload
from longshore.archive.databases import Database, Work, open_database
from longshore.archive.places import AttemptKey, Places
from longshore.archive.ports import Left
from support.archives.quotas import FakeMounted, FakeQuota

KEY = AttemptKey("uid", "build", 1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class FakeArtifactJournal:
    """A journal in memory, of Runs that it knows; what is done with its events is done in the database."""

    database: Database
    events: list[tuple[str, str, dict[str, Any], AttemptKey | None]] = field(default_factory=list)
    runs: dict[str, str] = field(default_factory=lambda: {"run": "uid", "uid": "uid"})

    async def append(
        self,
        run_uid: str,
        kind: str,
        data: dict[str, Any],
        key: AttemptKey | None = None,
        also: Work | None = None,
    ) -> int:
        """Remember the event."""
        if run_uid not in self.runs.values():
            return 0
        if also is not None:
            await self.database.run(also)
        self.events.append((run_uid, kind, data, key))
        return len(self.events)

    async def find_run(self, run: str) -> str | None:
        """What a test says."""
        return self.runs.get(run)


@dataclass
class Keeper:
    """All that has to do with artifacts."""

    database: Database
    holdings: Holdings
    limits: Limits
    journal: FakeArtifactJournal
    quota: FakeQuota = field(default_factory=FakeQuota)
    retention: int | None = None
    mounted: FakeMounted = field(default_factory=FakeMounted)

    @property
    def sealer(self) -> ArtifactSealer:
        """What judges."""
        gatherer = Gatherer(self.holdings, self.limits)
        return ArtifactSealer(
            self.database, self.holdings, gatherer, self.journal, Terms(lambda: NOW, self.retention, self.mounted)
        )

    @property
    def intake(self) -> Intake:
        """What takes in."""
        return Intake(self.database, self.holdings, self.quota, self.limits)

    @property
    def shelf(self) -> Shelf:
        """What gives out."""
        return Shelf(self.database, self.holdings)

    @property
    def remover(self) -> Remover:
        """What removes."""
        return Remover(self.database, self.holdings)

    async def send(self, path: str, content: bytes, declared: PodArtifacts, key: AttemptKey = KEY) -> int:
        """Send a file as a whole."""
        return await self.intake.receive(build_upload(path, content, declared, key), 0, stream(content))

    async def seal(self, declared: PodArtifacts, key: AttemptKey = KEY, *, has_failed: bool = False) -> Archived:
        """Judge an attempt."""
        return await self.sealer.seal(key, "run", Left(declared, has_failed))

    async def list_all(self) -> list[StoredArtifact]:
        """What is listed of the Run."""
        return await self.shelf.list_artifacts(Wanted("uid"))

    async def read(self, artifact: StoredArtifact) -> bytes:
        """An artifact's content."""
        content = await self.shelf.find_content(artifact)
        if artifact.kind == "dir":
            return b"".join(self.shelf.pack(content, artifact.path))
        with await self.shelf.open(content, content.files[0]) as file:
            return file.read()


@asynccontextmanager
async def open_keeper(root: Path, *, max_bytes: int = 10**9, max_files: int = 100) -> AsyncIterator[Keeper]:
    """Within, artifacts below this folder; opened again, it goes on."""
    holdings = Holdings(Places(root / "archive"), root / "mount")
    for folder in (root / "archive", root / "mount"):
        folder.mkdir(parents=True, exist_ok=True)
    async with open_database(holdings.places.database) as database:
        yield Keeper(database, holdings, Limits(max_bytes, max_files), FakeArtifactJournal(database))


def declare(*artifacts: Artifact, transport: Transport = "HTTP") -> PodArtifacts:
    """What a step declares."""
    return PodArtifacts(transport=transport, declared=list(artifacts))


def build_artifact(path: str, name: str = "it", **fields: Any) -> Artifact:
    """A declaration."""
    return Artifact.model_validate({"name": name, "path": path, **fields})


def build_upload(path: str, content: bytes, declared: PodArtifacts, key: AttemptKey = KEY) -> Upload:
    """A file that is sent."""
    return Upload(key, declared, File(path, len(content), sha256(content).hexdigest()))


async def stream(*parts: bytes) -> AsyncIterator[bytes]:
    """A body that comes in parts."""
    for part in parts:
        yield part


def write_tree(folder: Path, files: dict[str, bytes]) -> None:
    """Write files below a folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def list_tree(folder: Path) -> set[str]:
    """All files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def show(artifacts: Iterable[StoredArtifact]) -> Sequence[tuple[str, str, int]]:
    """What tells artifacts apart in a test."""
    return [(artifact.name, artifact.path, artifact.size) for artifact in artifacts]
