"""When the Agent `built-in` is made, and what happens where it can't be."""

import pytest
from longshore.errors import AlreadyExistsError, ForbiddenError, UnavailableError
from longshore.names import BUILT_IN_AGENT
from longshore.reconcile.pools.built_ins import BuiltIns
from longshore.reconcile.stores import ObjectStore
from support.bystanders import Announced
from support.objects import NAMESPACE, build_object, build_run
from support.ports import FakeAgents


class Bench:
    """What makes it, and all around."""

    def __init__(self) -> None:
        self.store, self.agents, self.announced = ObjectStore(), FakeAgents(), Announced()
        self.built_ins = BuiltIns(self.store, self.agents, self.announced)

    async def ensure(self) -> None:
        """A new Run comes."""
        await self.built_ins.ensure(build_run())


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_it_is_made_once_and_known_at_once(bench: Bench) -> None:
    await bench.ensure()
    await bench.ensure()
    assert [agent["metadata"]["name"] for agent in bench.agents.made] == [BUILT_IN_AGENT]
    assert bench.store.get(NAMESPACE, BUILT_IN_AGENT) is not None


async def test_one_that_is_there_is_left_alone(bench: Bench) -> None:
    bench.store.put(build_object("Agent", {"enabled": False}, BUILT_IN_AGENT))
    await bench.ensure()
    assert bench.agents.made == []


async def test_one_that_was_deleted_is_made_again_with_the_next_run(bench: Bench) -> None:
    await bench.ensure()
    bench.store.remove(NAMESPACE, BUILT_IN_AGENT)
    await bench.ensure()
    assert len(bench.agents.made) == 2


async def test_one_that_somebody_made_meanwhile_is_as_good(bench: Bench) -> None:
    bench.agents.refuse = lambda: AlreadyExistsError(BUILT_IN_AGENT)
    await bench.ensure()
    assert bench.announced.notices == []


async def test_a_refusal_is_told_once(bench: Bench) -> None:
    bench.agents.refuse = lambda: ForbiddenError("no")
    await bench.ensure()
    await bench.ensure()
    [notice] = bench.announced.notices
    assert (notice.type, notice.reason) == ("Warning", "AgentForbidden")
    assert notice.message == "the Agent built-in can't be made: no"


async def test_an_api_server_that_is_away_is_asked_again(bench: Bench) -> None:
    bench.agents.refuse = lambda: UnavailableError("away")
    with pytest.raises(UnavailableError):
        await bench.ensure()
    bench.agents.refuse = lambda: None
    await bench.ensure()
    assert len(bench.agents.made) == 1
