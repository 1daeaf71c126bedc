"""Owns what an attempt is: which pod of which step of which Run. Must not know what the pod holds."""

from dataclasses import dataclass
from typing import Any

from longshore import names


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a step; its pod's name is a function of (run UID, path, number)."""

    namespace: str
    run: str
    run_uid: str
    workflow: str
    """Name of the Workflow, or empty for a graph of the Run's own."""
    path: str
    number: int
    """Counted from 1."""

    @property
    def pod(self) -> str:
        """Name of the attempt's pod."""
        return names.build_pod_name(self.run, self.run_uid, self.path, self.number)

    def build_metadata(self) -> dict[str, Any]:
        """Metadata of the attempt's pod; owned by the Run, so that it goes with it."""
        labels = {
            names.MANAGED_BY: names.MANAGER,
            names.RUN_LABEL: self.run,
            names.RUN_UID_LABEL: self.run_uid,
            names.STEP_LABEL: names.get_step_name(self.path),
            names.ATTEMPT_LABEL: str(self.number),
        }
        if self.workflow:
            labels[names.WORKFLOW_LABEL] = self.workflow
        owner = {
            "apiVersion": names.API_VERSION,
            "kind": "Run",
            "name": self.run,
            "uid": self.run_uid,
            "controller": True,
        }
        return {
            "name": self.pod,
            "namespace": self.namespace,
            "labels": labels,
            "annotations": {
                names.PATH_ANNOTATION: self.path,
                "kubectl.kubernetes.io/default-container": names.STEP_CONTAINER,
            },
            "ownerReferences": [owner],
        }
