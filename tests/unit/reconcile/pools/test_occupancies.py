"""Which steps have a pod on an Agent, and that each change is told once."""

from typing import Any

from longshore.names import AGENT_LABEL, PATH_ANNOTATION, RUN_LABEL
from longshore.reconcile.pools.occupancies import Occupancies


def build_pod(name: str = "p", agent: str = "gpu", phase: str = "Pending", path: str = "build") -> dict[str, Any]:
    labels = {RUN_LABEL: "nightly"} | ({AGENT_LABEL: agent} if agent else {})
    metadata = {"name": name, "namespace": "ci", "labels": labels, "annotations": {PATH_ANNOTATION: path}}
    return {"metadata": metadata, "status": {"phase": phase}}


def follow() -> tuple[Occupancies, list[tuple[str, str]]]:
    """Occupancies, and what they tell."""
    occupancies, told = Occupancies(), list[tuple[str, str]]()
    occupancies.listen(lambda namespace, agent: told.append((namespace, agent)))
    return occupancies, told


def test_a_pod_counts_until_it_is_over() -> None:
    occupancies, told = follow()
    pending, running, over = (build_pod(phase=phase) for phase in ("Pending", "Running", "Succeeded"))
    occupancies.see_pod(None, pending)
    occupancies.see_pod(pending, running)
    assert occupancies.list_current("ci", "gpu") == [("nightly", "build")]
    occupancies.see_pod(running, over)
    occupancies.see_pod(over, None)
    assert occupancies.list_current("ci", "gpu") == []
    assert told == [("ci", "gpu")] * 2


def test_a_pod_that_goes_counts_no_more() -> None:
    occupancies, told = follow()
    occupancies.see_pod(None, build_pod("a"))
    occupancies.see_pod(None, build_pod("b", path="test[1]"))
    occupancies.see_pod(build_pod("a"), None)
    assert occupancies.list_current("ci", "gpu") == [("nightly", "test[1]")]
    assert len(told) == 3


def test_agents_are_told_apart() -> None:
    occupancies, _ = follow()
    occupancies.see_pod(None, build_pod("a"))
    occupancies.see_pod(None, build_pod("b", agent="arm"))
    occupancies.see_pod(None, build_pod("c", agent=""))
    assert occupancies.list_current("ci", "arm") == [("nightly", "build")]
    assert occupancies.list_current("other", "arm") == []


def test_a_pod_that_is_not_told_of_as_ours_are_is_counted_all_the_same() -> None:
    occupancies, _ = follow()
    occupancies.see_pod(None, {"metadata": {"name": "a", "namespace": "ci", "labels": {AGENT_LABEL: "gpu"}}})
    assert occupancies.list_current("ci", "gpu") == [("unknown", "unknown")]
