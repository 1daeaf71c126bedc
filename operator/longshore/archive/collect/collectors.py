"""Owns the archive's control loop: a pod changes, or what is on record of its Run; plan_pod decides; this does it.

Keeps nothing that a restart could lose: what is told on pods, what lies on the volume and what the API server has
of Runs is where it goes on from. Must not know what is done with logs and files.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, assert_never

from longshore.api.archives import PodArtifacts
from longshore.archive.collect.plans import Decision, Delete, FindRun, Seal, Settle, Situation, Wait, plan_pod
from longshore.archive.collect.pods import CollectedPod, observe_pod, read_declared, slim_pod
from longshore.archive.collect.runs import GONE, RunView
from longshore.archive.collect.seals import Sealer
from longshore.archive.collect.sightings import Sightings
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Caches, Json, Logs
from longshore.clocks import read_clock
from longshore.cluster.caches import Change
from longshore.cluster.paces import TokenBucket
from longshore.errors import ConflictError, NotFoundError
from longshore.queues import Queue, QueueObserver

logger = logging.getLogger(__name__)
DELETES_A_SECOND = 20
RUN_DELAY = 1.0
"""Seconds until it is looked again for a Run that is there, and of which nothing has told yet."""


class Calls(Protocol):
    """What the collector asks of the API server."""

    async def annotate(self, pod: CollectedPod, archived: str) -> None:
        """Tell on the pod of this uid what the archive has of each path. Raises ClusterError."""

    async def delete(self, pod: CollectedPod) -> None:
        """Delete the pod of this uid, of which nothing runs any more. Raises ClusterError."""

    async def has_run(self, name: str, uid: str) -> bool:
        """Whether the Run of this uid is there. Raises ClusterError."""


class Records(Protocol):
    """What is on record of Runs, and in the journal."""

    def find(self, uid: str) -> RunView | None:
        """What is on record of a Run; None: nothing has told of it, or it is gone."""


class Observer(QueueObserver, Protocol):
    """Told what the collector does; must be quick, and must not raise."""

    def on_deleted(self) -> None:
        """A pod was deleted."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the collector reaches the world by."""

    calls: Calls
    runs: Records
    logs: Logs
    sealer: Sealer
    caches: Caches
    sightings: Sightings
    observer: Observer


