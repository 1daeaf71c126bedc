"""Two operators at once: one of them works, and where both believe to be it, no attempt runs twice."""

import asyncio
from pathlib import Path

import pytest
from longshore.cluster.resources import WORKFLOWS, Object
from longshore.planning.times import parse_time
from support.api_server import ApiServer
from support.conditions import PATIENCE
from support.faults import Lag
from support.graphs import PIPELINE, PIPELINE_ENDS, PIPELINE_OUTCOMES, chain, read_ends
from support.live_pods import Outcome
from support.operators import wait_for
from support.worlds import World, build_world

SLOW_CHAIN = {f"s{n}": [Outcome(seconds=0.4)] for n in range(1, 6)}
LONG_LEASE = {"lease_duration_seconds": 60, "lease_renew_seconds": 40}
HANDED_ON = 30
"""Seconds, on a busy machine; a Lease that nobody handed on is good for twice as long."""
QUICK_LEASE = {"lease_duration_seconds": 4, "lease_renew_seconds": 3, "lease_retry_seconds": 0.5}


async def test_the_second_takes_over_from_a_dead_leader(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, SLOW_CHAIN) as world:
        leader = world.start_operator(**QUICK_LEASE)
        await wait_for(lambda: leader.has_led)
        second = world.start_operator(**QUICK_LEASE)
        run = await world.create_run(chain(5))
        await world.reach("s1", "Succeeded")
        assert not second.has_led
        leader.kill()
        status = await world.finish()
        assert second.has_led
        assert status["phase"] == "Succeeded"
        world.check_attempts(run, status)


async def test_the_second_takes_over_at_once_from_a_leader_that_ends_well(
    api_server: ApiServer, tmp_path: Path
) -> None:
    async with build_world(api_server, tmp_path, SLOW_CHAIN) as world:
        leader = world.start_operator(**LONG_LEASE)
        await wait_for(lambda: leader.has_led)
        second = world.start_operator(**LONG_LEASE)
        await wait_for(lambda: second.has_logged("settings"))
        run = await world.create_run(chain(5))
        await world.reach("s1", "Succeeded")
        leader.terminate()
        assert await leader.wait_exit(HANDED_ON) == 0
        await wait_for(lambda: second.has_led, HANDED_ON)
        status = await world.finish()
        assert status["phase"] == "Succeeded"
        world.check_attempts(run, status)


async def test_a_leader_that_hung_does_not_go_on(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, SLOW_CHAIN) as world:
        leader = world.start_operator(**QUICK_LEASE)
        await wait_for(lambda: leader.has_led)
        second = world.start_operator(**QUICK_LEASE)
        run = await world.create_run(chain(5))
        await world.reach("s1", "Succeeded")
        leader.pause()
        await wait_for(lambda: second.has_led)
        leader.resume()
        assert await leader.wait_exit() == 1
        assert leader.has_logged("leads no longer")
        status = await world.finish()
        assert status["phase"] == "Succeeded"
        world.check_attempts(run, status)


@pytest.mark.parametrize("late", ["runs", "pods", "nothing"])
async def test_two_leaders_run_no_attempt_twice(api_server: ApiServer, tmp_path: Path, late: str) -> None:
    """As if the Lease did not hold: all that is left are the names of pods and the versions of Runs.

    One of the two sees late what becomes of `late`.
    """
    async with build_world(api_server, tmp_path, PIPELINE_OUTCOMES) as world:
        world.proxy.add(Lag(0.7), "watch", late)
        both = [world.start_operator(lease_name=name) for name in ("one", "two")]
        for operator in both:
            await wait_for(lambda operator=operator: operator.has_led)  # type: ignore[misc]
        runs = [await world.create_run(PIPELINE, f"run-{number}") for number in range(6)]
        statuses = await asyncio.gather(*(world.finish(run["metadata"]["name"]) for run in runs))
        for run, status in zip(runs, statuses, strict=True):
            assert read_ends(status) == PIPELINE_ENDS
            world.check_attempts(run, status)
        assert all(operator.has_logged("CreatePod") for operator in both)


async def test_two_leaders_and_the_next_one_make_one_run_of_a_time(api_server: ApiServer, tmp_path: Path) -> None:
    """It takes up to a minute: that is how often a schedule comes at most."""
    async with build_world(api_server, tmp_path) as world:
        both = [world.start_operator(lease_name=name) for name in ("one", "two")]
        for operator in both:
            await wait_for(lambda operator=operator: operator.has_led)  # type: ignore[misc]
        await world.create_workflow({**chain(1), "schedule": {"cron": "* * * * *"}})
        await wait_for(lambda: bool(world.history.versions))
        (name,) = world.history.versions
        assert (await world.finish(name))["phase"] == "Succeeded"
        for operator in both:
            operator.kill()
        third = world.start_operator(lease_name="three")
        await wait_for(lambda: third.has_led)
        status = await wait_until_idle(world)
        assert {entry["reason"] for entry in status["conditions"]} == {"Accepted", "Scheduled"}
        minutes = sorted(int(made.rpartition("-")[2]) for made in world.history.versions)
        assert minutes == list(range(minutes[0], minutes[0] + len(minutes)))
        assert parse_time(status["lastScheduleTime"]).timestamp() == minutes[-1] * 60


async def wait_until_idle(world: World) -> Object:
    """The status of the Workflow once none of its Runs goes on. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while True:
            workflow = await world.admin.get(WORKFLOWS, world.namespace, "flow")
            status: Object = workflow.get("status", {})
            if status.get("active") == 0:
                return status
            await asyncio.sleep(0.1)
