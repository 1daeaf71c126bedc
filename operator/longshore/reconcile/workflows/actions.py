"""Owns how a Workflow's actions are applied: each may have been applied before, by us or by who came before us."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import assert_never

from longshore.errors import AlreadyExistsError, ConflictError, ForbiddenError, InvalidError, NotFoundError
from longshore.planning.observations import Refusal
from longshore.planning.plans import DeleteRun, MakeRun, PatchRun, WorkflowAction
from longshore.planning.runs.summaries import summarize_run
from longshore.reconcile.ports import Runs
from longshore.reconcile.stores import RunStore

RETRY_DELAY = timedelta(seconds=30)
"""How long until a Run that was refused is tried again: a quota is freed, a right is given."""


class WorkflowActions:
    """Applies the actions of Workflows, one after the other: a Run is canceled before another takes its place."""

    def __init__(self, runs: RunStore, objects: Runs) -> None:
        self._runs = runs
        self._objects = objects

    async def apply(self, namespace: str, actions: Sequence[WorkflowAction], now: datetime) -> dict[str, Refusal]:
        """Apply all. Returns what the API server refused, by the Run's name. Raises ClusterError."""
        refusals = {}
        for action in actions:
            if refusal := await self._apply(namespace, action, now):
                refusals[action.name] = refusal
        return refusals

    async def _apply(self, namespace: str, action: WorkflowAction, now: datetime) -> Refusal | None:
        match action:
            case MakeRun():
                return await self._make(namespace, action, now)
            case PatchRun():
                with suppress(NotFoundError, ConflictError):  # gone already, or of another uid by now
                    patched = await self._objects.patch(namespace, action.name, action.uid, action.spec)
                    self._runs.foresee(patched)
            case DeleteRun():
                await self.delete(namespace, action)
            case _:
                assert_never(action)
        return None

    async def delete(self, namespace: str, action: DeleteRun) -> None:
        """Delete a Run, and know of it no more. Raises ClusterError."""
        with suppress(NotFoundError, ConflictError):  # gone already, or of another uid by now
            await self._objects.delete(namespace, action.name, action.uid)
        self._runs.remove(action.uid)

    async def _make(self, namespace: str, action: MakeRun, now: datetime) -> Refusal | None:
        try:
            raw = await self._objects.create(action.manifest)
        except AlreadyExistsError:
            raw = await self._objects.get(namespace, action.name)
            # Made by a call whose answer was lost, before a crash, or by another operator.
            if summarize_run(raw).scheduled is None:
                message = f"run {action.name} exists and is not of this schedule; delete it, or wait for the next"
                return Refusal("NameConflict", message, now + RETRY_DELAY)
        except (ForbiddenError, InvalidError, NotFoundError) as error:
            return Refusal("Rejected", str(error), now + RETRY_DELAY)
        self._runs.foresee(raw)
        return None
