"""Owns forgetting what went unseen: a watch that had to list anew does not tell of what is gone since."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from longshore.errors import ClusterError
from longshore.reconcile.ports import Json
from longshore.reconcile.stores import RunStore, WorkflowStore

logger = logging.getLogger(__name__)
INTERVAL = 300.0
"""Seconds."""

List = Callable[[], Awaitable[list[Json]]]
"""Everything of a kind that the API server has. Raises ClusterError."""


async def prune_forever(runs: RunStore, list_runs: List, workflows: WorkflowStore, list_workflows: List) -> None:
    """Every few minutes, forget what the API server has no more."""
    while True:
        await asyncio.sleep(INTERVAL)
        try:
            await prune(runs, list_runs, workflows, list_workflows)
        except ClusterError as error:
            logger.warning("what is gone could not be found out: %s", error)


async def prune(runs: RunStore, list_runs: List, workflows: WorkflowStore, list_workflows: List) -> None:
    """Forget what the API server has no more. What was seen after the list began is left alone."""
    known_runs, known_workflows = runs.uids(), workflows.keys()
    listed = {run["metadata"]["uid"] for run in await list_runs()}
    for uid in known_runs - listed:
        runs.remove(uid)
    metadata = [workflow["metadata"] for workflow in await list_workflows()]
    for key in known_workflows - {(entry["namespace"], entry["name"]) for entry in metadata}:
        workflows.remove(*key)
