"""A cluster that somebody else made: the one of KUBECONFIG. It is used and never changed."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from . import binaries
from .builds import Builder
from .errors import ClusterError
from .processes import output, show, succeeds

CLUSTER = "jsonpath={.clusters[0].cluster.server} {.clusters[0].cluster.certificate-authority-data}"
NO_IMAGES = (
    "the cluster of KUBECONFIG was not made here, so images cannot be put on its nodes: push the image to a "
    "registry that it pulls from, and set LONGSHORE_IMAGE to the image's name there"
)


@dataclass(frozen=True, slots=True)
class Existing:
    """The cluster of this value of KUBECONFIG: one path, or several with colons between."""

    value: str

    def up(self, count: int) -> None:
        """It runs already; its nodes are what they are."""

    def down(self) -> None:
        """It is not ours to stop."""

    def load(self, archive: Path) -> NoReturn:
        """Only its owner can reach its nodes."""
        raise ClusterError(f"{archive}: {NO_IMAGES}")

    def builder(self) -> Builder:
        """What is built here could not be loaded."""
        raise ClusterError(NO_IMAGES)

    def kubeconfig(self) -> str:
        """As it was found."""
        return self.value

    def status(self) -> bool:
        """Print the nodes; they answer, or the cluster would not have been found."""
        show("kubectl", "get", "nodes", "-o", "wide", env={"KUBECONFIG": self.value})
        return True


def answers(kubeconfig: str) -> bool:
    """Whether the API server of this kubeconfig says that it is ready."""
    if not any(Path(path).is_file() for path in kubeconfig.split(os.pathsep)):
        return False
    binaries.build_tools()
    ask = ("kubectl", "get", "--raw", "/readyz", "--request-timeout=5s")
    return succeeds(*ask, env={"KUBECONFIG": kubeconfig})


def is_same(kubeconfig: str, other: str) -> bool:
    """Whether two kubeconfigs, maybe two users', name one cluster."""
    return endpoint(kubeconfig) == endpoint(other)


def endpoint(kubeconfig: str) -> str:
    """Address and certificate authority of the current context's cluster."""
    view = ("kubectl", "config", "view", "--minify", "--flatten", "--raw", "-o", CLUSTER)
    return output(*view, env={"KUBECONFIG": kubeconfig})
