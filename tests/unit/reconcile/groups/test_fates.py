"""What has become of those on record in a ConcurrencyGroup: who is over, and who only seems to be."""

from typing import Any

import pytest
from longshore.api.groups import Holder
from longshore.api.runs import RunStatus
from longshore.reconcile.groups.fates import Fates, Outlook, is_over
from support.holders import Sights, hold, name_pod
from support.objects import NAMESPACE

STEP, WHOLE = hold("r"), hold("r", None)


def build_status(phase: str = "Running", /, **step: Any) -> RunStatus:
    """The status of a Run, and of its step `a` where fields are given."""
    return RunStatus.model_validate({"phase": phase, "steps": {"a": step} if step else {}})


def see(sights: Sights) -> Fates:
    """Who judges by what there is to be seen."""
    return Fates(sights.store, sights, sights)


@pytest.mark.parametrize(
    ("holder", "status", "expected"),
    [
        (STEP, build_status(phase="Running", attempt=1), False),
        (STEP, build_status(phase="Pending", attempt=0), False),
        (STEP, build_status(), False),
        (STEP, build_status(phase="Succeeded", attempt=1), True),
        (STEP, build_status(phase="Failed", attempt=1), True),
        (STEP, build_status(phase="Canceled", attempt=0), True),  # it never began
        (STEP, build_status(phase="Pending", attempt=2), True),
        (hold("r", attempt=2), build_status(phase="Failed", attempt=1), False),  # about to be tried again
        (hold("r", "b"), build_status(phase="Failed", attempt=1), False),
        (STEP, build_status("Canceled"), True),
        (WHOLE, build_status(phase="Succeeded", attempt=1), False),
        (WHOLE, build_status("Queued"), False),
        (WHOLE, build_status("Succeeded"), True),
    ],
)
def test_who_is_through_by_the_status_of_its_run(holder: Holder, status: RunStatus, *, expected: bool) -> None:
    assert is_over(holder, status) is expected


@pytest.mark.parametrize(
    ("holder", "pods", "outlook"),
    [
        (STEP, [], "Over"),
        (STEP, [("r", "a", 1, "Succeeded")], "Over"),
        (STEP, [("r", "a", 1, "Failed")], "Over"),
        (STEP, [("r", "a", 1, "Running")], "Ending"),
        (STEP, [("r", "a", 1, "Pending")], "Ending"),
        (STEP, [("r", "a", 1, "Unknown")], "Ending"),
        (STEP, [("r", "b", 1, "Running"), ("r", "a", 2, "Running"), ("other", "a", 1, "Running")], "Over"),
        (WHOLE, [], "Over"),
        (WHOLE, [("r", "a", 1, "Failed"), ("other", "a", 1, "Running")], "Over"),
        (WHOLE, [("r", "a", 1, "Failed"), ("r", "b", 1, "Running")], "Ending"),
    ],
)
def test_a_pod_that_is_still_live_keeps_its_place(
    holder: Holder, pods: list[tuple[str, str, int, str]], outlook: Outlook
) -> None:
    """Of a step its attempt's pod does, of a Run any; told by its end on record, and by its plan alike."""
    sights = Sights()
    for pod in pods:
        sights.see_pod(*pod)
    sights.see_run("r", "Succeeded")
    assert see(sights).judge(holder, None) == outlook
    sights.see_run("r")
    assert see(sights).judge(holder, build_status("Succeeded", phase="Succeeded", attempt=1)) == outlook


def test_a_run_that_was_not_planned_yet_goes_on() -> None:
    sights = Sights()
    sights.see_run("r")
    assert [see(sights).judge(holder, None) for holder in (STEP, WHOLE)] == ["Held", "Held"]


def test_only_the_api_server_can_tell_of_who_is_not_seen_or_claims_nothing() -> None:
    sights = Sights()
    assert see(sights).judge(STEP, None) == "Doubtful"
    sights.see_run("r")
    assert see(sights).judge(STEP, build_status(phase="Pending", attempt=0)) == "Doubtful"


