"""What many steps cost others, and themselves: a fan-out of 5,000, and a namespace with 10,000 that wait."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from statistics import median

from bench.operators import OperatorMetrics
from bench.results import Figure, divide
from bench.sites import Site, open_site, wait_until
from bench.works import ON_FAKE_NODES, Json, Work
from longshore.names import API_VERSION, BUILT_IN_AGENT
from support.tasks import beside

WIDE = 5_000
CAPACITY = 20
CROWD = 12
CROWD_ITEMS = 850
"""Of each Run: together more than 10,000."""
SLOWLY = {"metadata": {"annotations": {"pod-complete.stage.kwok.x-k8s.io/delay": "5s"}}}
"""So that places get free all the time, and starting pods does not keep the machine busy."""
FEW = Work("few", length=3, template=ON_FAKE_NODES)
FEW_ROUNDS = 5
LARGEST = 512
"""KiB that a Run may have."""


async def measure_wide(site: Site) -> AsyncIterator[Figure]:
    """One fan-out of as many items as there may be."""
    metrics, sizes = OperatorMetrics(site.cluster), [0.0]

    async def note_sizes() -> None:
        while True:
            sizes.append(max((len(json.dumps(run)) / 1024 for run in await site.list_runs()), default=0))
            await asyncio.sleep(2)

    work = build_fan("wide", WIDE)
    async with metrics.observe() as usage, beside(note_sizes()):
        seconds = await site.time_runs(work)
    yield Figure(f"a fan-out of {WIDE:,}: rate", [WIDE / seconds], " steps/s", 30, "higher", f"{seconds:.0f} s")
    yield Figure(f"a fan-out of {WIDE:,}: largest Run", [max(sizes)], " KiB", LARGEST)
    yield Figure(f"a fan-out of {WIDE:,}: CPU a step", [usage.cpu_seconds / WIDE * 1000], " ms", 15)
    yield Figure(f"a fan-out of {WIDE:,}: API writes a step", [usage.writes / WIDE], "", 2)
    yield Figure(f"a fan-out of {WIDE:,}: operator RSS", [usage.rss_mib], " MiB", 250)
    await site.clear()


async def measure_crowd(site: Site) -> AsyncIterator[Figure]:
    """Chains of three steps in one namespace, while more than 10,000 steps wait for their Agent in another."""
    async with open_site(site.cluster, f"bench-{secrets.token_hex(3)}") as others:
        alone = await time_few(others)
        site.apply(build_agent(site.namespace))
        crowd = build_fan("crowd", CROWD_ITEMS, CROWD, ON_FAKE_NODES | SLOWLY)
        await site.create_runs(crowd)
        await wait_until(lambda: is_crowded(site), 300)
        beside_crowd = await time_few(others)
        waiting = await count_waiting(site)
    detail = f"{median(beside_crowd):.1f} s, alone {median(alone):.1f} s; {waiting:,} waited"
    ratio = divide(beside_crowd, alone)
    yield Figure("three steps beside 10,000 that wait, x alone", ratio, "x", 1.5, detail=detail)
    await site.clear()


async def time_few(site: Site) -> list[float]:
    """Seconds of a chain, several times."""
    times = []
    for _ in range(FEW_ROUNDS):
        times.append(await site.time_runs(FEW))
        await site.clear()
    return times


def build_fan(name: str, count: int, runs: int = 1, template: Json = ON_FAKE_NODES) -> Work:
    """Runs of one fan-out each."""
    items = {"params": [{"name": "items", "type": "List", "default": list(range(count))}]}
    return Work(name, runs=runs, template=template, graph=items, each="params.items")


def build_agent(namespace: str) -> str:
    """The Agent of a namespace that runs a few steps at once."""
    return json.dumps(
        {
            "apiVersion": API_VERSION,
            "kind": "Agent",
            "metadata": {"name": BUILT_IN_AGENT, "namespace": namespace},
            "spec": {"capacity": CAPACITY},
        }
    )


async def is_crowded(site: Site) -> bool:
    """Whether more than 10,000 steps wait."""
    return await count_waiting(site) >= CROWD * CROWD_ITEMS - CAPACITY * 10


async def count_waiting(site: Site) -> int:
    """How many steps are on record as waiting for an Agent."""
    return sum(
        step.get("reason") == "AwaitingAgent"
        for run in await site.list_runs()
        for step in run.get("status", {}).get("steps", {}).values()
    )
