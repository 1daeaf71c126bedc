"""Owns which Agents a namespace has, as placements see them, and what nodes are known. Must not place anything."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from longshore.planning.pools.agents import AgentView
from longshore.planning.pools.extensions import Resolution, resolve_agent
from longshore.planning.pools.nodes import Member, Node, Selection, build_gone_node, build_selection
from longshore.reconcile.pools.nodes import NodePool, NodeStore
from longshore.reconcile.stores import ObjectStore

OnNamespace = Callable[[str], None]
"""Told the namespace whose Agents are others now, as placements see them."""
OnAgent = Callable[[str, str], None]
"""Told namespace and name of an Agent that is another now, or whose nodes are."""
OnNode = Callable[[str], None]
"""Told the name of a node that came, went or changed."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An Agent, with what keeps its nodes known."""

    resolution: Resolution
    selection: Selection
    pool: NodePool


class AgentDirectory:
    """The Agents of each namespace; what is told is cheap to ask for, and new only where it differs."""

    def __init__(self, agents: ObjectStore) -> None:
        self._agents = agents
        self._nodes = NodeStore()
        self._knows_nodes = False
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._views: defaultdict[str, dict[str, AgentView]] = defaultdict(dict)
        self._on_namespace: list[OnNamespace] = []
        self._on_agent: list[OnAgent] = []
        self._on_node: list[OnNode] = []
        agents.listen(self._see_agent)

    def listen(self, on_change: OnNamespace) -> None:
        """Have a listener told of each namespace where an Agent came, went or changed; it must be quick."""
        self._on_namespace.append(on_change)

    def listen_agents(self, on_change: OnAgent) -> None:
        """Have a listener told of each Agent that is there, changed or went, and of each whose nodes did."""
        self._on_agent.append(on_change)

    def listen_nodes(self, on_change: OnNode) -> None:
        """Have a listener told of each node that came, went or changed; it must be quick."""
        self._on_node.append(on_change)

    def views(self, namespace: str) -> Mapping[str, AgentView]:
        """The Agents of a namespace by name."""
        return self._views.get(namespace, {})

    def resolve(self, namespace: str, name: str) -> Resolution | None:
        """What an Agent has, with what it takes over; None: there is none of that name."""
        entry = self._entries.get((namespace, name))
        return entry.resolution if entry else None

    def members_of(self, namespace: str, name: str) -> list[Member] | None:
        """The nodes of an Agent; None: nodes are unknown."""
        entry = self._entries.get((namespace, name))
        return entry.pool.members if entry and self._knows_nodes else None

    def find_node(self, name: str) -> Node | None:
        """A node, also one that is gone; None: nothing is known of nodes."""
        if not self._knows_nodes:
            return None
        return self._nodes.get(name) or build_gone_node(name)

    def put_node(self, node: Node) -> None:
        """Take in what a watch tells of a node, often that nothing has changed."""
        changed = self._nodes.put(node)
        if changed is None or not self._knows_nodes:
            return
        for on_node in self._on_node:
            on_node(node.name)
        if changed:
            self._renew_all([key for key, entry in self._entries.items() if entry.selection in changed])

    def note_listed(self) -> None:
        """All nodes are known from now on."""
        self._knows_nodes = True
        self._renew_all(list(self._entries))

    def _see_agent(self, namespace: str, name: str) -> None:
        """An Agent came, changed or went; what extends it may be another too."""
        agents = self._agents.of_namespace(namespace)
        extending = [other for other, raw in agents.items() if raw.get("spec", {}).get("extends") == name]
        for other in (name, *extending):
            self._resolve(namespace, other)
        self._renew_all([(namespace, other) for other in (name, *extending)])

    def _resolve(self, namespace: str, name: str) -> None:
        agents = self._agents.of_namespace(namespace)
        if name not in agents:
            self._entries.pop((namespace, name), None)
            return
        resolution = resolve_agent(agents[name], agents)
        selection = build_selection(resolution.spec)
        pool = self._nodes.select(selection)
        self._entries[namespace, name] = _Entry(resolution, selection, pool)

    def _renew_all(self, keys: list[tuple[str, str]]) -> None:
        """Look at Agents anew, and tell of those that differ."""
        namespaces = {namespace for namespace, name in keys if self._renew(namespace, name)}
        for key in keys:
            for on_agent in self._on_agent:
                on_agent(*key)
        for namespace in namespaces:
            for on_namespace in self._on_namespace:
                on_namespace(namespace)

    def _renew(self, namespace: str, name: str) -> bool:
        """Look at an Agent anew; whether placements see another one."""
        known, entry = self._views[namespace].pop(name, None), self._entries.get((namespace, name))
        if entry is not None:
            self._views[namespace][name] = self._build_view(name, entry)
        if not self._views[namespace]:
            del self._views[namespace]
        return self.views(namespace).get(name) != known

    def _build_view(self, name: str, entry: _Entry) -> AgentView:
        nodes, ready = (entry.pool.node_tags, entry.pool.ready_tags) if self._knows_nodes else (None, None)
        return AgentView(name, entry.resolution.spec, nodes, ready, entry.resolution.message)
