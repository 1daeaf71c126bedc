"""Leadership: one process at a time works, by a coordination.k8s.io Lease.

`kubernetes.aio.leaderelection` will not do: a broken connection ends it, it reads the wall clock, and it never
hands the Lease back. Here time is the process's own monotonic clock: a holder is gone when its Lease was seen
unchanged for as long as it claims, whatever the clocks of the two say.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from longshore.cluster.resources import LEASES, Object
from longshore.cluster.transports import Transport
from longshore.cluster.versions import version_of
from longshore.errors import AlreadyExistsError, ClusterError, ConflictError, LeadershipLostError, NotFoundError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """Seconds: others wait `duration` for a dead holder, who gives up after `renew_deadline` without renewal."""

    duration: int = 15
    renew_deadline: float = 10
    retry: float = 2


class Lease:
    """One claim to the Lease `name`; `identity` differs from process to process."""

    def __init__(
        self, transport: Transport, namespace: str, name: str, identity: str, times: LeaseTimes | None = None
    ) -> None:
        self._transport = transport
        self._namespace = namespace
        self._name = name
        self._identity = identity
        self._times = times or LeaseTimes()
        self._seen: Object | None = None
        self._seen_at = self._renewed_at = time.monotonic()

    async def hold(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Wait for leadership, do `work` while it lasts, and hand it on when that ends or is cancelled.

        Raises LeadershipLostError after `work` was cancelled; then this process must not go on. `work` has to
        end within `duration - renew_deadline` seconds of its cancellation, before another begins.
        """
        try:
            await self._acquire()
            await self._lead(work)
        finally:
            await self._release()

    async def _lead(self, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do the work until it ends or leadership is lost, and answer when both have ended."""
        tasks = [asyncio.create_task(work()), asyncio.create_task(self._keep())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            with suppress(asyncio.CancelledError):
                task.result()

    async def _acquire(self) -> None:
        while True:
            if await self._try_claim(self._times.renew_deadline):
                logger.info("leading as %s", self._identity)
                return
            await asyncio.sleep(self._times.retry)

    async def _keep(self) -> None:
        """Renew for ever; raises LeadershipLostError."""
        while True:
            await asyncio.sleep(self._times.retry)
            remaining = self._renewed_at + self._times.renew_deadline - time.monotonic()
            # Half, so that there is time for a second try on a new connection.
            await self._try_claim(min(remaining, self._times.renew_deadline / 2))
            if not self._is_ours() or time.monotonic() >= self._renewed_at + self._times.renew_deadline:
                raise LeadershipLostError(f"{self._name}: {self._identity} leads no longer")

    async def _try_claim(self, seconds: float) -> bool:
        """Claim, and take a failure for a no."""
        try:
            async with asyncio.timeout(seconds):
                return await self._claim()
        except (ClusterError, TimeoutError) as error:
            logger.warning("lease %s: %s", self._name, str(error) or "no answer in time")
            return False

    async def _claim(self) -> bool:
        """Take the Lease or renew it; False where another holds it."""
        start = time.monotonic()
        if not self._is_ours():
            await self._look()
        if self._seen and not is_free(self._seen, self._identity, time.monotonic() - self._seen_at):
            return False
        try:
            self._seen = await self._write(build_claim(self._seen, self._identity, self._times.duration))
        except (ConflictError, AlreadyExistsError):
            # Another was faster, or the answer to an earlier try of ours was lost: looking tells which.
            await self._look()
            return False
        self._renewed_at = start
        return True

    async def _release(self) -> None:
        """Empty the Lease so that the next may lead at once; where that fails, it runs out by itself."""
        try:
            async with asyncio.timeout(self._times.retry):
                await self._look()
                if self._is_ours():
                    await self._write({"holderIdentity": "", "leaseDurationSeconds": 1})
        except (ClusterError, TimeoutError) as error:
            logger.warning("lease %s was not released: %s", self._name, str(error) or "no answer in time")

    async def _look(self) -> None:
        """Read the Lease, and note since when it is as it is."""
        try:
            lease = await self._transport.get(LEASES, self._namespace, self._name)
        except NotFoundError:
            self._seen = None
            return
        if self._seen is None or version_of(lease) != version_of(self._seen):
            self._seen_at = time.monotonic()
        self._seen = lease

    async def _write(self, spec: Object) -> Object:
        """Write the spec, if the Lease is still as it was seen."""
        if self._seen is None:
            lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": self._name}}
            return await self._transport.create(LEASES, self._namespace, lease | {"spec": spec})
        patch = {"metadata": {"resourceVersion": self._seen["metadata"]["resourceVersion"]}, "spec": spec}
        return await self._transport.patch(LEASES, self._namespace, self._name, patch)

    def _is_ours(self) -> bool:
        return self._seen is not None and self._seen["spec"].get("holderIdentity") == self._identity


def is_free(lease: Object, identity: str, unchanged_seconds: float) -> bool:
    """Whether `identity` may take a Lease that was seen unchanged for so long."""
    holder = lease["spec"].get("holderIdentity")
    return not holder or holder == identity or unchanged_seconds >= lease["spec"].get("leaseDurationSeconds", 0)


def build_claim(lease: Object | None, identity: str, duration: int) -> Object:
    """The spec by which `identity` takes or renews `lease`, None where there is none yet."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    old = lease["spec"] if lease else {}
    claim = {"holderIdentity": identity, "leaseDurationSeconds": duration, "renewTime": now}
    if old.get("holderIdentity") == identity:
        return claim
    return claim | {"acquireTime": now, "leaseTransitions": old.get("leaseTransitions", -1) + 1}