@pytest.mark.parametrize(
    ("holder", "phase", "step", "outlook"),
    [
        (STEP, "Running", {"phase": "Pending", "attempt": 0}, "Over"),  # it would claim its place, had it a use
        (STEP, "Running", {"phase": "Running", "attempt": 1, "pod": "it"}, "Held"),
        (STEP, "Running", {"phase": "Pending", "attempt": 1, "run": "it"}, "Held"),
        (STEP, "Running", {"phase": "Succeeded", "attempt": 1, "pod": "it"}, "Over"),
        (STEP, "Canceled", {}, "Over"),
        (WHOLE, "Running", {}, "Held"),
        (WHOLE, "Queued", {}, "Over"),
        (WHOLE, "Failed", {}, "Over"),
    ],
)
async def test_what_the_api_server_has_on_record(
    holder: Holder, phase: str, step: dict[str, Any], outlook: Outlook
) -> None:
    sights = Sights()
    sights.make_run("r", phase, steps={"a": step} if step else {})
    assert await see(sights).confirm(NAMESPACE, holder) == outlook


async def test_an_attempt_has_begun_whose_object_is_there_if_unseen() -> None:
    """As where another operator made it, and has not written so."""
    sights = Sights()
    sights.make_run("r", steps={"a": {"phase": "Pending", "attempt": 0}})
    sights.unseen_pods.add(name_pod("r"))
    assert await see(sights).confirm(NAMESPACE, STEP) == "Held"
    sights.unseen_pods.clear()
    sights.make_run(name_pod("r"))
    assert await see(sights).confirm(NAMESPACE, STEP) == "Held"
    assert await see(sights).confirm(NAMESPACE, hold("r", attempt=2)) == "Over"


async def test_a_run_that_is_gone_is_over_once_its_pods_are() -> None:
    sights = Sights()
    sights.see_pod("r")
    assert await see(sights).confirm(NAMESPACE, STEP) == "Ending"
    sights.see_pod("r", phase="Failed")
    assert await see(sights).confirm(NAMESPACE, STEP) == "Over"


async def test_another_run_of_the_name_is_another() -> None:
    sights = Sights()
    other = sights.make_run("r")
    other["metadata"]["uid"] = "uid-of-another"
    assert await see(sights).confirm(NAMESPACE, WHOLE) == "Over"


@pytest.mark.parametrize("holder", [STEP, WHOLE])
def test_what_a_child_runs_keeps_the_place_of_whom_it_runs_for(holder: Holder) -> None:
    sights = Sights()
    child = name_pod("r")
    sights.see_run("r")
    sights.see_run(child, owner="r")
    sights.see_run("grandchild", owner=child)
    fates = see(sights)
    assert fates.list_family(holder) == {"uid-of-r", f"uid-of-{child}", "uid-of-grandchild"}
    sights.see_run("r", "Canceled")
    assert fates.judge(holder, None) == "Ending"
    sights.see_run(child, "Canceled", owner="r")
    assert fates.judge(holder, None) == "Ending"
    sights.see_run("grandchild", "Canceled", owner=child)
    sights.see_pod("grandchild")
    assert fates.judge(holder, None) == "Ending"
    sights.see_pod("grandchild", phase="Failed")
    assert fates.judge(holder, None) == "Over"


def test_the_child_of_another_step_keeps_no_place_but_the_runs() -> None:
    sights = Sights()
    sights.see_run("r", "Failed")
    sights.see_run(name_pod("r", "b"), owner="r")
    assert [see(sights).judge(holder, None) for holder in (STEP, WHOLE)] == ["Over", "Ending"]


def test_pods_of_children_that_are_gone_count_until_the_holder_is_off_the_record() -> None:
    sights = Sights()
    child = name_pod("r")
    sights.see_run("r")
    sights.see_run(child, owner="r")
    sights.see_pod(child)
    fates = see(sights)
    assert fates.judge(STEP, None) == "Held"
    sights.lose_run(child)
    sights.see_run("r", "Failed")
    assert fates.judge(STEP, None) == "Ending"
    fates.forget(STEP)
    assert fates.judge(STEP, None) == "Over"
