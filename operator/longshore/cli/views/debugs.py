"""Owns what is said of pods that are kept to look into: for how long, and the command that does."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from rich.text import Text

from longshore.cli.reasons.debugs import KeptPod
from longshore.planning.times import write_duration

MOST_PODS = 3


def build_kept_pods(pods: Sequence[KeptPod], flags: str) -> Iterator[Text]:
    """The lines of the first of them; `flags` go into the command."""
    for pod in pods[:MOST_PODS]:
        left = write_duration(timedelta(seconds=pod.seconds))
        yield Text.assemble("  ", (pod.path, "bold"), (" failed; its pod is kept: ", "yellow"), f"{left} more")
        yield Text.assemble(("  next: ", "dim"), (pod.write_command(flags), "bold"))
    if len(pods) > MOST_PODS:
        yield Text(f"  and {len(pods) - MOST_PODS} more pods are kept", "dim")
