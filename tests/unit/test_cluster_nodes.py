"""What is kept of a node: all that is looked at, and nothing that changes without meaning."""

from longshore.cluster.nodes import slim_node
from longshore.planning.pools.nodes import parse_node
from support.planning.nodes import build_node


def test_nothing_that_is_looked_at_gets_lost() -> None:
    node = build_node("n1", "gpu", taints=("dedicated=ci:NoSchedule",), cordoned=True)
    assert parse_node(slim_node(node)) == parse_node(node)


def test_a_heartbeat_is_no_news() -> None:
    node, later = build_node(), build_node()
    for condition in later["status"]["conditions"]:
        condition["lastHeartbeatTime"] = "2025-06-01T12:05:00Z"
    later["status"]["images"] = [{"names": ["alpine:3"]}]
    assert slim_node(later) == slim_node(node)


def test_a_node_that_was_just_made_says_little() -> None:
    bare = {"metadata": {"name": "n1", "uid": "u", "resourceVersion": "1"}}
    node = parse_node(slim_node(bare))
    assert (node.is_ready, node.is_reachable, node.address, node.version) == (False, True, "", "")
