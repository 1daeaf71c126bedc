"""Events of an object, as `kubectl describe` shows them. Does not count or drop repeats: that is the caller's.

An Event is news for people. Nothing depends on it, so one that cannot be published is only logged.
"""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from longshore.cluster.resources import EVENTS, Object
from longshore.cluster.transports import Transport
from longshore.errors import ClusterError

logger = logging.getLogger(__name__)
LONGEST_NOTE = 1024  # bytes: the API server takes no more


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What happened: `reason` and `action` in CamelCase, `note` a sentence for people."""

    reason: str
    note: str
    type: Literal["Normal", "Warning"] = "Normal"
    action: str = "Reconcile"


class Publisher:
    """Publishes under the name of a controller and of this process, its instance."""

    def __init__(self, transport: Transport, controller: str, instance: str) -> None:
        self._transport = transport
        self._reporter = {"reportingController": controller, "reportingInstance": instance}

    async def publish(self, obj: Object, occurrence: Occurrence) -> None:
        """Publish what happened to `obj`; logs what the API server refuses."""
        event = build_event(obj, occurrence, time.time_ns()) | self._reporter
        try:
            await self._transport.create(EVENTS, event["metadata"]["namespace"], event)
        except ClusterError as error:
            logger.warning("event %s: %s", occurrence.reason, error)


def build_event(obj: Object, occurrence: Occurrence, nanoseconds: int) -> Object:
    """The Event, but for who reports it; `nanoseconds` since 1970 make its name its own."""
    metadata = obj["metadata"]
    now = datetime.fromtimestamp(nanoseconds / 1e9, UTC)
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {
            "name": f"{metadata['name']}.{nanoseconds:x}",
            "namespace": metadata.get("namespace", "default"),
        },
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "action": occurrence.action,
        "reason": occurrence.reason,
        "note": shorten(occurrence.note),
        "type": occurrence.type,
        "regarding": {
            "apiVersion": obj["apiVersion"],
            "kind": obj["kind"],
            **{key: metadata[key] for key in ("name", "namespace", "uid", "resourceVersion") if key in metadata},
        },
    }


def shorten(note: str) -> str:
    """The note, cut to what fits, with dots where it was cut."""
    encoded = note.encode()
    if len(encoded) <= LONGEST_NOTE:
        return note
    return encoded[: LONGEST_NOTE - 3].decode(errors="ignore") + "..."
