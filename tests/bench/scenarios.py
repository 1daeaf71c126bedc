"""What is measured: each scenario does its work and tells figures. Must not print, nor set the table."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from itertools import pairwise
from statistics import median, quantiles

from bench.artifacts import measure_artifacts
from bench.crowds import measure_crowd, measure_wide
from bench.logs import measure_logs
from bench.operators import OperatorMetrics
from bench.pools import measure_pools
from bench.real_logs import measure_logs_real
from bench.results import Figure, divide
from bench.sites import Site, find_edges, has_ended, has_exited, wait_until
from bench.works import ON_FAKE_NODES, Json, Work

ROUNDS = 3
KWOK_ROUNDS = 3
HANDOVERS = 200
"""How often a place is passed on while about a thousand wait for it."""
START_ROUNDS = 15
CHAIN = Work("chain-5", length=5)
FANS = (Work("fan-10", width=10), Work("fan-30", width=30))
MANY = Work("many", runs=100, length=5, template=ON_FAKE_NODES)
HELD = {"metadata": {"annotations": {"pod-complete.stage.kwok.x-k8s.io/delay": "3600s"}}}
Scenario = Callable[[Site], AsyncIterator[Figure]]
LoneScenario = Callable[[], AsyncIterator[Figure]]
"""It needs no cluster."""


async def measure_edges_of_pods(site: Site) -> AsyncIterator[Figure]:
    """Chains and fans on real nodes, against raw pods."""
    for work in (CHAIN, *FANS):
        ours, raw = await _alternate(site, work, work, has_ended)
        yield Figure(f"{work.name}, x raw pods", divide(ours, raw), "x", 1.1, detail=_tell(ours, raw))
    ours, raw = await _alternate(site, CHAIN, CHAIN, has_exited)
    yield Figure(
        "chain-5, x raw pods whose exits are watched", divide(ours, raw), "x", 1.1, detail=_tell(ours, raw)
    )


async def measure_fused(site: Site) -> AsyncIterator[Figure]:
    """A chain whose steps share a pod, against raw pods."""
    fused = replace(CHAIN, name="fused-5", graph={"fuse": True})
    ours, raw = await _alternate(site, fused, CHAIN, has_ended)
    yield Figure("chain-5 with fuse, x raw pods", divide(ours, raw), "x", 0.65, detail=_tell(ours, raw))


async def measure_rate(site: Site) -> AsyncIterator[Figure]:
    """100 Runs of 5 chained steps on fake nodes, against raw pods, and what the operator used meanwhile."""
    metrics = OperatorMetrics(site.cluster)
    ours, raw, cpu, writes, edges, memory = [], [], [], [], [], []
    for _ in range(KWOK_ROUNDS):
        raw.append(MANY.steps / await site.time_raw(MANY, has_ended))
        await site.clear()
        async with metrics.observe() as usage:
            ours.append(MANY.steps / await site.time_runs(MANY))
        await site.clear()
        cpu.append(usage.cpu_seconds / MANY.steps * 1000)
        writes.append(usage.writes / MANY.steps)
        edges.append(usage.find_edge(0.95) * 1000)
        memory.append(usage.rss_mib)
    detail = f"{median(ours):.0f} steps/s, raw {median(raw):.0f} steps/s"
    yield Figure("100 chains of 5: rate, x raw pods", divide(ours, raw), "x", 0.75, "higher", detail)
    yield Figure("100 chains of 5: rate", ours, " steps/s", 40, "higher")
    yield Figure("100 chains of 5: API writes a step", writes, "", 2)
    yield Figure("100 chains of 5: operator CPU a step", cpu, " ms", 10)
    yield Figure("100 chains of 5: exit seen to next POST, p95", edges, " ms", 50)
    yield Figure("100 chains of 5: operator RSS", memory, " MiB", 120)


async def measure_neighbours(site: Site) -> AsyncIterator[Figure]:
    """50 small Runs beside a fan-out of 2,000."""
    items = {"params": [{"name": "items", "type": "List", "default": list(range(2000))}]}
    wide = Work("wide", template=ON_FAKE_NODES, graph=items, each="params.items")
    small = replace(MANY, name="small", runs=50)
    async with site.note_pods() as seen:
        await site.create_runs(wide)
        await wait_until(lambda: _has_pods(site, 100), 120)
        await site.time_runs(small)
        edges = find_edges([pod for pod in await site.list_pods() if "small-" in pod["metadata"]["name"]], seen)
        is_beside = not await site.count_finished(wide.name)
    yield Figure(
        "50 small Runs beside a fan-out of 2,000: edges, p95",
        [quantiles(edges, n=20)[18]],
        " s",
        1,
        detail=f"{len(edges)} edges; the fan-out was {'still' if is_beside else 'no longer'} going on",
    )
    await wait_until(lambda: _has_finished(site, wide), 900)
    await site.clear()


async def measure_memory(site: Site) -> AsyncIterator[Figure]:
    """1,000 finished and 200 live Runs."""
    finished = Work("finished", runs=1000, template=ON_FAKE_NODES)
    live = Work("live", runs=200, template=ON_FAKE_NODES | HELD)
    await site.time_runs(finished)
    await site.create_runs(live)
    await wait_until(lambda: _are_running(site, live.runs), 300)
    reading = await asyncio.to_thread(OperatorMetrics(site.cluster).read)
    yield Figure("1,000 finished and 200 live Runs: operator RSS", [reading.rss_bytes / 2**20], " MiB", 250)
    await site.clear()


async def measure_plugin(site: Site) -> AsyncIterator[Figure]:
    """How long the plugin takes to start, against kubectl."""
    ours, kubectl = [], []
    for _ in range(START_ROUNDS):
        ours.append(_time_command(site, "kubectl-longshore", "version", "--client"))
        kubectl.append(_time_command(site, "kubectl", "version", "--client"))
    detail = f"{median(ours) * 1000:.0f} ms, kubectl {median(kubectl) * 1000:.0f} ms"
    yield Figure("plugin's start, x kubectl version --client", divide(ours, kubectl), "x", 2, detail=detail)


async def measure_handover(site: Site) -> AsyncIterator[Figure]:
    """A group of limit 1 that 1,000 steps wait for, each of a Run of its own: passed on from one to the next."""
    line, metrics = Work("line", runs=1000, template=ON_FAKE_NODES, group="seat"), OperatorMetrics(site.cluster)
    await site.create_group("seat", limit=1)
    await site.create_runs(Work("first", template=ON_FAKE_NODES | HELD, group="seat"))
    await wait_until(lambda: _are_running(site, 1), 60)
    await site.create_runs(line)
    await wait_until(lambda: _are_queued(site, "seat", line.runs), 600)
    asked = {
        run["metadata"]["name"]: run["status"]["steps"]["s0-0"]["queuedTime"]
        for run in await site.list_runs()
        if run["metadata"]["name"].startswith(line.name)
    }
    async with metrics.observe() as usage:
        await site.delete_run("first-0")
        await wait_until(lambda: _have_ended(site, line, HANDOVERS), 900)
    # Times are in seconds: of those within one the order can't be told.
    order = sorted(
        (pod["metadata"]["creationTimestamp"], asked[pod["metadata"]["labels"]["longshore.dev/run"]])
        for pod in await site.list_pods()
        if pod["metadata"]["labels"]["longshore.dev/run"] in asked
    )
    late = sum(before > after for (_, before), (_, after) in pairwise(order))
    detail = f"{usage.handovers:.0f} handovers, {late} of them not in the order of the line"
    yield Figure(
        "1,000 wait for a place: exit seen to next POST, p95", [usage.find_handover(0.95) * 1000], " ms", 100,
        detail=detail,
    )  # fmt: skip
    yield Figure("1,000 wait for a place: API writes a handover", [usage.writes / usage.handovers], "", 6)
    await site.clear()


ALONE: tuple[LoneScenario, ...] = (measure_logs,)
REAL: tuple[Scenario, ...] = (
    measure_plugin,
    measure_edges_of_pods,
    measure_fused,
    measure_artifacts,
    measure_logs_real,
)
FAKE: tuple[Scenario, ...] = (
    measure_rate,
    measure_neighbours,
    measure_memory,
    measure_handover,
    measure_wide,
    measure_crowd,
)
"""On ten of KWOK's nodes."""
CROWDED: tuple[Scenario, ...] = (measure_pools,)
"""On a thousand of them."""


async def _alternate(
    site: Site, ours: Work, theirs: Work, is_over: Callable[[Json], bool]
) -> tuple[list[float], list[float]]:
    """Seconds of each round, the two in turn, each on an empty namespace."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        times[1].append(await site.time_raw(theirs, is_over))
        await site.clear()
        times[0].append(await site.time_runs(ours))
        await site.clear()
    return times


def _tell(ours: list[float], raw: list[float]) -> str:
    return f"{median(ours):.1f} s, raw {median(raw):.1f} s"


def _time_command(site: Site, *command: str) -> float:
    start = time.monotonic()
    subprocess.run(command, env=site.cluster.environment, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - start


async def _has_pods(site: Site, count: int) -> bool:
    return len(await site.list_pods()) >= count


async def _have_ended(site: Site, work: Work, count: int) -> bool:
    return await site.count_finished(work.name) >= count


async def _are_queued(site: Site, group: str, count: int) -> bool:
    return await site.count_queued(group) >= count


async def _has_finished(site: Site, work: Work) -> bool:
    return await site.count_finished(work.name) >= work.runs


async def _are_running(site: Site, count: int) -> bool:
    phases = [pod.get("status", {}).get("phase") for pod in await site.list_pods()]
    return phases.count("Running") >= count
