"""Which cluster a command is about: that of KUBECONFIG, the one that `up` made, or the one it would make.

Owns the choice. Starts and stops nothing itself: existing.py, kind.py and local.py do.
"""

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from . import existing, kind, records
from .builds import Builder
from .errors import ClusterError
from .existing import Existing
from .kind import Kind
from .local import Local
from .records import Name
from .settings import BIN, KUBECONFIG

# What to do on another cluster.
REMEDIES = {
    "lose": "drain or delete a node by its own means",
    "restart-kubelet": "restart it by the node's own means",
    "kill": "kill its process on the node by the node's own means",
    "user": "ask its administrator, or try `kubectl --as NAME --as-group GROUP`",
    "kwok": "install KWOK on it",
}


class Provider(Protocol):
    """A cluster to test on, whoever made it."""

    def up(self, count: int) -> None:
        """Make the cluster, of `count` nodes, or start what does not run of it."""

    def down(self) -> None:
        """Stop what `up` started, and nothing else."""

    def load(self, archive: Path) -> None:
        """Put the images of a docker-archive on every node."""

    def kubeconfig(self) -> str:
        """The value of KUBECONFIG with which one is the administrator."""

    def builder(self) -> Builder:
        """What builds images for this cluster."""

    def status(self) -> bool:
        """Print what runs, and say whether that is all of it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the choice depends on."""

    answers: bool = False  # KUBECONFIG is set, and its cluster answers
    is_ours: bool = False  # `up` made that cluster
    made: Name | None = None  # what `up` made and no `down` has stopped
    engine: kind.Engine | None = None  # on which kind would work


def choose(machine: Machine) -> Name:
    """A cluster that is there comes first; then kind; then the local one."""
    if machine.answers and not machine.is_ours:
        return Name.EXISTING
    return machine.made or machine.engine or Name.LOCAL


def observe() -> Machine:
    """Look at KUBECONFIG, at the record of `up`, and for kind."""
    made = records.read()
    kubeconfig = os.environ.get("KUBECONFIG", "")
    answers = existing.answers(kubeconfig)
    is_ours = answers and KUBECONFIG.exists() and existing.is_same(kubeconfig, str(KUBECONFIG))
    return Machine(answers, is_ours, made, None if made else kind.find_engine())


def build_provider(name: Name) -> Provider:
    """The provider of this name."""
    match name:
        case Name.EXISTING:
            return Existing(os.environ["KUBECONFIG"])
        case Name.LOCAL:
            return Local()
        case engine:
            return Kind(engine)


def current() -> Provider:
    """The cluster that is there; ClusterError if there is none."""
    machine = observe()
    name = choose(machine)
    if name not in (Name.EXISTING, machine.made):
        raise ClusterError("there is no cluster: run `cluster up`, or set KUBECONFIG to one that answers")
    return build_provider(name)


def require_local(command: str) -> None:
    """ClusterError unless the cluster that is there is the local one."""
    if not isinstance(current(), Local):
        raise ClusterError(f"only the local cluster has `{command}`, and this is another ({REMEDIES[command]})")


def up(count: int) -> None:
    """Find or make a cluster, and print the line that lets a shell use it."""
    machine = observe()
    name = choose(machine)
    if os.environ.get("KUBECONFIG") and not machine.answers:
        print("cluster: the cluster of KUBECONFIG does not answer, so this is another", file=sys.stderr)
    provider = build_provider(name)
    provider.up(count)
    print(build_export(provider.kubeconfig(), name))


def build_export(kubeconfig: str, name: Name) -> str:
    """The shell's line. The local cluster's own kubectl comes first; elsewhere the machine's does."""
    cache = shlex.quote(str(BIN))
    path = f'{cache}:"$PATH"' if name is Name.LOCAL else f'"$PATH":{cache}'
    return f"export KUBECONFIG={shlex.quote(kubeconfig)} PATH={path}"


def down() -> None:
    """Stop the cluster that is there, if `up` made it."""
    machine = observe()
    if choose(machine) is Name.EXISTING:
        print("cluster: the cluster of KUBECONFIG was not started here, so it stays", file=sys.stderr)
    elif machine.made:
        build_provider(machine.made).down()
    else:
        print("cluster: nothing was started, so there is nothing to stop", file=sys.stderr)
