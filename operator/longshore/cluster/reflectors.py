"""One cache kept equal to the API server by LIST and WATCH, through cuts, silence and outages.

A stream that fails is resumed from where it was, or else listed anew, with growing delays and for ever: there
is no failure after which a cache silently stays old.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from longshore.cluster.caches import Cache, Change
from longshore.cluster.calls import Selection, WatchTimeouts
from longshore.cluster.observers import Observer
from longshore.cluster.paces import Backoff
from longshore.cluster.resources import Object, Resource
from longshore.cluster.transports import Transport
from longshore.errors import ClusterError, ForbiddenError, ThrottledError, UnauthorizedError, UnavailableError

logger = logging.getLogger(__name__)
# After these the stream may go on from where it was; after any other only a list helps.
RESUMABLE = (UnavailableError, ThrottledError, UnauthorizedError, ForbiddenError)


@dataclass(frozen=True, slots=True)
class Interest:
    """What to keep: objects of a kind with a label selector, in some namespaces or (none given) in all.

    `slim` and `index` are those of Cache.
    """

    resource: Resource
    slim: Callable[[Object], Object]
    index: Callable[[Object], str]
    namespaces: tuple[str, ...] = ()
    labels: str = ""
    timeouts: WatchTimeouts = field(default_factory=WatchTimeouts)


class Reflector:
    """Keeps the cache of one namespace, or of all.

    `synced` is set after the first list, `tried` even if that failed, `heard_at` is the monotonic time of the last
    sign of life, `failure` why the stream is broken now, or empty.
    """

    def __init__(
        self, transport: Transport, interest: Interest, namespace: str | None, observer: Observer
    ) -> None:
        self.cache = Cache(interest.slim, interest.index)
        self.synced, self.tried = asyncio.Event(), asyncio.Event()
        self.heard_at = time.monotonic()
        self.failure = ""
        self._transport = transport
        self._interest = interest
        self._selection = Selection(namespace, interest.labels)
        self._observer = observer
        self._backoff = Backoff()
        self._needs_list = True

    async def changes(self) -> AsyncGenerator[Change, None]:
        """Yield each change of the cache, for ever. Use it within `contextlib.aclosing`."""
        while True:
            error: Exception | None = None
            try:
                if self._needs_list:
                    for change in await self._list():
                        yield change
                    self.synced.set()
                    self.tried.set()
                async with self._watch() as events:
                    self._note_contact()
                    async for event in events:
                        self._note_contact()
                        if news := self.cache.apply(event):
                            yield news
            except ClusterError as failure:
                error = failure
            except Exception as failure:
                logger.exception("watching %s failed", self._interest.resource.plural)
                error = failure
            delay = max(self._backoff.next_delay(), getattr(error, "retry_after", 0))
            self._note_end(error)
            self.tried.set()
            await asyncio.sleep(delay)

    async def _list(self) -> list[Change]:
        listing = await self._transport.list(self._interest.resource, self._selection)
        self._needs_list = False
        self._note_contact()
        return self.cache.replace(listing.items, listing.version)

    def _watch(self) -> AbstractAsyncContextManager[AsyncIterator[Object]]:
        version, timeouts = self.cache.version, self._interest.timeouts
        return self._transport.watch(self._interest.resource, self._selection, version, timeouts)

    def _note_contact(self) -> None:
        self.heard_at = time.monotonic()
        self.failure = ""

    def _note_end(self, error: Exception | None) -> None:
        """Note why the stream ended, and whether it may go on from where it was."""
        reason = type(error).__name__ if error else "ended"
        self.failure = f"{reason}: {error}" if error else ""
        # After many tries it may be the version itself that fails, as after a restored database.
        if error and (self._backoff.is_exhausted or not isinstance(error, RESUMABLE)):
            self._needs_list = True
        self._observer.on_restart(self._interest.resource.plural, reason)
        logger.debug("watch of %s starts anew: %s", self._interest.resource.plural, self.failure or reason)
