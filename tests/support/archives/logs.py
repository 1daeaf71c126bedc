"""A keeper of logs, with a stub of the cluster that it reads them from."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longshore import names
from longshore.archive.databases import Database, open_database
from longshore.archive.journal.journals import Journal
from longshore.archive.journal.reads import HistoryLimits
from longshore.archive.logs.containers import LogKey
from longshore.archive.logs.followers import Maskers
from longshore.archive.logs.keepers import LogKeeper, LogPorts, keep_logs
from longshore.archive.logs.readers import LogReader
from longshore.archive.logs.reads import Wish
from longshore.archive.logs.secrets import NoMaskers
from longshore.archive.places import AttemptKey, Places
from longshore.cluster.connections import Connection
from longshore.cluster.podlogs import PodLogs
from longshore.manifests.attempts import Attempt
from prometheus_client import CollectorRegistry
from support.conditions import eventually
from support.log_servers import LogServer, StubLog, serve_logs

Json = dict[str, Any]


def build_key(step: str = "a", container: str = "step") -> LogKey:
    """The log of the first attempt of a step of the Run `u`."""
    return LogKey(AttemptKey("u", step, 1), container)


@dataclass
class StubPod:
    """The pod of a step's first attempt, of the Run `u`."""

    step: str = "a"
    phase: str = "Running"
    states: dict[str, str] = field(default_factory=lambda: {"step": "running"})
    """By container: running, terminated, waiting."""
    restarts: dict[str, int] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    fused: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    mounted: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name."""
        return Attempt("n", "run", "u", "", self.step, 1).pod

    def end(self) -> Json:
        """It has ended; answers what the API server tells now."""
        self.phase, self.states = "Succeeded", dict.fromkeys(self.states, "terminated")
        return self.build()

    def build(self) -> Json:
        """What the API server tells of it."""
        metadata = Attempt("n", "run", "u", "", self.step, 1).build_metadata() | {"uid": f"uid-of-{self.name}"}
        if self.fused:
            metadata["annotations"][names.FUSED_ANNOTATION] = ",".join(self.fused)
        inits = [{"name": name, "restartPolicy": "Always"} for name in self.services]
        env = [{"name": name, "valueFrom": {"secretKeyRef": {"name": name}}} for name in self.secrets]
        statuses = [self._build_status(name, state) for name, state in self.states.items()]
        volumes = [{"name": name, "secret": {"secretName": name}} for name in self.mounted]
        spec = {"containers": [{"name": "step", "env": env}], "initContainers": inits, "volumes": volumes}
        return {"metadata": metadata, "spec": spec, "status": {"phase": self.phase, "containerStatuses": statuses}}

    def _build_status(self, name: str, state: str) -> Json:
        started = {"startedAt": "2026-01-01T00:00:00Z"}
        ended = {"exitCode": 0, "containerID": "containerd://0", **started}
        told = {"running": started, "terminated": ended, "waiting": {"reason": "PodInitializing"}}[state]
        return {"name": name, "state": {state: told}, "restartCount": self.restarts.get(name, 0)}


@dataclass
class LogSite:
    """A keeper, its folder, and the cluster that it reads from."""

    keeper: LogKeeper
    places: Places
    server: LogServer
    journal: Journal
    registry: CollectorRegistry

    def measure(self, name: str) -> float:
        """What a metric of logs says."""
        return self.registry.get_sample_value(f"longshore_archive_log_{name}") or 0

    def add(self, pod: StubPod, container: str = "step") -> StubLog:
        """The log of a container of a pod."""
        return self.server.logs.setdefault((pod.name, container), StubLog())

    def get_path(self, key: LogKey) -> Path:
        """Where the text of a log lies."""
        return self.places.logs / key.attempt.folder / key.container

    async def read(self, key: LogKey, wish: Wish | None = None) -> bytes:
        """What a reader gets of a log."""
        wish = wish or Wish(has_stamps=True)
        reader = await self.keeper.open(key)
        assert reader is not None
        return b"".join([part async for part in reader.read(wish, await reader.find_start(wish))])

    async def wait_text(self, key: LogKey, text: bytes) -> None:
        """Return once a log is that."""

        async def is_equal() -> bool:
            reader = await self.keeper.open(key)
            return reader is not None and await _read_all(reader) == text

        await eventually(is_equal)


async def _read_all(reader: LogReader) -> bytes:
    wish = Wish(has_stamps=True)
    return b"".join([part async for part in reader.read(wish, 0)])


class _Plain(Connection):
    """A connection to a server without TLS and credentials."""

    def __init__(self, url: str) -> None:
        self.base_url, self.proxy, self.server_hostname = url, None, None
        self.ssl_context = ssl.create_default_context()

    async def headers(self) -> dict[str, str]:
        return {}

    async def renew(self, refused: dict[str, str]) -> bool:
        del refused
        return False


def connect_plainly(url: str) -> Connection:
    """A connection to a server without TLS and credentials."""
    return _Plain(url)


@asynccontextmanager
async def run_keeper(folder: Path, server: LogServer, maskers: Maskers | None = None) -> AsyncIterator[LogSite]:
    """Within, a keeper in this folder; another may go on there afterwards."""
    places = Places(folder)
    async with AsyncExitStack() as stack:
        database: Database = await stack.enter_async_context(open_database(places.database))
        streams = await stack.enter_async_context(PodLogs(connect_plainly(server.url)))
        journal = Journal(database, HistoryLimits(3600, 100))
        registry = CollectorRegistry()
        ports = LogPorts(streams, maskers or NoMaskers(), journal, registry)
        keeping = keep_logs(database, places, ports)
        yield LogSite(await stack.enter_async_context(keeping), places, server, journal, registry)


@asynccontextmanager
async def run_log_site(folder: Path, maskers: Maskers | None = None) -> AsyncIterator[LogSite]:
    """Within, a keeper, and a cluster of its own."""
    async with serve_logs() as server, run_keeper(folder, server, maskers) as site:
        yield site
