"""Owns which values must not be read in logs, where that is wanted: those of a pod's Secrets.

They are read once for each pod; until all of them were read, or are gone, nothing of the pod is written.
"""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

from longshore.archive.logs.containers import Source
from longshore.archive.logs.masks import Masker, list_values
from longshore.archive.ports import Json
from longshore.errors import ClusterError, NotFoundError, UnavailableError

ReadSecret = Callable[[str], Coroutine[Any, Any, Json]]
"""The Secret of this name. Raises ClusterError."""
_KEPT = 1000
"""For how many pods the values are remembered, since several containers ask."""


class NoMaskers:
    """Leaves all as it is."""

    async def find(self, _: Source) -> Masker:
        """What masks nothing."""
        return Masker()


class SecretMaskers:
    """Masks the values of the Secrets that a pod refers to."""

    def __init__(self, read: ReadSecret) -> None:
        self._read = read
        self._known: OrderedDict[str, Masker] = OrderedDict()

    async def find(self, source: Source) -> Masker:
        """What masks the values of a pod's Secrets. Raises UnavailableError where one can't be read."""
        if source.pod_uid not in self._known:
            self._known[source.pod_uid] = Masker(
                [value for name in source.secrets for value in await self._list(name)]
            )
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[source.pod_uid]

    async def _list(self, name: str) -> list[bytes]:
        try:
            return list(list_values(await self._read(name)))
        except NotFoundError:
            return []
        except ClusterError as error:
            raise UnavailableError(
                f"Secret {name}, whose values are to be masked, can't be read: {error}"
            ) from error
