"""Owns having the archive of a namespace run: it sleeps where nothing happens. Must not know what it is asked."""

import time
from collections.abc import Callable

from longshore.cli.cluster.clusters import DEPLOYMENTS, Cluster, Object, Query
from longshore.cli.cluster.watches import Watch
from longshore.cli.terminal.clocks import get_now
from longshore.errors import ArchiveError, ForbiddenError, NoArchiveError, NotFoundError
from longshore.names import ARCHIVE, USED_ANNOTATION

PATIENCE = 120.0
"""Seconds that it may take to begin: a volume is attached, an image pulled."""


def wake_archive(cluster: Cluster, tell: Callable[[str], None]) -> None:
    """Return once the archive serves; what is waited for is told. Raises ArchiveError, with the remedy."""
    deployment = _find(cluster)
    if is_ready(deployment):
        return
    if deployment["spec"].get("replicas", 1):
        tell(f"waiting for the archive of namespace {cluster.namespace!r} to start")
    else:
        tell(f"waking the archive of namespace {cluster.namespace!r}, which is asleep")
        _scale_up(cluster)
    _await_ready(cluster)


def is_ready(deployment: Object) -> bool:
    """Whether a pod of it serves, and is to go on doing so."""
    return bool(deployment["spec"].get("replicas", 1) and deployment.get("status", {}).get("readyReplicas"))


def _find(cluster: Cluster) -> Object:
    namespace = cluster.namespace
    try:
        return cluster.get(DEPLOYMENTS, ARCHIVE)
    except NotFoundError as error:
        raise NoArchiveError(
            f"namespace {namespace!r} has no archive: it is made with the first Run, unless the chart or the"
            " namespace has it disabled"
        ) from error
    except ForbiddenError as error:
        raise ArchiveError(f"cannot see whether namespace {namespace!r} has an archive: {error}") from error


def _scale_up(cluster: Cluster) -> None:
    """Both at once: the operator lets it sleep again only after it was of no use for a while."""
    change = {"metadata": {"annotations": {USED_ANNOTATION: get_now()}}, "spec": {"replicas": 1}}
    try:
        cluster.patch(DEPLOYMENTS, ARCHIVE, change)
    except ForbiddenError as error:
        raise ArchiveError(
            f"the archive of namespace {cluster.namespace!r} sleeps, and you may not wake it: a Run does, or"
            " somebody who may patch its Deployment, as the role edit lets"
        ) from error


def _await_ready(cluster: Cluster) -> None:
    query = Query(DEPLOYMENTS, cluster.namespace, fields=f"metadata.name={ARCHIVE}")
    for event in Watch(cluster, query, time.monotonic() + PATIENCE).events():
        if not event.is_gone and is_ready(event.object):
            return
    raise ArchiveError(
        f"the archive of namespace {cluster.namespace!r} is not ready after {PATIENCE:.0f}s; see: kubectl describe"
        f" pods --namespace {cluster.namespace} --selector app.kubernetes.io/component={ARCHIVE}"
    )
