"""The state machine of a Run, attacked by everyone who may write: what the CRD itself does not let through."""

from typing import Any

import pytest
from support.admissions import Caller, Manifest, allow_editing, build_object

STATUS = "--subresource=status"
SPEC: Manifest = {
    "workflowRef": {"name": "w"},
    "params": {"a": 1, "b": {"c": [1, 2]}},
    "rerun": {"run": "old", "from": "Failed"},
    "createdBy": "system:serviceaccount:ci:bot",
    "queueName": "fast",
    "managedBy": "other.example/controller",
}
ENDED = {"phase": "Failed", "attempt": 2, "reason": "Error", "exitCode": 3, "outputs": {"a": "1", "b": [1]}}
STEPS = {
    "pending": {"phase": "Pending", "attempt": 0},
    "running": {"phase": "Running", "attempt": 1},
    "ended": ENDED,
    "skipped": {"phase": "Skipped", "attempt": 0, "reason": "WhenFalse"},
}
FORWARD = "status.steps: Forbidden: step {}: status only goes forward"
PHASE = "Forbidden: status.phase only goes forward (Queued, Running, then Succeeded, Failed or Canceled for good)"

# What is in the spec before, the patch, and what is said of it.
SPEC_ATTACKS: dict[str, tuple[Manifest, Manifest, str]] = {
    **{
        f"{field} changed": (
            {},
            {field: value},
            f"spec.{field}: Forbidden: {field} cannot change once the Run is made",
        )
        for field, value in {
            "workflowRef": {"name": "other"},
            "params": {"b": {"c": [1, 3]}},
            "rerun": {"from": "All"},
            "createdBy": "eve",
            "queueName": "slow",
            "managedBy": "eve.example/controller",
        }.items()
    },
    **{
        f"{field} removed": (
            {},
            {field: None},
            f"spec.{field}: Forbidden: {field} cannot change once the Run is made",
        )
        for field in ("params", "rerun", "createdBy", "queueName", "managedBy")
    },
    "graph in place of a Workflow": (
        {},
        {"workflowRef": None, "workflowSpec": {"steps": [{"name": "a", "image": "a"}]}},
        "spec.workflowRef: Forbidden: workflowRef cannot change once the Run is made",
    ),
    "cancel taken back": (
        {"cancel": "Graceful"},
        {"cancel": None},
        "spec.cancel: Forbidden: cancel cannot be taken back",
    ),
    "cancel made softer": (
        {"cancel": "Immediate"},
        {"cancel": "Graceful"},
        "spec.cancel: Forbidden: cancel cannot be taken back; only Graceful may become Immediate",
    ),
    "answer changed": (
        {"answers": {"q": {"alice": "yes"}}},
        {"answers": {"q": {"alice": "no"}}},
        "spec.answers: Forbidden: answers can be added, but not changed or removed",
    ),
    "answer removed": (
        {"answers": {"q": {"alice": "yes", "bob": "no"}}},
        {"answers": {"q": {"bob": None}}},
        "spec.answers: Forbidden: answers can be added, but not changed or removed",
    ),
    "answers removed": (
        {"answers": {"q": {"alice": "yes"}}},
        {"answers": None},
        "spec.answers: Forbidden: answers can be added, but not changed or removed",
    ),
}

