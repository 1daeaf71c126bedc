"""Owns which values must not be read in logs, where that is wanted: those of a pod's Secrets.

They are read as a pod's first log is begun; until all were read, or are gone, nothing of the pod is written. What
is mounted changes with its Secret while the pod runs: so it is looked at again before more is written, and what it
held before stays masked.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from longshore.archive.logs.containers import Source
from longshore.archive.logs.masks import Masker, list_values
from longshore.archive.ports import Json
from longshore.errors import ClusterError, NotFoundError, UnavailableError

ReadSecret = Callable[[str], Coroutine[Any, Any, Json]]
"""The Secret of this name. Raises ClusterError."""
FRESH_SECONDS = 0.25
"""For so long what was read of a Secret counts as what it holds."""
_KEPT = 1000
"""For how many pods the values are remembered, since several containers ask."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a Secret held."""

    read_at: float
    """By the clock that only goes on, in seconds."""
    revision: str = ""
    """Its resourceVersion; empty: there was none."""
    values: frozenset[bytes] = frozenset()


Look = Callable[[str], Coroutine[Any, Any, Held]]
"""What the Secret of this name holds now. Raises UnavailableError."""


class NoMaskers:
    """Leaves all as it is."""

    async def find(self, _: Source) -> "Unmasked":
        """What masks nothing."""
        return Unmasked()


class Unmasked(Masker):
    """Masks nothing."""

    revisions: Mapping[str, str] = MappingProxyType({})

    async def renew(self) -> None:
        """Nothing is to be known."""


class PodMasker:
    """Masks all that the Secrets of one pod have been seen to hold."""

    def __init__(self, held: Mapping[str, Held], mounted: Iterable[str], look: Look) -> None:
        self.revisions = {name: each.revision for name, each in held.items() if each.revision}
        """By Secret, as they were at first."""
        self._look = look
        self._held = {name: held[name] for name in mounted}
        self._values = frozenset().union(*(each.values for each in held.values()))
        self._masker = Masker(self._values)

    @property
    def longest(self) -> int:
        """Bytes of the longest value."""
        return self._masker.longest

    def mask(self, lines: bytes) -> bytes:
        """The lines, with each value replaced."""
        return self._masker.mask(lines)

    async def renew(self) -> None:
        """Know what the pod's files may hold by now. Raises UnavailableError."""
        for name, before in self._held.items():
            now = await self._look(name)
            self._held[name] = now
            if now.revision != before.revision:
                self._values |= now.values
                self._masker = Masker(self._values)


class SecretMaskers:
    """Masks the values of the Secrets that pods refer to."""

    def __init__(self, read: ReadSecret) -> None:
        self._read = read
        self._recent: OrderedDict[str, Held] = OrderedDict()
        self._known: OrderedDict[str, PodMasker] = OrderedDict()

    async def find(self, source: Source) -> PodMasker:
        """What masks the values of a pod's Secrets. Raises UnavailableError where one can't be read."""
        if source.pod_uid not in self._known:
            held = {name: await self._look(name) for name in source.secrets}
            self._known[source.pod_uid] = PodMasker(held, source.mounted, self._look)
            _shorten(self._known)
        return self._known[source.pod_uid]

    async def _look(self, name: str) -> Held:
        """What a Secret holds, read a moment ago: all pods that mount it share that."""
        now, recent = time.monotonic(), self._recent.get(name)
        if recent is not None and now - recent.read_at < FRESH_SECONDS:
            return recent
        try:
            secret = await self._read(name)
            held = Held(now, secret["metadata"]["resourceVersion"], frozenset(list_values(secret)))
        except NotFoundError:
            held = Held(now)
        except ClusterError as error:
            raise UnavailableError(
                f"Secret {name}, whose values are to be masked, can't be read: {error}"
            ) from error
        self._recent[name] = held
        _shorten(self._recent)
        return held


def _shorten(known: OrderedDict[str, Any]) -> None:
    if len(known) > _KEPT:
        known.popitem(last=False)
