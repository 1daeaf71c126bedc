"""What pods declare, as a test says it."""

from longshore.api.archives import PodArtifacts
from longshore.archive.places import AttemptKey


class FakeDeclarations(dict[AttemptKey, PodArtifacts]):
    """By attempt."""

    async def find_declared(self, key: AttemptKey) -> PodArtifacts | None:
        """What was said."""
        return self.get(key)
