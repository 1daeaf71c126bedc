"""Why each step waits: one reason and one blocker, traced to the root, and what to do."""

import pytest
from longshore.cli.reasons.explanations import (
    Consequence,
    explain_waits,
    list_consequences,
    list_running,
)
from longshore.cli.reasons.scenes import Scene
from longshore.cli.views.reports import find_failures
from longshore.planning.pods import Pod
from longshore.planning.times import parse_time
from unit.cli.samples import Object, at, done, failed_run, question, step
from unit.cli.scenes import GATED, IMAGE, UNSCHEDULABLE, WAITS, scene


def tell(shown: Scene) -> list[tuple[str, str, str]]:
    return [(wait.path, wait.reason, wait.blocker) for wait in explain_waits(shown)]


def pending(pod: str) -> dict[str, Pod]:
    return {pod: Pod(pod, "u", "Pending", parse_time(at("01:00")))}


POD: Object = {"pod": "demo-a-1", "attempt": 1}


@pytest.mark.parametrize(
    ("status", "others", "blocker", "advice"),
    [
        ({"phase": "Pending", "attempt": 0}, {}, "the operator, which starts it next", ""),
        (step("Pending", "NextRound", "round 1 done", attempt=2), {}, "the operator, which starts it next", ""),
        (step("Pending", "Starting", **POD), {}, "its pod, which starts", ""),
        (
            step("Pending", "Starting", **POD),
            {
                "warnings": {"demo-a-1": 'MountVolume.SetUp failed: secret "s"\nnot found'},
                "pods": pending("demo-a-1"),
            },
            'its pod: MountVolume.SetUp failed: secret "s" not found; gives up in 9m',
            "kubectl describe pod demo-a-1 -n team",
        ),
        (
            step("Pending", "AwaitingVolumes", "node n has not mounted its volumes", **POD),
            {"warnings": {"demo-a-1": 'MountVolume.SetUp failed: secret "s" not found'}},
            'its pod: MountVolume.SetUp failed: secret "s" not found',
            "kubectl describe pod demo-a-1 -n team",
        ),
        (
            step("Pending", "AwaitingVolumes", "node n has not mounted its volumes", **POD),
            {"pods": pending("demo-a-1")},
            "node n has not mounted its volumes; gives up in 9m",
            "kubectl describe pod demo-a-1 -n team",
        ),
        (
            step("Pending", "Unschedulable", UNSCHEDULABLE, **POD),
            {"pods": pending("demo-a-1")},
            "0/1 nodes: 1 Insufficient cpu; gives up in 9m",
            "kubectl describe pod demo-a-1 -n team",
        ),
        (
            step("Pending", "ImagePullBackOff", 'container step: ErrImagePull: image "x": no route', **POD),
            {},
            'image "x": no route',
            "kubectl describe pod demo-a-1 -n team",
        ),
        (
            step(
                "Pending", "ServiceCrashed", "service db ended with exit code 3 and is started anew: no\n", **POD
            ),
            {},
            "service db ended with exit code 3 and is started anew: no",
            "kubectl longshore logs demo a -c db -n team",
        ),
        (
            step(
                "Pending",
                "ConfigMissing",
                'container step: CreateContainerConfigError: secret "s" not found',
                **POD,
            ),
            {},
            'secret "s" not found',
            "create it; the step then starts by itself",
        ),
        (
            step(
                "Pending", "AwaitingQuota", "exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2"
            ),
            {},
            "quota q: pods 1 wanted, 2 of 2 used",
            "kubectl describe resourcequota q -n team",
        ),
        (
            step("Pending", "AwaitingQuota", "too much"),
            {},
            "too much",
            "kubectl describe resourcequota -n team",
        ),
        (
            step("Pending", "Gated", **POD),
            {},
            "its pod's scheduling gates",
            "kubectl describe pod demo-a-1 -n team",
        ),
        (
            step("Pending", "Suspended", "spec.suspend is true"),
            {},
            "the Run is suspended",
            "kubectl longshore resume demo -n team",
        ),
        (
            step("Pending", "InfraBackoff", attempt=3, infraRetries=2, completionTime=at("01:59")),
            {},
            "attempt 3, in 3s",
            "kubectl longshore logs demo a --attempt 2 -n team",
        ),
        (
            step("Pending", "InfraBackoff", attempt=2, infraRetries=1, completionTime=at("01:00")),
            {},
            "attempt 2, now",
            "kubectl longshore logs demo a --attempt 1 -n team",
        ),
        (
            step("Running", "NodeUnreachable", "does not say", node="node-2", **POD),
            {},
            "node node-2, which does not answer",
            "kubectl describe node node-2 -n team",
        ),
        (
            step("Running", "Stopping", "is deleted", **POD),
            {},
            "is deleted",
            "kubectl describe pod demo-a-1 -n team",
        ),
        (
            step("Pending", "ChildQueued", "no room", run="demo-a-1-f00", attempt=1),
            {},
            "run demo-a-1-f00: no room",
            "kubectl longshore explain demo-a-1-f00 -n team",
        ),
        (step("Pending", "OfALaterVersion"), {}, "OfALaterVersion", ""),
        (step("Pending", "AwaitingInput", "waits for approval"), {}, "waits for approval", ""),
    ],
)
def test_what_a_step_waits_for_by_itself(status: Object, others: Object, blocker: str, advice: str) -> None:
    [wait] = explain_waits(scene({"a": {}}, {"a": status}, **others))
    assert (wait.path, wait.root, wait.blocker, wait.cause.advice) == ("a", "a", blocker, advice)


