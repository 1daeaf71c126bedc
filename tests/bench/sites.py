"""Where the work is done: a namespace of a cluster, and the two ways to do it. Must not judge how long it took."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bench.works import Json, Work
from longshore.cluster.calls import Selection, WatchTimeouts
from longshore.cluster.connections import connect
from longshore.cluster.paces import Pace
from longshore.cluster.resources import GROUPS, PODS, RUNS, Resource
from longshore.cluster.transports import Transport
from longshore.names import API_VERSION
from longshore.planning.runs.summaries import FINISHED
from support.clusters import Cluster
from support.namespaces import WITHOUT_ARCHIVE
from support.tasks import beside

FREE = Pace(rate=10_000, burst=10_000)
AT_ONCE = 20
POLL_SECONDS = 0.5


@dataclass
class Seen:
    """When the watch told first that a pod is there, and that it has ended; in seconds of one clock."""

    added: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)


class Site:
    """A namespace, and the API server that has it."""

    def __init__(self, cluster: Cluster, transport: Transport, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self._transport = transport

    def apply(self, manifest: str) -> None:
        """Have an object as it is written."""
        self.cluster.kubectl("apply", "-f", "-", stdin=manifest)

    def have_archive(self) -> None:
        """Let the namespace have an archive, from the next Run on."""
        self.cluster.kubectl("annotate", "namespace", self.namespace, f"{WITHOUT_ARCHIVE.partition('=')[0]}-")

    async def time_raw(self, work: Work, is_over: Callable[[Json], bool]) -> float:
        """Seconds that a tight loop takes: it watches pods, and makes each as soon as the one before is over."""
        chains = {chain[0]["metadata"]["name"]: chain for chain in work.build_chains(self.namespace)}
        nexts = {
            before["metadata"]["name"]: after for chain in chains.values() for before, after in pairwise(chain)
        }
        waiting = work.steps
        async with self._watch(PODS) as events:
            start = time.monotonic()
            async with asyncio.TaskGroup() as group:
                for chain in chains.values():
                    group.create_task(self._create(PODS, chain[0]))
                ended: set[str] = set()
                async for event in events:
                    name = event["object"]["metadata"]["name"]
                    if is_over(event["object"]) and name not in ended:
                        ended.add(name)
                        waiting -= 1
                        if name in nexts:
                            group.create_task(self._create(PODS, nexts[name]))
                    if not waiting:
                        break
            return time.monotonic() - start

    async def time_runs(self, work: Work) -> float:
        """Seconds from the first Run's creation until the last is seen to have succeeded."""
        waiting = {work.build_run(number)["metadata"]["name"] for number in range(work.runs)}
        async with self._watch(RUNS) as events:
            start = time.monotonic()
            await self.create_runs(work)
            async for event in events:
                run = event["object"]
                phase = run.get("status", {}).get("phase")
                if phase in FINISHED and phase != "Succeeded":
                    raise RuntimeError(f"{run['metadata']['name']}: {run['status'].get('message')}")
                if phase == "Succeeded":
                    waiting.discard(run["metadata"]["name"])
                if not waiting:
                    return time.monotonic() - start
        raise RuntimeError("the watch ended early")

    async def create_group(self, name: str, limit: int) -> None:
        """Make a ConcurrencyGroup."""
        metadata = {"apiVersion": API_VERSION, "kind": "ConcurrencyGroup", "metadata": {"name": name}}
        await self._create(GROUPS, {**metadata, "spec": {"limit": limit}})

    async def delete_run(self, name: str) -> None:
        """Delete a Run; its pods follow."""
        run = await self._transport.get(RUNS, self.namespace, name)
        await self._transport.delete(RUNS, self.namespace, name, run["metadata"]["uid"])

    async def count_queued(self, name: str) -> int:
        """How many wait for it."""
        group = await self._transport.get(GROUPS, self.namespace, name)
        return int(group.get("status", {}).get("queued", 0))

    async def create_runs(self, work: Work) -> None:
        """Make all Runs, some at once."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def create(number: int) -> None:
            async with slots:
                await self._create(RUNS, work.build_run(number))

        await asyncio.gather(*(create(number) for number in range(work.runs)))

    @asynccontextmanager
    async def note_pods(self) -> AsyncIterator[Seen]:
        """Within, what the watch tells of pods is noted."""
        seen = Seen()

        async def note() -> None:
            while True:  # the API server ends the stream of who is slow to read many events at once
                async with self._watch(PODS) as events:
                    async for event in events:
                        name, now = event["object"]["metadata"]["name"], time.monotonic()
                        seen.added.setdefault(name, now)
                        if has_ended(event["object"]):
                            seen.ended.setdefault(name, now)

        async with beside(note()):
            yield seen

    async def list_pods(self) -> tuple[Json, ...]:
        """All pods."""
        return (await self._transport.list(PODS, Selection(self.namespace))).items

    async def list_runs(self) -> tuple[Json, ...]:
        """All Runs, also the parts that a large one is cut into."""
        return (await self._transport.list(RUNS, Selection(self.namespace))).items

    async def count_finished(self, work: str) -> int:
        """How many Runs of a work have ended; the parts that a large one is cut into do not count."""
        own = [run for run in await self.list_runs() if run["metadata"]["name"].rpartition("-")[0] == work]
        return sum(run.get("status", {}).get("phase") in FINISHED for run in own)

    async def clear(self) -> None:
        """Have no Run and no pod."""
        self.cluster.kubectl("delete", "runs.longshore.dev", "--all", "-n", self.namespace, "--wait=false")
        self.cluster.kubectl("delete", "pods", "--all", "-n", self.namespace, "--grace-period=1", "--wait=false")

        async def is_empty() -> bool:
            return not await self.list_runs() and not await self.list_pods()

        await wait_until(is_empty, 300)

    async def _create(self, resource: Resource, obj: Json) -> None:
        await self._transport.create(resource, self.namespace, json.loads(json.dumps(obj)))

    @asynccontextmanager
    async def _watch(self, resource: Resource) -> AsyncIterator[AsyncIterator[Json]]:
        selection = Selection(self.namespace)
        version = (await self._transport.list(resource, selection)).version
        async with self._transport.watch(resource, selection, version, WatchTimeouts(1800, 600)) as events:
            yield (event async for event in events if event["type"] in {"ADDED", "MODIFIED"})


def has_exited(pod: Json) -> bool:
    """Whether the pod's container has exited; the kubelet says so about a second before the pod has ended."""
    states = [entry.get("state", {}) for entry in pod.get("status", {}).get("containerStatuses", ())]
    return bool(states) and all("terminated" in state for state in states)


