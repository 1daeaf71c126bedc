"""Whom a change of a Run concerns: its Workflow where it comes, goes or ends, its removal once it has ended."""

from typing import Any

import pytest
from longshore.handlers.changes import RunChanges
from longshore.planning.runs.summaries import RunSummary
from support.planning.runs import NOW


class Marks:
    """Keeps what is marked."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def mark(self, key: str) -> None:
        """Keep it."""
        self.keys.append(key)


def build(phase: str, **fields: Any) -> RunSummary:
    return RunSummary("ci", "run", "u", phase, NOW, **{"workflow": "flow", "ttl": 5, **fields})


@pytest.mark.parametrize(
    ("old", "new", "workflows", "removals"),
    [
        (None, build("Queued"), ["ci/flow"], []),
        (None, build("Failed"), ["ci/flow"], ["u"]),
        (build("Queued"), build("Running"), ["ci/flow"], []),
        (build("Running"), build("Running", message="news"), [], []),
        (build("Running"), build("Succeeded"), ["ci/flow"], ["u"]),
        (build("Succeeded"), build("Succeeded", is_deleted=True), [], []),
        (build("Succeeded"), None, ["ci/flow"], ["u"]),
        (build("Running", ttl=None), build("Succeeded", ttl=None), ["ci/flow"], []),
        (build("Running", workflow=""), build("Succeeded", workflow=""), [], ["u"]),
        (build("Running", owner="p"), build("Succeeded", owner="p"), [], ["u"]),
    ],
)
def test_whom_it_concerns(
    old: RunSummary | None, new: RunSummary | None, workflows: list[str], removals: list[str]
) -> None:
    workflow_marks, retention_marks = Marks(), Marks()
    RunChanges(workflow_marks, retention_marks).see(old, new)
    assert (workflow_marks.keys, retention_marks.keys) == (workflows, removals)
