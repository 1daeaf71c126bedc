"""What keeping logs costs on a real cluster: pods that print, and an archive that must not miss a line."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bench.results import Figure
from bench.sites import Site, wait_until
from bench.works import Json, Work
from longshore.names import ARCHIVE_PROBES_PORT
from prometheus_client.parser import text_string_to_metric_families
from support.archives.sites import ArchiveSite
from support.images import EXAMPLES
from support.namespaces import Namespace

PODS = 20
SECONDS = 30
LINES_A_SECOND = 2500
WIDTH = 100
"""Bytes of a line: with 20 pods that is 5 MB/s together."""
PRINT = f"""
import sys, time
start = time.monotonic()
for tick in range({SECONDS * 10}):
    first = tick * {LINES_A_SECOND // 10}
    numbers = range(first, first + {LINES_A_SECOND // 10})
    sys.stdout.write("".join("x" * {WIDTH - 10} + " %08d\\n" % number for number in numbers))
    sys.stdout.flush()
    time.sleep(max(0, start + (tick + 1) / 10 - time.monotonic()))
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the archive has used so far."""

    cpu_seconds: float
    rss_bytes: float


async def measure_logs_real(site: Site) -> AsyncIterator[Figure]:
    """20 pods that log 5 MB/s together."""
    site.have_archive()
    archive = ArchiveSite(Namespace(site.cluster, site.namespace))
    await site.time_runs(Work("first", graph=_build_graph("pass")))
    await asyncio.to_thread(archive.wait_ready)
    work = Work("printing", width=PODS, graph=_build_graph(PRINT))
    before = await asyncio.to_thread(_read, archive)
    await site.time_runs(work)
    await wait_until(lambda: _are_gone(site), 120)
    after = await asyncio.to_thread(_read, archive)
    lost = [await asyncio.to_thread(_count_lost, archive, f"s{row}-0") for row in range(PODS)]
    yield Figure("20 pods logging 5 MB/s: lines lost or doubled", [sum(lost)], "", 0)
    cores = (after.cpu_seconds - before.cpu_seconds) / SECONDS
    yield Figure("20 pods logging 5 MB/s: archive's CPU", [cores], " cores", 1)
    yield Figure("20 pods logging 5 MB/s: archive's RSS", [after.rss_bytes / 2**20], " MiB", 200)


def _build_graph(program: str) -> Json:
    return {"defaults": {"image": EXAMPLES.name, "command": ["python3", "-c", program]}}


async def _are_gone(site: Site) -> bool:
    return not [pod for pod in await site.list_pods() if "longshore.dev/run" in pod["metadata"]["labels"]]


def _count_lost(archive: ArchiveSite, step: str) -> int:
    """How many lines are missing from a log, or are there twice."""
    lines, words = archive.count_lines("printing-0", step)
    expected = LINES_A_SECOND * SECONDS
    return abs(expected - words) + (lines - words)


def _read(archive: ArchiveSite) -> Reading:
    name, namespace = archive.get_pod()["metadata"]["name"], archive.namespace.name
    path = f"/api/v1/namespaces/{namespace}/pods/{name}:{ARCHIVE_PROBES_PORT}/proxy/metrics"
    text = archive.namespace.cluster.kubectl("get", "--raw", path)
    samples = {
        sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples
    }
    return Reading(samples["process_cpu_seconds_total"], samples["process_resident_memory_bytes"])
