"""Owns the requests to a namespace's archive, as httpx2 sends them. Errors are of our tree. Must not print."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Lock
from typing import NoReturn, Protocol
from urllib.parse import quote

import click
import httpx2

from longshore.cli.archives.tunnels import Tunnel, open_tunnel
from longshore.cli.archives.wakes import wake_archive
from longshore.cli.cluster.clusters import LIMITS, Cluster, Object, parse_object
from longshore.cli.cluster.refusals import build_refusal
from longshore.cli.words.targets import Target
from longshore.errors import UnavailableError

SECONDS = 30.0
RETRIES = 2
PAUSE = 0.5
"""Seconds between two attempts to ask: the archive may just be another pod."""
Headers = Mapping[str, str]


class Gate(Protocol):
    """A way to the archive that may close by itself."""

    @property
    def is_open(self) -> bool:
        """Whether a client of it can still reach the archive."""

    def open(self) -> httpx2.Client:
        """A client that reaches the archive. Raises ArchiveError."""

    def close(self) -> None:
        """Have nothing left of it."""


class TunnelGate:
    """A tunnel, to an archive that is woken first."""

    def __init__(self, cluster: Cluster, target: Target, tell: Callable[[str], None]) -> None:
        self._cluster = cluster
        self._target = target
        self._tell = tell
        self._tunnel: Tunnel | None = None

    @property
    def is_open(self) -> bool:
        """Whether the tunnel is."""
        return self._tunnel is not None and self._tunnel.is_open

    def open(self) -> httpx2.Client:
        """A client that goes through a new tunnel. Raises ArchiveError."""
        self.close()
        wake_archive(self._cluster, self._tell)
        self._tunnel = open_tunnel(self._target, self._cluster.namespace)
        # What stands in the environment about proxies is not meant for this machine.
        address = f"http://127.0.0.1:{self._tunnel.port}"
        return httpx2.Client(base_url=address, trust_env=False, limits=LIMITS)

    def close(self) -> None:
        """End the tunnel."""
        if self._tunnel is not None:
            self._tunnel.close()


class Archive:
    """The archive of a namespace, reached once somebody asks; all requests share one way. Safe for threads."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._lock = Lock()
        self._client: httpx2.Client | None = None

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Object:
        """What the archive says, as JSON. Raises ArchiveError, ClusterError."""
        for _ in range(RETRIES):
            with suppress(UnavailableError):
                return self._get(path, parameters)
            time.sleep(PAUSE)
        return self._get(path, parameters)

    @contextmanager
    def stream(
        self, path: str, parameters: Mapping[str, str] | None = None, headers: Headers | None = None,
        silence: float | None = SECONDS,
    ) -> Iterator[httpx2.Response]:  # fmt: skip
        """An answer as it comes; UnavailableError where it breaks, or after `silence` seconds of nothing."""
        timeout = httpx2.Timeout(SECONDS, read=silence)
        try:
            with self._reach().stream(
                "GET", path, params=parameters, headers=headers, timeout=timeout
            ) as response:
                _check(response, path)
                yield response
        except httpx2.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise UnavailableError(f"the connection to the archive broke: {reason}") from error

    def close(self) -> None:
        """Leave nothing behind."""
        if self._client is not None:
            self._client.close()
        self._gate.close()

    def _get(self, path: str, parameters: Mapping[str, str] | None) -> Object:
        with self.stream(path, parameters) as response:
            return parse_object(response.read().decode(errors="replace"))

    def _reach(self) -> httpx2.Client:
        with self._lock:
            if self._client is None or not self._gate.is_open:
                self._client = self._gate.open()
            return self._client


@contextmanager
def open_archive(cluster: Cluster, target: Target) -> Iterator[Archive]:
    """The archive of the namespace that is meant; what is waited for is said on stderr."""
    archive = Archive(TunnelGate(cluster, target, lambda line: click.echo(f"{line} …", err=True)))
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield archive
    finally:
        archive.close()
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _: object) -> NoReturn:
    """As the signal would by itself, but with what there is to close."""
    sys.exit(128 + number)


def build_path(*parts: object) -> str:
    """A path below /v1, whatever the parts hold."""
    return "/v1/" + "/".join(quote(str(part), safe="") for part in parts)


def _check(response: httpx2.Response, path: str) -> None:
    """Raises what a refusal means; its body is a problem of RFC 9457."""
    if response.status_code < 400:
        return
    try:
        problem = parse_object(response.read().decode(errors="replace"))
    except UnavailableError:
        problem = {}
    said = problem.get("detail") or problem.get("title") or f"the archive answered {response.status_code}"
    raise build_refusal(response.status_code, {"message": said}, path)
