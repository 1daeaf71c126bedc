"""Owns the logs of steps: which pods have them, and their lines. Must not print."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from longshore.cli.clusters import PODS, Cluster, Object, Query, build_log_path
from longshore.cli.wishes import LogPart
from longshore.errors import ClusterError, GoneError, NotFoundError, UnavailableError
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
_PATIENCE = 30.0
"""Seconds that a log which is not followed may take between two lines."""


@dataclass(frozen=True, slots=True)
class Source:
    """A container that has a log."""

    path: str
    """Path of the step."""
    attempt: int
    pod: str
    uid: str
    container: str
    is_over: bool
    """Whether the container has ended."""

    @property
    def id(self) -> tuple[str, str]:
        """Tells it from all others: steps may share a pod."""
        return self.uid, self.container

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


def list_sources(pod: Object, container: str | None) -> list[Source]:
    """The containers of a pod whose logs are wanted, once they have started; steps that share it have one each.

    One that is about to be started anew, as a service is that ended, has the log of how it ended.
    """
    states = _list_states(pod)
    if container is not None and container not in _list_containers(pod):
        raise NotFoundError(f"there is no container {container!r}; there are: {', '.join(_list_containers(pod))}")
    metadata = pod["metadata"]
    labels, annotations = metadata.get("labels", {}), metadata.get("annotations", {})
    path = annotations.get(PATH_ANNOTATION) or labels.get(STEP_LABEL, "")
    shared = {name: name for name in annotations.get(FUSED_ANNOTATION, "").split(",") if name}
    paths = shared or {_choose_container(states): path}
    wanted = paths if container is None else {container: paths.get(container, path)}
    attempt = int(labels.get(ATTEMPT_LABEL, "1"))
    return [
        Source(path, attempt, metadata["name"], metadata["uid"], name, "running" not in states[name])
        for name, path in wanted.items()
        if {"running", "terminated", "last"} & states.get(name, {}).keys()
    ]


def find_sources(cluster: Cluster, run: Object, step: str | None, part: LogPart) -> list[Source]:
    """What has a log, of a Run or of one of its steps: the last attempt of each step, or the one asked for."""
    pods, _ = cluster.list(build_query(run, step, part.attempt))
    found = [source for pod in pods for source in list_sources(pod, part.container) if source.is_of(step)]
    return list({source.path: source for source in sorted(found, key=lambda source: source.attempt)}.values())


def read_log(cluster: Cluster, namespace: str, source: Source, part: LogPart) -> Iterator[str]:
    """The lines of a log up to now."""
    parameters = _build_parameters(source, part) | {"timestamps": str(part.timestamps).lower()}
    with cluster.stream(build_log_path(namespace, source.pod), parameters, _PATIENCE) as lines:
        yield from lines


def follow_log(cluster: Cluster, namespace: str, source: Source, part: LogPart) -> Iterator[str]:
    """The lines of a log until its container has ended. A broken connection is taken up where it broke."""
    last = ""
    while True:
        parameters = _build_parameters(source, part) | {"follow": "true", "timestamps": "true"}
        if last:
            parameters = {name: value for name, value in parameters.items() if name != "tailLines"}
            parameters["sinceTime"] = last
            parameters.pop("sinceSeconds", None)
        try:
            with cluster.stream(build_log_path(namespace, source.pod), parameters, None) as lines:
                for line in lines:
                    time, _, text = line.partition(" ")
                    if time > last:
                        last = time
                        yield line if part.timestamps else text
        except UnavailableError:
            if not last:
                raise
        if _is_over(cluster, source):
            return


def read_tail(cluster: Cluster, path: str, step: Mapping[str, Any]) -> list[str]:
    """The last lines of a failed step's log; empty where its pod is gone or may not be read."""
    try:
        found = [source for source in list_sources(cluster.get(PODS, step["pod"]), None) if source.path == path]
        return [line for each in found for line in read_log(cluster, cluster.namespace, each, LogPart(tail=TAIL))]
    except ClusterError:
        return []


def _is_over(cluster: Cluster, source: Source) -> bool:
    try:
        pod = cluster.get(PODS, source.pod)
    except (NotFoundError, GoneError):
        return True
    return not any(found.id == source.id and not found.is_over for found in list_sources(pod, source.container))


def _build_parameters(source: Source, part: LogPart) -> dict[str, str]:
    wanted = {"container": source.container, "tailLines": part.tail, "sinceSeconds": part.since}
    return {name: str(value) for name, value in wanted.items() if value is not None}


def _list_containers(pod: Object) -> list[str]:
    return [
        container["name"] for kind in ("initContainers", "containers") for container in pod["spec"].get(kind, [])
    ]


def _list_states(pod: Object) -> dict[str, dict[str, Any]]:
    status = pod.get("status", {})
    both = (*status.get("initContainerStatuses", []), *status.get("containerStatuses", []))
    return {container["name"]: {**container.get("state", {}), **_name_last(container)} for container in both}


def _name_last(container: Object) -> Object:
    """How a container ended before it was started anew, where it was."""
    ended = container.get("lastState", {}).get("terminated")
    return {"last": ended} if ended else {}


def _choose_container(states: Mapping[str, Mapping[str, Any]]) -> str:
    """The step's own, or the checkout where that failed and so the step's never ran."""
    checkout = states.get(CHECKOUT_CONTAINER, {}).get("terminated") or {}
    return CHECKOUT_CONTAINER if checkout.get("exitCode") else STEP_CONTAINER
