"""Owns the collector's calls to the API server. Must not decide when they are made."""

from longshore.archive.collect.pods import CollectedPod
from longshore.cluster.resources import PODS, RUNS
from longshore.cluster.transports import Transport
from longshore.errors import NotFoundError
from longshore.names import ARCHIVED_ANNOTATION


class PodCalls:
    """Calls about pods of one namespace, and about their Runs."""

    def __init__(self, transport: Transport, namespace: str) -> None:
        self._transport = transport
        self._namespace = namespace

    async def annotate(self, pod: CollectedPod, archived: str) -> None:
        """Tell on the pod of this uid what the archive has of each path. Raises ClusterError."""
        patch = {"metadata": {"uid": pod.uid, "annotations": {ARCHIVED_ANNOTATION: archived}}}
        await self._transport.patch(PODS, self._namespace, pod.name, patch)

    async def delete(self, pod: CollectedPod) -> None:
        """Delete the pod of this uid, of which nothing runs any more. Raises ClusterError."""
        await self._transport.delete(PODS, self._namespace, pod.name, pod.uid, 0)

    async def has_run(self, name: str, uid: str) -> bool:
        """Whether the Run of this uid is there. Raises ClusterError."""
        try:
            run = await self._transport.get(RUNS, self._namespace, name)
        except NotFoundError:
            return False
        return bool(run["metadata"]["uid"] == uid)
