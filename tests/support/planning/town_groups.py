"""The ConcurrencyGroups of a town: their records, and what their operator has in mind of claims. Must not decide.

As in the real one, a record survives the operator, and what it was told of claims does not; nothing is given
before all Runs that go on were planned once.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from longshore.api.groups import ConcurrencyGroupSpec, Holder
from longshore.planning.groups.groups import Claim, Fate, GroupPlan, GroupView, get_place, plan_group


@dataclass
class Group:
    """One of them: its spec and record outlive an operator."""

    spec: ConcurrencyGroupSpec
    record: tuple[Holder, ...] = ()
    plan: GroupPlan | None = None


@dataclass
class TownGroups:
    """Groups of a namespace by name."""

    is_live: Callable[[Holder], bool]
    """Whether a holder has a pod that may run, or is on record as going on."""
    groups: dict[str, Group] = field(default_factory=dict)
    claims: dict[str, Sequence[Claim]] = field(default_factory=dict)
    """By the Run's uid, by its last plan."""

    def change(self, name: str, **spec: Any) -> None:
        """A group is made, or is another one now."""
        given = ConcurrencyGroupSpec.model_validate(spec)
        self.groups.setdefault(name, Group(given)).spec = given

    def restart(self) -> None:
        """Another operator knows the records alone."""
        self.claims.clear()
        for group in self.groups.values():
            group.plan = None

    def observe(self) -> Mapping[str, GroupView]:
        """How plans see them."""
        return {name: self._view(name, group) for name, group in self.groups.items()}

    def reconcile(self, now: datetime) -> set[str]:
        """One round of each. Returns the uids of the Runs that it concerns."""
        concerned: set[str] = set()
        for name, group in self.groups.items():
            before, old = group.record, group.plan
            claims = [claim for own in self.claims.values() for claim in own if claim.group == name]
            claimed = {claim.place for claim in claims}
            fates: dict[Any, Fate] = {
                get_place(holder): "Held" if get_place(holder) in claimed or self.is_live(holder) else "Over"
                for holder in group.record
            }
            plan = plan_group(group.spec, group.record, fates, claims, now)
            turned = plan_group(group.spec, group.record, fates, claims[::-1], now)
            assert (turned.granted, turned.verdicts) == (plan.granted, plan.verdicts), (
                "the order of claims matters"
            )
            self._check(group, plan)
            group.record, group.plan = plan.holders, plan
            concerned |= {claim.place.uid for claim in plan.granted}
            known = old.verdicts if old else {}
            concerned |= {place.uid for place, verdict in plan.verdicts.items() if known.get(place) != verdict}
            concerned |= {holder.uid for holder in before if holder not in plan.holders} & self.claims.keys()
        return concerned

    def _check(self, group: Group, plan: GroupPlan) -> None:
        """No place is given beyond the limit of its key."""
        counts = Counter(holder.key for holder in plan.holders)
        for claim in plan.granted:
            assert counts[claim.key] <= group.spec.limit, f"{claim.label} gets a place above {group.spec.limit}"

    def _view(self, name: str, group: Group) -> GroupView:
        plan = group.plan
        keys = {get_place(holder): holder.key for holder in group.record}
        counts = Counter(keys.values())
        lines, verdicts = (plan.lines, plan.verdicts) if plan else ({}, {})
        return GroupView(name, group.spec, keys, counts, lines, verdicts)
