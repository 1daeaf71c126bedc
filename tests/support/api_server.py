"""A real API server alone: etcd and kube-apiserver on loopback, from the cache of tests/cluster.

RBAC and admission policies are as in any cluster. No kubelet, scheduler or controller: pods stay Pending unless
a test patches their status, owners' dependents stay, deleted namespaces stay Terminating, and service accounts
are not asked for.
"""

import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.settings import BIN
from support.kubeconfigs import write_kubeconfig

CLUSTER = Path(__file__).parents[1] / "cluster" / "cluster"
PROGRAMS = ("etcd", "kube-apiserver", "kubeadm", "kubectl")
# Who may call, with their groups. Only admin may do anything before a test grants it.
USERS = {"admin": "system:masters", "operator": "operators", "alice": "people", "bob": "people"}


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running API server; its files are in `folder`."""

    url: str
    folder: Path

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig of one of USERS."""
        return self.folder / f"{user}.kubeconfig"

    def kubectl(self, *arguments: str, user: str = "admin", stdin: str | None = None) -> str:
        """Run kubectl to its end and answer its output; CalledProcessError, with stderr, where it fails."""
        command: list[str | Path] = [BIN / "kubectl", "--kubeconfig", self.kubeconfig(user), *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout

    def is_ready(self) -> bool:
        """Whether it answers, and its own setup is done."""
        try:
            return self.kubectl("get", "--raw", "/readyz") == "ok"
        except subprocess.CalledProcessError:
            return False


@contextmanager
def run_api_server(folder: Path) -> Iterator[ApiServer]:
    """Run an API server, with an empty database and all its files in `folder`."""
    if not all((BIN / program).exists() for program in PROGRAMS):
        subprocess.run([CLUSTER, "build"], check=True)
    etcd, port = f"http://127.0.0.1:{find_free_port()}", find_free_port()
    write_credentials(folder, f"https://127.0.0.1:{port}")
    with ExitStack() as stack:
        stack.enter_context(run_program(folder, "etcd", build_etcd_flags(folder, etcd)))
        program = stack.enter_context(run_program(folder, "kube-apiserver", build_api_flags(folder, etcd, port)))
        server = ApiServer(f"https://127.0.0.1:{port}", folder)
        wait_ready(server, program)
        yield server


def write_credentials(folder: Path, url: str) -> None:
    """Write a token and a kubeconfig for each user, and the keys that sign service account tokens."""
    kubeadm: list[str | Path] = [BIN / "kubeadm", "init", "phase", "certs", "sa", "--cert-dir", folder]
    subprocess.run(kubeadm, check=True, capture_output=True)
    rows = []
    for user, group in USERS.items():
        token = secrets.token_hex()
        rows.append(f"{token},{user},{user},{group}\n")
        # The API server signs its own certificate when it starts.
        write_kubeconfig(folder / f"{user}.kubeconfig", url, token, folder / "apiserver.crt")
    (folder / "tokens.csv").write_text("".join(rows))


def build_etcd_flags(folder: Path, url: str) -> dict[str, object]:
    """An etcd of one member that need not survive a power cut."""
    peers = f"http://127.0.0.1:{find_free_port()}"
    return {
        "data-dir": folder / "etcd",
        "listen-client-urls": url,
        "advertise-client-urls": url,
        "listen-peer-urls": peers,
        "unsafe-no-fsync": "true",
    }


def build_api_flags(folder: Path, etcd: str, port: int) -> dict[str, object]:
    """An API server as clusters have it, but for service accounts, which need a controller."""
    return {
        "etcd-servers": etcd,
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "secure-port": port,
        "cert-dir": folder,
        "service-cluster-ip-range": "10.0.0.0/24",
        "authorization-mode": "RBAC",
        "token-auth-file": folder / "tokens.csv",
        "disable-admission-plugins": "ServiceAccount",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": folder / "sa.pub",
        "service-account-signing-key-file": folder / "sa.key",
    }


@contextmanager
def run_program(folder: Path, name: str, flags: dict[str, object]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of the cache with its log in `folder`, and end it in the end."""
    command: list[str | Path] = [BIN / name, *(f"--{flag}={value}" for flag, value in flags.items())]
    with (folder / f"{name}.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as program:
        try:
            yield program
        finally:
            program.kill()


def wait_ready(server: ApiServer, program: subprocess.Popen[bytes]) -> None:
    """Return when the API server is ready; RuntimeError with its log's end when it never will be."""
    deadline = time.monotonic() + 180
    while not server.is_ready():
        if program.poll() is not None or time.monotonic() > deadline:
            log = (server.folder / "kube-apiserver.log").read_text()
            raise RuntimeError(f"the API server does not run:\n{log[-2000:]}")
        time.sleep(0.1)


def find_free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
