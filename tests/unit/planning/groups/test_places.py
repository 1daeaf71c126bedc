"""Steps and Runs that hold a place in a ConcurrencyGroup: what they wait for, are told, and end by."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from longshore.planning.conditions import find_condition
from longshore.planning.groups.groups import Claim, Place
from longshore.planning.plans import CreatePod
from longshore.planning.pools.agents import AgentView
from support.planning.pools import agent, agents
from support.planning.runs import UID, after, bare_step, params, step, workflow
from support.planning.simulations import Simulation

GROUP = {"group": "browsers"}
OTHER = Claim("browsers", "", Place("other", "a", 1), "other", after(-10), after(-20), state="Holds")
"""What another Run holds."""


def simulate(
    *steps: dict[str, Any],
    group: dict[str, Any] | None = None,
    others: tuple[Claim, ...] = (),
    **fields: Any,
) -> Simulation:
    """A Run whose steps hold a group, by default of one place."""
    simulation = Simulation(workflow(*(steps or (step("a", concurrency=GROUP),)), **fields))
    if group != {}:
        simulation.groups.add(**(group or {"limit": 1}))
    simulation.groups.others = list(others)
    simulation.settle()
    return simulation


def get_admission(simulation: Simulation) -> tuple[str, str, str]:
    condition = find_condition(simulation.run.status.conditions, "Admitted")
    assert condition is not None
    return condition.status, condition.reason, condition.message


def test_a_step_starts_once_its_place_is_on_record() -> None:
    simulation = simulate()
    assert simulation.show() == {"a": "Pending/Starting"}
    assert simulation.groups.list_held() == ["a"]
    simulation.start("a").end("a")
    assert (simulation.phase, simulation.groups.list_held()) == ("Succeeded", [])


def test_no_pod_is_made_before_that() -> None:
    simulation = Simulation(workflow(step("a", concurrency=GROUP)))
    simulation.groups.add(limit=0)
    for _ in range(4):
        simulation.act()
    assert simulation.creations == []
    [claim] = simulation.plan().group_claims
    assert (claim.place, claim.state) == (Place(UID, "a", 1), "Waits")


def test_what_it_waits_for_is_told_once_with_the_place_of_then() -> None:
    waiting = replace(OTHER, place=Place("late", "a", 1), state="Waits")
    simulation = simulate(others=(OTHER, waiting))
    said = "waits for group browsers: 1/1 held; 2nd in line at 2025-06-01T12:00:00Z"
    assert simulation.show() == {"a": "Pending/AwaitingGroup"}
    assert (simulation.step("a").message, simulation.step("a").queued_time) == (said, "2025-06-01T12:00:00Z")
    count = len(simulation.writes)
    simulation.groups.others = [OTHER]
    simulation.wait(60)
    assert (simulation.step("a").message, len(simulation.writes)) == (said, count)


def test_a_new_limit_is_told() -> None:
    simulation = simulate(others=(OTHER,))
    simulation.groups.add(limit=0)
    simulation.wait(60)
    said = "waits for group browsers: limit 0 pauses it; 1st in line at 2025-06-01T12:01:00Z"
    assert (simulation.step("a").message, simulation.step("a").queued_time) == (said, "2025-06-01T12:00:00Z")


def test_a_group_that_is_not_there_is_waited_for() -> None:
    simulation = simulate(group={})
    assert simulation.step("a").message == "waits for group browsers, which is not there: create it"
    told = "step 'a' waits (AwaitingGroup): group browsers, which is not there: create it"
    assert simulation.run.status.message == told
    simulation.groups.add()
    simulation.wait(1)
    assert simulation.show() == {"a": "Pending/Starting"}


def test_places_go_to_items_in_their_order_and_keys_are_theirs() -> None:
    keyed = {"group": "browsers", "key": "$(each.item)"}
    items = step("a", concurrency=keyed, forEach={"items": "params.list"})
    simulation = simulate(items, params=params(list={"type": "List", "default": ["x", "y", "x", "x"]}))
    assert simulation.groups.list_held() == ["a[0]", "a[1]"]
    said = "waits for group browsers: 1/1 held for key x; 1st in line at 2025-06-01T12:00:00Z"
    assert simulation.step("a[2]").message == said
    simulation.start("a[0]").end("a[0]")
    assert simulation.groups.list_held() == ["a[1]", "a[2]"]


def test_no_more_wait_for_a_place_than_could_start_with_it() -> None:
    items = step("a", concurrency=GROUP, forEach={"items": "[1, 2, 3, 4]", "maxParallel": 2})
    simulation = simulate(items, group={"limit": 9})
    assert simulation.groups.list_held() == ["a[0]", "a[1]"]
    assert simulation.show()["a[2]"] == "Pending/AwaitingSlot"


def crowd(views: dict[str, AgentView]) -> Simulation:
    """A Run whose Agents are these, each with one step of others; it may hold a place, and has planned to rest."""
    simulation = Simulation(workflow(step("a", concurrency=GROUP)))
    simulation.groups.add()
    simulation.pool.agents, simulation.pool.others = views, Counter(dict.fromkeys(views, 1))
    simulation.settle()
    return simulation


def test_a_place_is_kept_while_there_is_no_room_on_an_agent() -> None:
    simulation = crowd(agents(agent("x", capacity=1)))
    assert simulation.show() == {"a": "Pending/AwaitingAgent"}
    assert simulation.groups.list_held() == ["a"]
    simulation.pool.others.clear()
    simulation.settle()
    assert simulation.show() == {"a": "Pending/Starting"}


def test_no_place_is_asked_for_that_no_agent_could_use() -> None:
    simulation = crowd(agents(agent("x", enabled=False)))
    assert simulation.show() == {"a": "Pending/AwaitingAgent"}
    assert simulation.groups.list_held() == []


def test_room_is_asked_for_with_a_place_alone() -> None:
    simulation = simulate(others=(OTHER,))
    assert simulation.show() == {"a": "Pending/AwaitingGroup"}
    assert simulation.pool.waits == ()


def test_each_attempt_queues_anew() -> None:
    late = replace(OTHER, place=Place("late", "a", 1), run="late", since=after(1), state="Waits")
    simulation = simulate(step("a", concurrency=GROUP, retry={"limit": 1, "backoff": {"seconds": 5}}))
    simulation.groups.others = [late]
    simulation.start("a").end("a", code=1)
    assert simulation.groups.list_held() == ["late"]
    simulation.wait(5)
    assert simulation.show() == {"a": "Pending/AwaitingGroup"}
    assert (simulation.step("a").attempt, simulation.step("a").queued_time) == (2, "2025-06-01T12:00:05Z")


def test_an_approval_holds_nothing() -> None:
    simulation = simulate(
        bare_step("a", approval={"message": "go on?"}), defaults={"concurrency": GROUP}, others=(OTHER,)
    )
    assert simulation.show() == {"a": "Pending/AwaitingInput"}


def test_a_child_run_holds_its_place_while_it_goes_on() -> None:
    simulation = simulate(bare_step("a", workflow={"name": "other"}, concurrency=GROUP))
    assert simulation.groups.list_held() == ["a"]
    simulation.child("a").start(simulation.now)
    simulation.settle()
    assert simulation.groups.list_held() == ["a"]
    simulation.child("a").end(simulation.now)
    simulation.settle()
    assert simulation.groups.list_held() == []


def test_one_that_is_suspended_gives_its_place_back() -> None:
    simulation = Simulation(workflow(step("a", concurrency=GROUP)))
    simulation.groups.add()
    while not simulation.groups.list_held():
        simulation.act()
        simulation.groups.reconcile(simulation.now, lambda _: False)
    simulation.run = simulation.run.model_copy(
        update={"spec": simulation.run.spec.model_copy(update={"suspend": True})}
    )
    simulation.settle()
    assert (simulation.groups.list_held(), simulation.creations) == ([], [])


def test_a_memoized_step_needs_no_place() -> None:
    graph = workflow(step("a", memoize={"key": "same"}, concurrency=GROUP))
    before = Simulation(graph)
    before.groups.add()
    before.settle()
    before.start("a").end("a")
    again = Simulation(graph)
    again.groups.add(limit=0)
    again.others = [before.run]
    again.settle()
    assert again.show() == {"a": "Succeeded/Memoized"}


def test_a_key_that_cannot_be_told_fails_the_step() -> None:
    keyed = {"group": "browsers", "key": "$(params.list[7])"}
    simulation = simulate(step("a", concurrency=keyed), params=params(list={"type": "List", "default": [1]}))
    assert simulation.show() == {"a": "Failed/ExpressionFailed"}


@pytest.mark.parametrize("text", ["x" * 254, "two\nlines"])
def test_a_key_is_one_short_line(text: str) -> None:
    keyed = {"group": "browsers", "key": "$(params.text)"}
    simulation = simulate(step("a", concurrency=keyed), params=params(text={"type": "String", "default": text}))
    assert simulation.show() == {"a": "Failed/ExpressionFailed"}


def test_who_comes_to_a_full_group_that_rejects_fails_and_is_not_retried() -> None:
    rejecting = {"limit": 1, "whenFull": "Reject"}
    simulation = simulate(step("a", concurrency=GROUP, retry={"limit": 3}), group=rejecting, others=(OTHER,))
    assert simulation.show() == {"a": "Failed/GroupFull"}
    assert (simulation.step("a").message, simulation.phase) == ("group browsers is full: 1/1 held", "Failed")


def newcomer(since: float = 5) -> Claim:
    return replace(OTHER, place=Place("new", "a", 1), run="new", since=after(since), state="Waits")


def test_a_replaced_step_is_recorded_first_then_stopped_and_the_run_is_canceled() -> None:
    simulation = simulate(
        step("a", concurrency=GROUP), step("b", needs="a"), group={"limit": 1, "whenFull": "Replace"}
    )
    simulation.start("a")
    simulation.groups.others = [newcomer()]
    simulation.groups.reconcile(simulation.now, lambda _: True)
    plan = simulation.act()
    assert (plan.actions, simulation.show()["a"]) == ((), "Running/Replaced")
    assert [notice.message for notice in plan.notices] == [
        "step 'a': made way for step a of Run new in group browsers"
    ]
    simulation.settle()
    assert simulation.pod("a").is_leaving
    assert simulation.groups.list_held() == ["a"]
    simulation.end("a", code=143)
    assert simulation.groups.list_held() == ["new"]
    assert simulation.show() == {"a": "Canceled/Replaced", "b": "Skipped/NeedFailed"}
    said = "step 'a' was replaced: made way for step a of Run new in group browsers"
    assert (simulation.phase, simulation.run.status.message) == ("Canceled", said)


def test_one_that_waits_is_replaced_without_a_pod() -> None:
    simulation = simulate(group={"limit": 1, "whenFull": "ReplaceQueued"}, others=(OTHER,))
    simulation.groups.others = [OTHER, newcomer()]
    simulation.wait(1)
    assert (simulation.show(), simulation.phase) == ({"a": "Canceled/Replaced"}, "Canceled")
    assert simulation.creations == []


def test_what_may_go_on_without_a_replaced_step_does() -> None:
    steps = step("a", concurrency=GROUP, onError="Continue"), step("b", needs="a")
    simulation = simulate(*steps, group={"limit": 1, "whenFull": "ReplaceQueued"}, others=(OTHER,))
    simulation.groups.others = [OTHER, newcomer()]
    simulation.wait(1)
    simulation.start("b").end("b")
    assert simulation.phase == "Succeeded"


def test_a_replaced_item_leaves_the_fan_out_undone() -> None:
    items = step("a", concurrency=GROUP, forEach={"items": "[1, 2]"})
    simulation = simulate(items, group={"limit": 1, "whenFull": "Replace"})
    assert simulation.show()["a[0]"] == "Canceled/Replaced"
    simulation.start("a[1]").end("a[1]")
    assert simulation.show() == {
        "a": "Canceled/Replaced",
        "a[0]": "Canceled/Replaced",
        "a[1]": "Succeeded/Completed",
    }
    assert simulation.phase == "Canceled"


def test_a_run_starts_once_its_place_is_on_record() -> None:
    simulation = simulate(step("a"), concurrency=GROUP, others=(OTHER,))
    said = "waits for group browsers: 1/1 held; 1st in line at 2025-06-01T12:00:00Z"
    assert (simulation.phase, get_admission(simulation)) == ("Queued", ("False", "AwaitingGroup", said))
    simulation.groups.others = []
    simulation.groups.records["browsers"] = ()
    simulation.wait(60)
    assert (simulation.phase, get_admission(simulation)) == ("Running", ("True", "Admitted", ""))
    assert simulation.groups.list_held() == ["nightly"]
    simulation.start("a").end("a")
    assert simulation.groups.list_held() == []


def test_a_run_of_its_own_graph_waits_where_there_is_room_for_all_others() -> None:
    simulation = Simulation(workflow(step("a"), concurrency=GROUP))
    simulation.is_room_assured = True
    simulation.groups.add(limit=0)
    simulation.settle()
    assert (simulation.phase, simulation.creations) == ("Queued", [])


def test_a_run_whose_group_rejects_fails_without_a_pod() -> None:
    rejecting = {"limit": 1, "whenFull": "Reject"}
    simulation = simulate(step("a"), concurrency=GROUP, group=rejecting, others=(OTHER,))
    said = "group browsers is full: 1/1 held"
    assert (simulation.phase, get_admission(simulation)) == ("Failed", ("False", "GroupFull", said))
    assert simulation.show() == {"a": "Canceled/RunFailed"}


def test_a_run_whose_key_cannot_be_told_fails() -> None:
    keyed = {"group": "browsers", "key": "$(params.list[7])"}
    simulation = simulate(step("a"), concurrency=keyed, params=params(list={"type": "List", "default": [1]}))
    assert (simulation.phase, get_admission(simulation)[1]) == ("Failed", "InvalidExpression")


def test_a_suspended_run_waits_for_no_place_and_holds_none() -> None:
    simulation = Simulation(workflow(step("a"), concurrency=GROUP), suspend=True)
    simulation.groups.add()
    simulation.settle()
    assert (simulation.phase, get_admission(simulation)[1]) == ("Queued", "Suspended")
    assert (simulation.plan().group_claims, simulation.groups.list_held()) == ((), [])


def test_a_crash_between_grant_and_start_starts_nothing_twice() -> None:
    simulation = Simulation(workflow(step("a", concurrency=GROUP)))
    simulation.groups.add()
    while not simulation.groups.list_held():
        simulation.act()
        simulation.groups.reconcile(simulation.now, lambda _: False)
    plan = simulation.act(survives=lambda _: True)  # the pod is made, and nothing of it written
    assert [type(action) for action in plan.actions] == [CreatePod]
    simulation.settle()
    assert (simulation.creations, simulation.groups.list_held()) == ([("a", 1)], ["a"])
