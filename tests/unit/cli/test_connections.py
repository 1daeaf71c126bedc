"""How many answers come at once: of each log that is followed one, and a large fan-out has hundreds."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest
from longshore.cli.archives import clients
from longshore.cli.archives.clients import Archive, TunnelGate
from longshore.cli.cluster import clusters
from longshore.cli.cluster.clusters import Cluster, connect
from longshore.cli.words.targets import Target
from support.kubeconfigs import write_kubeconfig

MANY = 120
BEGINNING = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n1\n\r\n"


class Tunnel:
    """A tunnel that is a server of the test."""

    is_open = True

    def __init__(self, port: int) -> None:
        self.port = port

    def close(self) -> None:
        """Stay as it is."""


@contextmanager
def answer_without_end() -> Iterator[int]:
    """Within, the port of a server each of whose answers goes on for ever."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=MANY) as server:

        def accept() -> None:
            while len(held) < MANY:
                held.append(server.accept()[0])
                held[-1].recv(65536)
                held[-1].sendall(BEGINNING)

        Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        for each in held:
            each.close()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    for module in (clusters, clients):
        monkeypatch.setattr(module, "SECONDS", 5.0)
    with answer_without_end() as port:
        yield port


@pytest.fixture
def cluster(port: int, tmp_path: Path) -> Cluster:
    config = write_kubeconfig(tmp_path / "config", f"http://127.0.0.1:{port}", "token")
    return connect(Target(namespace="team", kubeconfig=str(config)))


def test_hundreds_of_pods_logs_are_followed_at_once(cluster: Cluster) -> None:
    with ExitStack() as opened:
        for _ in range(MANY):
            opened.enter_context(cluster.stream("api/v1/log", {}, None))


def test_hundreds_of_archived_logs_are_followed_at_once(
    port: int, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "wake_archive", lambda *_: None)
    monkeypatch.setattr(clients, "open_tunnel", lambda *_: Tunnel(port))
    archive = Archive(TunnelGate(cluster, Target(), lambda _: None))
    with closing(archive), ExitStack() as opened:
        for _ in range(MANY):
            opened.enter_context(archive.stream("/v1/log", silence=None))
