"""Owns what has to go: what is over its time, and what nobody knows. Pure; must not delete any of it."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

ORPHAN_AGE = timedelta(days=1)
"""For so long the folder of a Run that nobody knows stays: the Run may yet be told of."""
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Kind = Literal["logs", "artifacts"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is, when a sweep begins."""

    logs: Mapping[str, datetime]
    """Uids of Runs that have a folder with logs, and when it last changed."""
    artifacts: Mapping[str, datetime]
    """The same of artifacts, uploads, and the claim that steps mount."""
    known: Collection[str]
    """Uids of Runs in the history, those in the cluster too."""
    expired: Collection[str]
    """Those of them that go with all they left, the oldest first."""
    ended: Collection[str]
    """Those of them whose logs are over their time."""


@dataclass(frozen=True, slots=True)
class Removal:
    """Remove of a Run what is of this kind; or all there is of it, the Run last."""

    run_uid: str
    kind: Literal["logs", "artifacts", "run"]


def plan_sweep(kept: Kept, now: datetime) -> list[Removal]:
    """What goes now, in this order."""
    old = [Removal(uid, "logs") for uid in kept.ended if uid in kept.logs and uid not in kept.expired]
    return [
        *(Removal(uid, "run") for uid in kept.expired),
        *old,
        *(Removal(uid, "logs") for uid in _find_orphans(kept.logs, kept.known, now)),
        *(Removal(uid, "artifacts") for uid in _find_orphans(kept.artifacts, kept.known, now)),
    ]


def _find_orphans(folders: Mapping[str, datetime], known: Collection[str], now: datetime) -> Iterable[str]:
    """Folders that are called as a Run's are, of none that is known: others may keep things there too."""
    return (
        uid
        for uid, changed in sorted(folders.items())
        if _UID.fullmatch(uid) and uid not in known and now - changed > ORPHAN_AGE
    )
