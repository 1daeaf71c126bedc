"""Owns looking on while objects change, through broken connections and relists. Must not know what they mean."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from longshore.cli.cluster.clusters import Cluster, Object, Query, parse_object
from longshore.cli.cluster.refusals import build_refusal
from longshore.errors import GoneError, ThrottledError, UnavailableError

PATIENCE = 60.0
"""Seconds for which the API server may be away, once it has answered."""
LONGEST = 300
"""Seconds after which a watch is asked for anew, so that a connection that died unseen is noticed."""


@dataclass(frozen=True, slots=True)
class Event:
    """An object as it is now."""

    object: Object
    is_gone: bool = False


@dataclass(slots=True)
class Watch:
    """A watch that goes on until `deadline` (of the monotonic clock, in seconds; None: for ever)."""

    cluster: Cluster
    query: Query
    deadline: float | None = None
    version: str = ""
    """Where to go on from; empty: begin with all objects."""
    _known: dict[str, Object] = field(default_factory=dict)
    _answered: float | None = None

    def events(self) -> Iterator[Event]:
        """Objects, then each again when it has changed. Raises ClusterError where it cannot go on."""
        while (seconds := self._remaining()) > 0:
            try:
                if not self.version:
                    yield from self._relist()
                yield from self._stream(seconds)
            except GoneError:
                self.version = ""
            except (UnavailableError, ThrottledError):
                if self._answered is None or time.monotonic() - self._answered > PATIENCE:
                    raise
                time.sleep(1)

    def end(self) -> None:
        """Go on no longer than the connection that there is; it is asked for anew no more."""
        self.deadline = time.monotonic()

    def _remaining(self) -> int:
        if self.deadline is None:
            return LONGEST
        return min(LONGEST, max(0, round(self.deadline - time.monotonic() + 0.5)))

    def _relist(self) -> Iterator[Event]:
        items, version = self.cluster.list(self.query)
        self._answered = time.monotonic()
        present = {item["metadata"]["uid"]: item for item in items}
        gone = [known for uid, known in self._known.items() if uid not in present]
        self._known, self.version = present, version
        yield from (Event(known, is_gone=True) for known in gone)
        yield from map(Event, items)

    def _stream(self, seconds: int) -> Iterator[Event]:
        parameters = {
            **self.query.parameters,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self.version,
            "timeoutSeconds": str(seconds),
        }
        with self.cluster.stream(self.query.path, parameters, silence=seconds + 10.0) as lines:
            self._answered = time.monotonic()
            for line in lines:
                self._answered = time.monotonic()
                event = parse_object(line)
                if (found := self._record(event["type"], event["object"])) is not None:
                    yield found

    def _record(self, kind: str, item: Object) -> Event | None:
        if kind == "ERROR":
            raise build_refusal(item.get("code", 500), item, self.query.path)
        self.version = item["metadata"]["resourceVersion"]
        if kind == "BOOKMARK":
            return None
        if kind == "DELETED":
            self._known.pop(item["metadata"]["uid"], None)
        else:
            self._known[item["metadata"]["uid"]] = item
        return Event(item, is_gone=kind == "DELETED")
