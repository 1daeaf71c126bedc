"""A quota that a test fills."""

from longshore.errors import StorageFullError


class FakeQuota:
    """So many bytes may still come."""

    def __init__(self, room: int = 2**40) -> None:
        self.room = room

    async def reserve(self, size: int) -> None:
        """Take some."""
        if size > self.room:
            raise StorageFullError("no room; raise the quota")
        self.room -= size
