"""What a call says and what it brings: plain values. Makes no calls."""

from dataclasses import dataclass, field

from longshore.cluster.resources import Object, Resource


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of a kind: of one namespace or all, with a label selector, of one name where that is given."""

    namespace: str | None = None
    labels: str = ""
    name: str = ""

    def build_params(self) -> dict[str, str]:
        """The selection as parameters of a call."""
        named = {"fieldSelector": f"metadata.name={self.name}"} if self.name else {}
        return {"labelSelector": self.labels, **named}


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects of a selection at one resource version."""

    items: tuple[Object, ...]
    version: int


@dataclass(frozen=True, slots=True)
class WatchTimeouts:
    """Seconds after which the API server ends a watch, and after which silence means that it is dead.

    The API server sends a bookmark about once a minute.
    """

    server: float = 300
    stall: float = 70


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP exchange. `target` is how observers name the resource: `runs` or `runs/status`."""

    verb: str
    target: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    body: Object | None = None


def build_watch_call(resource: Resource, selection: Selection, version: int, seconds: int) -> Call:
    """The call that streams what happens after `version`, for so many seconds."""
    params = {
        "watch": "true",
        "allowWatchBookmarks": "true",
        **selection.build_params(),
        "resourceVersion": str(version),
        "timeoutSeconds": str(seconds),
    }
    return Call("watch", resource.plural, resource.path(selection.namespace), params)


def build_page_call(resource: Resource, selection: Selection, size: int, position: str) -> Call:
    """The call that lists `size` objects from `position` on, which the page before told."""
    params = {**selection.build_params(), "limit": str(size), "continue": position}
    return Call("list", resource.plural, resource.path(selection.namespace), params)


def build_delete_options(uid: str, grace_seconds: int | None) -> Object:
    """Delete only the object of that uid; without `grace_seconds` after the object's own grace."""
    options: Object = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
    return options if grace_seconds is None else options | {"gracePeriodSeconds": grace_seconds}
