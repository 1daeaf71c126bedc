"""A cache of one kind over some or all namespaces, and those who want to know of its changes.

An exception of a subscriber is a bug; it ends `Informer.run`, and with it the process. Failures of the API
server never do: how fresh the cache is `Informer.health` tells.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias

from longshore.cluster.caches import Change
from longshore.cluster.observers import Observer, SilentObserver
from longshore.cluster.reflectors import Interest, Reflector
from longshore.cluster.resources import Object
from longshore.cluster.transports import Transport

Subscriber: TypeAlias = Callable[[Change], None]


@dataclass(frozen=True, slots=True)
class Health:
    """Whether all was listed once, seconds since the API server was last heard, and what fails now, or empty."""

    is_synced: bool
    silent_seconds: float
    failure: str


class Informer:
    """One watch for each namespace of the interest, or one for all."""

    def __init__(self, transport: Transport, interest: Interest, observer: Observer | None = None) -> None:
        self._reflectors = {
            namespace: Reflector(transport, interest, namespace, observer or SilentObserver())
            for namespace in interest.namespaces or (None,)
        }
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Have `subscriber` called for each change, in the loop that makes it; it must be quick."""
        self._subscribers.append(subscriber)

    async def run(self) -> None:
        """Follow the API server until cancelled."""
        async with asyncio.TaskGroup() as group:
            for reflector in self._reflectors.values():
                group.create_task(self._follow(reflector))

    async def wait_synced(self) -> None:
        """Return once every namespace was listed, and subscribers know of all that was found."""
        for reflector in self._reflectors.values():
            await reflector.synced.wait()

    async def wait_tried(self) -> None:
        """Return once every namespace was listed, or could not be: `health` tells which."""
        for reflector in self._reflectors.values():
            await reflector.tried.wait()

    def remember(self, obj: Object) -> None:
        """Take in what the API server answered to our own create or patch, before the watch tells it."""
        namespace = None if None in self._reflectors else obj["metadata"]["namespace"]
        if change := self._reflectors[namespace].cache.remember(obj):
            self._notify(change)

    def all(self) -> list[Object]:
        """Every object."""
        return [obj for reflector in self._reflectors.values() for obj in reflector.cache.all()]

    def by_index(self, key: str) -> list[Object]:
        """The objects of one group of the interest's index."""
        return [obj for reflector in self._reflectors.values() for obj in reflector.cache.by_index(key)]

    def health(self) -> Health:
        """How fresh the cache is, by its worst namespace."""
        reflectors = self._reflectors.values()
        return Health(
            is_synced=all(reflector.synced.is_set() for reflector in reflectors),
            silent_seconds=time.monotonic() - min(reflector.heard_at for reflector in reflectors),
            failure=next((reflector.failure for reflector in reflectors if reflector.failure), ""),
        )

    async def _follow(self, reflector: Reflector) -> None:
        async with aclosing(reflector.changes()) as changes:
            async for change in changes:
                self._notify(change)

    def _notify(self, change: Change) -> None:
        for subscriber in self._subscribers:
            subscriber(change)
