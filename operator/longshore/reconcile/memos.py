"""Owns the index of memoized successes over all Runs, as their statuses have them. Must not choose among them."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from longshore.planning.observations import Memo
from longshore.planning.steps.memos import list_memos


class MemoIndex:
    """Successes by namespace, identity and uid of their Run; they go with it."""

    def __init__(self) -> None:
        self._memos: defaultdict[str, dict[str, dict[str, Memo]]] = defaultdict(dict)
        self._identities: dict[str, set[str]] = {}

    def put(self, raw: dict[str, Any]) -> None:
        """Take in the successes of a Run as it is now, in place of those that it had."""
        namespace, uid = raw["metadata"]["namespace"], raw["metadata"]["uid"]
        self.remove(namespace, uid)
        memos = self._memos[namespace]
        for identity, memo in list_memos(raw):
            memos.setdefault(identity, {})[uid] = memo
            self._identities.setdefault(uid, set()).add(identity)

    def remove(self, namespace: str, uid: str) -> None:
        """Forget those of a Run that is gone."""
        memos = self._memos[namespace]
        for identity in self._identities.pop(uid, ()):
            del memos[identity][uid]
            if not memos[identity]:
                del memos[identity]

    def of_namespace(self, namespace: str) -> Mapping[str, Mapping[str, Memo]]:
        """By identity, then by the uid of the Run."""
        return self._memos.get(namespace, {})
