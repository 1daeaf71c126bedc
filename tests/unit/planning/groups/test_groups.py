"""Who gets a place in a ConcurrencyGroup, in tables: limits, keys, orders, what happens when it is full."""

from collections.abc import Mapping
from typing import Any

import pytest
from longshore.api.groups import MAX_HOLDERS, ConcurrencyGroupSpec, Holder
from longshore.planning.groups.groups import (
    Claim,
    Fate,
    GroupPlan,
    GroupView,
    Place,
    build_holder,
    get_place,
    plan_group,
)
from support.planning.runs import NOW, after


def claim(name: str, since: float = 0, **fields: Any) -> Claim:
    """A claim of step `a` of Run `nightly`, of another by `nightly/test[3]`, of the whole Run by `nightly/`."""
    run, _, path = name.partition("/")
    step = None if name.endswith("/") else path or "a"
    place = Place(run, step, 0 if step is None else 1)
    return Claim("browsers", fields.pop("key", ""), place, run, after(since), NOW, **fields)


def holders(*names: str, key: str = "") -> list[Holder]:
    """Those on record, the oldest first."""
    return [build_holder(claim(name, key=key), after(-100 + index)) for index, name in enumerate(names)]


def plan(
    limit: int,
    record: list[Holder],
    *claims: Claim,
    fates: Mapping[str, Fate] | None = None,
    **spec: Any,
) -> GroupPlan:
    """A plan of a group; who is on record claims it, unless it has a fate."""
    parsed = ConcurrencyGroupSpec.model_validate({"limit": limit, **spec})
    known = {claim(name).place: fate for name, fate in (fates or {}).items()}
    return plan_group(parsed, record, known, claims, NOW)


def show(plan: GroupPlan) -> list[str]:
    """Who holds it now."""
    return [holder.run for holder in plan.holders]


def judge(plan: GroupPlan) -> dict[str, str]:
    """What becomes of whom."""
    return {place.uid: verdict.reason for place, verdict in plan.verdicts.items()}


LATE = [claim("c", 3), claim("b", 2), claim("d", 4)]


def test_there_is_room_for_as_many_as_the_limit_the_oldest_first() -> None:
    made = plan(2, [], *LATE)
    assert show(made) == ["b", "c"]
    assert [each.run for each in made.granted] == ["b", "c"]
    assert [each.run for each in made.lines[""]] == ["d"]
    assert (made.queued, made.verdicts) == (1, {})


def test_a_place_is_free_once_its_holder_is_over() -> None:
    record = holders("a")
    assert show(plan(1, record, *LATE)) == ["a"]
    assert show(plan(1, record, *LATE, fates={"a": "Stops"})) == ["a"]
    assert show(plan(1, record, *LATE, fates={"a": "Over"})) == ["b"]


def test_a_grant_is_not_given_twice() -> None:
    first = plan(1, [], *LATE)
    again = plan(1, list(first.holders), *LATE)
    assert (show(again), again.granted, again.queued) == (["b"], (), 2)


@pytest.mark.parametrize(("limit", "held"), [(0, 0), (1, 0), (2, 0), (3, 0), (4, 1), (9, 3)])
def test_a_lowered_limit_ends_nobody_and_gives_nothing_until_there_is_room(limit: int, held: int) -> None:
    made = plan(limit, holders("x", "y", "z"), *LATE)
    assert len(made.granted) == held
    assert show(made)[:3] == ["x", "y", "z"]


@pytest.mark.parametrize("when_full", ["Queue", "Replace", "ReplaceQueued"])
def test_a_limit_of_0_pauses(when_full: str) -> None:
    made = plan(0, holders("a"), claim("b"), whenFull=when_full)
    assert (show(made), made.queued, made.verdicts) == (["a"], 1, {})


def test_each_key_has_its_own_limit_and_line() -> None:
    claims = [claim("b", 1, key="live"), claim("c", 2), claim("d", 3, key="test"), claim("e", 4, key="live")]
    made = plan(1, holders("a"), *claims)
    assert {holder.run: holder.key for holder in made.holders} == {"a": "", "b": "live", "d": "test"}
    assert {key: [each.run for each in line] for key, line in made.lines.items()} == {"": ["c"], "live": ["e"]}


