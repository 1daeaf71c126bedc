"""A process that keeps logs as the archive does, and serves them: the keeper and its routes, and nothing else.

Run as `python -m bench.log_archives URL FOLDER STREAMS`; it says its port, and is told by a line when all has
ended; then it says that all is safe.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from longshore.archive.databases import open_database
from longshore.archive.http.callers import Permit, may_read_logs
from longshore.archive.http.guards import LocalCaller
from longshore.archive.http.logs import build_router
from longshore.archive.logs.keepers import LogKeeper, LogPorts, keep_logs
from longshore.archive.logs.secrets import NoMaskers
from longshore.archive.places import Places
from longshore.cluster.podlogs import PodLogs
from prometheus_client import CollectorRegistry
from support.archives.logs import StubPod, connect_plainly
from uvicorn import Config, Server


class Journal:
    """Knows every Run."""

    async def find_run(self, run: str) -> str | None:
        """Its uid."""
        return run

    async def append(self, *_: object) -> int:
        """Keep no events."""
        return 0


async def run(url: str, folder: str, streams: str) -> None:
    """Keep all logs until stdin is closed."""
    places = Places(Path(folder))
    registry = CollectorRegistry()
    async with (
        open_database(places.database) as database,
        PodLogs(connect_plainly(url)) as pod_logs,
        keep_logs(database, places, LogPorts(pod_logs, NoMaskers(), Journal(), registry)) as keeper,
    ):
        pods = [StubPod(step=f"s{number}") for number in range(int(streams))]
        for number, pod in enumerate(pods):
            keeper.follow(build_pod(number, pod))
        server = Server(Config(build_app(keeper), port=0, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)  # noqa: T201 - whoever started this reads it
        await asyncio.to_thread(sys.stdin.readline)
        for pod in pods:
            pod.end()
        ended = [build_pod(number, pod) for number, pod in enumerate(pods)]
        for told in ended:
            keeper.follow(told)
        while not all(map(keeper.has_all, ended)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        print("safe", flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.readline)
        server.should_exit = True
        await serving


def build_pod(number: int, pod: StubPod) -> dict[str, Any]:
    """What is told of a pod, whose name says its number."""
    told = pod.build()
    told["metadata"]["name"] = f"pod-{number}"
    return told


def build_app(keeper: LogKeeper) -> FastAPI:
    """The routes, for everybody."""
    app = FastAPI()
    app.include_router(build_router(keeper, Journal()), prefix="/v1")  # type: ignore[arg-type]
    app.dependency_overrides[may_read_logs] = permit
    return app


def permit() -> Permit:
    """Whoever asks may read."""
    return Permit(LocalCaller(), stay, asyncio.Event())


async def stay() -> None:
    """Renew what needs no renewal."""


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
