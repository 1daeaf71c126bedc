"""What the directory knows of Agents and their nodes, and whom it tells of what."""

from typing import Any

from longshore.planning.pools.nodes import Node, build_gone_node
from longshore.reconcile.pools.directories import AgentDirectory
from longshore.reconcile.stores import ObjectStore
from support.objects import NAMESPACE, build_object
from support.planning.nodes import see_node

GPU, GONE = frozenset({"gpu"}), build_gone_node("n1")


class Bench:
    """A directory over a store, and what it told."""

    def __init__(self) -> None:
        self.agents = ObjectStore()
        self.directory = AgentDirectory(self.agents)
        self.namespaces: list[str] = []
        self.names: list[str] = []
        self.nodes: list[str] = []
        self.directory.listen(self.namespaces.append)
        self.directory.listen_agents(lambda _, name: self.names.append(name))
        self.directory.listen_nodes(self.nodes.append)
        self._version = 0

    def put(self, name: str, **spec: Any) -> None:
        """An Agent is there with this spec."""
        self._version += 1
        self.agents.put(build_object("Agent", spec, name, self._version))

    def list_nodes(self, *nodes: Node) -> None:
        """All nodes were listed."""
        for node in nodes:
            self.directory.put_node(node)
        self.directory.note_listed()

    def take_told(self) -> tuple[list[str], list[str], list[str]]:
        """What was told since it was last asked: namespaces, Agents, nodes."""
        told = list(self.namespaces), list(self.names), list(self.nodes)
        for heard in (self.namespaces, self.names, self.nodes):
            heard.clear()
        return told


def test_it_tells_of_agents_that_come_change_and_go() -> None:
    bench = Bench()
    bench.put("gpu", capacity=2)
    assert bench.take_told() == ([NAMESPACE], ["gpu"], [])
    assert bench.directory.views(NAMESPACE)["gpu"].spec.capacity == 2
    bench.put("gpu", capacity=3)
    assert bench.take_told() == ([NAMESPACE], ["gpu"], [])
    assert bench.directory.views(NAMESPACE)["gpu"].spec.capacity == 3
    bench.agents.remove(NAMESPACE, "gpu")
    assert bench.take_told() == ([NAMESPACE], ["gpu"], [])
    assert bench.directory.views(NAMESPACE) == {}
    assert bench.directory.resolve(NAMESPACE, "gpu") is None


def test_a_version_that_says_the_same_is_no_news_for_placements() -> None:
    bench = Bench()
    bench.put("gpu", capacity=2)
    bench.take_told()
    bench.put("gpu", capacity=2)
    assert bench.take_told() == ([], ["gpu"], [])


def test_what_extends_an_agent_changes_with_it() -> None:
    bench = Bench()
    bench.put("small", extends="base")
    assert "extends base, which is not there" in bench.directory.views(NAMESPACE)["small"].problem
    bench.put("base", tags=["gpu"])
    small = bench.directory.views(NAMESPACE)["small"]
    assert (small.problem, small.spec.tags) == ("", ["gpu"])
    bench.agents.remove(NAMESPACE, "base")
    assert bench.directory.views(NAMESPACE)["small"].problem


def test_nothing_is_known_of_nodes_until_they_were_listed() -> None:
    bench = Bench()
    bench.put("gpu")
    bench.directory.put_node(see_node())
    view = bench.directory.views(NAMESPACE)["gpu"]
    assert (view.node_tags, view.ready_tags) == (None, None)
    assert bench.directory.find_node("n1") is None
    assert bench.directory.members_of(NAMESPACE, "gpu") is None
    bench.take_told()
    bench.list_nodes()
    assert bench.take_told() == ([NAMESPACE], ["gpu"], [])
    assert bench.directory.find_node("n1") == see_node()
    assert bench.directory.find_node("n2") == build_gone_node("n2")


def test_nodes_come_change_and_go() -> None:
    bench = Bench()
    bench.list_nodes()
    bench.put("gpu", tags=["gpu"])
    bench.put("other", tags=["arm"])
    bench.take_told()
    seen = []
    for node in (see_node("n1", "gpu"), see_node("n1", "gpu", cordoned=True), see_node("n1", "gpu"), GONE):
        bench.directory.put_node(node)
        view = bench.directory.views(NAMESPACE)["gpu"]
        assert bench.take_told() == ([NAMESPACE], ["gpu"], ["n1"])
        seen.append((view.node_tags, view.ready_tags))
    one, none = frozenset({GPU}), frozenset[frozenset[str]]()
    assert seen == [(one, one), (one, none), (one, one), (none, none)]


def test_a_node_that_is_as_it_was_is_no_news() -> None:
    bench = Bench()
    bench.list_nodes(see_node())
    bench.put("any")
    bench.take_told()
    bench.directory.put_node(see_node())
    assert bench.take_told() == ([], [], [])


def test_another_node_with_the_same_tags_is_no_news_for_placements() -> None:
    bench = Bench()
    bench.list_nodes(see_node())
    bench.put("any")
    bench.take_told()
    bench.directory.put_node(see_node("n2"))
    assert bench.take_told() == ([], ["any"], ["n2"])
    members = bench.directory.members_of(NAMESPACE, "any") or []
    assert [member.node.name for member in members] == ["n1", "n2"]


def test_tags_move_from_node_to_node() -> None:
    bench = Bench()
    bench.list_nodes(see_node("n1", "gpu"), see_node("n2"))
    bench.put("gpu", tags=["gpu"])
    bench.directory.put_node(see_node("n1"))
    assert not bench.directory.views(NAMESPACE)["gpu"].is_online(frozenset())
    bench.directory.put_node(see_node("n2", "gpu"))
    assert bench.directory.views(NAMESPACE)["gpu"].is_online(frozenset({"gpu"}))
