"""Owns the way of Runs into the journal, and what is on record since. Decides nothing.

What is known here the journal has: so nothing of a Run is let go that its history does not tell. Where the volume
takes no more, the feed waits, and tries again.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from longshore.archive.collect.runs import RunView, observe_run
from longshore.archive.ports import Json
from longshore.cluster.caches import Change
from longshore.cluster.paces import Backoff
from longshore.cluster.resources import Object
from longshore.errors import ArchiveError

logger = logging.getLogger(__name__)
Listener = Callable[[str], None]
"""Called with the uid of a Run whose record changed."""


class History(Protocol):
    """What the feed asks of the journal. Raises ArchiveError where the volume takes no more."""

    async def see_run(self, run: Json) -> None:
        """Keep this version of a Run, and the events by which it differs from the one before."""

    async def see_deleted(self, run_uid: str) -> None:
        """The Run is gone from the cluster; it stays in the history."""

    async def list_present(self) -> list[str]:
        """Uids of Runs that are not known to be gone from the cluster."""


class RunFeed:
    """Takes changes of Runs; `problem` is why the journal can't take them now, or empty."""

    def __init__(self, journal: History) -> None:
        self.problem = ""
        self._journal = journal
        self._listeners: list[Listener] = []
        self._waiting: dict[str, Change] = {}
        self._uids: asyncio.Queue[str] = asyncio.Queue()
        self._views: dict[str, RunView] = {}

    def listen(self, listener: Listener) -> None:
        """Have `listener` called for each change of what is on record."""
        self._listeners.append(listener)

    def see(self, change: Change) -> None:
        """A Run changed. To be called with all changes, in their order; of what waits the newest is enough."""
        uid = _get_uid(change.new or change.old)
        earlier = self._waiting.get(uid)
        if earlier is None:
            self._uids.put_nowait(uid)
        elif change.whole is None:
            change = replace(change, whole=earlier.whole)
        self._waiting[uid] = change

    def find(self, uid: str) -> RunView | None:
        """What is on record of a Run; None: nothing has told of it, or it is gone."""
        return self._views.get(uid)

    async def wait_caught_up(self) -> None:
        """Return once the journal has all that was seen."""
        await self._uids.join()

    async def settle(self) -> None:
        """Have the journal know of Runs that went while nobody looked. Once all that are there were seen.

        Raises ArchiveError.
        """
        for uid in await self._journal.list_present():
            if uid not in self._views:
                await self._journal.see_deleted(uid)

    async def run(self) -> None:
        """Pass on what is seen, until cancelled."""
        while True:
            uid = await self._uids.get()
            await self._insist(uid, self._waiting.pop(uid))
            self._uids.task_done()

    async def _insist(self, uid: str, change: Change) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._pass_on(uid, change)
            except (ArchiveError, OSError) as error:
                if str(error) != self.problem:
                    logger.warning("Runs are not kept, so their pods stay: %s", error)
                self.problem = str(error)
                await asyncio.sleep(backoff.next_delay())
            else:
                self.problem = ""
                return

    async def _pass_on(self, uid: str, change: Change) -> None:
        if change.whole is not None:
            await self._journal.see_run(change.whole)
            self._views[uid] = observe_run(change.whole)
        if change.new is None:
            await self._journal.see_deleted(uid)
            self._views.pop(uid, None)
        for listener in self._listeners:
            listener(uid)


def slim_run(run: Object) -> Object:
    """What the informer keeps of a Run: the journal has the rest."""
    metadata = run["metadata"]
    return {"metadata": {name: metadata[name] for name in ("name", "namespace", "uid", "resourceVersion")}}


def get_run_uid(run: Object) -> str:
    """The Run's uid, by which nothing is grouped."""
    return _get_uid(run)


def _get_uid(run: Object | None) -> str:
    uid: str = run["metadata"]["uid"] if run else ""
    return uid
