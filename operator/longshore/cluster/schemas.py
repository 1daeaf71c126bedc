"""Whether the CRDs in the cluster are those that this operator was made with. Reads them; must not change them."""

from collections.abc import Mapping

from longshore.cluster.resources import Resource
from longshore.cluster.transports import Transport
from longshore.errors import ForbiddenError, NotFoundError
from longshore.names import SCHEMA_ANNOTATION

CRDS = Resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", namespaced=False)
REMEDY = "run `helm upgrade --install longshore` with the chart of this operator's version, with crds.enabled=true"


async def find_schema_problem(transport: Transport, expected: Mapping[str, str]) -> str:
    """What is wrong with the CRDs, and the command that mends it; empty where nothing is.

    `expected` is the schema hash by name of the CRD. Raises ClusterError.
    """
    for name, schema in expected.items():
        try:
            crd = await transport.get(CRDS, None, name)
        except NotFoundError:
            return f"CRD {name} is not installed; {REMEDY}"
        except ForbiddenError as error:
            return f"CRD {name} can't be read: {error}"
        found = crd["metadata"].get("annotations", {}).get(SCHEMA_ANNOTATION, "")
        if found != schema:
            return f"CRD {name} is of another version than this operator; {REMEDY}"
    return ""
