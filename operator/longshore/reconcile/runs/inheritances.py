"""Owns what is known of the owners of slices, by the slice's uid; it is found once, as it never changes."""

from contextlib import suppress
from datetime import datetime

from longshore.api.runs import Run
from longshore.errors import NotFoundError
from longshore.planning.observations import Inheritance
from longshore.planning.runs.inheritances import inherit
from longshore.reconcile.ports import Runs
from longshore.reconcile.stores import RunEntry, RunStore, parse_run


class Inheritances:
    """What slices have from the Runs that own them."""

    def __init__(self, runs: Runs, store: RunStore) -> None:
        self._runs = runs
        self._store = store
        self._known: dict[str, Inheritance] = {}

    def get(self, uid: str) -> Inheritance | None:
        """What was found."""
        return self._known.get(uid)

    async def find(self, run: Run, now: datetime) -> None:
        """Find what a Run has from its owner, where it is a slice. Raises ClusterError."""
        uid, slice_ = run.metadata.uid, run.spec.slice
        if slice_ is None or uid in self._known:
            return
        owner = await self._find_owner(run, slice_.run)
        if owner is None or owner.graph is None or owner.run.spec.slice is not None:
            return
        statuses = owner.run.status.steps.values()
        if not any(status.run == run.metadata.name for status in statuses):
            return  # what came before the slice may not be on record yet either
        if found := inherit(slice_, owner.run, owner.graph, now):
            self._known[uid] = found

    def forget(self, uid: str) -> None:
        """The slice has ended, or is gone."""
        self._known.pop(uid, None)

    async def _find_owner(self, run: Run, name: str) -> RunEntry | None:
        """The Run of that name, if it owns this one; the store may not have it yet after a start."""
        summary = self._store.get_summary(run.metadata.uid)
        if summary is None or summary.owner_name != name:
            return None
        if (entry := self._store.get(summary.owner)) is not None:
            return entry
        with suppress(NotFoundError):
            entry = parse_run(await self._runs.get(run.metadata.namespace, name))
            return entry if entry.run.metadata.uid == summary.owner else None
        return None
