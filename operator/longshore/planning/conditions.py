"""Owns conditions: how one is set. Must not know what any condition means."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from longshore.api.objects import Condition
from longshore.planning.times import write_time

ConditionStatus = Literal["True", "False", "Unknown"]


def build_condition(
    type_: str, status: ConditionStatus, reason: str, message: str = "", *, generation: int = 0
) -> Condition:
    """A condition whose time is set when it is put among others."""
    return Condition(
        type=type_,
        status=status,
        reason=reason,
        message=message,
        last_transition_time="",
        observed_generation=generation,
    )


def set_condition(conditions: Sequence[Condition], new: Condition, now: datetime) -> list[Condition]:
    """The conditions with one replaced or added; its time changes only with its status."""
    old = find_condition(conditions, new.type)
    is_same = old is not None and old.status == new.status
    time = old.last_transition_time if old is not None and is_same else write_time(now)
    stamped = new.model_copy(update={"last_transition_time": time})
    if old is None:
        return [*conditions, stamped]
    return [stamped if condition.type == new.type else condition for condition in conditions]


def find_condition(conditions: Sequence[Condition], type_: str) -> Condition | None:
    """The condition of that type."""
    return next((condition for condition in conditions if condition.type == type_), None)
