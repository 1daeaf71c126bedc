"""Owns the making of many Runs: a few calls at once, answers in order, an end where none can succeed.

Must not print.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from time import sleep

from longshore.cli.cluster.clusters import RUNS, Cluster, Object
from longshore.errors import AlreadyExistsError, ClusterError, InvalidError, ThrottledError
from longshore.names import BATCH_LABEL

MOST_AT_ONCE = 20
"""Creates under way at the same time."""
MOST_TRIES = 5
# These are the row's own fault; any other would befall the next row too.
_OWN = (InvalidError, AlreadyExistsError)


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a row."""

    row: int
    """Its index."""
    run: Object | None = None
    error: ClusterError | None = None
    is_unchanged: bool = False
    """Whether it was there already, from an earlier go."""


def create_run(cluster: Cluster, run: Object, dry_run: str) -> Object:
    """Make a Run; `dry_run` is none, or who only says what would be made: client or server."""
    if dry_run == "client":
        namespace = {"namespace": cluster.namespace}
        return {**run, "metadata": {**namespace, **run["metadata"]}}
    return cluster.create(RUNS, run, is_dry=dry_run == "server")


def make_runs(cluster: Cluster, runs: Sequence[Object], dry_run: str) -> Iterator[Made]:
    """Make the Runs, and tell of each in turn. Where nothing can succeed any more, it ends early."""
    waiting = iter(enumerate(runs))
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:

        def begin(count: int) -> list[Future[Made]]:
            return [pool.submit(_make, cluster, row, run, dry_run) for row, run in islice(waiting, count)]

        under_way = deque(begin(MOST_AT_ONCE))
        stopped = False
        while under_way:
            made = under_way.popleft().result()
            stopped = stopped or (made.error is not None and not isinstance(made.error, _OWN))
            if not stopped:
                under_way += begin(1)
            yield made


def _make(cluster: Cluster, row: int, run: Object, dry_run: str) -> Made:
    """Make the Run of a row; who is throttled comes back."""
    made = Made(row)
    for _ in range(MOST_TRIES):
        try:
            return Made(row, create_run(cluster, run, dry_run))
        except ThrottledError as error:
            made = Made(row, error=error)
            sleep(error.retry_after)
        except AlreadyExistsError as error:
            return _adopt(cluster, row, run, error)
        except ClusterError as error:
            return Made(row, error=error)
    return made


def _adopt(cluster: Cluster, row: int, run: Object, error: AlreadyExistsError) -> Made:
    """The Run of this name, where it is what this row made in an earlier go: then there is nothing to do."""
    try:
        there = cluster.get(RUNS, run["metadata"]["name"])
    except ClusterError:
        return Made(row, error=error)
    is_same = _identify(there) == _identify(run)
    return Made(row, there, is_unchanged=True) if is_same else Made(row, error=error)


def _identify(run: Object) -> tuple[object, ...]:
    spec = run["spec"]
    graph = spec.get("workflowRef"), bool(spec.get("workflowSpec"))
    return run["metadata"].get("labels", {}).get(BATCH_LABEL), spec.get("params", {}), graph
