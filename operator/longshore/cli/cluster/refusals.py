"""Owns what a refusal of the API server means, in a line that names the remedy where there is one."""

from typing import Any

from longshore import errors
from longshore.names import GROUP

INSTALL = "helm install longshore charts/longshore --namespace longshore-system --create-namespace"
_ERRORS: dict[int, type[errors.ClusterError]] = {
    401: errors.UnauthorizedError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    410: errors.GoneError,
    429: errors.ThrottledError,
}


class NotInstalledError(errors.ClusterError):
    """The cluster has no CRDs of Longshore."""


def build_refusal(code: int, status: dict[str, Any], path: str) -> errors.ClusterError:
    """The error for an answer of 400 and above to a request for `path`; `status` is its body, {} if unreadable."""
    message = str(status.get("message") or f"the API server answered {code}").strip()
    if code == 404 and not (status.get("details") or {}).get("name") and f"/{GROUP}/" in path:
        return NotInstalledError(f"Longshore is not installed in this cluster; install it with: {INSTALL}")
    if code == 401:
        message = f"the cluster does not accept your credentials ({message}); log in again"
    if status.get("reason") == "AlreadyExists":
        return errors.AlreadyExistsError(message)
    if code >= 500:
        return errors.UnavailableError(message)
    return _ERRORS.get(code, errors.InvalidError)(message)