# The status before, the patch, and what is said of it.
STATUS_ATTACKS: dict[str, tuple[Manifest, Any, str]] = {
    "phase goes back": ({"phase": "Running"}, {"phase": "Queued"}, PHASE),
    "phase is removed": ({"phase": "Running"}, {"phase": None}, PHASE),
    "ended phase changes": ({"phase": "Failed"}, {"phase": "Succeeded"}, PHASE),
    "ended phase runs again": ({"phase": "Canceled"}, {"phase": "Running"}, PHASE),
    "ended phase is removed": ({"phase": "Succeeded"}, {"phase": None}, PHASE),
    "status is removed": ({"phase": "Succeeded"}, None, "Forbidden: status cannot be removed"),
    "steps are removed": (
        {"steps": STEPS},
        {"steps": None},
        "status.steps: Forbidden: a step's entry cannot be removed",
    ),
    "a step is removed": (
        {"steps": STEPS},
        {"steps": {"ended": None}},
        "status.steps: Forbidden: a step's entry cannot be removed",
    ),
    "attempt goes down": ({"steps": STEPS}, {"steps": {"ended": {"attempt": 1}}}, FORWARD.format("ended")),
    "attempt goes down, phase up": (
        {"steps": STEPS},
        {"steps": {"running": {"attempt": 0, "phase": "Succeeded"}}},
        FORWARD.format("running"),
    ),
    "step goes back": ({"steps": STEPS}, {"steps": {"running": {"phase": "Pending"}}}, FORWARD.format("running")),
    "ended step succeeds": (
        {"steps": STEPS},
        {"steps": {"ended": {"phase": "Succeeded"}}},
        FORWARD.format("ended"),
    ),
    "ended step runs": ({"steps": STEPS}, {"steps": {"ended": {"phase": "Running"}}}, FORWARD.format("ended")),
    "skipped step runs": (
        {"steps": STEPS},
        {"steps": {"skipped": {"phase": "Running"}}},
        FORWARD.format("skipped"),
    ),
    "reason changes": ({"steps": STEPS}, {"steps": {"ended": {"reason": "Evicted"}}}, FORWARD.format("ended")),
    "reason is removed": ({"steps": STEPS}, {"steps": {"ended": {"reason": None}}}, FORWARD.format("ended")),
    "exit code changes": ({"steps": STEPS}, {"steps": {"ended": {"exitCode": 0}}}, FORWARD.format("ended")),
    "exit code comes late": ({"steps": STEPS}, {"steps": {"skipped": {"exitCode": 0}}}, FORWARD.format("skipped")),
    "outputs change": ({"steps": STEPS}, {"steps": {"ended": {"outputs": {"b": [2]}}}}, FORWARD.format("ended")),
    "outputs are removed": ({"steps": STEPS}, {"steps": {"ended": {"outputs": None}}}, FORWARD.format("ended")),
    "a step has no phase": ({}, {"steps": {"a": {"attempt": 1}}}, "status.steps.a.phase: Required value"),
    "a reason is made up": (
        {},
        {"steps": {"a": {"attempt": 1, "phase": "Failed", "reason": "BadLuck"}}},
        'status.steps.a.reason: Unsupported value: "BadLuck"',
    ),
    "too many steps": (
        {},
        {"steps": {f"s{i}": {"attempt": 1, "phase": "Pending"} for i in range(1001)}},
        "status.steps: Too many: 1001: must have at most 1000 items",
    ),
}

SPEC_MOVES: dict[str, tuple[Manifest, Manifest]] = {
    "suspend": ({}, {"suspend": True}),
    "resume": ({"suspend": True}, {"suspend": False}),
    "priority": ({"priority": 1}, {"priority": -1}),
    "cancel": ({}, {"cancel": "Graceful"}),
    "cancel at once": ({}, {"cancel": "Immediate"}),
    "cancel harder": ({"cancel": "Graceful"}, {"cancel": "Immediate"}),
    "first answer": ({}, {"answers": {"q": {"alice": "yes"}}}),
    "second answer": ({"answers": {"q": {"alice": "yes"}}}, {"answers": {"q": {"bob": "no"}, "r": {"alice": ""}}}),
}

