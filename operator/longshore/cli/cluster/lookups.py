"""Owns finding objects by the names that people type, and reading what need not be known."""

from longshore.cli.cluster.clusters import Cluster, Object, Query, Resource
from longshore.cli.words.suggestions import suggest
from longshore.errors import ForbiddenError, NotFoundError


def find_named(cluster: Cluster, resource: Resource, noun: str, name: str) -> Object:
    """The object of this name, which may be `run/x`, as `-o name` prints it.

    Raises NotFoundError, with a guess at what was meant.
    """
    name = name.rpartition("/")[2]
    try:
        return cluster.get(resource, name)
    except NotFoundError as error:
        known = list_readable(cluster, Query(resource, cluster.namespace))
        hint = suggest(name, [item["metadata"]["name"] for item in known])
        place = f" in namespace {cluster.namespace!r}" if resource.is_namespaced else ""
        raise NotFoundError(f"there is no {noun} {name!r}{place}{hint}") from error


def list_readable(cluster: Cluster, query: Query) -> list[Object]:
    """What there is of something that need not be known; nothing where it may not be read."""
    try:
        return cluster.list(query)[0]
    except ForbiddenError:
        return []
