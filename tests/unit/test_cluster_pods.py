"""What of a pod's change is pressing: something may start when something has ended."""

from typing import Any

import pytest
from longshore.cluster.pods import has_ended_more


def build_pod(phase: str, **states: str) -> dict[str, Any]:
    """A pod whose containers are in these states; those of names that begin with init come first."""
    status: dict[str, Any] = {"phase": phase, "initContainerStatuses": [], "containerStatuses": []}
    for name, state in states.items():
        kind = "initContainerStatuses" if name.startswith("init") else "containerStatuses"
        status[kind].append({"name": name, "state": {state: {}}})
    return {"status": status}


JUDGED = {"metadata": {"annotations": {"longshore.dev/archived": "{}"}}}
WAITS = build_pod("Pending", init="waiting", step="waiting")
CHANGES: dict[str, tuple[dict[str, Any] | None, dict[str, Any], bool]] = {
    "it is new": (None, WAITS, False),
    "it starts": (WAITS, build_pod("Pending", init="running", step="waiting"), False),
    "a step before the last has ended": (WAITS, build_pod("Pending", init="terminated", step="waiting"), True),
    "its step has ended": (build_pod("Running", step="running"), build_pod("Running", step="terminated"), True),
    "it has failed without a container": (WAITS, build_pod("Failed"), True),
    "the pod has ended after its step": (
        build_pod("Running", step="terminated"),
        build_pod("Succeeded", step="terminated"),
        False,
    ),
    "what its step left was judged": (
        build_pod("Running", step="terminated"),
        build_pod("Running", step="terminated") | JUDGED,
        True,
    ),
    "it was judged before": (
        build_pod("Running", step="terminated") | JUDGED,
        build_pod("Succeeded", step="terminated") | JUDGED,
        False,
    ),
    "nothing new has ended": (
        build_pod("Running", step="terminated"),
        build_pod("Running", step="terminated", service="running"),
        False,
    ),
}


@pytest.mark.parametrize(("old", "new", "is_end"), CHANGES.values(), ids=CHANGES)
def test_ends(old: dict[str, Any] | None, new: dict[str, Any], is_end: bool) -> None:  # noqa: FBT001 - a column
    assert has_ended_more(old, new) is is_end
