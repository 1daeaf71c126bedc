"""Calls and watches go wrong while a Run is under way; it ends as if nothing had been."""

import asyncio
import random
from pathlib import Path

import pytest
from support.api_server import ApiServer
from support.exchanges import SeenCall
from support.faults import Answer, Cut, Delay, Fault, Lag, LoseAnswer, LoseRequest, StreamError
from support.faulty_proxy import Rule
from support.graphs import PIPELINE, PIPELINE_ENDS, PIPELINE_OUTCOMES, read_ends
from support.operators import wait_for
from support.worlds import build_world


class Weather(Rule):
    """Strikes one call in seven with whatever comes, but for watches, which break now and then."""

    def __init__(self, seed: int) -> None:
        super().__init__(LoseRequest(), times=0)
        self._random = random.Random(seed)  # noqa: S311 - chance, not a secret

    def takes(self, call: SeenCall) -> bool:
        """Whether a fault strikes this call; chooses which."""
        is_struck = self._random.random() < 1 / 7
        calls: list[Fault] = [
            Answer(500),
            Answer(429, {"Retry-After": "1"}),
            LoseRequest(),
            LoseAnswer(),
            Delay(0.5),
        ]
        watches: list[Fault] = [Cut(1), StreamError(410), Lag(0.3), Answer(500)]
        self.fault = self._random.choice(watches if call.verb == "watch" else calls)
        self.times += is_struck
        return is_struck


def rule(fault: Fault, verb: str = "", resource: str = "", times: int = 1) -> Rule:
    """Strikes the first calls of that kind; an empty verb or resource is any."""
    return Rule(fault, verb, resource, times=times)


CASES = [
    rule(Cut(0), "watch", "pods", 3),
    rule(Cut(3), "watch", "pods", 3),
    rule(Cut(0), "watch", "runs", 3),
    rule(Cut(2), "watch", "runs", 3),
    rule(StreamError(410, events=2), "watch", "pods", 3),
    rule(StreamError(410, events=2), "watch", "runs", 3),
    rule(StreamError(500, events=2), "watch", "pods", 3),
    rule(StreamError(500, events=2), "watch", "runs", 1),
    rule(Answer(410, reason="Expired"), "watch", "pods", 3),
    rule(Answer(410, reason="Expired"), "watch", "runs", 1),
    rule(Lag(0.5), "watch", "pods", 9),
    rule(Lag(1), "watch", "runs", 9),
    rule(Answer(409, reason="Conflict"), "patch", "runs/status", 4),
    rule(Answer(429, {"Retry-After": "1"}), "", "", 9),
    rule(Answer(429, {"Retry-After": "2"}), "create", "pods", 3),
    rule(Answer(500), "", "", 9),
    rule(Answer(503), "create", "pods", 6),
    rule(Answer(504), "patch", "runs/status", 6),
    rule(LoseRequest(), "create", "pods", 6),
    rule(LoseAnswer(), "create", "pods", 9),
    rule(LoseRequest(), "patch", "runs/status", 6),
    rule(LoseAnswer(), "patch", "runs/status", 6),
    rule(Delay(0.5), "create", "pods", 9),
    rule(Delay(0.5), "patch", "runs/status", 9),
    rule(Answer(401, reason="Unauthorized"), "create", "pods", 2),
]


@pytest.mark.parametrize("part", range(3))
async def test_one_kind_of_fault(api_server: ApiServer, tmp_path: Path, part: int) -> None:
    await asyncio.gather(*(survive(api_server, tmp_path, case) for case in CASES[part::3]))


@pytest.mark.parametrize("part", range(2))
async def test_all_kinds_of_weather(api_server: ApiServer, tmp_path: Path, part: int) -> None:
    await asyncio.gather(*(survive(api_server, tmp_path, Weather(seed)) for seed in range(part, 12, 2)))


async def test_an_operator_whose_watch_can_not_go_on_makes_room_for_one_that_sees(
    api_server: ApiServer, tmp_path: Path
) -> None:
    """Several at once: whether kopf then ends in order is a matter of chance."""
    await asyncio.gather(*(become_deaf(api_server, tmp_path) for _ in range(12)))


async def become_deaf(server: ApiServer, folder: Path) -> None:
    """End the watch of Runs for good before there is a Run."""
    async with build_world(server, folder, PIPELINE_OUTCOMES) as world, world.keep_operator():
        refusal = world.proxy.add(Answer(410, reason="Expired"), "watch", "runs")
        await wait_for(lambda: refusal.times == 0)
        run = await world.create_run(PIPELINE)
        world.check_attempts(run, await world.finish())


async def survive(server: ApiServer, folder: Path, rule: Rule) -> None:
    """Run the pipeline with a rule in place; what it says goes with every failure."""
    before = rule.times
    async with build_world(server, folder, PIPELINE_OUTCOMES) as world, world.keep_operator():
        world.proxy.rules.append(rule)
        run = await world.create_run(PIPELINE)
        try:
            status = await world.finish()
        except TimeoutError:
            raise AssertionError(f"{rule}: {world.read_status()}") from None
        assert (rule, read_ends(status)) == (rule, PIPELINE_ENDS)
        assert rule.times != before, f"{rule} struck nothing"
        world.check_attempts(run, status)
