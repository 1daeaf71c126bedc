"""Asks the API server who a token is of, and what that one may do. Keeps no verdicts: that is the caller's."""

from dataclasses import dataclass, field

from longshore.cluster.resources import PODS, Object, Resource
from longshore.cluster.transports import Transport
from longshore.errors import NotFoundError
from longshore.names import build_archive_audience

TOKEN_REVIEWS = Resource("authentication.k8s.io", "v1", "tokenreviews", namespaced=False)
# The one of a namespace: a RoleBinding there is enough to make it.
ACCESS_REVIEWS = Resource("authorization.k8s.io", "v1", "localsubjectaccessreviews")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token is of, as the API server says."""

    user: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: dict[str, list[str]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Right:
    """To do something with objects of a kind in a namespace, as RBAC names it."""

    verb: str
    group: str
    resource: str
    subresource: str = ""

    def __str__(self) -> str:
        kind = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        return f"{self.verb} {kind}.{self.group}" if self.group else f"{self.verb} {kind}"


class Reviews:
    """Reviews of one namespace. Every call may be repeated: a review is nothing that stays."""

    def __init__(self, transport: Transport, namespace: str) -> None:
        self._transport = transport
        self._namespace = namespace

    @property
    def audience(self) -> str:
        """Of tokens that are good for the archive of this namespace alone: who sees one can't use it elsewhere."""
        return build_archive_audience(self._namespace)

    async def identify(self, token: str, audience: str = "") -> Identity | None:
        """Who the token is of; None if it is not good, or not for this audience (empty: the API server's own).

        Raises ClusterError where the API server can't say.
        """
        audiences = [audience] if audience else []
        review = _build_review("authentication", "TokenReview", {"token": token, "audiences": audiences})
        status = (await self._transport.create(TOKEN_REVIEWS, None, review)).get("status", {})
        # An authenticator that knows nothing of audiences names none.
        is_meant = not audience or audience in status.get("audiences", ())
        return _read_identity(status["user"]) if status.get("authenticated") and is_meant else None

    async def find_pod(self, name: str) -> Object | None:
        """The pod of that name, which a token may be bound to; None if there is none."""
        try:
            return await self._transport.get(PODS, self._namespace, name)
        except NotFoundError:
            return None

    async def has_right(self, identity: Identity, right: Right) -> bool:
        """Whether RBAC, or what else authorizes there, grants it. Raises ClusterError where it can't be said."""
        attributes = {
            "namespace": self._namespace,
            "verb": right.verb,
            "group": right.group,
            "resource": right.resource,
            "subresource": right.subresource,
        }
        spec = {
            "user": identity.user,
            "uid": identity.uid,
            "groups": list(identity.groups),
            "extra": identity.extra,
            "resourceAttributes": attributes,
        }
        review = _build_review("authorization", "LocalSubjectAccessReview", spec)
        review["metadata"] = {"namespace": self._namespace}
        status = (await self._transport.create(ACCESS_REVIEWS, self._namespace, review)).get("status", {})
        return status.get("allowed") is True and not status.get("denied")


def _build_review(group: str, kind: str, spec: Object) -> Object:
    return {"apiVersion": f"{group}.k8s.io/v1", "kind": kind, "spec": spec}


def _read_identity(user: Object) -> Identity:
    groups = tuple(user.get("groups") or ())
    return Identity(user.get("username", ""), user.get("uid", ""), groups, user.get("extra") or {})
