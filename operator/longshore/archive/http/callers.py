"""Who asks, as dependencies of routes; a route that names none of them is open to everybody.

permit: Annotated[Permit, Depends(may_read_runs)]       people with `get runs.longshore.dev`, and loopback
permit: Annotated[Permit, Depends(may_read_logs)]       people with `get pods/log`, and loopback
key: Annotated[AttemptKey, Depends(is_step)]            the pod of this attempt; the path has
                                                        {run_uid}, {step} and {attempt}
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import Path, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from longshore.archive.http.guards import Caller, Guard, LocalCaller
from longshore.archive.http.problems import ProblemError
from longshore.archive.places import AttemptKey
from longshore.cluster.reviews import Right
from longshore.names import GROUP

READ_RUNS = Right("get", GROUP, "runs")
READ_LOGS = Right("get", "", "pods", "log")
RENEW_SECONDS = 60.0
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}
BEARER = HTTPBearer(auto_error=False, description="A token of the cluster; of a step, the one bound to its pod.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]


@dataclass(frozen=True, slots=True)
class Permit:
    """Who asks, and may. `renew` raises ProblemError once that is over; `ending` is set when the archive ends."""

    caller: Caller
    renew: Callable[[], Awaitable[object]]
    ending: asyncio.Event

    async def hold(self, stream: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
        """The stream, until the permit is over or the archive ends; however long nothing comes."""
        over = asyncio.ensure_future(self._wait_over())
        part: asyncio.Future[bytes | None] | None = None
        try:
            while not over.done():
                part = asyncio.ensure_future(anext(stream, None))
                await asyncio.wait({part, over}, return_when=asyncio.FIRST_COMPLETED)
                if not part.done() or (chunk := part.result()) is None:
                    break
                yield chunk
        finally:
            await _end(over, *filter(None, [part]))
            await stream.aclose()

    async def _wait_over(self) -> None:
        while not self.ending.is_set():
            try:
                async with asyncio.timeout(RENEW_SECONDS):
                    await self.ending.wait()
            except TimeoutError:
                try:
                    await self.renew()
                except ProblemError:
                    return


async def may_read_runs(request: Request, credentials: Credentials) -> Permit:
    """Somebody who may read Runs, of which the archive has the history. Raises ProblemError."""
    return await _admit(request, credentials, READ_RUNS)


async def may_read_logs(request: Request, credentials: Credentials) -> Permit:
    """Somebody who may read logs of pods. Raises ProblemError."""
    return await _admit(request, credentials, READ_LOGS)


async def is_step(
    request: Request,
    credentials: Credentials,
    run_uid: Annotated[str, Path()],
    step: Annotated[str, Path()],
    attempt: Annotated[int, Path(ge=1)],
) -> AttemptKey:
    """The attempt of the path, whose own pod asks. Raises ProblemError."""
    try:
        key = AttemptKey(run_uid, step, attempt)
    except ValueError:
        raise ProblemError(
            404, "there can be no such attempt; the path is /v1/steps/<uid>/<step>/<number>"
        ) from None
    await _get_guard(request).check_step(_read_token(credentials), key)
    return key


async def _admit(request: Request, credentials: HTTPAuthorizationCredentials | None, right: Right) -> Permit:
    ending: asyncio.Event = request.app.state.ending
    if getattr(request.state, "is_local", False):
        _check_host(request)
        return Permit(LocalCaller(), _stay, ending)
    renew = partial(_get_guard(request).check_right, _read_token(credentials), right)
    return Permit(await renew(), renew, ending)


def _check_host(request: Request) -> None:
    """A page in a browser that resolves its own name to loopback names itself, and is refused."""
    if request.url.hostname not in LOCAL_HOSTS:
        raise ProblemError(403, "through a forwarded port call the archive `localhost` or 127.0.0.1")


def _get_guard(request: Request) -> Guard:
    guard: Guard = request.app.state.guard
    return guard


def _read_token(credentials: HTTPAuthorizationCredentials | None) -> str:
    return credentials.credentials if credentials else ""


async def _stay() -> None:
    """Renew what needs no renewal."""


async def _end(*futures: asyncio.Future[Any]) -> None:
    """Cancel what still goes on, and return when it has ended."""
    for future in futures:
        future.cancel()
    await asyncio.gather(*futures, return_exceptions=True)
