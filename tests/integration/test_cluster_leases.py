"""One leader at a time, and another soon after it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from longshore.cluster.connections import connect
from longshore.cluster.leases import Lease, LeaseTimes
from longshore.cluster.paces import Pace
from longshore.cluster.resources import LEASES, Object
from longshore.cluster.transports import Transport
from longshore.errors import LeadershipLostError
from support.conditions import eventually
from support.faults import Answer, LoseAnswer
from support.faulty_proxy import FaultyProxy

TIMES = LeaseTimes(duration=3, renew_deadline=2, retry=0.2)
PATIENT = LeaseTimes(duration=60, renew_deadline=40, retry=0.2)


class Worker:
    """Work that lasts until cancelled, and says when it was at it."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.ended = asyncio.Event()
        self.began_at = self.ended_at = 0.0

    async def __call__(self) -> None:
        """Work."""
        self.began_at = time.monotonic()
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended_at = time.monotonic()
            self.ended.set()


@pytest.fixture
async def client(proxy: FaultyProxy, tmp_path: Path) -> AsyncIterator[Transport]:
    """Calls through the proxy."""
    connection = await connect(proxy.write_kubeconfig(tmp_path / "kubeconfig"))
    async with Transport(connection, Pace()) as transport:
        yield transport


async def read_spec(admin: Transport, namespace: str) -> Object:
    spec: Object = (await admin.get(LEASES, namespace, "leader"))["spec"]
    return spec


async def end(task: asyncio.Task[None]) -> None:
    """End a holder as SIGTERM does."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_who_ends_hands_over_at_once(admin: Transport, namespace: str) -> None:
    first, second = Worker(), Worker()
    one = asyncio.create_task(Lease(admin, namespace, "leader", "one", PATIENT).hold(first))
    await first.began.wait()
    two = asyncio.create_task(Lease(admin, namespace, "leader", "two", PATIENT).hold(second))
    assert (await read_spec(admin, namespace))["holderIdentity"] == "one"
    await end(one)
    assert first.ended.is_set()
    async with asyncio.timeout(PATIENT.duration / 2):
        await second.began.wait()
    assert (await read_spec(admin, namespace))["holderIdentity"] == "two"
    assert (await read_spec(admin, namespace))["leaseTransitions"] == 1
    await end(two)
    assert not (await read_spec(admin, namespace)).get("holderIdentity")


async def test_who_dies_is_followed_when_its_lease_has_run_out(
    client: Transport, proxy: FaultyProxy, admin: Transport, namespace: str
) -> None:
    first, second = Worker(), Worker()
    one = asyncio.create_task(Lease(client, namespace, "leader", "one", TIMES).hold(first))
    await first.began.wait()
    two = asyncio.create_task(Lease(admin, namespace, "leader", "two", TIMES).hold(second))
    # Without the API server it can release nothing, as if killed.
    async with proxy.stopped():
        await end(one)
        async with asyncio.timeout(60):
            await second.began.wait()
    assert second.began_at - first.ended_at > 0.5
    await end(two)


async def test_who_is_cut_off_stops_before_another_begins(
    client: Transport, proxy: FaultyProxy, admin: Transport, namespace: str
) -> None:
    first, second = Worker(), Worker()
    one = asyncio.create_task(Lease(client, namespace, "leader", "one", TIMES).hold(first))
    await first.began.wait()
    two = asyncio.create_task(Lease(admin, namespace, "leader", "two", TIMES).hold(second))
    async with proxy.stopped():
        with pytest.raises(LeadershipLostError, match="one leads no longer"):
            await one
        async with asyncio.timeout(60):
            await second.began.wait()
    assert first.ended_at < second.began_at
    await end(two)


async def test_a_leader_whose_lease_was_taken_stops_and_leaves_it(admin: Transport, namespace: str) -> None:
    worker = Worker()
    task = asyncio.create_task(Lease(admin, namespace, "leader", "one", PATIENT).hold(worker))
    await worker.began.wait()
    await admin.patch(LEASES, namespace, "leader", {"spec": {"holderIdentity": "thief"}})
    with pytest.raises(LeadershipLostError):
        await task
    assert worker.ended.is_set()
    assert (await read_spec(admin, namespace))["holderIdentity"] == "thief"


async def test_short_failures_are_survived(
    client: Transport, proxy: FaultyProxy, admin: Transport, namespace: str
) -> None:
    worker = Worker()
    task = asyncio.create_task(Lease(client, namespace, "leader", "one", TIMES).hold(worker))
    await worker.began.wait()
    proxy.add(Answer(500), "patch", times=3)
    proxy.add(LoseAnswer(), "patch")
    renewed = (await read_spec(admin, namespace))["renewTime"]

    async def is_renewed() -> bool:
        return not any(rule.times > 0 for rule in proxy.rules) and (
            (await read_spec(admin, namespace))["renewTime"] > renewed
        )

    await eventually(is_renewed)
    assert not task.done()
    await end(task)


async def test_two_that_start_at_once(admin: Transport, namespace: str) -> None:
    workers = [Worker(), Worker()]
    tasks = [
        asyncio.create_task(Lease(admin, namespace, "leader", f"holder-{n}", PATIENT).hold(worker))
        for n, worker in enumerate(workers)
    ]
    await asyncio.wait([asyncio.create_task(w.began.wait()) for w in workers], return_when=asyncio.FIRST_COMPLETED)
    leader = next(n for n, worker in enumerate(workers) if worker.began.is_set())
    assert (await read_spec(admin, namespace))["holderIdentity"] == f"holder-{leader}"
    assert not workers[1 - leader].began.is_set()
    await end(tasks[leader])
    await workers[1 - leader].began.wait()
    await end(tasks[1 - leader])


async def test_an_api_server_that_comes_late(client: Transport, proxy: FaultyProxy, namespace: str) -> None:
    worker = Worker()
    async with proxy.stopped():
        task = asyncio.create_task(Lease(client, namespace, "leader", "one", TIMES).hold(worker))
        done, _ = await asyncio.wait([task], timeout=0.5)
        assert not done
    await worker.began.wait()
    await end(task)


async def test_work_that_ends_or_fails_gives_the_lease_back(admin: Transport, namespace: str) -> None:
    async def succeed() -> None:
        assert (await read_spec(admin, namespace))["holderIdentity"] == "one"

    async def fail() -> None:
        raise ZeroDivisionError

    await Lease(admin, namespace, "leader", "one", PATIENT).hold(succeed)
    assert not (await read_spec(admin, namespace)).get("holderIdentity")
    with pytest.raises(ZeroDivisionError):
        await Lease(admin, namespace, "leader", "two", PATIENT).hold(fail)
    assert not (await read_spec(admin, namespace)).get("holderIdentity")
