"""Owns the nodes that are known, and which of them each selection has. Must not know whose selection it is."""

from collections import Counter
from weakref import WeakValueDictionary

from longshore.planning.pools.agents import TagSets
from longshore.planning.pools.nodes import Member, Node, Selection


class NodePool:
    """The nodes of one selection, kept as nodes change; Agents that select the same share it."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._members: dict[str, Member] = {}
        self._tags: Counter[frozenset[str]] = Counter()
        self._ready_tags: Counter[frozenset[str]] = Counter()

    @property
    def members(self) -> list[Member]:
        """All its nodes."""
        return list(self._members.values())

    @property
    def node_tags(self) -> TagSets:
        """The tags of all its nodes."""
        return frozenset(self._tags)

    @property
    def ready_tags(self) -> TagSets:
        """The tags of those that take pods."""
        return frozenset(self._ready_tags)

    def put(self, node: Node) -> bool:
        """Take a node in, or one that is gone out; whether that is news."""
        new = self._judge(node)
        old = self._members.pop(node.name, None)
        if new is not None:
            self._members[node.name] = new
        if new == old:
            return False
        self._count(old, -1)
        self._count(new, 1)
        return True

    def _judge(self, node: Node) -> Member | None:
        if not node.exists or not self._selection.has(node):
            return None
        return Member(node, self._selection.find_obstacle(node))

    def _count(self, member: Member | None, change: int) -> None:
        if member is None:
            return
        for counter in (self._tags, *([] if member.obstacle else [self._ready_tags])):
            counter[member.node.tags] += change
            if not counter[member.node.tags]:
                del counter[member.node.tags]


class NodeStore:
    """The nodes by name, and the pools that someone holds."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._pools: WeakValueDictionary[Selection, NodePool] = WeakValueDictionary()

    def get(self, name: str) -> Node | None:
        """A node that is there."""
        return self._nodes.get(name)

    def put(self, node: Node) -> set[Selection] | None:
        """Take a node in, or out where it is gone: the selections that have others now; None: it is no news."""
        if self._nodes.get(node.name) == node:
            return None
        if node.exists:
            self._nodes[node.name] = node
        else:
            self._nodes.pop(node.name, None)
        return {selection for selection, pool in self._pools.items() if pool.put(node)}

    def select(self, selection: Selection) -> NodePool:
        """The pool of a selection, which is kept up to date while it is held."""
        pool = self._pools.get(selection)
        if pool is None:
            pool = self._pools[selection] = NodePool(selection)
            for node in self._nodes.values():
                pool.put(node)
        return pool
