"""Longshore's Helm release: how tests and the demo install it. Must not wait for Runs."""

from dataclasses import dataclass

from support.clusters import ROOT, Cluster
from support.images import OPERATOR, RUNNER, Provided, provide_image

CHART = ROOT / "charts/longshore"
OPERATOR_NAME = "longshore-operator"


@dataclass(frozen=True, slots=True)
class Release:
    """A release of the chart, with the images of this checkout."""

    cluster: Cluster
    name: str = "longshore"
    namespace: str = "longshore-system"

    def install(self, *values: str) -> str:
        """Install or upgrade, with these values and else the chart's own, and wait until it is ready.

        Answers what Helm says.
        """
        operator, runner = provide_image(self.cluster, OPERATOR), provide_image(self.cluster, RUNNER)
        images = (
            *_write_image("image", operator),
            *_write_image("runnerImage", runner),
            # Pods are made anew where the same tag stands for another image.
            f"podAnnotations.longshore\\.dev/image={operator.digest or operator.name}",
            f"archive.podAnnotations.longshore\\.dev/image={operator.digest or operator.name}",
        )
        flags = [*(f"--set-string={image}" for image in images), *(f"--set={value}" for value in values)]
        # CRDs that were applied by hand, or that an uninstall left, are taken over.
        wait = ("--install", "--create-namespace", "--take-ownership", "--wait", "--timeout=3m")
        return self._helm("upgrade", self.name, str(CHART), *wait, *flags)

    def uninstall(self) -> str:
        """Remove it, and wait until it is gone."""
        return self._helm("uninstall", self.name, "--wait", "--timeout=2m")

    def _helm(self, *arguments: str) -> str:
        return self.cluster.helm(*arguments, "--namespace", self.namespace)


def _write_image(value: str, image: Provided) -> tuple[str, str]:
    repository, _, tag = image.name.rpartition(":")
    return f"{value}.repository={repository}", f"{value}.tag={tag}"
