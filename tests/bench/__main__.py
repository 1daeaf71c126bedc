"""The benchmarks: `make bench` runs them and writes docs/benchmarks.md. Owns their order and what is printed.

Name scenarios to run only those; the page is then left as it is.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from bench.artifacts import STORAGE_CLASS
from bench.plots import draw
from bench.reports import write_page
from bench.results import Figure
from bench.scenarios import ALONE, CROWDED, FAKE, REAL, LoneScenario, Scenario
from bench.sites import open_site
from support.clusters import ROOT, TOOL, Cluster, CommandError, find_cluster
from support.images import EXAMPLES, provide_image
from support.releases import Release

FAKE_NODES = {"10": FAKE, "1000": CROWDED}
DOCS = ROOT / "docs"


def main() -> None:
    """Run the scenarios that are named, else all."""
    wanted = {f"measure_{name}" for name in sys.argv[1:]}
    known = {scenario.__name__ for scenario in (*ALONE, *REAL, *FAKE, *CROWDED)}
    if wanted - known:
        names = ", ".join(sorted(name.removeprefix("measure_") for name in known))
        sys.exit(f"bench: there are: {names}")
    alone = [scenario for scenario in ALONE if scenario.__name__ in (wanted or known)]
    try:
        figures = asyncio.run(measure_alone(alone))
        if wanted and not wanted - {scenario.__name__ for scenario in alone}:
            return
        cluster = find_cluster()
        provide_image(cluster, EXAMPLES)
        Release(cluster).install(f"archive.artifacts.storageClassName={STORAGE_CLASS}")
        figures += asyncio.run(measure(cluster, wanted or known))
    except CommandError as error:
        sys.exit(f"bench: {error}")
    if not wanted:
        (DOCS / "benchmarks.md").write_text(write_page(figures, describe_machine(cluster)))
        (DOCS / "benchmarks.svg").write_text(draw(figures))


async def measure_alone(scenarios: list[LoneScenario]) -> list[Figure]:
    """The figures of scenarios that need no cluster, each printed as soon as it is there."""
    return [figure for scenario in scenarios for figure in await tell(scenario())]


async def measure(cluster: Cluster, wanted: set[str]) -> list[Figure]:
    """All figures of the wanted scenarios, each printed as soon as it is there."""
    figures = [
        figure for scenario in REAL if scenario.__name__ in wanted for figure in await run(cluster, scenario)
    ]
    for count, scenarios in FAKE_NODES.items():
        if fake := [scenario for scenario in scenarios if scenario.__name__ in wanted]:
            cluster.run(TOOL, "kwok", "up", count)
            try:
                for scenario in fake:
                    figures += await run(cluster, scenario)
            finally:
                cluster.run(TOOL, "kwok", "down")
    return figures


async def run(cluster: Cluster, scenario: Scenario) -> list[Figure]:
    """One scenario, in a namespace of its own."""
    async with open_site(cluster, f"bench-{secrets.token_hex(3)}") as site:
        return await tell(scenario(site))


async def tell(measured: AsyncIterator[Figure]) -> list[Figure]:
    """The figures, each printed as soon as it is there."""
    figures = []
    async for figure in measured:
        print(figure.write(), flush=True)  # noqa: T201 - what people wait for
        figures.append(figure)
    return figures


def describe_machine(cluster: Cluster) -> dict[str, str]:
    """What the figures hold for."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    version = json.loads(cluster.kubectl("version", "--output=json"))["serverVersion"]["gitVersion"]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f}",
        "kubernetes": version.removeprefix("v"),
    }


if __name__ == "__main__":
    main()