@pytest.mark.parametrize(("order", "first"), [("FIFO", "old"), ("Priority", "high")])
def test_who_goes_first(order: str, first: str) -> None:
    claims = [claim("old", 1), claim("high", 2, priority=5), claim("higher-but-late", 3, priority=4)]
    assert show(plan(1, [], *claims, order=order)) == [first]


def test_of_the_same_age_the_items_go_in_their_order() -> None:
    claims = [claim("r/test[10]"), claim("r/test[9]"), claim("r/test[2]")]
    made = plan(2, [], *claims)
    assert [holder.step for holder in made.holders] == ["test[2]", "test[9]"]
    assert [holder.attempt for holder in made.holders] == [1, 1]


def test_a_whole_run_is_on_record_without_a_step() -> None:
    [holder] = plan(1, [], claim("r/", key="live")).holders
    since = "2025-06-01T12:00:00Z"
    assert holder.to_json() == {"run": "r", "uid": "r", "key": "live", "since": since}


def test_who_has_begun_holds_a_place_whatever_is_on_record() -> None:
    """As after the group was deleted and made anew."""
    begun = claim("a", state="Holds")
    made = plan(1, [], begun, claim("b"))
    assert (show(made), made.granted, made.queued) == (["a"], (), 1)


def test_who_comes_to_a_full_group_that_rejects_is_told_so() -> None:
    made = plan(1, holders("a"), *LATE, whenFull="Reject")
    assert judge(made) == dict.fromkeys("bcd", "GroupFull")
    assert made.queued == 0
    message = next(iter(made.verdicts.values())).message
    assert message == "group browsers is full: 1/1 held"


def test_with_room_nobody_is_rejected() -> None:
    made = plan(2, holders("a"), *LATE, whenFull="Reject")
    assert (show(made), judge(made)) == (["a", "b"], dict.fromkeys("cd", "GroupFull"))


def test_the_newest_replaces_the_oldest() -> None:
    made = plan(2, holders("a", "x"), claim("b", 1), whenFull="Replace")
    assert (show(made), judge(made), made.queued) == (["a", "x"], {"a": "Replaced"}, 1)
    assert next(iter(made.verdicts.values())).message == "made way for step a of Run b in group browsers"


def test_who_stops_already_makes_room_for_one() -> None:
    fates: dict[str, Fate] = {"a": "Stops"}
    assert judge(plan(2, holders("a", "x"), claim("b"), fates=fates, whenFull="Replace")) == {}
    both = plan(2, holders("a", "x"), claim("b", 1), claim("c", 2), fates=fates, whenFull="Replace")
    assert judge(both) == {"x": "Replaced"}


def test_of_many_that_replace_as_many_as_the_limit_go_on_waiting() -> None:
    made = plan(1, holders("a"), *LATE, whenFull="Replace")
    assert judge(made) == dict.fromkeys("abc", "Replaced")
    assert [each.run for each in made.lines[""]] == ["d"]


def test_above_a_lowered_limit_one_makes_way_for_each_that_comes() -> None:
    made = plan(1, holders("x", "y", "z"), claim("b"), whenFull="Replace")
    assert judge(made) == {"x": "Replaced"}


def test_the_newest_replaces_those_that_wait() -> None:
    made = plan(1, holders("a"), *LATE, whenFull="ReplaceQueued")
    assert (show(made), judge(made)) == (["a"], dict.fromkeys("bc", "Replaced"))
    assert [each.run for each in made.lines[""]] == ["d"]


def test_another_key_replaces_nobody() -> None:
    made = plan(1, holders("a", key="live"), claim("b", key="test"), whenFull="Replace")
    assert (show(made), made.verdicts) == (["a", "b"], {})


def test_the_record_stays_small() -> None:
    record = holders(*(f"r{number}" for number in range(MAX_HOLDERS - 1)))
    made = plan(100_000, record, *LATE)
    assert (len(made.holders), made.queued) == (MAX_HOLDERS, 2)


def test_a_place_in_the_line() -> None:
    view = GroupView("browsers", ConcurrencyGroupSpec(limit=1), lines=plan(0, [], *LATE).lines)
    assert [view.find_place(claim(name, since)) for name, since in (("b", 2), ("d", 4), ("new", 9))] == [1, 3, 4]
    assert view.find_place(claim("new", key="other")) == 1


def test_who_is_on_record() -> None:
    assert [get_place(holder) for holder in holders("a", "b/")] == [Place("a", "a", 1), Place("b", None, 0)]
