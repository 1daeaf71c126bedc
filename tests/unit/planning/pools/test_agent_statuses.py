"""What an Agent's status says, by each rule; when its Event is due, and how soon it is to be written."""

import json
from dataclasses import replace
from typing import Any

import pytest
from longshore.api.agents import AgentStatus
from longshore.api.objects import Metadata
from longshore.planning.conditions import find_condition
from longshore.planning.pods import Pod
from longshore.planning.pools.agent_statuses import AgentPlan, Load, ObservedAgent, find_urgency, plan_agent
from longshore.planning.pools.extensions import Resolution, resolve_agent
from longshore.planning.pools.nodes import Member
from longshore.planning.runs.urgencies import Urgency
from longshore.planning.times import write_time
from support.planning.nodes import see_node
from support.planning.runs import NOW, after, build_pod

READY, LOST = Member(see_node("n1")), Member(see_node("n2", ready="Unknown"), "Unreachable")
CORDONED = Member(see_node("n0", cordoned=True), "Cordoned")
LABELS = "tags.longshore.dev/gpu=true, zone=a"
METADATA = Metadata(name="gpu", namespace="ci", generation=3)


def resolve(**spec: Any) -> Resolution:
    """The Agent by itself; it extends only what is not there."""
    return resolve_agent({"spec": spec}, {})


def see(*members: Member, status: AgentStatus | None = None, **spec: Any) -> ObservedAgent:
    """An Agent with these nodes."""
    return ObservedAgent(METADATA, status or AgentStatus(), resolve(**spec), members)


def plan(seen: ObservedAgent) -> AgentPlan:
    return plan_agent(seen, NOW)


def read(plan: AgentPlan) -> tuple[str, str, str]:
    """Status, reason and message of Ready."""
    [ready] = plan.status.conditions
    return ready.status, ready.reason, ready.message


@pytest.mark.parametrize(
    ("members", "spec", "status", "reason", "message"),
    [
        ([READY], {}, "True", "Online", "1 of 1 node takes pods"),
        ([READY, LOST], {}, "True", "Online", "1 of 2 nodes take pods"),
        (None, {}, "True", "NodesUnknown", "the operator knows no nodes, so it counts as online"),
        ([], {}, "False", "NoNodes", "there is no node whose taints it bears: add spec.tolerations"),
        ([], {"tags": ["gpu"], "nodeSelector": {"zone": "a"}}, "False", "NoNodes",
         f"no node whose taints it bears has the labels {LABELS}: label one, or change tags and nodeSelector"),
        ([LOST, CORDONED], {}, "False", "NodesNotReady", "no node takes pods: n0 is Cordoned, n2 is Unreachable"),
        ([LOST] * 5, {}, "False", "NodesNotReady",
         "no node takes pods: n2 is Unreachable, n2 is Unreachable, n2 is Unreachable, and 2 more"),
        ([READY], {"enabled": False}, "False", "Disabled", "gets no new steps: spec.enabled is false"),
        ([READY], {"drain": True}, "False", "Draining", "its steps are moved elsewhere: spec.drain is true"),
        ([], {"enabled": False}, "False", "Disabled", "gets no new steps: spec.enabled is false"),
        ([READY], {"extends": "base", "enabled": False}, "False", "ExtendsMissing",
         "extends base, which is not there: make that Agent, or remove spec.extends"),
    ],
)  # fmt: skip
def test_whether_steps_can_start(
    members: list[Member] | None, spec: dict[str, Any], status: str, reason: str, message: str
) -> None:
    seen = ObservedAgent(METADATA, AgentStatus(), resolve(**spec), members)
    planned = plan(seen)
    assert read(planned) == (status, reason, message)
    assert planned.status.conditions[0].observed_generation == 3


@pytest.mark.parametrize(
    ("members", "spec", "notice"),
    [
        ([READY], {}, ("Normal", "AgentOnline", "1 of 1 node takes pods")),
        ([CORDONED], {}, ("Warning", "AgentOffline", "NodesNotReady: no node takes pods: n0 is Cordoned")),
        ([READY], {"enabled": False},
         ("Normal", "AgentOffline", "Disabled: gets no new steps: spec.enabled is false")),
    ],
)  # fmt: skip
def test_it_is_announced_once_that_it_goes_on_or_off_line(
    members: list[Member], spec: dict[str, Any], notice: tuple[str, str, str]
) -> None:
    first = plan(see(*members, **spec))
    assert [(told.type, told.reason, told.message) for told in first.notices] == [notice]
    assert plan(see(*members, status=first.status, **spec)).notices == ()


def test_it_goes_off_line_and_on_again() -> None:
    online = plan(see(READY)).status
    offline = plan_agent(see(LOST, status=online), after(60))
    assert [notice.reason for notice in offline.notices] == ["AgentOffline"]
    assert offline.status.conditions[0].last_transition_time == write_time(after(60))
    again = plan_agent(see(READY, status=offline.status), after(90))
    assert [notice.reason for notice in again.notices] == ["AgentOnline"]


def test_other_trouble_is_no_event() -> None:
    offline = plan(see(LOST)).status
    planned = plan(see(status=offline, tags=["gpu"]))
    assert (read(planned)[1], planned.notices) == ("NoNodes", ())


def test_nodes_that_take_no_pods_come_first() -> None:
    heartbeats = {"n1": "2025-06-01T11:59:58.123456Z"}
    seen = ObservedAgent(METADATA, AgentStatus(), resolve(), [READY, LOST], heartbeats)
    status = plan(seen).status
    assert status.ready_nodes == "1/2"
    assert [node.to_json() | {"heartbeat": node.heartbeat} for node in status.nodes] == [
        {"name": "n2", "address": "10.0.0.1", "version": "v1.34.3", "ready": False, "reason": "Unreachable",
         "heartbeat": None},
        {"name": "n1", "address": "10.0.0.1", "version": "v1.34.3", "ready": True,
         "heartbeat": "2025-06-01T11:59:58Z"},
    ]  # fmt: skip


