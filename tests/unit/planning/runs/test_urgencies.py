"""How soon a status has to be written."""

from typing import Any

import pytest
from longshore.api.runs import RunStatus
from longshore.planning.patches import build_merge_patch
from longshore.planning.runs.urgencies import Urgency, build_status_patch, find_urgency
from support.planning.runs import build_run, build_status

PENDING = build_status("Pending", "Starting", attempt=1, pod="p")
RUNNING = build_status("Running", attempt=1, pod="p", start_time="2025-06-01T12:00:00Z", node="n")
DONE = build_status("Succeeded", "Completed", attempt=1, pod="p", exit_code=0)

STEPS: dict[str, tuple[Any, Any, Urgency]] = {
    "the same": (PENDING, PENDING, Urgency.WAITS),
    "it waits for something else": (
        PENDING,
        PENDING.model_copy(update={"reason": "Unschedulable"}),
        Urgency.WAITS,
    ),
    "it runs": (PENDING, RUNNING, Urgency.WAITS),
    "it ended": (RUNNING, DONE, Urgency.NEWS),
    "it ended before it was seen running": (PENDING, DONE, Urgency.NEWS),
    "a pod was made": (build_status("Pending", "AwaitingNeeds"), PENDING, Urgency.NEWS),
    "another attempt": (RUNNING, build_status("Pending", "Backoff", attempt=2, retries=1), Urgency.NEWS),
    "it is to end: a cancel acts on what is on record only": (
        RUNNING,
        RUNNING.model_copy(update={"reason": "RunCanceled"}),
        Urgency.NOW,
    ),
}
RUNS: dict[str, tuple[dict[str, Any], Urgency]] = {
    "another message": ({"message": "step 'a' waits"}, Urgency.WAITS),
    "another phase": ({"phase": "Failed"}, Urgency.NOW),
    "a question": ({"questions": {"ok": {"step": "ok", "text": "really?"}}}, Urgency.NOW),
    "the commit that all steps get": ({"source": {"commit": "0" * 40}}, Urgency.NOW),
}


@pytest.mark.parametrize(("old", "new", "urgency"), STEPS.values(), ids=STEPS)
def test_what_happens_to_a_step(old: Any, new: Any, urgency: Urgency) -> None:
    status = build_run().status
    before, now = (status.model_copy(update={"steps": {"a": entry}}) for entry in (old, new))
    assert find_urgency(before, now) is urgency


@pytest.mark.parametrize(("change", "urgency"), RUNS.values(), ids=RUNS)
def test_what_happens_to_a_run(change: dict[str, Any], urgency: Urgency) -> None:
    status = build_run().status
    assert find_urgency(status, status.model_copy(update=change)) is urgency


@pytest.mark.parametrize("old", [PENDING, RUNNING, DONE, None])
@pytest.mark.parametrize("new", [PENDING, RUNNING, DONE])
def test_what_has_changed_is_written_and_nothing_else(old: Any, new: Any) -> None:
    status = build_run().status
    before = status.model_copy(update={"steps": {"a": DONE, **({"b": old} if old else {})}})
    after = before.model_copy(update={"steps": {"a": DONE, "b": new}})
    patch = build_status_patch(before.to_json(), before, after)
    assert patch == build_merge_patch(before.to_json(), after.to_json())
    assert (patch == {}) is (old is new)


def test_nothing_is_written_of_a_run_without_steps_that_is_as_it_was() -> None:
    status = RunStatus(phase="Queued")
    assert build_status_patch({"phase": "Queued"}, status, status) == {}