def test_a_backoff_says_when_and_after_what() -> None:
    retry = {"retry": {"limit": 2, "backoff": {"seconds": 30}}}
    status = step("Pending", "Backoff", "attempt 1 failed (Error, exit code 1): ", attempt=2, retries=1)
    shown = scene({"a": retry}, {"a": {**status, "completionTime": at("01:45")}})
    assert tell(shown) == [("a", "Backoff", "attempt 2, in 15s; attempt 1 failed (Error, exit code 1)")]


@pytest.mark.parametrize(
    ("asked", "answers", "blocker"),
    [
        ({}, {}, "approval, 0 of 1"),
        ({"quorum": 2}, {"ann": "Approve: fine"}, "approval, 1 of 2"),
        ({"approvers": [{"user": "ann"}, {"group": "ops"}]}, {}, "approval by ann or group ops, 0 of 1"),
        ({"deadline": at("05:00")}, {}, "approval, 0 of 1, fails in 3m"),
    ],
)
def test_who_has_to_approve(asked: Object, answers: Object, blocker: str) -> None:
    gate = {"image": None, "approval": {"message": "Go?"}}
    shown = scene(
        {"a": gate}, {"a": GATED}, questions={"a": question("a", **asked)}, spec={"answers": {"a": answers}}
    )
    [wait] = explain_waits(shown)
    assert (wait.blocker, wait.cause.advice) == (blocker, "kubectl longshore approve demo a -n team")


CHAIN = {"gate": {}, "sign": {"needs": ["gate"]}, "ship": {"needs": ["sign"]}}


