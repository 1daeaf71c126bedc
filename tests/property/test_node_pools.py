"""Whatever becomes of nodes, in whatever order: a pool is what a look at all nodes would tell."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from longshore.api.agents import AgentSpec
from longshore.planning.pools.nodes import Member, Node, Selection, build_gone_node, build_selection
from longshore.reconcile.pools.nodes import NodeStore
from support.planning.nodes import see_node

TAGS = ("gpu", "arm", "big")
SPECS: tuple[dict[str, Any], ...] = (
    {},
    {"tags": ["gpu"]},
    {"tags": ["gpu", "arm"]},
    {"nodeSelector": {"zone": "a"}},
    {"tolerations": [{"operator": "Exists"}]},
    {"tags": ["big"], "tolerations": [{"key": "own", "operator": "Exists"}]},
)
SELECTIONS = [build_selection(AgentSpec.model_validate(spec)) for spec in SPECS]
NAMES = st.sampled_from([f"n{number}" for number in range(5)])


@st.composite
def draw_node(draw: st.DrawFn) -> Node:
    """A node of one of few names, in any state, or gone."""
    name = draw(NAMES)
    if draw(st.integers(0, 4)) == 0:
        return build_gone_node(name)
    return see_node(
        name,
        *draw(st.sets(st.sampled_from(TAGS))),
        ready=draw(st.sampled_from(["True", "True", "False", "Unknown"])),
        labels={"zone": draw(st.sampled_from("ab"))},
        taints=tuple(
            draw(st.sets(st.sampled_from(["own:NoSchedule", "node.kubernetes.io/disk-pressure:NoSchedule"])))
        ),
        cordoned=draw(st.booleans()),
    )


def judge(selection: Selection, nodes: dict[str, Node]) -> dict[str, Member]:
    """The nodes of a selection, by a look at all."""
    return {
        name: Member(node, selection.find_obstacle(node)) for name, node in nodes.items() if selection.has(node)
    }


@given(st.lists(draw_node(), max_size=30), st.integers(0, 30))
def test_pools_are_what_a_look_at_all_nodes_tells(events: list[Node], first_asked: int) -> None:
    store, nodes = NodeStore(), dict[str, Node]()
    pools = {}
    for number, node in enumerate([*events, build_gone_node("none")]):
        if number == min(first_asked, len(events)):
            pools = {selection: store.select(selection) for selection in SELECTIONS}
        before = {selection: judge(selection, nodes) for selection in pools}
        nodes = {name: known for name, known in nodes.items() if name != node.name}
        if node.exists:
            nodes[node.name] = node
        told = store.put(node)
        changed = {selection for selection in pools if judge(selection, nodes) != before[selection]}
        assert (told or set()) == changed
        for selection, pool in pools.items():
            members = judge(selection, nodes)
            assert {member.node.name: member for member in pool.members} == members
            assert pool.node_tags == {member.node.tags for member in members.values()}
            assert pool.ready_tags == {member.node.tags for member in members.values() if not member.obstacle}
