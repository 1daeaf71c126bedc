"""The local cluster: programs on this machine, without Docker. It needs Debian, Go and root."""

import os
from dataclasses import dataclass
from pathlib import Path

from . import binaries, builds, cgroups, images, nodes, processes, records, servers
from .errors import ClusterError
from .processes import stage
from .records import Name
from .settings import KUBECONFIG, STATE

NEEDS = "the local cluster needs {}; or set KUBECONFIG to a cluster, or install kind with Docker or Podman"


@dataclass(frozen=True, slots=True)
class Local:
    """The one local cluster of this machine."""

    def up(self, count: int) -> None:
        """Build what the cache lacks, then start what does not run."""
        with stage("total"):
            build()
            records.write(Name.LOCAL)
            servers.up()
            with stage(f"{count} node(s) with images"):
                nodes.up(count, (images.PAUSE, images.BASE))

    def down(self) -> None:
        """Kill the programs, and remove their interfaces, cgroups and state; the cache stays."""
        for name in processes.known():
            processes.kill(name)
        servers.remove_bridge()
        cgroups.remove()
        processes.output("rm", "-rf", STATE)

    def load(self, archive: Path) -> None:
        """Put the images on every node that runs, unless they are there."""
        nodes.load(nodes.existing(), [archive])

    def kubeconfig(self) -> str:
        """Where kubeadm's went."""
        return str(KUBECONFIG)

    def builder(self) -> builds.Builder:
        """No registry is near, so images are built on the base that the nodes have."""
        images.restore_base()
        return builds.Builder("buildah", {"BASE": images.BASE_TAG})

    def status(self) -> bool:
        """Print the programs and, if all run, the nodes."""
        names = processes.known()
        for name in names:
            print(f"{name:<24}{processes.running(name) or 'dead'}")
        if not names or not all(map(processes.running, names)):
            return False
        print(servers.kubectl("get", "nodes", "-o", "wide"), end="")
        return True


def build() -> None:
    """Install packages; build programs and images that the cache lacks."""
    if os.geteuid():
        raise ClusterError(NEEDS.format("root, for namespaces and a bridge (try `sudo -E`)"))
    binaries.install_packages()
    binaries.build_programs()
    images.build_images()
