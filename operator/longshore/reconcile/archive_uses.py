"""Owns which namespaces have an archive, by what they say themselves. Must not make any."""

from collections.abc import Container
from typing import Any

from longshore.errors import ForbiddenError, NotFoundError
from longshore.planning.namespaces import read_wishes
from longshore.planning.observations import ArchiveUse
from longshore.reconcile.ports import Archives

Json = dict[str, Any]


class NamespaceUses:
    """Whether a namespace has an archive: each is asked once, and those that have none with each Run."""

    def __init__(self, archives: Archives, use: ArchiveUse | None) -> None:
        self._archives = archives
        self._use = use
        """None: no namespace has an archive."""
        self._is_disabled: dict[str, bool] = {}

    def find(self, namespace: str) -> ArchiveUse | None:
        """How steps use the archive of a namespace; None: it has none."""
        return None if self._is_disabled.get(namespace) else self._use

    async def learn(self, namespace: str) -> None:
        """Find out whether a namespace has an archive, where that is not known. Raises ClusterError."""
        if self._use is None or self._is_disabled.get(namespace) is False:
            return
        try:
            self.note(await self._archives.get_namespace(namespace))
        except (ForbiddenError, NotFoundError):
            self._is_disabled[namespace] = False  # whoever makes archives tells of it

    def forget_others(self, kept: Container[str]) -> None:
        """Forget all other namespaces, some of which are gone; who needs one again asks again."""
        self._is_disabled = {name: is_so for name, is_so in self._is_disabled.items() if name in kept}

    def note(self, namespace: Json) -> None:
        """Take in what a namespace says now; while it can't be read it is as it was."""
        wishes, _ = read_wishes(namespace)
        if wishes is not None:
            self._is_disabled[namespace["metadata"]["name"]] = wishes.disabled
