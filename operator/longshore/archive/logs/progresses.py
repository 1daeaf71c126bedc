"""Owns how far a log has come, and those who wait for more. Must not know who writes or reads."""

import asyncio


class Progress:
    """Of one log. `size` and `lines` count what can be read."""

    def __init__(self) -> None:
        self.size = 0
        self.lines = 0
        self.is_complete = False
        self.message = ""
        """Why nothing comes now, for people; empty: nothing is wrong."""
        self._changed = asyncio.Event()

    def advance(self, size: int, lines: int) -> None:
        """So much can be read now."""
        self.size, self.lines = size, lines
        self._wake()

    def complete(self) -> None:
        """Nothing will be added."""
        self.is_complete = True
        self.message = ""
        self._wake()

    async def wait_beyond(self, offset: int) -> None:
        """Return once more than so many bytes can be read, or nothing will be added."""
        while self.size <= offset and not self.is_complete:
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
