"""Which containers of a pod have a log, and whether they have ended for good."""

from typing import Any

import pytest
from longshore.archive.logs.containers import LogKey, list_sources
from longshore.archive.places import AttemptKey
from support.archives.logs import StubPod


def observe(pod: StubPod) -> list[tuple[str, str, bool]]:
    """Step, container, whether it is over."""
    return [(s.key.attempt.step, s.key.container, s.is_over) for s in list_sources(pod.build())]


@pytest.mark.parametrize(
    ("pod", "sources"),
    [
        (StubPod(), [("a", "step", False)]),
        (StubPod(states={"checkout": "terminated", "step": "waiting"}), [("a", "checkout", True)]),
        (StubPod(states={"db": "terminated"}, services=("db",)), [("a", "db", False)]),
        (StubPod(states={"db": "terminated"}, services=("db",), phase="Failed"), [("a", "db", True)]),
        # A node that is lost tells of no end.
        (StubPod(phase="Failed"), [("a", "step", True)]),
        (
            StubPod(states={"a": "terminated", "b": "running", "c": "waiting"}, fused=("a", "b", "c")),
            [("a", "a", True), ("b", "b", False)],
        ),
        (StubPod(states={}), []),
        (StubPod(step="../a"), []),
    ],
)
def test_sources(pod: StubPod, sources: list[tuple[str, str, bool]]) -> None:
    assert observe(pod) == sources


def test_a_container_that_never_ran_has_no_log() -> None:
    pod: Any = StubPod(states={"step": "terminated"}).build()
    del pod["status"]["containerStatuses"][0]["state"]["terminated"]["containerID"]
    assert list_sources(pod) == []


@pytest.mark.parametrize("container", ["", "..", "a/b", "A", "a\n", "a" * 64, "-a"])
def test_what_is_no_container_has_no_log(container: str) -> None:
    with pytest.raises(ValueError, match="no container"):
        LogKey(AttemptKey("u", "a", 1), container)
