"""Owns what the reconcile of a Run asks of other Runs: its children and those that own it. Must not decide.

What the API server answers is known at once, long before the watch tells of it; only then a child is reconciled.
"""

from contextlib import suppress

from longshore.api.runs import Run
from longshore.errors import NotFoundError
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.plans import PatchRun
from longshore.planning.runs.summaries import RunSummary, find_owner
from longshore.planning.steps.children import MAX_DEPTH
from longshore.reconcile.ports import Json, Runs
from longshore.reconcile.stores import RunStore


class ChildRuns:
    """The Runs around one that is reconciled."""

    def __init__(self, runs: Runs, store: RunStore) -> None:
        self._runs = runs
        self._store = store

    async def create(self, manifest: Json) -> Json:
        """Create a child. Raises ClusterError."""
        made = await self._runs.create(manifest)
        self._store.foresee(made)
        return made

    async def get(self, namespace: str, name: str) -> Json:
        """Read a Run from the API server. Raises ClusterError."""
        return await self._runs.get(namespace, name)

    async def adopt(self, raw: Json) -> None:
        """Have a child that exists known."""
        self._store.foresee(raw)

    async def patch(self, namespace: str, action: PatchRun) -> None:
        """Change the spec of a child. Raises ClusterError."""
        self._store.foresee(await self._runs.patch(namespace, action.name, action.uid, action.spec))

    def of_run(self, uid: str) -> dict[str, RunSummary]:
        """All known children of a Run, by name."""
        return {child.name: child for child in self._store.children_of(uid)}

    async def find_unseen(self, run: Run) -> None:
        """Have Runs known that the store may not know yet after a start: children on record, and owners.

        That one is gone, only the API server can tell. Raises ClusterError.
        """
        metadata = run.metadata
        statuses = run.status.steps.values()
        recorded = {status.run for status in statuses if status.run and status.phase not in TERMINAL}
        for name in recorded - self.of_run(metadata.uid).keys():
            with suppress(NotFoundError):
                raw = await self._runs.get(metadata.namespace, name)
                if find_owner(raw["metadata"]) == metadata.uid:
                    self._store.foresee(raw)
        await self._find_owners(metadata.uid)

    async def _find_owners(self, uid: str) -> None:
        run = self._store.get_summary(uid)
        for _ in range(MAX_DEPTH):
            if run is None or not run.owner:
                return
            if self._store.get_summary(run.owner) is None:
                with suppress(NotFoundError):
                    self._store.foresee(await self._runs.get(run.namespace, run.owner_name))
            run = self._store.get_summary(run.owner)