@pytest.mark.parametrize(
    ("steps", "statuses", "told"),
    [
        (
            CHAIN,
            {"gate": GATED, "sign": WAITS},
            [
                ("gate", "AwaitingInput", "waits for approval"),
                ("sign", "AwaitingNeeds", "gate: waits for approval"),
                ("ship", "AwaitingNeeds", "gate: waits for approval"),
            ],
        ),
        (
            CHAIN,
            {"gate": step("Running", startTime=at("01:30")), "sign": WAITS, "ship": WAITS},
            [("sign", "AwaitingNeeds", "gate: runs for 30s"), ("ship", "AwaitingNeeds", "gate: runs for 30s")],
        ),
        (
            CHAIN,
            {"gate": done("00:10", "00:20"), "sign": WAITS, "ship": WAITS},
            [
                ("sign", "AwaitingNeeds", "the operator, which starts it next"),
                ("ship", "AwaitingNeeds", "sign: the operator, which starts it next"),
            ],
        ),
        (
            {"a": {}, "b": {}, "c": {"needs": ["a", "b"]}},
            {"a": {"phase": "Running"}, "b": GATED, "c": WAITS},
            [("b", "AwaitingInput", "waits for approval"), ("c", "AwaitingNeeds", "b: waits for approval")],
        ),
        (
            {"a": {}, "b": {}},
            {
                "a": {"phase": "Running", "pod": "p"},
                "b": step("Pending", "AwaitingSlot", "maxParallelSteps: 1 run"),
            },
            [("b", "AwaitingSlot", "maxParallelSteps: 1 run")],
        ),
        (
            {"a": {}, "b": {}},
            {
                "a": step("Pending", "Starting", pod="p"),
                "b": step("Pending", "AwaitingSlot", "maxParallelSteps: 1 run"),
            },
            [("a", "Starting", "its pod, which starts"), ("b", "AwaitingSlot", "a: its pod, which starts")],
        ),
        (
            {"a": {"forEach": {"items": "[1, 2]", "maxParallel": 1}}, "b": {"needs": ["a"]}, "c": {}},
            {
                "a": {"phase": "Running"},
                "a[0]": step("Pending", "Unschedulable", "no node", pod="p"),
                "a[1]": step("Pending", "AwaitingSlot", "forEach.maxParallel: 1 items run"),
                "b": WAITS,
                "c": {"phase": "Running", "pod": "q"},
            },
            [
                ("a[0]", "Unschedulable", "no node"),
                ("a[1]", "AwaitingSlot", "a[0]: no node"),
                ("b", "AwaitingNeeds", "a[0]: no node"),
            ],
        ),
    ],
    ids=["approval", "running", "next", "people first", "place", "place held by trouble", "fan-out"],
)
def test_a_wait_is_traced_to_its_root(steps: Object, statuses: Object, told: list[tuple[str, str, str]]) -> None:
    assert tell(scene(steps, statuses)) == told


CHILD: Object = {"phase": "Running", "run": "demo-sub", "attempt": 1}


@pytest.mark.parametrize(
    ("status", "children", "told"),
    [
        (CHILD, {"demo-sub": "approval of gate"}, [("a", "Running"), ("b", "AwaitingNeeds")]),
        (CHILD, {"demo-sub": ""}, [("b", "AwaitingNeeds")]),
        (
            {**CHILD, "phase": "Pending", "reason": "ChildQueued"},
            {},
            [("a", "ChildQueued"), ("b", "AwaitingNeeds")],
        ),
    ],
    ids=["child waits", "child goes on", "child is queued and may not be read"],
)
def test_a_child_run_is_looked_into(status: Object, children: Object, told: list[tuple[str, str]]) -> None:
    graph = {"a": {"image": None, "workflow": {"name": "sub"}}, "b": {"needs": ["a"]}}
    waits = explain_waits(scene(graph, {"a": status, "b": WAITS}, children=children))
    assert [(wait.path, wait.reason) for wait in waits] == told
    assert {wait.cause.text for wait in waits} == {f"run demo-sub: {children.get('demo-sub') or 'goes on'}"}
    assert {wait.cause.advice for wait in waits} == {"kubectl longshore explain demo-sub -n team"}


def test_steps_at_the_end_wait_for_all_others() -> None:
    shown = scene({"a": {}}, {"a": GATED}, finals=[{"name": "clean", **IMAGE}])
    assert tell(shown)[1] == ("clean", "AwaitingNeeds", "a: waits for approval")


def test_what_runs_does_not_wait() -> None:
    shown = scene({"a": {}, "b": {}}, {"a": {"phase": "Running"}, "b": done("00:10", "00:20")})
    assert (explain_waits(shown), list_running(shown)) == ([], ["a"])


def test_what_did_not_run_because_of_a_failure() -> None:
    assert list(list_consequences(failed_run(), ["build", "unit", "e2e", "docs", "release"])) == [
        Consequence("e2e", "Canceled", "the Run was canceled"),
        Consequence("docs", "Skipped", "the Run had failed"),
        Consequence("release", "Skipped", "needs unit"),
    ]


def test_a_step_that_may_fail_is_no_cause() -> None:
    failed = failed_run()
    failed["status"]["workflowSpec"] = {"steps": [{"name": "unit", "onError": "Continue"}]}
    assert find_failures(failed) == []
