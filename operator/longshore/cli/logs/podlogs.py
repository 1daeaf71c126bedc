"""Owns the logs of steps while their pods are there: which pods have them, and their lines. Must not print."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longshore.cli.cluster.clusters import PODS, Cluster, Object, Query, build_log_path
from longshore.cli.logs.attempts import Attempt
from longshore.cli.logs.marks import Mark
from longshore.cli.words.wishes import LogPart
from longshore.errors import ClusterError, UnavailableError
from longshore.names import (
    ATTEMPT_LABEL,
    CHECKOUT_CONTAINER,
    FUSED_ANNOTATION,
    PATH_ANNOTATION,
    RUN_UID_LABEL,
    STEP_CONTAINER,
    STEP_LABEL,
    get_step_name,
)

TAIL = 10
Id = tuple[str, int, str]
"""Path of a step, attempt, container."""
_PATIENCE = 30.0
"""Seconds that a log which is not followed may take between two lines."""


@dataclass(frozen=True, slots=True)
class Source:
    """A container that has a log."""

    path: str
    """Path of the step."""
    attempt: int
    pod: str
    """Its pod; empty: it is gone, and the archive has the log."""
    container: str
    is_over: bool
    """Whether the container has ended."""
    started: str = ""
    """When the container did; empty: not known."""
    is_own: bool = True
    """Whether it is where the step itself runs."""
    notes: tuple[str, ...] = ()
    """What is to be known of it, for people."""

    @property
    def id(self) -> Id:
        """Tells it from all others of the Run, wherever its log is."""
        return self.path, self.attempt, self.container

    def is_of(self, step: str | None) -> bool:
        """Whether it belongs to the step, or to an item of its fan-out; None: to any."""
        return step in {None, self.path, get_step_name(self.path)}


def build_query(run: Object, step: str | None, attempt: int | None) -> Query:
    """The pods of a Run, of one of its steps, or of one attempt; also others, where steps may share a pod."""
    labels = {RUN_UID_LABEL: run["metadata"]["uid"]}
    may_share = (run.get("status", {}).get("workflowSpec") or {}).get("fuse", False)
    if step is not None and not may_share:  # the labels of a shared pod are its first step's
        labels[STEP_LABEL] = get_step_name(step)
    if attempt is not None:
        labels[ATTEMPT_LABEL] = str(attempt)
    selector = ",".join(f"{name}={value}" for name, value in labels.items())
    return Query(PODS, run["metadata"]["namespace"], labels=selector)


def list_sources(pod: Object, part: LogPart) -> list[Source]:
    """The containers of a pod whose logs are wanted, once they have started; steps that share it have one each.

    One that is about to be started anew, as a service is that ended, has the log of how it ended.
    """
    states, metadata = _list_states(pod), pod["metadata"]
    labels, annotations = metadata.get("labels", {}), metadata.get("annotations", {})
    path = annotations.get(PATH_ANNOTATION) or labels.get(STEP_LABEL, "")
    shared = {name: name for name in annotations.get(FUSED_ANNOTATION, "").split(",") if name}
    own = shared or {_choose_container(states): path}
    wanted = states if part.all_containers else own if part.container is None else [part.container]
    attempt = int(labels.get(ATTEMPT_LABEL, "1"))
    return [
        Source(
            path=own.get(name, path),
            attempt=attempt,
            pod=metadata["name"],
            container=name,
            is_over="running" not in states[name],
            started=_find_start(states[name]),
            is_own=name in own,
        )
        for name in wanted
        if {"running", "terminated", "last"} & states.get(name, {}).keys()
    ]


def list_containers(pods: Iterable[Object]) -> set[str]:
    """The names of all containers of some pods, whether they have started or not."""
    return {
        container["name"]
        for pod in pods
        for kind in ("initContainers", "containers")
        for container in pod["spec"].get(kind, [])
    }


def pick(sources: Sequence[Source], attempts: Collection[Attempt], part: LogPart) -> list[Source]:
    """Those that are meant: of these attempts; where no attempt is asked for, of each step those of its last."""
    if part.attempt is not None or part.previous or part.all_attempts:
        return [source for source in sources if (source.path, source.attempt) in attempts]
    last: dict[str, int] = {}
    for source in sources:
        last[source.path] = max(source.attempt, last.get(source.path, 0))
    return [source for source in sources if source.attempt == last[source.path]]


def read_log(cluster: Cluster, namespace: str, source: Source, part: LogPart) -> Iterator[str]:
    """The lines of a log up to now, each after its time."""
    parameters = _build_parameters(source, part) | {"timestamps": "true"}
    with cluster.stream(build_log_path(namespace, source.pod), parameters, _PATIENCE) as lines:
        yield from lines


def follow_log(cluster: Cluster, namespace: str, source: Source, part: LogPart, mark: Mark) -> Iterator[str]:
    """The lines of a log after a mark, each after its time, until its container has ended.

    It is taken up where it broke. Raises NotFoundError once the pod is gone: there may be more after the mark.
    """
    while True:
        has_broken = False
        parameters = {**_build_parameters(source, part), **_continue(mark), "follow": "true", "timestamps": "true"}
        asked = {name: value for name, value in parameters.items() if value}
        try:
            with cluster.stream(build_log_path(namespace, source.pod), asked, None) as lines:
                yield from mark.take_new(lines)
        except UnavailableError:
            if not mark.time:
                raise
            has_broken = True
        if _is_over(cluster, source) and not has_broken:
            return


def cut_time(line: str) -> str:
    """A line without its time."""
    return line.partition(" ")[2]


def read_tail(cluster: Cluster, path: str, step: Mapping[str, Any]) -> list[str]:
    """The last lines of a failed step's log; empty where its pod is gone or may not be read."""
    try:
        part = LogPart(tail=TAIL)
        found = [source for source in list_sources(cluster.get(PODS, step["pod"]), part) if source.path == path]
        return [cut_time(line) for each in found for line in read_log(cluster, cluster.namespace, each, part)]
    except ClusterError:
        return []


