"""All versions of a Run under way, as the API server has them one after the other: of spec and of status."""

from collections.abc import Mapping
from typing import Any

from longshore.api.runs import RunStatus
from support.planning.simulations import Simulation, write_json

Json = dict[str, Any]


class Recorded(Simulation):
    """A simulation of which each version is kept."""

    def __init__(self, graph: Mapping[str, Any], **spec: Any) -> None:
        super().__init__(graph, **spec)
        self.versions: list[Json] = []
        self.record()

    def record(self) -> None:
        """Keep the Run as it is, if it is not the last version."""
        run = {
            "apiVersion": "longshore.dev/v1alpha1",
            "kind": "Run",
            "metadata": self.run.metadata.to_json() | {"resourceVersion": str(len(self.versions) + 1)},
            "spec": self.run.spec.to_json(),
            **({"status": status} if (status := write_json(self.run.status)) else {}),
        }
        if not self.versions or run | {"metadata": {}} != self.versions[-1] | {"metadata": {}}:
            self.versions.append(run)

    def _write(self, status: RunStatus) -> None:
        self.record()
        super()._write(status)
        self.record()
