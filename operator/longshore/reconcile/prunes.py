"""Owns forgetting what went unseen: a watch that had to list anew does not tell of what is gone since."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from longshore.errors import ClusterError
from longshore.reconcile.ports import Json
from longshore.reconcile.stores import ObjectStore, RunStore

logger = logging.getLogger(__name__)
INTERVAL = 300.0
"""Seconds."""

List = Callable[[], Awaitable[list[Json]]]
"""Everything of a kind that the API server has. Raises ClusterError."""
Others = Sequence[tuple[ObjectStore, List]]
"""The stores of the other kinds, each with what lists its kind."""


async def prune_forever(runs: RunStore, list_runs: List, others: Others) -> None:
    """Every few minutes, forget what the API server has no more."""
    while True:
        await asyncio.sleep(INTERVAL)
        try:
            await prune(runs, list_runs, others)
        except ClusterError as error:
            logger.warning("what is gone could not be found out: %s", error)


async def prune(runs: RunStore, list_runs: List, others: Others) -> None:
    """Forget what the API server has no more. What was seen after the list began is left alone."""
    known = runs.uids()
    listed = {run["metadata"]["uid"] for run in await list_runs()}
    for uid in known - listed:
        runs.remove(uid)
    for store, list_objects in others:
        keys = store.keys()
        metadata = [entry["metadata"] for entry in await list_objects()]
        for key in keys - {(entry["namespace"], entry["name"]) for entry in metadata}:
            store.remove(*key)
