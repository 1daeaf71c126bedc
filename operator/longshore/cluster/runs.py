"""Runs as objects: the calls that make, read, change and delete them. Decides nothing, and writes no status."""

from longshore.cluster.resources import RUNS, Object
from longshore.cluster.transports import Transport


class RunObjects:
    """The Runs of the API server."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(self, manifest: Object) -> Object:
        """Create a Run; unknown fields are refused. Raises ClusterError."""
        return await self._transport.create(RUNS, manifest["metadata"]["namespace"], manifest)

    async def get(self, namespace: str, name: str) -> Object:
        """Read a Run. Raises ClusterError."""
        return await self._transport.get(RUNS, namespace, name)

    async def patch(self, namespace: str, name: str, uid: str, spec: Object) -> Object:
        """Merge into the spec of the Run of this uid. Raises ConflictError where the name is another's by now."""
        return await self._transport.patch(RUNS, namespace, name, {"metadata": {"uid": uid}, "spec": spec})

    async def delete(self, namespace: str, name: str, uid: str) -> None:
        """Delete the Run of this uid; the garbage collector takes what it owns. Raises ClusterError."""
        await self._transport.delete(RUNS, namespace, name, uid)