STATUS_MOVES: dict[str, tuple[Manifest, Manifest]] = {
    "first": ({}, {"phase": "Queued", "steps": STEPS}),
    "starts": ({"phase": "Queued"}, {"phase": "Running"}),
    "fails before it starts": ({"phase": "Queued"}, {"phase": "Failed"}),
    "ends": ({"phase": "Running"}, {"phase": "Succeeded", "outputs": {"a": 1}}),
    "says more after its end": ({"phase": "Failed"}, {"message": "step a failed", "usage": {"actions": 1}}),
    "step starts": ({"steps": STEPS}, {"steps": {"pending": {"phase": "Running", "attempt": 1}}}),
    "step waits for something else": ({"steps": STEPS}, {"steps": {"pending": {"reason": "AwaitingQuota"}}}),
    "step ends": (
        {"steps": STEPS},
        {"steps": {"running": {"phase": "Failed", "reason": "Evicted", "exitCode": 1}}},
    ),
    "step is skipped": ({"steps": STEPS}, {"steps": {"pending": {"phase": "Skipped", "reason": "WhenFalse"}}}),
    "step is tried again": (
        {"steps": STEPS},
        {
            "steps": {
                "ended": {"phase": "Pending", "attempt": 3, "reason": "Backoff", "exitCode": None, "outputs": None}
            }
        },
    ),
    "succeeded step runs again": (
        {"steps": {"a": {"phase": "Succeeded", "attempt": 1, "reason": "Completed"}}},
        {"steps": {"a": {"phase": "Pending", "attempt": 2, "reason": None}}},
    ),
    "step says more after its end": ({"steps": STEPS}, {"steps": {"ended": {"message": "the end of the log"}}}),
    "step is added": ({"steps": STEPS}, {"steps": {"test[0]": {"phase": "Pending", "attempt": 0}}}),
}


@pytest.fixture(scope="module")
def attackers(admin: Caller) -> list[Caller]:
    """Everyone who may write a Run and its status where no policy applies."""
    operator = "system:serviceaccount:longshore-system:longshore-operator"
    for user in (operator, "alice"):
        allow_editing(admin, user)
    return [admin, admin.as_user(operator), admin.as_user("alice")]


def make_run(admin: Caller, spec: Manifest, status: Manifest) -> str:
    """A Run with this in its spec and status; its name."""
    run = build_object("Run", "", SPEC | spec) | {"metadata": {"generateName": "run-"}}
    name = str(admin.create(run)["metadata"]["name"])
    if status:
        admin.patch(name, {"status": status}, STATUS)
    return name


@pytest.mark.parametrize("attack", SPEC_ATTACKS)
def test_spec_stands(admin: Caller, attackers: list[Caller], attack: str) -> None:
    before, patch, message = SPEC_ATTACKS[attack]
    run = make_run(admin, before, {})
    for attacker in attackers:
        assert message in attacker.refuse_patch(run, {"spec": patch})


@pytest.mark.parametrize("attack", STATUS_ATTACKS)
def test_status_goes_forward(admin: Caller, attackers: list[Caller], attack: str) -> None:
    before, patch, message = STATUS_ATTACKS[attack]
    run = make_run(admin, {}, before)
    for attacker in attackers:
        assert message in attacker.refuse_patch(run, {"status": patch}, STATUS)


@pytest.mark.parametrize("move", SPEC_MOVES)
def test_spec_may_change(admin: Caller, move: str) -> None:
    before, patch = SPEC_MOVES[move]
    admin.patch(make_run(admin, before, {}), {"spec": patch})


@pytest.mark.parametrize("move", STATUS_MOVES)
def test_status_may_go_on(admin: Caller, move: str) -> None:
    before, patch = STATUS_MOVES[move]
    admin.patch(make_run(admin, {}, before), {"status": patch}, STATUS)


def test_replaced_status(admin: Caller) -> None:
    """A whole object, put in place of another, passes the same guards as a patch."""
    run = make_run(admin, {}, {"phase": "Running"})
    text = admin.kubectl("get", "runs.longshore.dev", run, "-o=json").replace('"Running"', '"Queued"')
    assert PHASE in admin.refuse("replace", STATUS, "-f=-", stdin=text)