class Collector:
    """Looks after the pods of one namespace, by uid. What becomes of them waits for `start`; their logs do not."""

    def __init__(self, ports: Ports, upload: timedelta) -> None:
        self._ports = ports
        self._upload = upload
        self._pods: dict[str, tuple[Json, CollectedPod]] = {}
        self._uids: defaultdict[str, set[str]] = defaultdict(set)
        """Of the pods of each Run."""
        self._deletes = TokenBucket(DELETES_A_SECOND, DELETES_A_SECOND)
        self._queue = Queue(self.reconcile, self._describe, ports.observer)
        self._settled: set[str] = set()
        self._is_started = False

    def see(self, change: Change) -> None:
        """A pod changed."""
        if change.new is None:
            self._lose(change)
        elif (pod := observe_pod(change.new)) is not None:
            self._pods[pod.uid] = (change.new, pod)
            self._uids[pod.run_uid].add(pod.uid)
            self._ports.sightings.see(change.old, change.new)
            self._ports.logs.follow(change.new)
            self._expect_caches(change.new, pod)
            self._mark(pod.uid)

    def see_record(self, run_uid: str) -> None:
        """What is on record of a Run changed."""
        for uid in self._uids.get(run_uid, ()):
            self._mark(uid)

    def start(self) -> None:
        """All is known that was so before: look at all pods, and from then on at each that changes."""
        self._is_started = True
        for uid in self._pods:
            self._queue.mark(uid)

    async def close_logs(self) -> None:
        """Have the logs closed whose pods went while nobody looked. Raises ArchiveError."""
        await self._ports.logs.close_lost(self.may_have)

    async def stop(self) -> None:
        """End what is under way; whoever comes next may do any of it again."""
        await self._queue.stop()

    def may_have(self, uid: str) -> bool:
        """Whether a pod may be in the cluster, as far as is known."""
        return not self._is_started or uid in self._pods

    def count_awaiting(self) -> int:
        """How many pods have ended and are still there."""
        return sum(pod.has_ended for _, pod in self._pods.values())

    async def find_declared(self, key: AttemptKey) -> Mapping[str, PodArtifacts] | None:
        """What the pod of an attempt declares, by the steps that declare anything; None: no such pod is known."""
        carriers = [(len(pod.attempts), raw) for raw, pod in self._pods.values() if key in pod.attempts]
        # One that left a pod that it shared has one of its own since.
        _, carrier = min(carriers, key=lambda pair: pair[0], default=(0, None))
        return None if carrier is None else read_declared(carrier)

    async def reconcile(self, uid: str) -> float | None:
        """Look at one pod; answers in how many seconds to look again."""
        if uid not in self._pods:
            return None
        raw, pod = self._pods[uid]
        run = self._ports.runs.find(pod.run_uid)
        decision = self._plan(pod, raw, run)
        if isinstance(decision, FindRun):
            if await self._ports.calls.has_run(pod.run, pod.run_uid):
                return RUN_DELAY
            decision = self._plan(pod, raw, GONE)
        return await self._apply(pod, raw, decision)

    def _plan(self, pod: CollectedPod, raw: Json, run: RunView | None) -> Decision:
        has_logs = self._ports.logs.has_all(raw)
        return plan_pod(pod, Situation(run, has_logs, read_clock(), self._upload, pod.uid in self._settled))

    async def _apply(self, pod: CollectedPod, raw: Json, decision: Decision) -> float | None:
        match decision:
            case Seal(files):
                told = await self._ports.sealer.seal(raw, pod, files)
                with suppress(NotFoundError, ConflictError):  # gone already, as its watch will tell
                    await self._ports.calls.annotate(pod, told)
            case Settle():
                await self._settle(pod)
                return 0.0
            case Delete():
                await self._delete(pod)
            case Wait(delay):
                return delay.total_seconds()
            case FindRun() | None:
                pass
            case _:
                assert_never(decision)
        return None

    async def _settle(self, pod: CollectedPod) -> None:
        for key, is_good in pod.savers.items():
            await (self._ports.caches.commit if is_good else self._ports.caches.drop)(key)
        self._settled.add(pod.uid)

    def _expect_caches(self, raw: Json, pod: CollectedPod) -> None:
        for key, is_good in pod.savers.items():
            if is_good and pod.uid not in self._settled:
                keys = [cache.key for cache in read_declared(raw)[key.step].caches]
                self._ports.caches.expect(key, keys)

    async def _delete(self, pod: CollectedPod) -> None:
        await self._deletes.take()
        with suppress(NotFoundError, ConflictError):  # gone already, as its watch will tell
            await self._ports.calls.delete(pod)
            self._ports.observer.on_deleted()
            logger.info("deleted: its end is on record, and all that it left is safe")

    def _lose(self, change: Change) -> None:
        """A pod is gone; its last state may tell how it ended."""
        uid = (change.old or {"metadata": {"uid": ""}})["metadata"]["uid"]
        self._settled.discard(uid)
        _, pod = self._pods.pop(uid, (None, None))
        if pod is None:
            return
        self._uids[pod.run_uid].discard(uid)
        if not self._uids[pod.run_uid]:
            del self._uids[pod.run_uid]
        if change.whole is not None:
            self._ports.sightings.see(change.old, slim_pod(change.whole))

    def _mark(self, uid: str) -> None:
        if self._is_started:
            self._queue.mark(uid)

    def _describe(self, uid: str) -> dict[str, str]:
        """What log lines about a pod carry."""
        pod = self._pods[uid][1] if uid in self._pods else None
        return {"run": pod.run, "pod": pod.name} if pod else {}
