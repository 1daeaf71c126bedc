"""Owns how ConcurrencyGroups stand: spec, record and last plan, as plans of Runs see them. Must not write any."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from longshore.api.groups import ConcurrencyGroupSpec, ConcurrencyGroupStatus, Holder
from longshore.planning.groups.groups import GroupPlan, GroupView, get_place
from longshore.reconcile.groups.claims import Key
from longshore.reconcile.ports import Json


class GroupRecords:
    """The groups as they were last seen or written, and what was planned for them."""

    def __init__(self) -> None:
        self._views: defaultdict[str, dict[str, GroupView]] = defaultdict(dict)
        self._records: dict[Key, list[Holder]] = {}
        self._holding: dict[Key, set[str]] = {}
        """The uids of the Runs on record."""
        self._plans: dict[Key, GroupPlan] = {}

    def put(self, key: Key, raw: Json) -> None:
        """A group came or changed."""
        namespace, name = key
        self._views[namespace][name] = GroupView(name, ConcurrencyGroupSpec.model_validate(raw["spec"]))
        self._records[key] = ConcurrencyGroupStatus.model_validate(raw.get("status", {})).holders
        self._holding[key] = {holder.uid for holder in self._records[key]}
        self._show(key)

    def remove(self, key: Key) -> None:
        """A group is gone."""
        self._views[key[0]].pop(key[1], None)
        for table in (self._records, self._holding, self._plans):
            table.pop(key, None)

    def plan(self, key: Key, plan: GroupPlan) -> GroupPlan | None:
        """Have it seen before it is written: who gives a place up starts nothing by it. Returns the one before."""
        before, self._plans[key] = self._plans.get(key), plan
        self._show(key)
        return before

    def find_views(self, namespace: str) -> Mapping[str, GroupView]:
        """How the groups of a namespace stand, by name."""
        return self._views.get(namespace, {})

    def find(self, key: Key) -> GroupView | None:
        """How a group stands; None: there is none."""
        return self.find_views(key[0]).get(key[1])

    def list_holders(self, key: Key) -> Sequence[Holder]:
        """Who is on record."""
        return self._records.get(key, [])

    def list_held(self, namespace: str, uid: str) -> list[Key]:
        """The groups that have a Run on record."""
        return [(namespace, name) for name in self.find_views(namespace) if uid in self._holding[namespace, name]]

    def _show(self, key: Key) -> None:
        """Have plans of Runs see the group as it is on record, but for places that are just being taken back."""
        namespace, name = key
        record, plan = self._records[key], self._plans.get(key)
        kept = set(plan.holders) if plan else set(record)
        self._views[namespace][name] = replace(
            self._views[namespace][name],
            keys={get_place(holder): holder.key for holder in record if holder in kept},
            counts=Counter(holder.key for holder in record),
            lines=plan.lines if plan else {},
            verdicts=plan.verdicts if plan else {},
        )
