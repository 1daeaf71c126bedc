"""A kubelet over the API: it runs the pods of Runs as it is told, and keeps a record of what it started.

It must not know what an operator makes of it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from longshore import names
from longshore.cluster.calls import Selection, WatchTimeouts
from longshore.cluster.pods import SELECTOR
from longshore.cluster.resources import PODS, Object
from longshore.cluster.transports import Transport
from longshore.errors import NotFoundError, UnavailableError
from support.live_pods import LivePod, Outcome, Outcomes
from support.tasks import beside


@dataclass(frozen=True, slots=True)
class Start:
    """A container that was started."""

    run: str
    """Uid of the Run."""
    step: str
    attempt: int


class FakeKubelet:
    """Runs the pods of Runs in one namespace. `starts` is what ran, in order."""

    def __init__(self, transport: Transport, namespace: str, outcomes: Outcomes) -> None:
        self.starts: list[Start] = []
        self._transport = transport
        self._selection = Selection(namespace, SELECTOR)
        self._outcomes = outcomes
        self._pods: dict[str, LivePod] = {}

    async def run(self) -> None:
        """Run pods until cancelled."""
        listing = await self._transport.list(PODS, self._selection)
        version = listing.version
        async with asyncio.TaskGroup() as group:
            for pod in listing.items:
                self._see(group, "ADDED", pod)
            while True:
                watch = self._transport.watch(PODS, self._selection, version, WatchTimeouts())
                with suppress(UnavailableError):
                    async with watch as events:
                        async for event in events:
                            version = int(event["object"]["metadata"]["resourceVersion"])
                            self._see(group, event["type"], event["object"])

    def count_starts(self, run: str) -> Counter[tuple[str, int]]:
        """How often each attempt of the Run with this uid was started."""
        return Counter((start.step, start.attempt) for start in self.starts if start.run == run)

    def _see(self, group: asyncio.TaskGroup, event: str, raw: Object) -> None:
        uid = raw["metadata"].get("uid", "")
        match event:
            case "ADDED" if uid not in self._pods:
                self._pods[uid] = LivePod(self._transport, raw)
                group.create_task(self._live(self._pods[uid]))
            case "ADDED" | "MODIFIED":
                self._pods[uid].see(raw)
            case "DELETED":
                self._pods.pop(uid).see(None)

    async def _live(self, pod: LivePod) -> None:
        """From the pod's scheduling to its end."""
        start = read_start(pod.raw)
        outcomes = self._outcomes.get(start.step, [Outcome()])
        outcome = outcomes[min(start.attempt, len(outcomes)) - 1]
        with suppress(NotFoundError):  # whoever deletes a pod by force
            await pod.bind()
            why = await pod.outlast(outcome.delay)
            if why is None:
                self.starts.append(start)
                await pod.start()
                why = await pod.outlast(outcome.seconds)
                await pod.end(why, outcome)
            elif why == "DeadlineExceeded":
                await pod.fail(why)
            if why == "Deleted":
                await pod.leave()


def read_start(pod: Object) -> Start:
    """Which attempt the pod says it is."""
    labels = pod["metadata"]["labels"]
    return Start(labels[names.RUN_UID_LABEL], labels[names.STEP_LABEL], int(labels[names.ATTEMPT_LABEL]))


@asynccontextmanager
async def run_kubelet(transport: Transport, namespace: str, outcomes: Outcomes) -> AsyncIterator[FakeKubelet]:
    """A kubelet that runs pods within; a fault of its own fails the test."""
    kubelet = FakeKubelet(transport, namespace, outcomes)
    async with beside(kubelet.run()):
        yield kubelet
