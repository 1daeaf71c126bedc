"""Owns which Agents a namespace has, as placements see them, and what nodes are known. Must not place anything."""

from collections.abc import Callable, Mapping

from longshore.planning.agents import AgentView
from longshore.planning.extensions import resolve_agent
from longshore.planning.nodes import Node
from longshore.reconcile.stores import ObjectStore

OnNamespace = Callable[[str], None]
"""Told the namespace whose Agents are others now, as placements see them."""
OnNode = Callable[[str], None]
"""Told the name of a node that came, went or changed."""


class AgentDirectory:
    """The Agents of each namespace; what is told is cheap to ask for, and new only where it differs."""

    def __init__(self, agents: ObjectStore) -> None:
        self._agents = agents
        self._views: dict[str, dict[str, AgentView]] = {}
        self._on_namespace: list[OnNamespace] = []
        self._on_node: list[OnNode] = []
        agents.listen(self._see_agent)

    def listen(self, on_change: OnNamespace) -> None:
        """Have a listener told of each namespace where an Agent came, went or changed; it must be quick."""
        self._on_namespace.append(on_change)

    def listen_nodes(self, on_change: OnNode) -> None:
        """Have a listener told of each node that came, went, or is ready, reachable or not; it must be quick."""
        self._on_node.append(on_change)

    def views(self, namespace: str) -> Mapping[str, AgentView]:
        """The Agents of a namespace by name."""
        return self._views.get(namespace, {})

    def find_node(self, name: str) -> Node | None:  # noqa: ARG002 - until nodes are watched
        """A node, also one that is gone; None: nothing is known of nodes."""
        return None

    def _see_agent(self, namespace: str, name: str) -> None:
        """An Agent came, changed or went; what extends it may be another too."""
        agents, views = self._agents.of_namespace(namespace), self._views.setdefault(namespace, {})
        extending = [other for other, raw in agents.items() if raw.get("spec", {}).get("extends") == name]
        changes = [other for other in (name, *extending) if self._renew(namespace, other)]
        if not views:
            del self._views[namespace]
        if changes:
            for on_change in self._on_namespace:
                on_change(namespace)

    def _renew(self, namespace: str, name: str) -> bool:
        """Look at an Agent anew; whether it differs."""
        agents, views = self._agents.of_namespace(namespace), self._views[namespace]
        known = views.pop(name, None)
        if name not in agents:
            return known is not None
        resolved = resolve_agent(agents[name], agents)
        views[name] = AgentView(name, resolved.spec, problem=resolved.message)
        return views[name] != known
