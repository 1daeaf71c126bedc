"""What a place costs that gets free at an Agent, where many wait: the operator alone, on fake nodes."""

import json
from asyncio import to_thread
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bench.operators import OperatorMetrics
from bench.results import Figure
from bench.sites import Site, wait_until
from bench.works import ON_FAKE_NODES, Json, Work
from longshore.names import API_VERSION

AGENTS = 50
CAPACITY = 4
RUNS = 100
ITEMS = (AGENTS * CAPACITY + 5000) // RUNS
QUEUED = 5000
TURNS = 300


@dataclass(frozen=True, slots=True)
class Crowd(Work):
    """Runs whose steps may be of one of two Agents, and hold their place for some while, each another one."""

    def build_run(self, number: int) -> Json:
        """A Run that asks what others ask too."""
        run = Work.build_run(self, number)
        spec, name = run["spec"]["workflowSpec"], number % AGENTS
        hold = {"pod-complete.stage.kwok.x-k8s.io/delay": f"{20_000 + number * 200}ms"}
        spec["defaults"]["template"] = {"metadata": {"annotations": hold}}
        spec["defaults"]["agents"] = [name_agent(name), name_agent((name + 1) % AGENTS)]
        return run


async def measure_pools(site: Site) -> AsyncIterator[Figure]:
    """5,000 steps wait for 50 Agents with 1,000 nodes, and places get free one after the other."""
    metrics = OperatorMetrics(site.cluster)
    manifests = "\n---\n".join(json.dumps(build_agent(number)) for number in range(AGENTS))
    site.cluster.kubectl("apply", "-n", site.namespace, "-f", "-", stdin=manifests)
    items: Json = {"params": [{"name": "items", "type": "List", "default": list(range(ITEMS))}]}
    await site.create_runs(Crowd("crowd", runs=RUNS, graph=items, each="params.items"))

    async def are_queued() -> bool:
        return (await to_thread(metrics.read)).waiting >= QUEUED * 0.95

    await wait_until(are_queued, 240)
    async with site.note_pods() as seen, metrics.observe() as usage:

        async def have_turned() -> bool:
            return len(seen.ended) >= TURNS

        await wait_until(have_turned, 240)
    waiting = [round(reading.waiting) for reading in usage.readings]
    yield Figure(
        "a place at one of 50 Agents: seen free to planned, p95",
        [usage.find_turn(0.95) * 1000],
        " ms",
        50,
        detail=f"{usage.turns:.0f} places; {waiting[0]:,} to {waiting[1]:,} steps waited",
    )
    await site.clear()


def name_agent(number: int) -> str:
    """The name of an Agent."""
    return f"agent-{number:02}"


def build_agent(number: int) -> Json:
    """An Agent on the fake nodes."""
    place = ON_FAKE_NODES["spec"]
    return {
        "apiVersion": API_VERSION,
        "kind": "Agent",
        "metadata": {"name": name_agent(number)},
        "spec": {"capacity": CAPACITY, **place},
    }
