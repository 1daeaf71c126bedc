"""What pods declare, as a test says it."""

from longshore.api.archives import PodArtifacts
from longshore.archive.places import AttemptKey


class FakeDeclarations(dict[AttemptKey, PodArtifacts]):
    """By attempt; `silent` are those whose pods declare nothing."""

    silent: frozenset[AttemptKey] = frozenset()

    async def find_declared(self, key: AttemptKey) -> dict[str, PodArtifacts] | None:
        """What was said."""
        if key in self.silent:
            return {}
        return {key.step: self[key]} if key in self else None
