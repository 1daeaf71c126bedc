"""Owns the reconcile of a ConcurrencyGroup: observe, plan, one status write that takes and gives places, marks.

The record on the group is all there is to lose. It is written by compare-and-swap, so that even two operators
that both believe to lead give no place twice; a Run starts nothing before the place is on record.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from longshore.api.groups import ConcurrencyGroupStatus, Holder
from longshore.api.runs import Run
from longshore.clocks import read_clock
from longshore.errors import ConflictError, NotFoundError
from longshore.planning.groups.groups import Fate, GroupPlan, GroupView, get_place, plan_group
from longshore.planning.plans import Notice, Plan
from longshore.planning.runs.summaries import RunSummary
from longshore.reconcile.groups.claims import GroupClaims, Key
from longshore.reconcile.groups.fates import Fates, Outlook
from longshore.reconcile.groups.handovers import Handovers
from longshore.reconcile.groups.records import GroupRecords
from longshore.reconcile.ports import Announcer, Groups, HeldRuns, Json, SeenPods
from longshore.reconcile.rollcalls import RollCall
from longshore.reconcile.stores import ObjectStore, RunStore

logger = logging.getLogger(__name__)
COUNT_SECONDS = 1.0
"""At most once in this time a write of nothing but how many wait."""
LEFT_SECONDS = 1.0
"""When to look again at a holder that is through, and has a pod left."""


@dataclass(frozen=True, slots=True)
class GroupPorts:
    """What a reconcile reaches the world by."""

    groups: Groups
    pods: SeenPods
    runs: HeldRuns
    announcer: Announcer


@dataclass(frozen=True, slots=True)
class Marks:
    """Whom to have reconciled: groups by `namespace/name`, Runs by uid."""

    group: Callable[[str], None]
    run: Callable[[str], None]
    run_soon: Callable[[str], None]


class GroupReconciler:
    """Reconciles one group at a time by `namespace/name`; tells the plans of Runs how their groups stand."""

    def __init__(self, runs: RunStore, groups: ObjectStore, ports: GroupPorts, roll: RollCall) -> None:
        self._runs = runs
        self._groups = groups
        self._ports = ports
        self._claims = GroupClaims()
        self._fates = Fates(runs, ports.pods, ports.runs)
        self._roll = roll
        self._records = GroupRecords()
        self._left: defaultdict[str, set[Key]] = defaultdict(set)
        """By uid of a Run whose pods are waited for, the groups in which they hold a place yet."""
        self._counted: dict[Key, float] = {}
        self._handovers = Handovers()
        self._marks = Marks(lambda _: None, lambda _: None, lambda _: None)

    def start(self, marks: Marks) -> None:
        """Have these called from then on, and take in what changes."""
        self._marks = marks
        self._groups.listen(self._see_group)
        self._runs.listen(self._see_run)

    def describe(self, key: str) -> dict[str, str]:
        """What log lines about a group carry."""
        namespace, _, name = key.partition("/")
        return {"namespace": namespace, "group": name}

    def find_views(self, namespace: str) -> Mapping[str, GroupView]:
        """How the groups of a namespace stand, by name."""
        return self._records.find_views(namespace)

    def tell(self, run: Run, plan: Plan) -> None:
        """Take in what a plan of a Run says of groups, before it is applied."""
        namespace, uid = run.metadata.namespace, run.metadata.uid
        if plan.group_claims or self._claims.find_status(uid) or self._records.list_held(namespace, uid):
            self._mark(self._claims.tell(namespace, uid, plan.group_claims, plan.status))
        self._answer(uid)

    def take_handover(self, uid: str) -> float | None:
        """Seconds since the exit by which a Run got its place, asked once; None: there was none."""
        return self._handovers.take(uid)

    def forget(self, uid: str) -> None:
        """A Run is gone, or has ended."""
        self._mark(self._claims.forget(uid))
        self._handovers.forget(uid)

    def note_exit(self, uid: str) -> None:
        """A step of a Run may have ended, or its pod is gone."""
        if self._claims.find_status(uid) is not None:
            self._handovers.note_exit(uid)
        self.note_change(uid)

    def note_change(self, uid: str) -> None:
        """A pod of a Run is another now: it may be the one by which a place is still held."""
        self._mark(self._left.pop(uid, ()))

    async def reconcile(self, key: str) -> float | None:
        """One round; returns in how many seconds to look again."""
        namespace, _, name = key.partition("/")
        at = namespace, name
        if self._groups.get(namespace, name) is None:
            return None
        if patience := self._roll.find_delay(namespace):
            return patience
        outlooks = await self._judge(at)
        raw, view = self._groups.get(namespace, name), self._records.find(at)
        if raw is None or view is None:
            return None
        fates = {get_place(holder): _FATES[outlook] for holder, outlook in outlooks.items()}
        record = self._records.list_holders(at)
        plan = plan_group(view.spec, record, fates, self._claims.of_group(at), read_clock())
        before = self._records.plan(at, plan)
        delay = await self._write(at, raw, plan)
        await self._follow_verdicts(at, before, plan)
        left = LEFT_SECONDS if "Ending" in outlooks.values() else None
        return min(filter(None, (delay, left)), default=None)

    async def _judge(self, key: Key) -> dict[Holder, Outlook]:
        """What has become of those on record that claim nothing. Raises ClusterError."""
        claimed = {claim.place for claim in self._claims.of_group(key)}
        outlooks: dict[Holder, Outlook] = {}
        for holder in self._records.list_holders(key):
            if get_place(holder) in claimed:
                continue
            outlook = self._fates.judge(holder, self._claims.find_status(holder.uid))
            outlooks[holder] = await self._fates.confirm(key[0], holder) if outlook == "Doubtful" else outlook
            if outlooks[holder] == "Ending":
                for uid in self._fates.list_family(holder):
                    self._left[uid].add(key)
        return outlooks

    async def _write(self, key: Key, raw: Json, plan: GroupPlan) -> float | None:
        """Put the plan on record if that is news, and have those reconciled who get a place by it."""
        status = ConcurrencyGroupStatus(active=len(plan.holders), queued=plan.queued, holders=list(plan.holders))
        known, record = raw.get("status", {}), self._records.list_holders(key)
        if status.holders == record:
            if (status.active, status.queued) == (known.get("active"), known.get("queued")):
                return None
            now = monotonic()
            if (due := self._counted.get(key, now)) > now:
                return due - now
            self._counted[key] = now + COUNT_SECONDS
        try:
            written = await self._ports.groups.write(raw, {"status": _build_patch(status, record)})
        except ConflictError:
            await self._read_anew(key)
            return None
        except NotFoundError:
            self._groups.remove(*key)
            return None
        self._groups.refresh(written)
        self._pass_on(record, plan)
        return None

    async def _read_anew(self, key: Key) -> None:
        """Another version is to be planned from. Raises ClusterError."""
        logger.info("the group changed meanwhile; planning again")
        try:
            self._groups.refresh(await self._ports.groups.get(*key))
        except NotFoundError:
            self._groups.remove(*key)
        self._mark([key])

    def _pass_on(self, record: Sequence[Holder], plan: GroupPlan) -> None:
        """Who is off the record now is forgotten, who is on it goes on."""
        freed = set(record).difference(plan.holders)
        for holder in freed:
            self._fates.forget(holder)
            logger.info("place of %s is free", _describe(holder))
        self._handovers.pass_on({holder.uid for holder in freed}, [claim.place.uid for claim in plan.granted])
        for claim in plan.granted:
            logger.info("%s gets a place", claim.label)
            self._marks.run(claim.place.uid)

    async def _follow_verdicts(self, key: Key, before: GroupPlan | None, plan: GroupPlan) -> None:
        """Steps are ended by their own Run's plan; a Run that is to make way is canceled. Raises ClusterError."""
        known = before.verdicts if before else {}
        for place, verdict in plan.verdicts.items():
            if place.path is None and verdict.reason == "Replaced":
                await self._cancel(key[0], place.uid, Notice("Normal", verdict.reason, verdict.message))
            elif known.get(place) != verdict:
                self._marks.run(place.uid)

    async def _cancel(self, namespace: str, uid: str, notice: Notice) -> None:
        entry, summary = self._runs.get(uid), self._runs.get_summary(uid)
        if entry is None or summary is None or summary.cancel:
            return
        with suppress(NotFoundError, ConflictError):  # gone already, as its watch will tell
            canceled = await self._ports.runs.patch(namespace, summary.name, uid, {"cancel": "Graceful"})
            self._runs.refresh(canceled)
            self._marks.run(uid)
            await self._ports.announcer.announce(canceled, notice)

    def _see_group(self, namespace: str, name: str) -> None:
        """A group came, changed or went."""
        key, raw = (namespace, name), self._groups.get(namespace, name)
        old = self._records.find(key)
        if raw is None:
            for holder in self._records.list_holders(key):
                self._fates.forget(holder)
            self._records.remove(key)
            self._counted.pop(key, None)
        else:
            self._records.put(key, raw)
            if old is None:
                self._remember_families(key, {holder.uid for holder in self._records.list_holders(key)})
            self._mark([key])
        new = self._records.find(key)
        if (old and old.spec) != (new and new.spec):
            for uid in self._claims.list_claimants(key):
                self._marks.run_soon(uid)

    def _see_run(self, old: RunSummary | None, new: RunSummary | None) -> None:
        """A Run that ended or went may give places back, its own or those of who waits for it."""
        run = new or old
        if old is None and new is not None:
            self._meet(new)
        if run is None or (new is not None and not new.is_finished):
            return
        self.forget(run.uid)  # also where another operator brought it to its end
        self._mark(self._left.pop(run.uid, ()))
        self._mark(self._records.list_held(run.namespace, run.uid))
        self._answer(run.uid)

    def _meet(self, run: RunSummary) -> None:
        """A child is known from its first moment: it may go together with its parent, and its pods after both."""
        for parent in self._runs.lineage_of(run.uid):
            for key in self._records.list_held(parent.namespace, parent.uid):
                self._remember_families(key, {parent.uid})

    def _remember_families(self, key: Key, uids: Container[str]) -> None:
        """Of the Runs of these uids; there may be thousands of others on record."""
        for holder in self._records.list_holders(key):
            if holder.uid in uids:
                self._fates.list_family(holder)

    def _answer(self, uid: str) -> None:
        """A Run was planned, or ended: with the last of a namespace, all are known who wait there."""
        if namespace := self._roll.note(uid):
            self._mark((namespace, name) for name in self._records.find_views(namespace))

    def _mark(self, keys: Iterable[Key]) -> None:
        for namespace, name in keys:
            self._marks.group(f"{namespace}/{name}")


_FATES: Mapping[Outlook, Fate] = {"Held": "Held", "Ending": "Stops", "Over": "Over", "Doubtful": "Held"}


def _build_patch(status: ConcurrencyGroupStatus, record: Sequence[Holder]) -> Json:
    """All of it, but for a record that stays: it may be large."""
    patch = status.to_json()
    if status.holders == record:
        del patch["holders"]
    return patch


def _describe(holder: Holder) -> str:
    return f"Run {holder.run}" if holder.step is None else f"step {holder.step} of Run {holder.run}"