def test_a_sign_of_life_on_record_stays_until_there_is_a_newer_one() -> None:
    seen = replace(see(READY), heartbeats={"n1": "2025-06-01T11:59:58.000000Z"})
    known = replace(seen, status=plan(seen).status, heartbeats={})
    assert plan(known).status.nodes[0].heartbeat == "2025-06-01T11:59:58Z"
    newer = replace(known, heartbeats={"n1": "2025-06-01T12:00:08.000000Z"})
    assert plan(newer).status.nodes[0].heartbeat == "2025-06-01T12:00:08Z"


def test_no_more_than_a_hundred_nodes_are_listed_and_all_are_counted() -> None:
    members = [Member(see_node(f"n{number:04}")) for number in range(1000)]
    status = plan(see(LOST, *members)).status
    assert (len(status.nodes), status.nodes[0].name, status.ready_nodes) == (100, "n2", "1000/1001")


def test_unknown_nodes_are_not_counted() -> None:
    status = plan_agent(ObservedAgent(METADATA, AgentStatus(), resolve()), NOW).status
    assert (status.nodes, status.ready_nodes) == ([], None)


@pytest.mark.parametrize(("spec", "load"), [({}, "2"), ({"capacity": 4}, "2/4"), ({"capacity": 0}, "2/0")])
def test_what_it_has_to_do(spec: dict[str, Any], load: str) -> None:
    given = Load(queued=7, current=[("nightly", "test[1]"), ("nightly", "build")])
    status = plan_agent(ObservedAgent(METADATA, AgentStatus(), resolve(**spec), load=given), NOW).status
    assert (status.active, status.queued, status.load) == (2, 7, load)
    assert [(step.run, step.step) for step in status.current] == [("nightly", "build"), ("nightly", "test[1]")]


def test_what_runs_its_steps_is_told_also_where_another_agent_says_it() -> None:
    agents = {"base": {"spec": {"runtime": "llm", "model": {"name": "small"}}}}
    resolution = resolve_agent({"spec": {"extends": "base"}}, agents)
    status = plan_agent(ObservedAgent(METADATA, AgentStatus(), resolution), NOW).status
    assert (status.runtime, status.model) == ("llm", "small")
    assert plan(see()).status.runtime == "container"


def test_what_others_tell_stays() -> None:
    status = AgentStatus.model_validate({"usage": {"costUSD": "1.50"}, "conditions": [
        {"type": "Other", "status": "True", "reason": "It", "lastTransitionTime": "2025-01-01T00:00:00Z"}
    ]})  # fmt: skip
    planned = plan(see(READY, status=status)).status
    assert planned.usage == status.usage
    assert [condition.type for condition in planned.conditions] == ["Other", "Ready"]


def test_one_that_is_being_deleted_is_left_alone() -> None:
    metadata = METADATA.model_copy(update={"deletion_timestamp": write_time(NOW)})
    assert plan(ObservedAgent(metadata, AgentStatus(), resolve(), [READY])) == AgentPlan(AgentStatus())


@pytest.mark.parametrize(
    ("changes", "urgency"),
    [
        ({"members": [LOST]}, Urgency.NOW),
        ({"members": [READY, READY]}, Urgency.NOW),
        ({"resolution": resolve(enabled=False)}, Urgency.NOW),
        ({"load": Load(queued=1)}, Urgency.WAITS),
        ({"load": Load(current=[("nightly", "build")])}, Urgency.WAITS),
        ({"heartbeats": {"n1": "2025-06-01T12:00:10.000000Z"}}, Urgency.WAITS),
        ({}, Urgency.WAITS),
    ],
)  # fmt: skip
def test_how_soon_it_is_written(changes: dict[str, Any], urgency: Urgency) -> None:
    seen = see(READY)
    old = plan(seen).status
    new = plan(replace(seen, status=old, **changes)).status
    assert find_urgency(old, new) is urgency


FORGE = [{"name": "forge", "secretRef": {"name": "forge-token"}, "as": "Files"}]


def hang() -> Pod:
    """A pod whose node does not get on with its volumes since now."""
    pod = build_pod().schedule().set_condition("PodReadyToStartContainers", "False", at=NOW)
    pod.raw["metadata"]["annotations"] = {"longshore.dev/credentials": json.dumps(FORGE)}
    return pod.observe()


def read_credentials(plan: AgentPlan) -> tuple[str, str, str] | None:
    """Status, reason and time of CredentialsReady."""
    found = find_condition(plan.status.conditions, "CredentialsReady")
    return None if found is None else (found.status, found.reason, found.last_transition_time)


def test_an_agent_tells_of_secrets_that_may_be_missing_until_they_are_not() -> None:
    seen = replace(see(READY, credentials=FORGE), waiting=[hang()])
    first = plan(seen)
    assert read_credentials(first) == ("True", "NoneMissing", write_time(NOW))
    assert first.wake_at == after(20)
    late = plan_agent(replace(seen, status=first.status), after(20))
    assert read_credentials(late) == ("Unknown", "AwaitingVolumes", write_time(after(20)))
    assert (late.wake_at, find_urgency(first.status, late.status)) == (None, Urgency.NOW)
    gone = plan_agent(replace(seen, status=late.status, waiting=[]), after(30))
    assert read_credentials(gone) == ("True", "NoneMissing", write_time(after(30)))
    assert read(plan(replace(see(READY), status=gone.status)))[0] == "True", "without credentials it says nothing"
