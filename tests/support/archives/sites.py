"""The archive of a namespace on a real cluster: asked by its loopback address, from within its own pod."""

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from support.clusters import TOOL, CommandError
from support.namespaces import Namespace

ASK = """
import shutil, sys, urllib.request
shutil.copyfileobj(urllib.request.urlopen("http://127.0.0.1:8082/v1" + sys.argv[1], timeout=60), sys.stdout.buffer)
"""
COUNT = """
import sys, urllib.request
lines = [line.rsplit(None, 1)[-1] for line in urllib.request.urlopen("http://127.0.0.1:8082/v1" + sys.argv[1])]
print(len(lines), len(set(lines)))
"""
POD = "--selector=app.kubernetes.io/name=longshore-archive"


@dataclass(frozen=True, slots=True)
class ArchiveSite:
    """The archive of a namespace."""

    namespace: Namespace

    def wait_ready(self) -> None:
        """Wait until it serves."""
        self.namespace.kubectl("wait", "deployment/archive", "--for=create", "--timeout=60s")
        self.namespace.kubectl("rollout", "status", "deployment/archive", "--timeout=120s")

    def ask(self, path: str) -> Any:
        """What it answers in JSON."""
        return json.loads(self._run(ASK, path))

    def read_log(self, run: str, step: str, attempt: int = 1, container: str = "step") -> str:
        """A log, as it was printed."""
        return self._run(ASK, self._find_log(run, step, attempt, container))

    def count_lines(self, run: str, step: str, attempt: int = 1, container: str = "step") -> tuple[int, int]:
        """How many lines a log has, and how many different last words they have."""
        lines, words = self._run(COUNT, self._find_log(run, step, attempt, container)).split()
        return int(lines), int(words)

    def list_logs(self, run: str) -> list[dict[str, Any]]:
        """What is known of each log of a Run."""
        found = self.ask(f"/runs/{run}/logs")
        logs: list[dict[str, Any]] = found if isinstance(found, list) else found["items"]
        return logs

    def wait_for_lines(self, run: str, count: int) -> None:
        """Wait until so many lines of a Run's only log are there."""
        deadline = time.monotonic() + 120
        while not (logs := self.list_logs(run)) or logs[0]["lines"] < count:
            assert time.monotonic() < deadline, f"{count} lines expected: {logs}"

    def list_files(self, folder: str) -> list[str]:
        """The files in a folder of its own claim."""
        find = ("find", f"/archive/{folder}", "-type", "f")
        return self.namespace.kubectl("exec", "deploy/archive", "--", *find).splitlines()

    def read_metrics(self) -> str:
        """What Prometheus would read."""
        name = self.get_pod()["metadata"]["name"]
        path = f"/api/v1/namespaces/{self.namespace.name}/pods/{name}:8081/proxy/metrics"
        return self.namespace.kubectl("get", f"--raw={path}")

    def kill(self) -> None:
        """End its process by SIGKILL, and have it come back at once: a crash loop would be waited out."""
        pod = self.get_pod()
        self.kill_container(pod)
        self.namespace.kubectl(
            "delete", "pod", pod["metadata"]["name"], "--grace-period=0", "--force", "--wait=false"
        )

    def kill_container(self, pod: dict[str, Any]) -> None:
        """End the first process of a pod's one container by SIGKILL."""
        [status] = pod["status"]["containerStatuses"]
        self.namespace.cluster.run(TOOL, "kill", pod["spec"]["nodeName"], status["containerID"])

    def get_pod(self) -> dict[str, Any]:
        """Its pod, once it runs."""
        self.namespace.kubectl("wait", "pods", POD, "--for=create", "--timeout=60s")
        self.namespace.kubectl("wait", "pods", POD, "--for=jsonpath={.status.phase}=Running", "--timeout=60s")
        pods: list[dict[str, Any]] = self.namespace.get("pods", POD)["items"]
        [pod] = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        return pod

    def _find_log(self, run: str, step: str, attempt: int, container: str) -> str:
        return f"/runs/{run}/logs/{quote(step, safe='')}/{attempt}/{container}"

    def _run(self, program: str, path: str) -> str:
        try:
            return self.namespace.kubectl("exec", "deploy/archive", "--", "python", "-c", program, path)
        except CommandError as error:
            raise AssertionError(f"the archive did not answer {path}:\n{error}") from None
