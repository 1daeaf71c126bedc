"""The objects that archives are made of: the calls that read, make and change them. Decides nothing."""

from collections.abc import Sequence

from longshore import names
from longshore.cluster.calls import Selection
from longshore.cluster.resources import (
    CLAIMS,
    CLUSTER_ROLE_BINDINGS,
    DEPLOYMENTS,
    NAMESPACES,
    ROLE_BINDINGS,
    SERVICE_ACCOUNTS,
    SERVICES,
    Object,
    Resource,
)
from longshore.cluster.transports import Transport

KINDS = {
    "ClusterRoleBinding": CLUSTER_ROLE_BINDINGS,
    "Deployment": DEPLOYMENTS,
    "PersistentVolumeClaim": CLAIMS,
    "RoleBinding": ROLE_BINDINGS,
    "Service": SERVICES,
    "ServiceAccount": SERVICE_ACCOUNTS,
}


class ArchiveObjects:
    """What the API server has of archives; nothing is kept of it here."""

    def __init__(self, transport: Transport, namespaces: Sequence[str]) -> None:
        self._transport = transport
        self._namespaces = namespaces

    async def list_deployments(self) -> list[Object]:
        """The Deployments of all archives. Raises ClusterError."""
        labels = f"{names.MANAGED_BY}={names.MANAGER},{names.COMPONENT_LABEL}={names.ARCHIVE}"
        # By their name too, since only Deployments of that name may be listed.
        selections = [Selection(namespace, labels, names.ARCHIVE) for namespace in self._namespaces or (None,)]
        return [item for each in selections for item in (await self._transport.list(DEPLOYMENTS, each)).items]

    async def get_namespace(self, name: str) -> Object:
        """Read a namespace. Raises ClusterError."""
        return await self._transport.get(NAMESPACES, None, name)

    async def get_deployment(self, namespace: str) -> Object:
        """Read the archive's Deployment. Raises ClusterError."""
        return await self._transport.get(DEPLOYMENTS, namespace, names.ARCHIVE)

    async def patch_deployment(self, namespace: str, patch: Object) -> Object:
        """Merge into the archive's Deployment. Raises ClusterError, ConflictError where it is newer."""
        return await self._transport.patch(DEPLOYMENTS, namespace, names.ARCHIVE, patch)

    async def patch_deployment_status(self, namespace: str, patch: Object) -> Object:
        """Merge into the status of that Deployment. Raises ClusterError, ConflictError where it is newer."""
        return await self._transport.patch(DEPLOYMENTS, namespace, names.ARCHIVE, patch, "status")

    async def create(self, manifest: Object) -> Object:
        """Create an object. Raises ClusterError."""
        return await self._transport.create(_find(manifest), manifest["metadata"].get("namespace"), manifest)

    async def get(self, manifest: Object) -> Object:
        """Read the object of this kind and name. Raises ClusterError."""
        metadata = manifest["metadata"]
        return await self._transport.get(_find(manifest), metadata.get("namespace"), metadata["name"])

    async def patch(self, manifest: Object, patch: Object) -> Object:
        """Merge into the object of this kind and name. Raises ClusterError."""
        metadata = manifest["metadata"]
        return await self._transport.patch(_find(manifest), metadata.get("namespace"), metadata["name"], patch)


def _find(manifest: Object) -> Resource:
    return KINDS[manifest["kind"]]
