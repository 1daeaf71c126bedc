"""A pod that lives by what its API server says, with no container: scheduled, started, ended, stopped, deleted.

What an operator can see is as on a node: statuses, exit codes, termination messages, deadlines, graceful deletes.
"""

import asyncio
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from longshore import names
from longshore.cluster.resources import PODS, Object, Resource
from longshore.cluster.transports import Transport
from longshore.planning.readings import observe_pod
from longshore.planning.times import write_time

NODE = {"apiVersion": "v1", "kind": "Node", "name": "fake"}
"""As a reference."""
SIGTERM_CODE = 143
LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the container of an attempt does: it starts after `delay` seconds, runs for `seconds`, and ends so."""

    exit_code: int = 0
    message: str = ""
    seconds: float = 0.05
    delay: float = 0.0


FOREVER = Outcome(seconds=math.inf)
STUCK = Outcome(delay=math.inf)
Outcomes = Mapping[str, Sequence[Outcome]]
"""What the attempts of a step do, by the step's name; the last is for all that follow."""


class LivePod:
    """One pod: what the API server says of it, and how to say what became of it."""

    def __init__(self, transport: Transport, raw: Object) -> None:
        self.raw = raw
        self._transport = transport
        self._changed = asyncio.Event()
        self._is_gone = False
        self._started = self._accepted = datetime.now(UTC)

    def see(self, raw: Object | None) -> None:
        """Take in what the API server has now; None: it is gone."""
        self.raw = raw or self.raw
        self._is_gone = raw is None
        self._changed.set()

    async def bind(self) -> None:
        """Be the scheduler."""
        binding = Resource("", "v1", f"pods/{self.raw['metadata']['name']}/binding")
        manifest = {"apiVersion": "v1", "kind": "Binding", "target": NODE}
        metadata = {"name": self.raw["metadata"]["name"]}
        await self._transport.create(binding, self.raw["metadata"]["namespace"], manifest | {"metadata": metadata})
        await self._write("Pending", {"waiting": {"reason": "ContainerCreating"}})

    async def outlast(self, seconds: float) -> str | None:
        """Wait for so long; else why it has to end before: Deleted, DeadlineExceeded, Gone."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            self._changed.clear()
            pod = observe_pod(self.raw)
            if self._is_gone:
                return "Gone"
            if pod.deleted is not None:
                return "Deleted"
            lived = (datetime.now(UTC) - self._accepted).total_seconds()
            left = math.inf if pod.active_deadline is None else pod.active_deadline - lived
            if left <= 0:
                return "DeadlineExceeded"
            if end <= loop.time():
                return None
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, end - loop.time(), LONGEST_WAIT)):
                    await self._changed.wait()

    async def start(self) -> None:
        """The container starts."""
        self._started = datetime.now(UTC)
        await self._write("Running", {"running": {"startedAt": write_time(self._started)}})

    async def end(self, why: str | None, outcome: Outcome) -> None:
        """The container ends by itself, or is stopped."""
        code = outcome.exit_code if why is None else SIGTERM_CODE
        ended = {
            "exitCode": code,
            "reason": "Error" if code else "Completed",
            "message": outcome.message if why is None else "",
            "startedAt": write_time(self._started),
            "finishedAt": write_time(datetime.now(UTC)),
        }
        await self._write("Failed" if code else "Succeeded", {"terminated": ended}, why)

    async def fail(self, why: str) -> None:
        """The pod fails before its container started."""
        await self._write("Failed", {"waiting": {"reason": "ContainerCreating"}}, why)

    async def leave(self) -> None:
        """A pod that is deleted goes once nothing of it runs."""
        metadata = self.raw["metadata"]
        await self._transport.delete(PODS, metadata["namespace"], metadata["name"], metadata["uid"], 0)

    async def _write(self, phase: str, state: dict[str, Any], why: str | None = None) -> None:
        container = {
            "name": names.STEP_CONTAINER, "state": state, "image": "fake", "imageID": "", "ready": False,
            "restartCount": 0,
        }  # fmt: skip
        status: Object = {
            "phase": phase,
            "startTime": write_time(self._accepted),
            "containerStatuses": [container],
        }
        if why == "DeadlineExceeded":
            status["reason"] = why
        metadata = self.raw["metadata"]
        patch = {"metadata": {"uid": metadata["uid"]}, "status": status}
        await self._transport.patch(PODS, metadata["namespace"], metadata["name"], patch, "status")
