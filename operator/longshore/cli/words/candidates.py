"""Owns which names there are, as Tab asks for them: of Runs, steps, Workflows, namespaces, contexts.

Errors are the caller's. Must not know how a shell is answered.
"""

from collections.abc import Iterable

import click

from longshore.cli.archives.artifacts import build_artifact, list_items
from longshore.cli.archives.clients import open_archive
from longshore.cli.archives.runs import find_anywhere
from longshore.cli.archives.wakes import is_ready
from longshore.cli.cluster.clusters import (
    AGENTS,
    CONCURRENCY_GROUPS,
    DEPLOYMENTS,
    NAMESPACES,
    NODES,
    RUNS,
    WORKFLOWS,
    Query,
    Resource,
    connect,
)
from longshore.cli.cluster.kubeconfigs import read_contexts
from longshore.cli.cluster.runs import find_run
from longshore.cli.cluster.tags import find_tags
from longshore.cli.words.paths import choose_paths
from longshore.cli.words.questions import find_open_questions
from longshore.cli.words.targets import Target
from longshore.names import ARCHIVE


def list_runs(target: Target, _: click.Context) -> Iterable[str]:
    """The Runs of the namespace, the newest first."""
    return _list_names(target, RUNS)


def list_workflows(target: Target, _: click.Context) -> Iterable[str]:
    """The Workflows of the namespace."""
    return _list_names(target, WORKFLOWS)


def list_agents(target: Target, _: click.Context) -> Iterable[str]:
    """The Agents of the namespace."""
    return sorted(_list_names(target, AGENTS))


def list_groups(target: Target, _: click.Context) -> Iterable[str]:
    """The ConcurrencyGroups of the namespace."""
    return sorted(_list_names(target, CONCURRENCY_GROUPS))


def list_tags(target: Target, _: click.Context) -> Iterable[str]:
    """The tags that nodes, or Agents of the namespace, have."""
    return [tag.name for tag in find_tags(connect(target))]


def list_nodes(target: Target, _: click.Context) -> Iterable[str]:
    """The nodes of the cluster."""
    return sorted(_list_names(target, NODES))


def list_steps(target: Target, ctx: click.Context) -> Iterable[str]:
    """The steps and items of the Run that is named before."""
    return choose_paths(find_run(connect(target), ctx.params.get("run")), None)


def list_artifacts(target: Target, ctx: click.Context) -> Iterable[str]:
    """What the steps of the Run left that is named before; none where the archive sleeps: waking takes long."""
    cluster = connect(target)
    if not is_ready(cluster.get(DEPLOYMENTS, ARCHIVE)):
        return []
    with open_archive(cluster, target) as archive:
        run = find_anywhere(cluster, archive, ctx.params.get("run")).run
        items = list_items(archive, run["metadata"]["uid"])
    return sorted({build_artifact(item).full_name for item in items})


def list_questions(target: Target, ctx: click.Context) -> Iterable[str]:
    """What the Run asks that is named before."""
    return [question.id for question in find_open_questions(find_run(connect(target), ctx.params.get("run")))]


def list_namespaces(target: Target, _: click.Context) -> Iterable[str]:
    """The namespaces of the cluster."""
    items = connect(target).list_metadata(Query(NAMESPACES, None))
    return [item["metadata"]["name"] for item in items]


def list_contexts(target: Target, _: click.Context) -> Iterable[str]:
    """The contexts of the kubeconfig."""
    return read_contexts(target)


def _list_names(target: Target, resource: Resource) -> list[str]:
    cluster = connect(target)
    items = cluster.list_metadata(Query(resource, cluster.namespace))
    latest = sorted(items, key=lambda item: str(item["metadata"]["creationTimestamp"]), reverse=True)
    return [item["metadata"]["name"] for item in latest]
