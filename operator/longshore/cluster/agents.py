"""Agents as objects: the call that makes one. Decides nothing, and writes no status."""

from longshore.cluster.resources import AGENTS, Object
from longshore.cluster.transports import Transport


class AgentObjects:
    """The Agents of the API server."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(self, manifest: Object) -> Object:
        """Create an Agent; unknown fields are refused. Raises ClusterError."""
        return await self._transport.create(AGENTS, manifest["metadata"]["namespace"], manifest)
