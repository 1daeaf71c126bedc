"""A copy of what the API server has, kept by LIST, WATCH and the answers to our own writes. Makes no calls.

Everything hangs on one number: the version up to which the list and the stream have told all. Whatever is
not newer than that is known already, or known to be gone; so the late answer to a write brings no dead
object back, and a deleted object needs no memory.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from longshore.cluster.resources import Object
from longshore.cluster.versions import version_of


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one object: `old` is None when it is new here, `new` when it is gone."""

    old: Object | None
    new: Object | None
    whole: Object | None = field(default=None, repr=False, compare=False)
    """The object as the API server told it, which is not kept; of one that is gone its last state, where known."""


class Cache:
    """The objects of one watch by uid, and grouped by a key.

    `slim` drops what nobody reads before an object is stored, but for uid and resourceVersion. `index` gives
    the group of a slim object.
    """

    def __init__(self, slim: Callable[[Object], Object], index: Callable[[Object], str]) -> None:
        self.version = 0
        self._slim = slim
        self._index = index
        self._objects: dict[str, Object] = {}
        self._groups: defaultdict[str, dict[str, Object]] = defaultdict(dict)

    def all(self) -> list[Object]:
        """Every object."""
        return list(self._objects.values())

    def by_index(self, key: str) -> list[Object]:
        """The objects of one group."""
        return list(self._groups[key].values()) if key in self._groups else []

    def apply(self, event: Object) -> Change | None:
        """Take a watch event in; None if it tells nothing new."""
        obj = event["object"]
        version = version_of(obj)
        if version < self.version:
            return None
        self.version = version
        match event["type"]:
            case "ADDED" | "MODIFIED" if self._is_news(obj):
                return self._put(obj)
            case "DELETED":
                return self._drop(obj)
        return None

    def remember(self, obj: Object) -> Change | None:
        """Take in what the API server answered to a write of ours; None if the stream was faster."""
        return self._put(obj) if version_of(obj) > self.version and self._is_news(obj) else None

    def replace(self, items: Iterable[Object], version: int) -> list[Change]:
        """Take a list in: what it lacks is gone, but for what was remembered since.

        A list older than the stream means that the database was restored: then the list alone counts.
        """
        is_restored = version < self.version
        listed = {obj["metadata"]["uid"]: obj for obj in items}
        gone = [
            obj
            for uid, obj in self._objects.items()
            if uid not in listed and (is_restored or version_of(obj) <= version)
        ]
        news = [obj for obj in listed.values() if is_restored or self._is_news(obj)]
        self.version = version
        return [Change(self._remove(obj), None) for obj in gone] + [self._put(obj) for obj in news]

    def _is_news(self, obj: Object) -> bool:
        known = self._objects.get(obj["metadata"]["uid"])
        return known is None or version_of(known) < version_of(obj)

    def _put(self, obj: Object) -> Change:
        old = self._remove(obj)
        new = self._slim(obj)
        uid = new["metadata"]["uid"]
        self._objects[uid] = self._groups[self._index(new)][uid] = new
        return Change(old, new, obj)

    def _drop(self, obj: Object) -> Change | None:
        """Remove the object, unless what we have is newer: then it left the selection and came back."""
        known = self._objects.get(obj["metadata"]["uid"])
        if known is None or version_of(known) > version_of(obj):
            return None
        return Change(self._remove(obj), None, obj)

    def _remove(self, obj: Object) -> Object | None:
        uid = obj["metadata"]["uid"]
        old = self._objects.pop(uid, None)
        if old is not None:
            group = self._groups[self._index(old)]
            del group[uid]
            if not group:
                del self._groups[self._index(old)]
        return old
