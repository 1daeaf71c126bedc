"""What a request may be: no body where none is taken, and a body that keeps coming. Must not know any route."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from longshore.archive.http.problems import ProblemError, answer_problem

CLOSE = {"Connection": "close"}
WITH_BODY = {"PUT", "POST", "PATCH"}
STALL_SECONDS = 60
"""After so long without a byte of a body the request is over."""


class Limits:
    """Refuses requests that no client of ours makes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] not in WITH_BODY and _has_body(scope):
            detail = f"{scope['method']} takes no body; send none"
            await answer_problem(413, detail, CLOSE)(scope, receive, send)
        else:
            await self._app(scope, Intake(receive), send)


class Intake:
    """Receives a request's body, each part of which has to come in time."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_more = True

    async def __call__(self) -> Message:
        """The next message. Raises ProblemError 408 where a part of the body does not come."""
        # Once the body is there, what comes next is that the caller leaves: at any time.
        try:
            async with asyncio.timeout(STALL_SECONDS if self._has_more else None):
                message = await self._receive()
        except TimeoutError:
            raise ProblemError(408, "the body did not go on; send the rest again", CLOSE) from None
        self._has_more = bool(message.get("more_body"))
        return message


def _has_body(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"
