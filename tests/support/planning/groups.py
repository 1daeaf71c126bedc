"""The ConcurrencyGroups of a simulation: the record, and what the operator keeps in mind of one Run's claims."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from longshore.api.groups import ConcurrencyGroupSpec, Holder
from longshore.api.runs import RunStatus
from longshore.planning.attempts.attempts import TERMINAL
from longshore.planning.groups.groups import Claim, Fate, GroupPlan, GroupView, get_place, plan_group
from longshore.planning.plans import Plan
from support.planning.runs import UID

IsLive = Callable[[Holder], bool]


class FakeGroups:
    """Groups by name. Others, too, may claim places: they wait or hold as a test says."""

    def __init__(self) -> None:
        self.specs: dict[str, ConcurrencyGroupSpec] = {}
        self.records: dict[str, tuple[Holder, ...]] = {}
        self.plans: dict[str, GroupPlan] = {}
        self.others: list[Claim] = []
        """What other Runs claim."""
        self._claims: tuple[Claim, ...] = ()
        self._status = RunStatus()
        self.add("lanes", limit=1)

    def add(self, name: str = "browsers", limit: int = 1, **spec: Any) -> None:
        """A group is made, or changed."""
        self.specs[name] = ConcurrencyGroupSpec.model_validate({"limit": limit, **spec})
        self.records.setdefault(name, ())

    def observe(self) -> dict[str, GroupView]:
        """How plans see them."""
        return {name: self._view(name) for name in self.specs}

    def tell(self, plan: Plan) -> None:
        """Take in what a plan says."""
        self._claims, self._status = plan.group_claims, plan.status

    def reconcile(self, now: datetime, is_live: IsLive) -> bool:
        """One round of each. Returns whether it changed anything that plans see."""
        before = self.observe()
        for name, spec in self.specs.items():
            claims = [claim for claim in (*self._claims, *self.others) if claim.group == name]
            fates = {get_place(holder): self._judge(holder, is_live) for holder in self.records[name]}
            claimed = {claim.place for claim in claims}
            fates |= dict.fromkeys(claimed & fates.keys(), "Held")
            plan = self.plans[name] = plan_group(spec, self.records[name], fates, claims, now)
            self.records[name] = plan.holders
        return self.observe() != before

    def list_held(self, name: str = "browsers") -> list[str]:
        """Who is on record: the step of this Run, or else the Run."""
        return [holder.step if holder.step and holder.uid == UID else holder.run for holder in self.records[name]]

    def _judge(self, holder: Holder, is_live: IsLive) -> Fate:
        if is_live(holder):
            return "Held"
        step = self._status.steps.get(holder.step or "")
        is_begun = step is not None and step.phase not in TERMINAL and step.attempt == holder.attempt and step.pod
        return "Held" if is_begun else "Over"

    def _view(self, name: str) -> GroupView:
        record, plan = self.records[name], self.plans.get(name)
        return GroupView(
            name,
            self.specs[name],
            {get_place(holder): holder.key for holder in record},
            Counter(holder.key for holder in record),
            plan.lines if plan else {},
            plan.verdicts if plan else {},
        )
