"""A cluster of kind: its nodes are containers of Docker or Podman."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import Literal

from . import archives, binaries, records
from .builds import Builder
from .errors import ClusterError
from .processes import output, show, stage, succeeds
from .records import Name
from .settings import KUBECONFIG, STATE

Engine = Literal[Name.DOCKER, Name.PODMAN]
CLUSTER = "longshore"
LOADED = STATE / "loaded.json"
NOT_OURS = (
    f"kind has a cluster {CLUSTER} that was not made here: set KUBECONFIG to use it "
    f"(see `kind export kubeconfig`), or remove it (`kind delete cluster --name {CLUSTER}`)"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """kind's cluster "longshore" on this engine."""

    engine: Engine

    def up(self, count: int) -> None:
        """Make one control plane and `count - 1` workers, unless they are there."""
        binaries.build_tools()
        exists = CLUSTER in output("kind", "get", "clusters", env=self._env()).split()
        if exists and not records.read():
            raise ClusterError(NOT_OURS)
        if exists and KUBECONFIG.exists():
            return
        if exists:  # an `up` that was interrupted left it half made
            self._kind("delete", "cluster")
        with stage(f"kind, {count} node(s)"):
            self._create(count)

    def down(self) -> None:
        """Delete the cluster and its state."""
        self._kind("delete", "cluster", "--kubeconfig", str(KUBECONFIG))
        shutil.rmtree(STATE)

    def load(self, archive: Path) -> None:
        """Put the images on every node, unless they are there."""
        if not archives.is_loaded(LOADED, archive):
            self._kind("load", "image-archive", str(archive))
            archives.mark_loaded(LOADED, archive)

    def kubeconfig(self) -> str:
        """Where kind wrote it."""
        return str(KUBECONFIG)

    def builder(self) -> Builder:
        """The engine itself."""
        return Builder(self.engine)

    def status(self) -> bool:
        """Print the nodes; CalledProcessError if they do not answer."""
        show("kubectl", "get", "nodes", "-o", "wide", env={"KUBECONFIG": str(KUBECONFIG)})
        return True

    def _create(self, count: int) -> None:
        records.write(self.engine)
        LOADED.unlink(missing_ok=True)
        flags = ("--config", "-", "--wait", "180s", "--kubeconfig", str(KUBECONFIG))
        try:
            self._kind("create", "cluster", *flags, stdin=build_config(count))
        except CalledProcessError:  # kind has taken away what it made, so a later one is not ours
            records.forget()
            raise

    def _kind(self, *arguments: str, stdin: str | None = None) -> None:
        show("kind", *arguments, "--name", CLUSTER, env=self._env(), stdin=stdin)

    def _env(self) -> dict[str, str]:
        return {"KIND_EXPERIMENTAL_PROVIDER": self.engine}


def build_config(count: int) -> str:
    """kind's configuration of a cluster with this many nodes."""
    roles = ["control-plane", *["worker"] * (count - 1)]
    nodes = [f"- role: {role}" for role in roles]
    return "\n".join(["kind: Cluster", "apiVersion: kind.x-k8s.io/v1alpha4", "nodes:", *nodes])


def find_engine() -> Engine | None:
    """The engine that kind can use here; None without kind, or where neither engine answers."""
    if not shutil.which("kind"):
        return None
    engines: tuple[Engine, ...] = (Name.DOCKER, Name.PODMAN)
    return next((engine for engine in engines if shutil.which(engine) and succeeds(engine, "info")), None)
