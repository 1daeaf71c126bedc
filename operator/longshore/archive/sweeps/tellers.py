"""Tells people that there is little room: in the log, and by an Event on the archive's pod. Must not measure."""

import logging
from collections.abc import Awaitable, Callable

from longshore.archive.sweeps.storages import Storage
from longshore.cluster.events import Occurrence

logger = logging.getLogger(__name__)
REASON = "StorageLow"

Publish = Callable[[Occurrence], Awaitable[None]]


class StorageTeller:
    """Tells once when room on a claim gets low, and anew once it was enough in between."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._low: set[str] = set()

    async def tell(self, claim: str, storage: Storage) -> None:
        """Take in how much room there is."""
        if not storage.is_low:
            self._low.discard(claim)
        elif claim not in self._low:
            note = describe(claim, storage)
            logger.warning("%s", note)
            await self._publish(Occurrence(REASON, note, "Warning", action="Store"))
            self._low.add(claim)


def describe(claim: str, storage: Storage) -> str:
    """What people are told, with what to do."""
    share = round(100 * storage.used / max(storage.total, 1))
    return (
        f"{share} % of {storage.total / 2**20:.0f} MiB of claim {claim} are used; when it is full, steps fail: "
        "make it larger, or keep less (archive.retention of the chart)"
    )
