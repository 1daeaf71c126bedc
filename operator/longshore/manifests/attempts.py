"""Owns what an attempt is: which pod or child Run of which step of which Run. Must not know what those hold."""

from dataclasses import dataclass
from typing import Any

from longshore import names


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a step; the name of its pod or child Run is a function of (run UID, path, number)."""

    namespace: str
    run: str
    run_uid: str
    workflow: str
    """Name of the Workflow, or empty for a graph of the Run's own."""
    path: str
    number: int
    """Counted from 1."""
    queue: str = ""
    """Kueue's LocalQueue, or empty."""

    @property
    def pod(self) -> str:
        """Name of the attempt's pod."""
        return names.build_pod_name(self.run, self.run_uid, self.path, self.number)

    @property
    def child(self) -> str:
        """Name of the attempt's child Run."""
        return names.build_child_name(self.run, self.run_uid, self.path, self.number)

    def name_claim(self, volume: str) -> str:
        """Name of the claim of a volume that all steps of the Run share."""
        return names.build_claim_name(self.run, self.run_uid, volume)

    def build_labels(self) -> dict[str, str]:
        """By what the pod or the child Run of the attempt is found."""
        return {
            names.MANAGED_BY: names.MANAGER,
            names.RUN_LABEL: self.run,
            names.RUN_UID_LABEL: self.run_uid,
            names.STEP_LABEL: names.get_step_name(self.path),
            names.ATTEMPT_LABEL: str(self.number),
        }

    def build_owner(self) -> dict[str, Any]:
        """The Run as what owns the pod or the child Run, so that they go with it."""
        return {
            "apiVersion": names.API_VERSION,
            "kind": "Run",
            "name": self.run,
            "uid": self.run_uid,
            "controller": True,
        }

    def build_metadata(self) -> dict[str, Any]:
        """Metadata of the attempt's pod."""
        labels = self.build_labels()
        if self.workflow:
            labels[names.WORKFLOW_LABEL] = self.workflow
        if self.queue:
            labels[names.KUEUE_QUEUE_LABEL] = self.queue
        return {
            "name": self.pod,
            "namespace": self.namespace,
            "labels": labels,
            "annotations": {
                names.PATH_ANNOTATION: self.path,
                "kubectl.kubernetes.io/default-container": names.STEP_CONTAINER,
            },
            "ownerReferences": [self.build_owner()],
        }
