"""Parts of the archive that do nothing but remember what they are asked."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from longshore.api.archives import Archived
from longshore.archive.collect.pods import CollectedPod
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Json, Left
from longshore.errors import LongshoreError


@dataclass
class FakeJournal:
    """A journal in memory, which may fail."""

    runs: list[Json] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    present: Sequence[str] = ()
    failure: LongshoreError | None = None

    async def see_run(self, run: Json) -> None:
        """Remember the version."""
        if self.failure:
            raise self.failure
        self.runs.append(run)

    async def see_deleted(self, run_uid: str) -> None:
        """Remember that it is gone."""
        self.deleted.append(run_uid)

    async def list_present(self) -> list[str]:
        """What a test says."""
        return list(self.present)


@dataclass
class FakeLogs:
    """Logs that are safe where a test says so."""

    followed: list[str] = field(default_factory=list)
    safe: set[str] = field(default_factory=set)
    open: tuple[str, ...] = ()
    """Uids of pods whose logs are not complete."""
    closed: list[str] = field(default_factory=list)

    def follow(self, pod: Json) -> None:
        """Remember the pod."""
        self.followed.append(pod["metadata"]["name"])

    async def close_lost(self, is_there: Callable[[str], bool]) -> None:
        """Remember those."""
        self.closed += [uid for uid in self.open if not is_there(uid)]

    def has_all(self, pod: Json) -> bool:
        """What a test says."""
        return pod["metadata"]["name"] in self.safe


@dataclass
class FakeArtifacts:
    """Artifacts of which all is there."""

    sealed: list[AttemptKey] = field(default_factory=list)

    async def seal(self, key: AttemptKey, run: str, left: Left) -> Archived:
        """Remember the attempt."""
        assert run
        assert left.declared.declared
        self.sealed.append(key)
        return Archived(artifacts="Stored")


@dataclass
class FakeCaches:
    """Caches of which only is known what becomes of them."""

    told: dict[AttemptKey, str] = field(default_factory=dict)
    expected: dict[AttemptKey, set[str]] = field(default_factory=dict)

    def expect(self, attempt: AttemptKey, keys: Collection[str]) -> None:
        """Remember them."""
        self.expected[attempt] = set(keys)

    async def commit(self, attempt: AttemptKey) -> None:
        """Remember it."""
        self.told[attempt] = "commit"

    async def drop(self, attempt: AttemptKey) -> None:
        """Remember it."""
        self.told[attempt] = "drop"


@dataclass
class FakeCalls:
    """An API server that takes all, unless a test has it fail."""

    annotated: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    runs: set[str] = field(default_factory=set)
    failure: LongshoreError | None = None

    async def annotate(self, pod: CollectedPod, archived: str) -> None:
        """Remember what was told."""
        self.annotated[pod.name] = archived

    async def delete(self, pod: CollectedPod) -> None:
        """Remember the pod."""
        if self.failure:
            raise self.failure
        self.deleted.append(pod.name)

    async def has_run(self, name: str, uid: str) -> bool:
        """What a test says."""
        assert name
        return uid in self.runs
