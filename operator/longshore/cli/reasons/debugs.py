"""Owns which pods of failed attempts are kept to look into, as far as a Run tells. Must not print."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from longshore.manifests.debugs import DEBUG_SECONDS
from longshore.names import DEBUG_CONTAINER, get_step_name
from longshore.planning.times import parse_time

# After these the step's container alone has ended; what else fails a step ends its pod.
_KEPT = frozenset({"Error", "OOMKilled", "OutputsInvalid", "OutputsTooLarge", "RoundsExhausted"})


@dataclass(frozen=True, slots=True)
class KeptPod:
    """A pod to look into."""

    path: str
    pod: str
    seconds: int
    """For how much longer it is kept."""

    def write_command(self, flags: str) -> str:
        """The command that does; `flags` say where the Run is."""
        return f"kubectl exec -it {self.pod} -c {DEBUG_CONTAINER}{flags} -- sh"


def find_kept_pods(run: dict[str, Any], now: str) -> list[KeptPod]:
    """The pods that are kept, in the order of their steps; someone may have deleted one."""
    status = run.get("status", {})
    debugged = _list_debugged(status.get("workflowSpec") or {})
    kept = [
        KeptPod(path, step["pod"], _count_left(step["completionTime"], now))
        for path, step in status.get("steps", {}).items()
        if get_step_name(path) in debugged and step["phase"] == "Failed" and step.get("reason") in _KEPT
    ]
    return [pod for pod in kept if pod.seconds > 0]


def _list_debugged(graph: dict[str, Any]) -> set[str]:
    default = graph.get("defaults", {}).get("debug")
    steps = (*graph.get("steps", []), *graph.get("finally", []))
    return {step["name"] for step in steps if step.get("debug", default)}


def _count_left(end: str, now: str) -> int:
    left = parse_time(end) + timedelta(seconds=DEBUG_SECONDS) - parse_time(now)
    return int(left.total_seconds())