def _is_over(cluster: Cluster, source: Source) -> bool:
    """Raises NotFoundError where the pod is gone."""
    part = LogPart(container=source.container)
    found = list_sources(cluster.get(PODS, source.pod), part)
    return not any(other.id == source.id and not other.is_over for other in found)


def _continue(mark: Mark) -> dict[str, str]:
    """The part of a log after a mark, in place of the part that was asked for; what is empty is not asked."""
    return {"tailLines": "", "sinceSeconds": "", "sinceTime": mark.time} if mark.time else {}


def _build_parameters(source: Source, part: LogPart) -> dict[str, str]:
    wanted = {
        "container": source.container,
        "tailLines": None if part.tail == -1 else part.tail,
        "sinceSeconds": part.since,
        "sinceTime": part.since_time,
    }
    return {name: str(value) for name, value in wanted.items() if value is not None}


def _list_states(pod: Object) -> dict[str, dict[str, Any]]:
    status = pod.get("status", {})
    both = (*status.get("initContainerStatuses", []), *status.get("containerStatuses", []))
    return {container["name"]: {**container.get("state", {}), **_name_last(container)} for container in both}


def _name_last(container: Object) -> Object:
    """How a container ended before it was started anew, where it was."""
    ended = container.get("lastState", {}).get("terminated")
    return {"last": ended} if ended else {}


def _find_start(state: Mapping[str, Any]) -> str:
    """When a container started, of several times the first that is known."""
    times = (state.get(kind, {}).get("startedAt") for kind in ("last", "terminated", "running"))
    return next((str(time) for time in times if time), "")


def _choose_container(states: Mapping[str, Mapping[str, Any]]) -> str:
    """The step's own, or the checkout where that failed and so the step's never ran."""
    checkout = states.get(CHECKOUT_CONTAINER, {}).get("terminated") or {}
    return CHECKOUT_CONTAINER if checkout.get("exitCode") else STEP_CONTAINER
