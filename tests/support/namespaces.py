"""A namespace of a real cluster: how an end-to-end test applies manifests, waits, and reads what came of them.

Every wait is on a condition, and one that fails says all that kubectl knows of it.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.clusters import Cluster, CommandError

PATIENCE = "120s"
FORBIDS_UNSAFE_PODS = "pod-security.kubernetes.io/enforce=restricted"
ARCHIVE_ANNOTATION = "longshore.dev/archive"
UNTIL_LET_GO = 'until test -e "$HOME/go"; do sleep 0.2; done'
"""The script of a step that ends when the test says so, however slow the machine is."""
LET_GO = ("sh", "-c", 'touch "$HOME/go"')
WITHOUT_ARCHIVE = f"{ARCHIVE_ANNOTATION}=disabled"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace, as kubectl sees it."""

    cluster: Cluster
    name: str

    def kubectl(self, *arguments: str | Path, stdin: str | None = None) -> str:
        """The standard output of kubectl in this namespace. Raises CommandError."""
        return self.cluster.kubectl("--namespace", self.name, *arguments, stdin=stdin)

    def longshore(self, *arguments: str) -> str:
        """The standard output of the plugin in this namespace. Raises CommandError."""
        command, *rest = arguments
        return self.cluster.kubectl("longshore", command, "--namespace", self.name, *rest)

    def apply(self, manifest: str | Path) -> None:
        """Apply a file or folder, or the text of a manifest. Raises CommandError with what the API server said."""
        if isinstance(manifest, Path):
            self.kubectl("apply", "--filename", manifest)
        else:
            self.kubectl("apply", "--filename=-", stdin=manifest)

    def refuse(self, manifest: str) -> str:
        """What the API server says of a manifest that it does not accept. AssertionError if it does."""
        try:
            self.apply(manifest)
        except CommandError as error:
            return str(error)
        raise AssertionError(f"was accepted:\n{manifest}")

    def wait(self, what: str, condition: str) -> None:
        """Wait until a condition of kubectl wait holds, such as condition=Finished or jsonpath={.status.x}=y."""
        try:
            self.kubectl("wait", what, f"--for={condition}", f"--timeout={PATIENCE}")
        except CommandError as error:
            kind = what.partition("/")[0]
            state = self.kubectl("get", kind, "--output=wide") + self.kubectl("get", "pods", "--output=wide")
            raise AssertionError(f"{error}\n{self._describe(what)}\n{state}") from None

    def wait_for_step(self, run: str, step: str, phase: str) -> None:
        """Wait until a step of a Run is in a phase."""
        self.wait(f"runs.longshore.dev/{run}", f"jsonpath={{.status.steps.{step}.phase}}={phase}")

    def wait_for_event(self, about: str, reason: str) -> None:
        """Wait until there is an Event of this reason about an object."""
        selector = f"--field-selector=involvedObject.name={about},reason={reason}"
        self.kubectl("wait", "events", selector, "--for=create", f"--timeout={PATIENCE}")

    def finish(self, run: str) -> dict[str, Any]:
        """The status of a Run, once it has ended."""
        self.wait(f"runs.longshore.dev/{run}", "condition=Finished")
        return self.get_status(run)

    def get_status(self, run: str) -> dict[str, Any]:
        """The status of a Run."""
        status: dict[str, Any] = self.get(f"runs.longshore.dev/{run}").get("status", {})
        return status

    def get(self, what: str, *flags: str) -> dict[str, Any]:
        """An object, or a list."""
        found: dict[str, Any] = json.loads(self.kubectl("get", what, "--output=json", *flags))
        return found

    def get_pods(self, run: str) -> list[dict[str, Any]]:
        """The pods of a Run."""
        pods: list[dict[str, Any]] = self.get("pods", f"--selector=longshore.dev/run={run}")["items"]
        return pods

    def has_ended(self, pod: str) -> bool:
        """Whether nothing runs in it any more; it may be gone."""
        phase = self.kubectl("get", "pod", pod, "--ignore-not-found", "--output=jsonpath={.status.phase}")
        return phase in {"", "Succeeded", "Failed"}

    def read_log(self, run: str, step: str) -> str:
        """The log of the last attempt of a step, whether its pod is there or not."""
        return self.longshore("logs", run, step)

    def _describe(self, what: str) -> str:
        try:
            return self.kubectl("describe", what)
        except CommandError as error:
            return str(error)


def let_go(namespace: Namespace, pod: str, command: Sequence[str] = LET_GO) -> None:
    """Have a step end whose script is UNTIL_LET_GO, or by a command of the test's own.

    A kubelet that has just started may not know its pods yet. And the end of a step takes the command with it that
    brought it about: one that failed is asked again only where the pod goes on.
    """
    deadline = time.monotonic() + 60
    while True:
        try:
            namespace.kubectl("exec", pod, "--", *command)
        except CommandError:
            if namespace.has_ended(pod):
                return
            if time.monotonic() > deadline:
                raise
        else:
            return


def create_namespace(cluster: Cluster, name: str) -> Namespace:
    """A namespace that takes restricted pods only: what Longshore makes has to be."""
    cluster.kubectl("create", "namespace", name)
    cluster.kubectl("label", "namespace", name, FORBIDS_UNSAFE_PODS)
    return Namespace(cluster, name)


def forgo_archive(namespace: Namespace) -> None:
    """Have no archive in it: pods stay for a test to look at, and none starts for every test."""
    namespace.cluster.kubectl("annotate", "namespace", namespace.name, WITHOUT_ARCHIVE)


def annotate_archive(namespace: Namespace, wishes: Mapping[str, Any]) -> None:
    """Say what the archive of a namespace is to be like, otherwise than the chart says."""
    annotation = f"{ARCHIVE_ANNOTATION}={json.dumps(wishes)}"
    namespace.cluster.kubectl("annotate", "namespace", namespace.name, annotation, "--overwrite")


def write_run(name: str, workflow: str) -> str:
    """The manifest of a Run with this graph, given as YAML in flow style."""
    return (
        f"apiVersion: longshore.dev/v1alpha1\nkind: Run\nmetadata: {{name: {name}}}\n"
        f"spec: {{workflowSpec: {workflow}}}\n"
    )
