"""Owns when logs are compressed: one after the other, each once it is complete. Must not know how.

Compressed and on record first, only then is the text removed: whatever cuts it short, one of both is whole.
"""

import asyncio
import logging
from functools import partial
from pathlib import Path

from longshore.archive.databases import Database
from longshore.archive.logs.folders import find_path, list_sealed, read_path
from longshore.archive.logs.records import find_record, list_unsealed, write_blocks
from longshore.archive.logs.seals import seal
from longshore.errors import ArchiveError

logger = logging.getLogger(__name__)
RETRY_SECONDS = 60


class Sealer:
    """Compresses logs that are complete."""

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._root = root
        self._ready = asyncio.Event()
        self._ready.set()

    def wake(self) -> None:
        """There is a log to compress."""
        self._ready.set()

    async def run(self) -> None:
        """Compress what there is, for ever."""
        await self._remove_leftovers()
        while True:
            await self._ready.wait()
            self._ready.clear()
            try:
                await self._seal_all()
            except (OSError, ArchiveError) as error:
                logger.warning("logs stay as they are, for now: %s", error)
                asyncio.get_running_loop().call_later(RETRY_SECONDS, self._ready.set)

    async def _seal_all(self) -> None:
        for record in await self._database.run(list_unsealed):
            path = find_path(self._root, record.key)
            blocks = await asyncio.to_thread(seal, path)
            await self._database.run(partial(write_blocks, id_=record.id, blocks=blocks))
            await asyncio.to_thread(path.unlink)

    async def _remove_leftovers(self) -> None:
        """Remove texts that were compressed by somebody who was killed then."""
        for path in await asyncio.to_thread(list_sealed, self._root):
            record = await self._database.run(partial(find_record, key=read_path(self._root, path)))
            if record is not None and record.state == "Sealed":
                await asyncio.to_thread(path.unlink)