def has_ended(pod: Json) -> bool:
    """Whether the pod has ended, as `kubectl wait` and Jobs take it."""
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def find_edges(pods: Iterable[Json], seen: Seen) -> list[float]:
    """Seconds from a step's end to the next one's pod, both as a bystander saw them; of chains of one row."""
    chains: defaultdict[str, list[str]] = defaultdict(list)
    for pod in sorted(pods, key=lambda pod: str(pod["metadata"]["labels"].get("longshore.dev/step"))):
        chains[pod["metadata"]["labels"]["longshore.dev/run"]].append(pod["metadata"]["name"])
    return [
        seen.added[after] - seen.ended[before] for names in chains.values() for before, after in pairwise(names)
    ]


async def wait_until(holds: Callable[[], Awaitable[bool]], seconds: float) -> None:
    """Return once `holds()` is true. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - the API server is asked
            await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def open_site(cluster: Cluster, namespace: str) -> AsyncIterator[Site]:
    """A site in a namespace that is made, and goes in the end; without an archive, as raw pods have none."""
    cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("annotate", "namespace", namespace, WITHOUT_ARCHIVE)
    try:
        async with Transport(await connect(Path(cluster.kubeconfig)), FREE) as transport:
            yield Site(cluster, transport, namespace)
    finally:
        cluster.kubectl("delete", "namespace", namespace, "--wait=false")
