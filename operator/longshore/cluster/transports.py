"""The calls themselves: raw dicts over one HTTP session, paced, repeated where that is safe.

Knows nothing of pods or runs. Every call here may be repeated: a create names its object, a patch says the
same twice, a delete names the uid. When the answer to a first try was lost, a repeated create raises
AlreadyExistsError, and a repeated patch that holds a resourceVersion ConflictError: the caller looks and decides.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import aiohttp

from longshore.cluster.calls import (
    Call,
    Listing,
    Selection,
    WatchTimeouts,
    build_delete_options,
    build_page_call,
    build_watch_call,
)
from longshore.cluster.connections import Connection
from longshore.cluster.observers import Observer, SilentObserver
from longshore.cluster.paces import Backoff, Pace, TokenBucket
from longshore.cluster.resources import Object, Resource
from longshore.cluster.responses import parse_event, parse_failure, parse_object, split_lines
from longshore.cluster.versions import version_of
from longshore.errors import ThrottledError, UnauthorizedError, UnavailableError

PAGE = 500
METHODS = {"get": "GET", "list": "GET", "watch": "GET", "create": "POST", "patch": "PATCH", "delete": "DELETE"}


class Transport:
    """Calls to one API server. Made within a running event loop; closed by `async with`."""

    def __init__(self, connection: Connection, pace: Pace | None = None, observer: Observer | None = None) -> None:
        self._connection = connection
        self._pace = pace or Pace()
        self._bucket = TokenBucket(self._pace.rate, self._pace.burst)
        self._observer = observer or SilentObserver()
        # The pace limits calls, and every watch holds a connection: so there is no limit on connections.
        connector = aiohttp.TCPConnector(ssl=connection.ssl_context, limit=0)
        self._session = aiohttp.ClientSession(connector=connector, proxy=connection.proxy)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, resource: Resource, namespace: str | None, name: str) -> Object:
        """Read one object."""
        return await self._repeat(Call("get", resource.plural, resource.path(namespace, name)))

    async def list(self, resource: Resource, selection: Selection) -> Listing:
        """Read all objects of the selection, in pages; GoneError when that took longer than versions are kept."""
        items: tuple[Object, ...] = ()
        position = ""
        while True:
            page = await self._repeat(build_page_call(resource, selection, PAGE, position))
            # Objects in a list lack what the list itself says.
            kind = {"apiVersion": page["apiVersion"], "kind": page["kind"].removesuffix("List")}
            items += tuple(kind | item for item in page["items"])
            position = page["metadata"].get("continue", "")
            if not position:
                return Listing(items, version_of(page))

    async def create(self, resource: Resource, namespace: str | None, obj: Object) -> Object:
        """Create an object that has a name of its own; AlreadyExistsError may mean an earlier try of ours.

        A field that the API server does not know is an InvalidError: what a user wrote into it would be lost.
        """
        params = {"fieldValidation": "Strict"}
        return await self._repeat(Call("create", resource.plural, resource.path(namespace), params, obj))

    async def create_within(
        self, resource: Resource, namespace: str | None, name: str, subresource: str, obj: Object
    ) -> Object:
        """Create what an object gives, such as a token of a service account. Nothing of it stays."""
        path = resource.path(namespace, name, subresource)
        return await self._repeat(Call("create", f"{resource.plural}/{subresource}", path, body=obj))

    async def try_create(self, resource: Resource, namespace: str | None, obj: Object) -> None:
        """Have the API server judge a create, all admission included, without doing it."""
        params = {"fieldValidation": "Strict", "dryRun": "All"}
        await self._repeat(Call("create", resource.plural, resource.path(namespace), params, obj))

    async def patch(
        self, resource: Resource, namespace: str | None, name: str, patch: Object, subresource: str = ""
    ) -> Object:
        """Merge `patch` into the object; ConflictError where it holds an old metadata.resourceVersion."""
        target = f"{resource.plural}/{subresource}" if subresource else resource.plural
        return await self._repeat(Call("patch", target, resource.path(namespace, name, subresource), body=patch))

    async def delete(
        self, resource: Resource, namespace: str | None, name: str, uid: str, grace_seconds: int | None = None
    ) -> Object:
        """Delete the object; ConflictError if it has another uid by now, NotFoundError if it is gone."""
        body = build_delete_options(uid, grace_seconds)
        return await self._repeat(Call("delete", resource.plural, resource.path(namespace, name), body=body))

    @asynccontextmanager
    async def watch(
        self, resource: Resource, selection: Selection, version: int, timeouts: WatchTimeouts
    ) -> AsyncIterator[AsyncIterator[Object]]:
        """Within, the events after `version`, bookmarks too, until the API server ends the stream.

        Raises GoneError when `version` is too old, UnavailableError when the stream breaks or falls silent.
        Not repeated here: the caller knows from where.
        """
        seconds = round(timeouts.server * random.uniform(0.8, 1))  # noqa: S311 - chance, not a secret
        call = build_watch_call(resource, selection, version, seconds)
        limits = aiohttp.ClientTimeout(total=None, sock_connect=self._pace.timeout, sock_read=timeouts.stall)
        headers = await self._connection.headers()
        try:
            async with self._exchange(call, headers, limits) as response:
                yield (parse_event(line) async for line in split_lines(response.content.iter_any()))
        except UnauthorizedError:
            await self._connection.renew(headers)
            raise

    async def _repeat(self, call: Call) -> Object:
        """Make the call, and again while it fails for a reason that passes, until its time is up."""
        await self._bucket.take()
        backoff = Backoff()
        deadline = time.monotonic() + self._pace.timeout
        while True:
            headers = await self._connection.headers()
            # Not 0, which would mean for ever.
            limits = aiohttp.ClientTimeout(total=max(deadline - time.monotonic(), 0.001))
            try:
                async with self._exchange(call, headers, limits) as response:
                    return parse_object(await response.read())
            except UnauthorizedError:
                if not await self._connection.renew(headers):
                    raise
            except (ThrottledError, UnavailableError) as error:
                delay = max(error.retry_after, backoff.next_delay())
                if time.monotonic() + delay >= deadline:
                    raise
                await asyncio.sleep(delay)

    @asynccontextmanager
    async def _exchange(
        self, call: Call, headers: dict[str, str], limits: aiohttp.ClientTimeout
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response to one try of the call, with failures as errors of our tree."""
        code, start = 0, time.monotonic()
        try:
            async with self._request(call, headers, limits) as response:
                code = response.status
                if code >= 400:
                    raise parse_failure(code, await response.read(), response.headers)
                yield response
        except (aiohttp.ClientError, OSError) as error:
            raise UnavailableError(f"{call.verb} {call.target}: {error or type(error).__name__}") from error
        finally:
            self._observer.on_call(call.verb, call.target, code, time.monotonic() - start)

    def _request(
        self, call: Call, headers: dict[str, str], limits: aiohttp.ClientTimeout
    ) -> "aiohttp.client._RequestContextManager":
        kind = "application/merge-patch+json" if call.verb == "patch" else "application/json"
        return self._session.request(
            METHODS[call.verb],
            self._connection.base_url + call.path,
            params=call.params,
            data=None if call.body is None else json.dumps(call.body),
            headers=headers | {"Content-Type": kind, "User-Agent": "longshore"},
            server_hostname=self._connection.server_hostname,
            timeout=limits,
        )
