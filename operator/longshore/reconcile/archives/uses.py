"""Owns how each namespace uses its archive, by what it says itself. Must not make any."""

from collections.abc import Container
from dataclasses import replace
from typing import Any

from longshore.api.namespaces import ArchiveWishes
from longshore.errors import ForbiddenError, NotFoundError
from longshore.manifests.archives import ArchiveDesign
from longshore.planning.archives.namespaces import plan_use, read_wishes
from longshore.planning.observations import ArchiveUse
from longshore.reconcile.ports import Archives

Json = dict[str, Any]


class NamespaceUses:
    """How steps use the archive of a namespace: each is asked once, and those that have none with each Run."""

    def __init__(self, archives: Archives, design: ArchiveDesign | None) -> None:
        self._archives = archives
        self._design = design
        """None: no namespace has an archive."""
        self._uses: dict[str, ArchiveUse | None] = {}

    def find(self, namespace: str) -> ArchiveUse | None:
        """How steps use the archive of a namespace; None: it has none."""
        return self._uses[namespace] if namespace in self._uses else self._plan(ArchiveWishes())

    def is_known(self, namespace: str) -> bool:
        """Whether nothing is left to be found out for a Run that was accepted."""
        if self._design is None:
            return True
        use = self._uses.get(namespace)
        return namespace in self._uses and (use is None or use.is_open)

    async def learn(self, namespace: str) -> None:
        """Find out how a namespace uses its archive, where that is not known. Raises ClusterError."""
        if self._design is None:
            return
        if self._uses.get(namespace) is None:
            try:
                self.note(await self._archives.get_namespace(namespace))
            except (ForbiddenError, NotFoundError):
                self._uses[namespace] = self._plan(ArchiveWishes())  # whoever makes archives tells of it
        use = self._uses.get(namespace)
        if use is not None and not use.is_open and await self._is_ready(namespace):
            self._uses[namespace] = replace(use, is_open=True)

    def forget_others(self, kept: Container[str]) -> None:
        """Forget all other namespaces, some of which are gone; who needs one again asks again."""
        self._uses = {name: use for name, use in self._uses.items() if name in kept}

    def note(self, namespace: Json) -> None:
        """Take in what a namespace says now; while it can't be read it is as it was."""
        wishes, _ = read_wishes(namespace)
        if wishes is None:
            return
        name, use = namespace["metadata"]["name"], self._plan(wishes)
        before = self._uses.get(name)
        if use and before and use.transport == before.transport:
            use = replace(use, is_open=use.is_open or before.is_open)
        self._uses[name] = use

    async def _is_ready(self, namespace: str) -> bool:
        """Whether the archive is up, and so has given its volumes away. Raises ClusterError."""
        try:
            deployment = await self._archives.get_deployment(namespace)
        except NotFoundError:
            return False
        return bool(deployment.get("status", {}).get("readyReplicas"))

    def _plan(self, wishes: ArchiveWishes) -> ArchiveUse | None:
        return plan_use(self._design, wishes) if self._design else None
