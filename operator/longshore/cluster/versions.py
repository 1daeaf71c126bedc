"""The order of an object's versions, and which of them are older than what we wrote. Makes no calls.

Resource versions are numbers that grow with every write to the database; newer is greater.
"""

from longshore.cluster.resources import Object


def version_of(obj: Object) -> int:
    """The resource version of an object or a list; 0 where it has none yet."""
    return int(obj["metadata"].get("resourceVersion") or 0)


class WrittenVersions:
    """Our last write to each object, so that nothing is decided from an object older than that."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}

    def record(self, written: Object) -> None:
        """Note what the API server answered to a write of ours."""
        uid = written["metadata"]["uid"]
        self._versions[uid] = max(version_of(written), self._versions.get(uid, 0))

    def is_stale(self, seen: Object) -> bool:
        """Whether `seen` is older than our last write to it."""
        return version_of(seen) < self._versions.get(seen["metadata"]["uid"], 0)

    def forget(self, uid: str) -> None:
        """Drop an object that is gone."""
        self._versions.pop(uid, None)
