"""Which nodes are an Agent's, and which of them take pods."""

from typing import Any

import pytest
from longshore.api.agents import AgentSpec
from longshore.planning.pools.nodes import Node, build_selection
from support.planning.nodes import see_node

GPU, DEDICATED = {"gpu": "yes"}, ("dedicated=ci:NoSchedule",)
BEARS = {"key": "dedicated", "value": "ci", "effect": "NoSchedule"}


def select(**spec: Any) -> Any:
    return build_selection(AgentSpec.model_validate(spec))


@pytest.mark.parametrize(
    ("spec", "node", "has"),
    [
        ({}, see_node(), True),
        ({"tags": ["gpu"]}, see_node(), False),
        ({"tags": ["gpu"]}, see_node("n1", "gpu"), True),
        ({"tags": ["gpu", "linux"]}, see_node("n1", "gpu"), False),
        ({"tags": ["gpu"]}, see_node(labels={"tags.longshore.dev/gpu": "false"}), False),
        ({"nodeSelector": GPU}, see_node(labels=GPU), True),
        ({"nodeSelector": GPU}, see_node(labels={"gpu": "no"}), False),
        ({"nodeSelector": GPU, "tags": ["big"]}, see_node("n1", "big", labels=GPU), True),
        ({"nodeSelector": GPU, "tags": ["big"]}, see_node(labels=GPU), False),
        ({}, see_node(taints=DEDICATED), False),
        ({}, see_node(taints=("dedicated=ci:NoExecute",)), False),
        ({}, see_node(taints=("dedicated=ci:PreferNoSchedule",)), True),
        ({"tolerations": [BEARS]}, see_node(taints=DEDICATED), True),
        ({"tolerations": [BEARS | {"value": "web"}]}, see_node(taints=DEDICATED), False),
        ({"tolerations": [BEARS | {"key": "other"}]}, see_node(taints=DEDICATED), False),
        ({"tolerations": [BEARS | {"effect": "NoExecute"}]}, see_node(taints=DEDICATED), False),
        ({"tolerations": [{"key": "dedicated", "value": "ci"}]}, see_node(taints=DEDICATED), True),
        ({"tolerations": [{"key": "dedicated", "operator": "Exists"}]}, see_node(taints=DEDICATED), True),
        ({"tolerations": [{"operator": "Exists"}]}, see_node(taints=DEDICATED), True),
        ({"tolerations": [BEARS]}, see_node(taints=(*DEDICATED, "other:NoSchedule")), False),
        ({}, see_node(ready="False"), True),
        ({}, see_node(cordoned=True, taints=("node.kubernetes.io/unschedulable:NoSchedule",)), True),
        ({}, see_node(taints=("node.cloudprovider.kubernetes.io/uninitialized:NoSchedule",)), True),
    ],
)  # fmt: skip
def test_whose_a_node_is(spec: dict[str, Any], node: Node, has: bool) -> None:  # noqa: FBT001 - a column
    assert select(**spec).has(node) is has


@pytest.mark.parametrize(
    ("spec", "node", "obstacle"),
    [
        ({}, see_node(), ""),
        ({}, see_node(ready="False"), "NotReady"),
        ({}, see_node(ready=None), "NotReady"),
        ({}, see_node(ready="Unknown"), "Unreachable"),
        ({}, see_node(cordoned=True), "Cordoned"),
        ({}, see_node(ready="Unknown", cordoned=True), "Unreachable"),
        ({}, see_node(taints=("node.kubernetes.io/disk-pressure:NoSchedule",)),
         "Tainted node.kubernetes.io/disk-pressure"),
        ({"tolerations": [{"operator": "Exists"}]},
         see_node(taints=("node.kubernetes.io/disk-pressure:NoSchedule",)), ""),
    ],
)  # fmt: skip
def test_why_a_node_takes_no_pods(spec: dict[str, Any], node: Node, obstacle: str) -> None:
    assert select(**spec).find_obstacle(node) == obstacle


def test_what_is_known_of_a_node() -> None:
    node = see_node("n1", "gpu", labels={"zone": "a"})
    assert (node.name, node.address, node.version) == ("n1", "10.0.0.1", "v1.34.3")
    assert (node.tags, node.labels["zone"]) == (frozenset({"gpu"}), "a")


def test_agents_that_select_the_same_are_alike() -> None:
    tolerations = [BEARS, {"key": "other", "operator": "Exists"}]
    one = select(tags=["a", "b"], tolerations=tolerations, capacity=3)
    assert one == select(tags=["b", "a"], tolerations=tolerations[::-1])
    assert one != select(tags=["a"], tolerations=tolerations)
