"""Waiting for what becomes true in the background."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE = 120.0
"""Seconds until a test gives up to wait: long, so that none fails because a machine is slow or busy."""
PROMPT = 20.0
"""Seconds in which a process ends that is told to: the kubelet waits for 30."""


async def eventually(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Return when the condition holds; AssertionError if it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < deadline, f"not true within {seconds} s"
        await asyncio.sleep(0.02)
