"""ConcurrencyGroups: reads one, and writes the status of the version that was planned from. Decides nothing."""

from longshore.cluster.resources import GROUPS, Object
from longshore.cluster.transports import Transport


class GroupObjects:
    """The groups of all namespaces."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, namespace: str, name: str) -> Object:
        """Read a group from the API server. Raises ClusterError."""
        return await self._transport.get(GROUPS, namespace, name)

    async def write(self, group: Object, patch: Object) -> Object:
        """Merge a patch into the status of this version of a group. Raises ConflictError where it is old."""
        metadata = group["metadata"]
        precondition = {"metadata": {"resourceVersion": metadata["resourceVersion"], "uid": metadata["uid"]}}
        return await self._transport.patch(
            GROUPS, metadata["namespace"], metadata["name"], precondition | patch, "status"
        )
