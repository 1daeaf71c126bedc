"""The kinds that are called, and their paths. Makes no calls."""

from dataclasses import dataclass
from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]
"""An object of the API as it is on the wire."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind, as its URL names it; the core group is the empty string."""

    group: str
    version: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
        """The path of one object, or without `name` of all; without `namespace` those of all namespaces."""
        root = f"/apis/{self.group}" if self.group else "/api"
        within = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        parts = (part for part in (self.plural, name, subresource) if part)
        return f"{root}/{self.version}{within}/{'/'.join(parts)}"


PODS = Resource("", "v1", "pods")
SECRETS = Resource("", "v1", "secrets")
CLAIMS = Resource("", "v1", "persistentvolumeclaims")
NODES = Resource("", "v1", "nodes", namespaced=False)
EVENTS = Resource("events.k8s.io", "v1", "events")
LEASES = Resource("coordination.k8s.io", "v1", "leases")
WORKFLOWS = Resource("longshore.dev", "v1alpha1", "workflows")
RUNS = Resource("longshore.dev", "v1alpha1", "runs")
AGENTS = Resource("longshore.dev", "v1alpha1", "agents")
GROUPS = Resource("longshore.dev", "v1alpha1", "concurrencygroups")
NAMESPACES = Resource("", "v1", "namespaces", namespaced=False)
SERVICES = Resource("", "v1", "services")
SERVICE_ACCOUNTS = Resource("", "v1", "serviceaccounts")
DEPLOYMENTS = Resource("apps", "v1", "deployments")
ROLE_BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "rolebindings")
CLUSTER_ROLE_BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", namespaced=False)
