"""Claims of volumes that the steps of a Run share: the calls that make and read them. Decides nothing."""

from longshore.cluster.resources import CLAIMS, Object
from longshore.cluster.transports import Transport


class RunClaims:
    """The claims of the API server; nothing is kept of them here."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def create(self, manifest: Object) -> Object:
        """Create a claim. Raises ClusterError."""
        return await self._transport.create(CLAIMS, manifest["metadata"]["namespace"], manifest)

    async def get(self, namespace: str, name: str) -> Object:
        """Read a claim. Raises ClusterError."""
        return await self._transport.get(CLAIMS, namespace, name)

    async def adopt(self, claim: Object) -> None:
        """Nothing more is to be known of a claim that exists."""
