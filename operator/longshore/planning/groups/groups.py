"""Owns who holds a ConcurrencyGroup: whose place is free again, who gets one, and who is to make way or to go.

A pure function of the record, of what the Runs claim and of what is over. Must not know pods, nor write anything.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from longshore.api.groups import MAX_HOLDERS, ConcurrencyGroupSpec, Holder
from longshore.names import get_items, get_step_name
from longshore.planning.times import write_time

ClaimState = Literal["Waits", "Holds", "Stops"]
"""Waits: would start if it had a place. Holds: has begun, whatever the record says. Stops: is to end early."""
Fate = Literal["Held", "Stops", "Over"]
"""What has become of who is on record."""


class Place(NamedTuple):
    """Who may hold a place: an attempt of a step, or a Run as a whole (path None, attempt 0)."""

    uid: str
    path: str | None
    attempt: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What an attempt or a Run has to do with a group, by the latest plan of its Run."""

    group: str
    key: str
    place: Place
    run: str
    """Name of the Run."""
    since: datetime
    created: datetime
    """When the Run was."""
    priority: int = 0
    state: ClaimState = "Waits"

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"Run {self.run}" if self.place.path is None else f"step {self.place.path} of Run {self.run}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of who finds the group full, or holds it while others want it."""

    reason: Literal["Replaced", "GroupFull"]
    message: str


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """What to do now for one group."""

    holders: tuple[Holder, ...]
    """Who is to be on record."""
    lines: Mapping[str, Sequence[Claim]] = field(default_factory=dict)
    """By key, those who go on waiting, first to last."""
    granted: tuple[Claim, ...] = ()
    """Those who get a place once that is on record."""
    verdicts: Mapping[Place, Verdict] = field(default_factory=dict)

    @property
    def queued(self) -> int:
        """How many wait."""
        return sum(map(len, self.lines.values()))


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group as the plans of Runs see it."""

    name: str
    spec: ConcurrencyGroupSpec
    keys: Mapping[Place, str] = field(default_factory=dict)
    """Who is on record, and for which key."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """By key, how many."""
    lines: Mapping[str, Sequence[Claim]] = field(default_factory=dict)
    """By key, who waited when the group was planned last, first to last."""
    verdicts: Mapping[Place, Verdict] = field(default_factory=dict)

    def find_place(self, claim: Claim) -> int:
        """Its place in the line, counted from 1."""

        def rank(other: Claim) -> tuple[Any, ...]:
            return rank_claim(other, self.spec.order)

        return 1 + bisect_left(self.lines.get(claim.key, ()), rank(claim), key=rank)


def plan_group(
    spec: ConcurrencyGroupSpec,
    record: Sequence[Holder],
    fates: Mapping[Place, Fate],
    claims: Iterable[Claim],
    now: datetime,
) -> GroupPlan:
    """Who holds the group now. Whoever has begun does, also above the limit: it may have been lowered since."""
    claims = list(claims)
    kept = [holder for holder in record if fates.get(get_place(holder)) != "Over"]
    held = set(map(get_place, kept))
    begun = [claim for claim in claims if claim.state != "Waits" and claim.place not in held]
    kept += [build_holder(claim, now) for claim in begun]
    stopping = {place for place, fate in fates.items() if fate == "Stops"}
    stopping |= {claim.place for claim in claims if claim.state == "Stops"}
    waiting = [claim for claim in claims if claim.state == "Waits" and claim.place not in held]
    waiting.sort(key=lambda claim: (claim.key, *rank_claim(claim, spec.order)))
    by_key: defaultdict[str, list[Holder]] = defaultdict(list)
    for holder in kept:
        by_key[holder.key].append(holder)
    room, lines, verdicts = MAX_HOLDERS - len(kept), dict[str, list[Claim]](), dict[Place, Verdict]()
    granted: list[Claim] = []
    for key, queue in groupby(waiting, attrgetter("key")):
        line, holders = list(queue), by_key[key]
        free = max(0, min(room - len(granted), spec.limit - len(holders)))
        granted += line[:free]
        found = _judge(spec, line[free:], holders, stopping)
        verdicts |= found
        if left := [claim for claim in line[free:] if claim.place not in found]:
            lines[key] = left
    record_now = (*kept, *(build_holder(claim, now) for claim in granted))
    return GroupPlan(record_now, lines, tuple(granted), verdicts)


def rank_claim(claim: Claim, order: Literal["FIFO", "Priority"]) -> tuple[Any, ...]:
    """Its place in the line, by comparison: the oldest first, where asked for after the Run's priority."""
    path = claim.place.path or ""
    items = get_items(path)
    preferred = -claim.priority if order == "Priority" else 0
    step = get_step_name(path), items.start if items else -1
    return (preferred, claim.since, claim.created, claim.run, claim.place.uid, *step)


def get_place(holder: Holder) -> Place:
    """Who is on record."""
    return Place(holder.uid, holder.step, holder.attempt or 0)


def build_holder(claim: Claim, now: datetime) -> Holder:
    """The record of a place."""
    uid, path, attempt = claim.place
    step = {} if path is None else {"step": path, "attempt": attempt}
    key = {"key": claim.key} if claim.key else {}
    return Holder(run=claim.run, uid=uid, since=write_time(now), **step, **key)


def _judge(
    spec: ConcurrencyGroupSpec, late: Sequence[Claim], holders: Sequence[Holder], stopping: set[Place]
) -> dict[Place, Verdict]:
    """What becomes of those for whom there is no place, and of the holders of their key."""
    if not late or spec.when_full == "Queue" or (spec.when_full == "Replace" and spec.limit == 0):
        return {}
    if spec.when_full == "Reject":
        message = f"group {late[0].group} is full: {describe_use(spec, late[0].key, len(holders))}"
        return {claim.place: Verdict("GroupFull", message) for claim in late}
    by_age = sorted(late, key=lambda claim: rank_claim(claim, "FIFO"))
    staying = min(len(late), spec.limit if spec.when_full == "Replace" else 1)
    replaced = [claim.place for claim in by_age[: len(late) - staying]]
    if spec.when_full == "Replace":
        firm = [place for holder in holders if (place := get_place(holder)) not in stopping]
        ending = len(holders) - len(firm)
        replaced += firm[: max(0, staying - ending)]
    verdict = Verdict("Replaced", f"made way for {by_age[-1].label} in group {late[0].group}")
    return dict.fromkeys(replaced, verdict)


def describe_use(spec: ConcurrencyGroupSpec, key: str, held: int) -> str:
    """How full a group is, for a key: `2/2 held for key staging`."""
    which = f" for key {key}" if key else ""
    return f"{held}/{spec.limit} held{which}" if spec.limit else f"limit 0 pauses it{which}"
