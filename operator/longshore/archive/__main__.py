"""The composition root of the archive: reads settings, puts the parts together, ends cleanly."""

import asyncio
import logging

from prometheus_client import CollectorRegistry, ProcessCollector

from longshore.archive.assemblies import Ground, assemble
from longshore.archive.collect.watchers import Watcher
from longshore.archive.databases import open_database
from longshore.archive.http.servers import serve
from longshore.archive.places import Places
from longshore.archive.settings import ArchiveSettings, read_settings
from longshore.archive.volumes import find_volume_problem
from longshore.cluster.connections import Connection, connect
from longshore.cluster.transports import Transport
from longshore.processes import Process, run_process
from longshore.telemetry.probes import serve_probes

logger = logging.getLogger(__name__)
VOLUME_SECONDS = 5
"""Until it is looked again whether a volume can be written that could not."""


class Archive:
    """All parts, put together."""

    def __init__(self, settings: ArchiveSettings, connection: Connection) -> None:
        self._settings = settings
        self._connection = connection
        self._registry = CollectorRegistry()
        self._problem = "starting"
        self._watcher: Watcher | None = None
        ProcessCollector(registry=self._registry)

    async def run(self) -> None:
        """Wait for the volumes, then work until cancelled. Raises LongshoreError where it can't go on."""
        probes = (self._settings.host, self._settings.probes_port)
        async with serve_probes(probes, self._registry, alive=lambda: "", ready=self._find_problem):
            await self._await_volumes()
            self._problem = ""
            database = Places(self._settings.data).database
            async with open_database(database) as opened, Transport(self._connection) as transport:
                await self._work(Ground(self._settings, self._connection, transport, opened, self._registry))

    async def _work(self, ground: Ground) -> None:
        async with assemble(ground) as assembly, serve(assembly.app, self._settings):
            self._watcher = assembly.watcher
            await assembly.run()

    async def _await_volumes(self) -> None:
        """Say what is wrong for as long as it is: whoever mends a volume need not know of us."""
        while problem := await asyncio.to_thread(find_volume_problem, self._settings):
            if problem != self._problem:
                logger.error("not ready: %s", problem)
            self._problem = problem
            await asyncio.sleep(VOLUME_SECONDS)

    def _find_problem(self) -> str:
        """Why this process is not ready."""
        return self._problem or (self._watcher.find_problem() if self._watcher else "starting")


async def operate(settings: ArchiveSettings) -> None:
    """Run the archive until cancelled. Raises LongshoreError where it can't go on."""
    await Archive(settings, await connect()).run()


def main() -> None:
    """Run the archive; exit with 1 where it can't, with one line that says why."""
    run_process(Process("longshore-archive", read_settings, describe, operate))


def describe(settings: ArchiveSettings) -> object:
    """The settings as they are logged: none is a secret."""
    return settings.model_dump(mode="json")


if __name__ == "__main__":
    main()
