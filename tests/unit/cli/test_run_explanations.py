"""What a whole Run waits for before it begins, and what to do."""

import pytest
from longshore.cli.reasons.explanations import (
    explain_run,
)
from longshore.planning.times import parse_time
from unit.cli.samples import NOW, Object, at, run
from unit.cli.scenes import FLAGS


def condition(kind: str, reason: str, message: str) -> Object:
    return {"type": kind, "status": "False", "reason": reason, "message": message}


MISSING = condition("Accepted", "WorkflowNotFound", "there is no Workflow 'pipeline'")


@pytest.mark.parametrize(
    ("status", "spec", "now", "told"),
    [
        (None, {}, NOW, ("NotSeen", "an operator, none has seen it yet")),
        (
            None,
            {"managedBy": "kueue.x-k8s.io/multikueue"},
            NOW,
            ("NotSeen", "controller kueue.x-k8s.io/multikueue"),
        ),
        (
            {"phase": "Queued", "conditions": [MISSING]},
            {},
            at("00:20"),
            ("WorkflowNotFound", "workflow pipeline, which does not exist, fails in 40s"),
        ),
        (
            {"phase": "Queued", "conditions": [MISSING]},
            {},
            NOW,
            ("WorkflowNotFound", "workflow pipeline, which does not exist"),
        ),
        (
            {"phase": "Queued", "conditions": [condition("Admitted", "Full", "2 of 2 Runs\ngo on")]},
            {},
            NOW,
            ("Full", "2 of 2 Runs go on"),
        ),
        ({"phase": "Queued"}, {}, NOW, ("Queued", "its turn")),
    ],
)
def test_what_a_whole_run_waits_for(status: Object | None, spec: Object, now: str, told: tuple[str, str]) -> None:
    queued = run(status)
    queued["spec"] |= spec
    wait = explain_run(queued, parse_time(now), FLAGS)
    assert wait is not None
    assert (wait.reason, wait.blocker) == told


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("Suspended", "kubectl longshore resume demo -n team"),
        ("NamespaceFull", "kubectl longshore top -n team"),
        ("ClusterFull", "kubectl longshore top -A -n team"),
        ("OfALaterVersion", ""),
    ],
)
def test_what_to_do_for_a_run_that_is_not_admitted(reason: str, advice: str) -> None:
    queued = run({"phase": "Queued", "conditions": [condition("Admitted", reason, "waits")]})
    wait = explain_run(queued, parse_time(NOW), FLAGS)
    assert wait is not None
    assert wait.cause.advice == advice


@pytest.mark.parametrize("phase", ["Running", "Failed"])
def test_a_run_that_has_begun_waits_for_nothing_as_a_whole(phase: str) -> None:
    assert explain_run(run({"phase": phase}), parse_time(NOW), FLAGS) is None
