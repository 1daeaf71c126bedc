"""Owns finding Runs by what people type, following one to its end, and what its end is as an exit code."""

import time
from collections.abc import Iterator

from longshore.cli.cluster.clusters import RUNS, Cluster, Object, Query
from longshore.cli.cluster.lookups import find_named
from longshore.cli.cluster.watches import Watch
from longshore.cli.words.wishes import Selection
from longshore.errors import NotFoundError

EXIT_CODES = {"Succeeded": 0, "Failed": 1, "Canceled": 3}
TIMED_OUT = 124


def get_phase(run: Object) -> str:
    """The Run's phase; empty where no operator has seen it yet."""
    return str(run.get("status", {}).get("phase", ""))


def is_finished(run: Object) -> bool:
    """Whether nothing more will happen to the Run."""
    return get_phase(run) in EXIT_CODES


def find_run(cluster: Cluster, name: str | None) -> Object:
    """The Run of this name, or the latest one. A name may be `run/x`, as `-o name` prints it.

    Raises NotFoundError, with a guess at what was meant.
    """
    if name is None:
        return _find_latest(cluster)
    return find_named(cluster, RUNS, "run", name)


def select_runs(cluster: Cluster, selection: Selection) -> list[Object]:
    """The Runs that are meant: named ones as they are named, others the newest first."""
    if selection.names:
        return [find_run(cluster, name) for name in selection.names]
    namespace = None if selection.all_namespaces else cluster.namespace
    runs, _ = cluster.list(Query(RUNS, namespace, labels=selection.selector))
    return sort_latest(runs)


def follow_run(cluster: Cluster, run: Object, timeout: int | None = None) -> Iterator[Object]:
    """The Run, then again whenever it changes, until it has finished or `timeout` seconds have passed.

    Raises NotFoundError when it is deleted meanwhile.
    """
    name = run["metadata"]["name"]
    yield run
    if is_finished(run):
        return
    deadline = None if timeout is None else time.monotonic() + timeout
    query = Query(RUNS, cluster.namespace, fields=f"metadata.name={name}")
    for event in Watch(cluster, query, deadline).events():
        if event.is_gone:
            raise NotFoundError(f"run {name!r} was deleted")
        yield event.object
        if is_finished(event.object):
            return


def follow_ends(cluster: Cluster, runs: list[Object], labels: str, timeout: int | None = None) -> Iterator[Object]:
    """Each of these Runs once it has ended, or was deleted, until all have or `timeout` seconds have passed.

    `labels` select them.
    """
    left = {run["metadata"]["uid"] for run in runs}
    deadline = None if timeout is None else time.monotonic() + timeout
    for event in Watch(cluster, Query(RUNS, cluster.namespace, labels=labels), deadline).events():
        uid = event.object["metadata"]["uid"]
        if uid in left and (event.is_gone or is_finished(event.object)):
            left.discard(uid)
            yield event.object
        if not left:
            return


def sort_latest(runs: list[Object]) -> list[Object]:
    """The newest first."""
    return sorted(runs, key=lambda run: (run["metadata"]["creationTimestamp"], _number(run)), reverse=True)


def _number(run: Object) -> int:
    """Tells Runs of the same second apart, roughly: what was written later has the higher version."""
    version = run["metadata"].get("resourceVersion", "")
    return int(version) if version.isdecimal() else 0


def _find_latest(cluster: Cluster) -> Object:
    runs, _ = cluster.list(Query(RUNS, cluster.namespace))
    if not runs:
        raise NotFoundError(f"there is no run in namespace {cluster.namespace!r}")
    return sort_latest(runs)[0]
