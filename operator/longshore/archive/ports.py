"""Owns what the parts of the archive ask of each other, as protocols. Must not implement them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from longshore.api.archives import Archived, PodArtifacts
from longshore.archive.databases import Work
from longshore.archive.places import AttemptKey

Json = dict[str, Any]


class Logs(Protocol):
    """The logs of containers."""

    def follow(self, pod: Json) -> None:
        """Have the logs of all containers of a pod kept; called with each change of a pod, does nothing twice."""

    def has_all(self, pod: Json) -> bool:
        """Whether the pod has ended, and all its logs, or that they can't be had, are safely on the volume."""

    async def close_lost(self, is_there: Callable[[str], bool]) -> None:
        """Nothing will be added to logs of pods, by uid, that are gone: they went while nobody looked."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a step was to leave, and whether it came to a good end."""

    declared: PodArtifacts
    has_failed: bool = False


class Artifacts(Protocol):
    """Files that steps leave."""

    async def seal(self, key: AttemptKey, run: str, left: Left) -> Archived:
        """Judge what an attempt that has ended left; from then on nothing is added. Says the same each time."""


class Declarations(Protocol):
    """What pods declare, as the operator wrote it on them."""

    async def find_declared(self, key: AttemptKey) -> Mapping[str, PodArtifacts] | None:
        """What the pod of an attempt declares, by the steps that declare anything; None: no such pod is known."""


class Quota(Protocol):
    """How much the archive may hold."""

    async def reserve(self, size: int) -> None:
        """So many bytes are to come. Raises StorageFullError where they do not fit."""


class Mounted(Protocol):
    """The room on a claim to which steps write by themselves."""

    async def admit(self, size: int) -> bool:
        """So many bytes have come; whether that is no more than may be."""

    async def is_spent(self) -> bool:
        """Whether the volume has no room for anything, so that who wrote there may have failed of it."""


class Caches(Protocol):
    """Directories that steps share between Runs."""

    def expect(self, attempt: AttemptKey, keys: Collection[str]) -> None:
        """An attempt went well, and is about to save these keys, until it is committed or dropped."""

    async def commit(self, attempt: AttemptKey) -> None:
        """The attempt has succeeded: what it saved may be restored. May be said again."""

    async def drop(self, attempt: AttemptKey) -> None:
        """The attempt has not succeeded: what it saved goes. May be said again."""


class Events(Protocol):
    """What happened to Runs."""

    async def append(
        self, run_uid: str, kind: str, data: Json, key: AttemptKey | None = None, also: Work | None = None
    ) -> int:
        """Add an event to a Run's journal; its id, greater than all before. 0: no such Run, nothing is kept.

        What is done also is part of the transaction.
        """


class Journal(Events, Protocol):
    """Runs and what happened to them."""

    async def see_run(self, run: Json) -> None:
        """Keep this version of a Run, and the events by which it differs from the one before."""

    async def see_deleted(self, run_uid: str) -> None:
        """The Run is gone from the cluster; it stays in the history."""

    async def find_run(self, run: str) -> str | None:
        """The uid of the Run that has it, or else of the newest one of this name; None: neither is known."""

    async def list_present(self) -> list[str]:
        """Uids of Runs that are not known to be gone from the cluster."""

    async def list_known(self) -> list[str]:
        """Uids of all Runs of the history, those in the cluster too."""

    async def list_ended(self, before: datetime) -> list[str]:
        """Uids of Runs that ended before then."""

    async def list_expired(self, now: datetime) -> list[str]:
        """Uids of Runs that are gone from the cluster, and too old or too many, the oldest first."""

    async def forget(self, run_uid: str) -> None:
        """Take a Run out of the history, with its events; after all else that is kept of it."""
