"""Tells people that there is little room: in the log, and by an Event on the archive's pod. Must not measure."""

import logging
from collections.abc import Awaitable, Callable

from longshore.archive.sweeps.storages import Storage
from longshore.cluster.events import Occurrence

logger = logging.getLogger(__name__)
REASON = "StorageLow"

Publish = Callable[[Occurrence], Awaitable[None]]


class StorageTeller:
    """Tells once when room gets low, and anew once it was enough in between."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._was_low = False

    async def tell(self, storage: Storage) -> None:
        """Take in how much room there is."""
        if storage.is_low and not self._was_low:
            note = describe(storage)
            logger.warning("%s", note)
            await self._publish(Occurrence(REASON, note, "Warning", action="Store"))
        self._was_low = storage.is_low


def describe(storage: Storage) -> str:
    """What people are told, with what to do."""
    share = round(100 * storage.used / max(storage.total, 1))
    return (
        f"the archive uses {share} % of {storage.total / 2**20:.0f} MiB; when it is full, steps fail: "
        "make its claim larger, or keep less (archive.retention of the chart)"
    )
