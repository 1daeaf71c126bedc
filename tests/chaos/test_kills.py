"""The operator is killed, as by a power cut, after each call of a whole Run; its successor ends the Run well."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from support.api_server import ApiServer
from support.exchanges import SeenCall
from support.faults import Fault, LoseAnswer, LoseRequest
from support.faulty_proxy import Rule
from support.graphs import PIPELINE, PIPELINE_ENDS, PIPELINE_OUTCOMES, read_ends
from support.operators import wait_for
from support.worlds import build_world

AT_ONCE = 6
"""Operators that run beside each other: most of the time they wait."""
SAME = {"identity": "operator"}
"""A successor of the same name takes the Lease at once."""
BuildFault = Callable[[Callable[[], None]], Fault]


def is_step(call: SeenCall) -> bool:
    """Whether the call belongs to the Run's course: renewing the Lease does not, and a watch has no answer."""
    return call.verb != "watch" and (call.verb, call.resource) != ("patch", "leases")


class StepRule(Rule):
    """Strikes only calls of the Run's course."""

    def takes(self, call: SeenCall) -> bool:
        """Whether the fault strikes this call."""
        return is_step(call) and Rule.takes(self, call)


@pytest.fixture(scope="module")
def call_count(api_server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls it takes to start an operator and to run the pipeline undisturbed."""
    return asyncio.run(count_calls(api_server, tmp_path_factory.mktemp("undisturbed")))


async def count_calls(server: ApiServer, folder: Path) -> int:
    async with build_world(server, folder, PIPELINE_OUTCOMES) as world:
        world.start_operator(**SAME)
        run = await world.create_run(PIPELINE)
        status = await world.finish()
        assert read_ends(status) == PIPELINE_ENDS
        assert status["outputs"] == {"count": "3"}
        world.check_attempts(run, status)
        return sum(map(is_step, world.proxy.calls))


@pytest.mark.parametrize("build_fault", [LoseRequest, LoseAnswer], ids=["before it arrives", "after it is done"])
async def test_killed_at_each_call(
    api_server: ApiServer, tmp_path: Path, call_count: int, build_fault: BuildFault
) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def survive(number: int) -> bool:
        async with slots:
            return await survive_kill(api_server, tmp_path, number, build_fault)

    assert call_count > 25
    killed = await asyncio.gather(*map(survive, range(call_count)))
    # How many calls there are varies a little, as statuses share writes.
    assert sum(killed) >= call_count - 4


async def survive_kill(server: ApiServer, folder: Path, number: int, build_fault: BuildFault) -> bool:
    """Whether the operator was killed at the call with this number, from 0; fails where the Run goes wrong."""
    async with build_world(server, folder, PIPELINE_OUTCOMES) as world:
        operator = world.start_operator(**SAME)
        world.proxy.rules.append(StepRule(build_fault(operator.kill), skip=number))
        run = await world.create_run(PIPELINE)
        await wait_for(lambda: operator.exit_code is not None or world.has_finished("run"))
        if operator.exit_code is not None:
            world.start_operator(**SAME)
        status = await world.finish()
        assert (number, read_ends(status)) == (number, PIPELINE_ENDS)
        assert status["outputs"] == {"count": "3"}
        world.check_attempts(run, status)
        return operator.exit_code is not None
