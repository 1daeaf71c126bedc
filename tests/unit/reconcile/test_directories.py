"""What the directory knows of Agents, and whom it tells of what."""

from typing import Any

from longshore.reconcile.directories import AgentDirectory
from longshore.reconcile.stores import ObjectStore
from support.ports import NAMESPACE, build_object


class Bench:
    """A directory over a store, and the namespaces that it told of."""

    def __init__(self) -> None:
        self.agents = ObjectStore()
        self.directory = AgentDirectory(self.agents)
        self.told: list[str] = []
        self.directory.listen(self.told.append)
        self._version = 0

    def put(self, name: str, **spec: Any) -> None:
        """An Agent is there with this spec."""
        self._version += 1
        self.agents.put(build_object("Agent", spec, name, self._version))

    def take_told(self) -> list[str]:
        """What was told since it was last asked."""
        told, self.told[:] = list(self.told), []
        return told


def test_it_tells_of_agents_that_come_change_and_go() -> None:
    bench = Bench()
    bench.put("gpu", capacity=2)
    assert bench.take_told() == [NAMESPACE]
    assert bench.directory.views(NAMESPACE)["gpu"].spec.capacity == 2
    bench.put("gpu", capacity=3)
    assert bench.take_told() == [NAMESPACE]
    assert bench.directory.views(NAMESPACE)["gpu"].spec.capacity == 3
    bench.agents.remove(NAMESPACE, "gpu")
    assert bench.take_told() == [NAMESPACE]
    assert bench.directory.views(NAMESPACE) == {}


def test_a_version_that_says_the_same_is_no_news() -> None:
    bench = Bench()
    bench.put("gpu", capacity=2)
    bench.take_told()
    bench.put("gpu", capacity=2)
    assert bench.take_told() == []


def test_what_extends_an_agent_changes_with_it() -> None:
    bench = Bench()
    bench.put("small", extends="base")
    assert "extends base, which is not there" in bench.directory.views(NAMESPACE)["small"].problem
    bench.put("base", tags=["gpu"])
    small = bench.directory.views(NAMESPACE)["small"]
    assert (small.problem, small.spec.tags) == ("", ["gpu"])
    bench.agents.remove(NAMESPACE, "base")
    assert bench.directory.views(NAMESPACE)["small"].problem


def test_nothing_is_known_of_nodes() -> None:
    bench = Bench()
    bench.put("gpu")
    view = bench.directory.views(NAMESPACE)["gpu"]
    assert (view.node_tags, view.ready_tags, bench.directory.find_node("n1")) == (None, None, None)
