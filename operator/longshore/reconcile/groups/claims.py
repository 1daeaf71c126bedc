"""Owns what the latest plan of each Run said of ConcurrencyGroups. Must not decide who gets a place.

It is kept in memory alone: after a restart every Run is planned anew, and says it again.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from longshore.api.runs import RunStatus
from longshore.planning.groups.groups import Claim

Key = tuple[str, str]
"""Namespace and name of a group."""


class GroupClaims:
    """The claims of all Runs, by Run and by group; of those with any, the status that was planned, too."""

    def __init__(self) -> None:
        self._statuses: dict[str, RunStatus] = {}
        self._claims: dict[str, tuple[Claim, ...]] = {}
        self._namespaces: dict[str, str] = {}
        self._claimants: defaultdict[Key, set[str]] = defaultdict(set)

    def tell(self, namespace: str, uid: str, claims: Sequence[Claim], status: RunStatus) -> set[Key]:
        """Take in what a plan of a Run says. Returns the groups that this changes anything for."""
        before = self._claims.get(uid, ())
        self._statuses[uid], self._namespaces[uid] = status, namespace
        if before == tuple(claims):
            return set()
        self._claims[uid] = tuple(claims)
        changed = set(claims).symmetric_difference(before)
        for claim in before:
            self._claimants[namespace, claim.group].discard(uid)
        for claim in claims:
            self._claimants[namespace, claim.group].add(uid)
        return {(namespace, claim.group) for claim in changed}

    def forget(self, uid: str) -> set[Key]:
        """The Run has ended, or is gone. Returns the groups that this changes anything for."""
        self._statuses.pop(uid, None)
        namespace = self._namespaces.pop(uid, "")
        keys = {(namespace, claim.group) for claim in self._claims.pop(uid, ())}
        for key in keys:
            self._claimants[key].discard(uid)
        return keys

    def find_status(self, uid: str) -> RunStatus | None:
        """What the latest plan made of a Run; None: it was not planned, or has never claimed anything."""
        return self._statuses.get(uid)

    def of_group(self, key: Key) -> Iterator[Claim]:
        """All claims to a group."""
        for uid in self._claimants.get(key, ()):
            for claim in self._claims[uid]:
                if claim.group == key[1]:
                    yield claim

    def list_claimants(self, key: Key) -> list[str]:
        """The uids of the Runs that claim anything of a group."""
        return list(self._claimants.get(key, ()))
