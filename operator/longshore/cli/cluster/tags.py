"""Owns which tags nodes and Agents have, and giving and taking them. Must not print."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from longshore.cli.cluster.clusters import AGENTS, NODES, Cluster, Object, Query
from longshore.cli.cluster.lookups import find_named
from longshore.errors import ConflictError, ForbiddenError
from longshore.names import TAG_LABEL_PREFIX

TRIES = 5
"""How often a change is made anew, where somebody else changed the Agent meanwhile."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, and who has it."""

    name: str
    nodes: tuple[str, ...] | None
    """None: nodes may not be read."""
    agents: tuple[str, ...]


def find_tags(cluster: Cluster) -> list[Tag]:
    """All tags that nodes, or Agents of the namespace, have, by name."""
    of_agents = {
        agent["metadata"]["name"]: frozenset(agent["spec"].get("tags", ()))
        for agent in cluster.list(Query(AGENTS, cluster.namespace))[0]
    }
    of_nodes = _find_node_tags(cluster)
    names = frozenset[str]().union(*of_agents.values(), *(of_nodes or {}).values())
    return [
        Tag(name, None if of_nodes is None else _list_who(of_nodes, name), _list_who(of_agents, name))
        for name in sorted(names)
    ]


def tag_node(cluster: Cluster, name: str, tag: str, *, has: bool) -> bool:
    """Give a node a tag, or take it. Returns whether it was otherwise before."""
    node = _guard(lambda: find_named(cluster, NODES, "node", name))
    if (tag in _get_node_tags(node)) == has:
        return False
    change = {"metadata": {"labels": {f"{TAG_LABEL_PREFIX}{tag}": "true" if has else None}}}
    _guard(lambda: cluster.patch(NODES, node["metadata"]["name"], change))
    return True


def tag_agent(cluster: Cluster, name: str, tag: str, *, has: bool) -> bool:
    """Give an Agent a tag, or take it; what others change meanwhile stays. Returns whether it was otherwise."""
    for _ in range(TRIES):
        agent = find_named(cluster, AGENTS, "agent", name)
        before = agent["spec"].get("tags", [])
        if (tag in before) == has:
            return False
        after = [*before, tag] if has else [other for other in before if other != tag]
        version = agent["metadata"]["resourceVersion"]
        change = {"metadata": {"resourceVersion": version}, "spec": {"tags": after or None}}
        try:
            cluster.patch(AGENTS, agent["metadata"]["name"], change)
        except ConflictError:
            continue
        return True
    raise ConflictError(f"agent {name!r} is changed by somebody else all the time; try again")


def _guard(call: Callable[[], Object]) -> Object:
    """A call about a node; where it is not allowed, what it would take is said."""
    try:
        return call()
    except ForbiddenError as error:
        raise ForbiddenError(f"{error}; to tag a node takes get and patch on nodes") from error


def _find_node_tags(cluster: Cluster) -> dict[str, frozenset[str]] | None:
    try:
        nodes = cluster.list_metadata(Query(NODES, None))
    except ForbiddenError:
        return None
    return {node["metadata"]["name"]: _get_node_tags(node) for node in nodes}


def _get_node_tags(node: Object) -> frozenset[str]:
    labels: Iterable[tuple[str, str]] = node["metadata"].get("labels", {}).items()
    return frozenset(
        key.removeprefix(TAG_LABEL_PREFIX)
        for key, value in labels
        if key.startswith(TAG_LABEL_PREFIX) and value == "true"
    )


def _list_who(tags: dict[str, frozenset[str]], name: str) -> tuple[str, ...]:
    return tuple(sorted(who for who, found in tags.items() if name in found))
