"""What keeping logs costs: many containers print, a process keeps their logs, a few readers follow. No cluster.

Each of both is a process of its own, so that what the keeper uses is its own.
"""

import asyncio
import gzip
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import aiohttp
from bench.results import Figure
from longshore.archive.logs.lines import find_last_time
from longshore.archive.logs.seals import name_sealed
from support.clusters import ROOT

STREAMS = 200
RATE = 20_000_000
SECONDS = 30
READERS = 5
_CLOCK = os.sysconf("SC_CLK_TCK")


async def measure_logs() -> AsyncIterator[Figure]:
    """200 streams with 20 MB/s together."""
    with TemporaryDirectory() as folder:
        async with start("bench.log_printers", STREAMS, RATE, SECONDS) as printers:
            url = f"http://127.0.0.1:{await hear(printers)}"
            async with start("bench.log_archives", url, folder, STREAMS) as archive:
                figures = await _measure(printers, archive, f"http://127.0.0.1:{await hear(archive)}")
        size, lost = await asyncio.to_thread(_count, Path(folder))
    what = f"logs: {STREAMS} streams, {size / SECONDS / 1e6:.0f} MB/s together"
    yield Figure(f"{what}: lines lost or doubled", [lost], "", 0)
    cores, memory, latencies = figures
    yield Figure(f"{what}: archive CPU", [cores], " cores", 1)
    yield Figure(f"{what}: archive RSS", [memory], " MiB", 200)
    yield Figure(f"{what}: printed until read, p95", [quantiles(latencies, n=20)[18]], " s", 1)


async def _measure(
    printers: asyncio.subprocess.Process, archive: asyncio.subprocess.Process, url: str
) -> tuple[float, float, list[float]]:
    """Cores, MiB, and how late lines were."""
    latencies: list[float] = []
    await say(printers)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        readers = [asyncio.create_task(follow(session, url, number, latencies)) for number in range(READERS)]
        begun, used = time.monotonic(), read_cpu(archive.pid)
        await hear(printers)
        cores = (read_cpu(archive.pid) - used) / (time.monotonic() - begun)
        memory = read_peak(archive.pid)
        await say(archive)
        await hear(archive)
        await asyncio.gather(*readers)
    return cores, memory, latencies


async def follow(session: aiohttp.ClientSession, url: str, number: int, latencies: list[float]) -> None:
    """Read a log as it comes, and note how late."""
    path = f"{url}/v1/runs/u/logs/s{number}/1/step?follow=true&timestamps=true"
    while True:
        async with session.get(path) as response:
            if response.status == 404:
                await asyncio.sleep(0.05)
                continue
            async for chunk in response.content.iter_any():
                printed = find_last_time(chunk)
                if printed is not None:
                    latencies.append(time.time() - printed / 1e9)
            return


def _count(folder: Path) -> tuple[int, int]:
    """Bytes of all logs, and lines that are not where they belong."""
    size = lost = 0
    for attempt in (folder / "logs").glob("*/*/*"):
        text = _read(attempt / "step")
        size += len(text)
        numbers = [int(line.split(b" ", 2)[1]) for line in text.splitlines()]
        lost += sum(number != place for place, number in enumerate(numbers))
        lost += abs(len(numbers) - len(text) // 120)
    expected = round(RATE * 0.02 / 120 / STREAMS) * round(SECONDS / 0.02) * STREAMS
    return size, lost + abs(expected - size // 120)


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else gzip.decompress(name_sealed(path).read_bytes())


def read_cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK


def read_peak(pid: int) -> float:
    """MiB that a process had in memory at most."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@asynccontextmanager
async def start(module: str, *arguments: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """Within, a process that is spoken to by lines."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *map(str, arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def hear(process: asyncio.subprocess.Process) -> str:
    """The next line that it says."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("a process of the benchmark ended early")
    return line.decode().strip()


async def say(process: asyncio.subprocess.Process) -> None:
    """Tell it to go on."""
    assert process.stdin is not None
    process.stdin.write(b"\n")
    await process.stdin.drain()
