"""The pods of Runs: a cache of them, and the calls that make, stop and delete them. Decides nothing."""

from collections.abc import Callable, Collection
from typing import Any

from longshore import names
from longshore.cluster.caches import Change
from longshore.cluster.informers import Health, Informer
from longshore.cluster.observers import Observer
from longshore.cluster.reflectors import Interest
from longshore.cluster.resources import PODS, Object
from longshore.cluster.transports import Transport
from longshore.planning.plans import DeletePod, StopPod
from longshore.planning.times import write_time

SELECTOR = f"{names.MANAGED_BY}={names.MANAGER},{names.RUN_UID_LABEL}"
_METADATA = (
    "name", "namespace", "uid", "resourceVersion", "labels", "ownerReferences", "creationTimestamp",
    "deletionTimestamp", "deletionGracePeriodSeconds",
)  # fmt: skip
_ANNOTATIONS = (
    names.PATH_ANNOTATION, names.FUSED_ANNOTATION, names.ARCHIVED_ANNOTATION, names.STOP_ANNOTATION,
    names.CREDENTIALS_ANNOTATION,
)  # fmt: skip
_SPEC = ("nodeName", "activeDeadlineSeconds", "schedulingGates")
_STATUS = ("phase", "reason", "message", "conditions", "containerStatuses", "initContainerStatuses")

Listener = Callable[[str], None]
"""Called with the uid of the Run whose pod it is."""
OnGone = Callable[[Object], None]
"""Called with a pod as it was when it went."""


class RunPods:
    """The pods of all Runs."""

    def __init__(self, transport: Transport, namespaces: tuple[str, ...], observer: Observer) -> None:
        self._transport = transport
        interest = Interest(PODS, slim_pod, get_run_uid, namespaces, SELECTOR)
        self._informer = Informer(transport, interest, observer)

    def listen(self, on_change: Listener, on_end: Listener, on_gone: OnGone) -> None:
        """Have `on_end` called where a step may have ended or the pod is gone, and `on_change` for all else.

        `on_gone` is called before, with the last state of a pod that is gone, where the API server told it.
        """

        def tell(change: Change) -> None:
            pod = change.new or change.old
            if pod is None:
                return
            if change.new is None and change.whole is not None:
                on_gone(slim_pod(change.whole))
            is_end = change.new is None or has_ended_more(change.old, change.new)
            (on_end if is_end else on_change)(get_run_uid(pod))

        self._informer.subscribe(tell)

    def watch(self, see: Callable[[Object | None, Object | None], None]) -> None:
        """Have `see` called with each pod as it was and is now; None: it was not there, or is gone."""
        self._informer.subscribe(lambda change: see(change.old, change.new))

    async def run(self) -> None:
        """Follow the API server until cancelled."""
        await self._informer.run()

    async def wait_synced(self) -> None:
        """Return once all pods were listed."""
        await self._informer.wait_synced()

    def health(self) -> Health:
        """How fresh the cache is."""
        return self._informer.health()

    def of_run(self, uid: str) -> list[Object]:
        """All known pods of a Run, also those that were made a moment ago."""
        return self._informer.by_index(uid)

    def list_runs_on(self, node: str) -> set[str]:
        """The Runs, by uid, that have pods on a node."""
        return {get_run_uid(pod) for pod in self._informer.all() if pod["spec"].get("nodeName") == node}

    def list_runs_of(self, namespace: str, agents: Collection[str]) -> set[str]:
        """The Runs, by uid, that have pods of some Agents of a namespace."""
        return {
            get_run_uid(pod)
            for pod in self._informer.all()
            if pod["metadata"]["namespace"] == namespace
            and pod["metadata"]["labels"].get(names.AGENT_LABEL) in agents
        }

    def has_any(self, namespace: str) -> bool:
        """Whether pods of Runs are left in a namespace."""
        return any(pod["metadata"]["namespace"] == namespace for pod in self._informer.all())

    async def create(self, manifest: Object) -> Object:
        """Create a pod; unknown fields are refused. Raises ClusterError."""
        pod = await self._transport.create(PODS, manifest["metadata"]["namespace"], manifest)
        self._informer.remember(pod)
        return pod

    async def try_create(self, manifest: Object) -> None:
        """Have the API server judge a pod without creating it. Raises ClusterError."""
        await self._transport.try_create(PODS, manifest["metadata"]["namespace"], manifest)

    async def get(self, namespace: str, name: str) -> Object:
        """Read a pod from the API server. Raises ClusterError."""
        return await self._transport.get(PODS, namespace, name)

    async def adopt(self, pod: Object) -> None:
        """Have a pod that exists known to `of_run`."""
        self._informer.remember(pod)

    async def stop(self, namespace: str, action: StopPod) -> None:
        """End a pod that has started, by a deadline that has passed. Raises ClusterError."""
        metadata: dict[str, Any] = {"uid": action.uid}
        if action.kill_at is not None:
            metadata["annotations"] = {names.STOP_ANNOTATION: write_time(action.kill_at)}
        patch = {"metadata": metadata, "spec": {"activeDeadlineSeconds": 1}}
        self._informer.remember(await self._transport.patch(PODS, namespace, action.name, patch))

    async def delete(self, namespace: str, action: DeletePod) -> None:
        """Delete a pod. Raises ClusterError."""
        await self._transport.delete(PODS, namespace, action.name, action.uid, action.grace)


def slim_pod(pod: Object) -> Object:
    """What a plan looks at, of a pod."""
    metadata, spec, status = pod["metadata"], pod.get("spec", {}), pod.get("status", {})
    annotations = _pick(metadata.get("annotations", {}), _ANNOTATIONS)
    return {
        "metadata": _pick(metadata, _METADATA) | ({"annotations": annotations} if annotations else {}),
        "spec": _pick(spec, _SPEC)
        | {
            kind: [_pick(item, ("name", "restartPolicy")) for item in spec.get(kind, ())]
            for kind in ("containers", "initContainers")
        },
        "status": _pick(status, _STATUS),
    }


def get_run_uid(pod: Object) -> str:
    """The Run that the pod says it is of."""
    uid: str = pod["metadata"].get("labels", {}).get(names.RUN_UID_LABEL, "")
    return uid


def has_ended_more(old: Object | None, new: Object) -> bool:
    """Whether a container has ended, or what a step left was judged: with either a step may have ended."""
    return _count_ends(new) > _count_ends(old) or _get_archived(new) != _get_archived(old)


def _get_archived(pod: Object | None) -> str:
    archived: str = (pod or {}).get("metadata", {}).get("annotations", {}).get(names.ARCHIVED_ANNOTATION, "")
    return archived


def _count_ends(pod: Object | None) -> int:
    """How many containers have ended, of which each may be a step; 1 where the pod has without any."""
    status = (pod or {}).get("status", {})
    entries = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    ended = sum("terminated" in entry.get("state", {}) for entry in entries)
    return max(ended, int(status.get("phase") in names.POD_ENDS))


def _pick(source: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: source[key] for key in keys if key in source}
