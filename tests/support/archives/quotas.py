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


class FakeMounted:
    """A claim to which steps write: what may come, and whether the volume takes anything at all."""

    def __init__(self, room: int = 2**40) -> None:
        self.room = room
        self.spent = False

    async def admit(self, size: int) -> bool:
        """Take it, if there is so much."""
        self.room -= size
        return self.room >= 0

    async def is_spent(self) -> bool:
        """As the test says."""
        return self.spent
