"""Cancel, as a user does it with kubectl: gracefully, at once, before the pod starts."""

import pytest
from support.clusters import CommandError
from support.namespaces import Namespace, write_run
from support.plugins import wait_for_line

DEAF = "trap '' TERM; sleep 600"
SCRIPT = "trap 'echo saved; exit 1' TERM; echo started; sleep 600 & wait"


def start(namespace: Namespace, grace: int) -> None:
    """A Run whose first step runs for ten minutes, unless it is told to stop."""
    step = f'{{name: work, image: "python:3.12-slim", gracePeriodSeconds: {grace}, script: "{SCRIPT}"}}'
    namespace.apply(write_run("long", f"{{steps: [{step}, {{name: after, image: x, needs: [work]}}]}}"))


def start_deaf(namespace: Namespace, grace: int) -> None:
    """A Run whose step runs for ten minutes, and does not listen to SIGTERM."""
    step = f'{{name: deaf, image: "python:3.12-slim", gracePeriodSeconds: {grace}, script: "{DEAF}"}}'
    namespace.apply(write_run("long", f"{{steps: [{step}]}}"))
    namespace.wait_for_step("long", "deaf", "Running")


def cancel(namespace: Namespace, how: str) -> None:
    """Set spec.cancel."""
    patch = f'{{"spec": {{"cancel": "{how}"}}}}'
    namespace.kubectl("patch", "runs.longshore.dev", "long", "--type=merge", f"--patch={patch}")


def test_graceful_sends_sigterm_and_keeps_log_and_exit_code(namespace: Namespace) -> None:
    start(namespace, grace=60)
    wait_for_line(namespace, "long", "work", "started")
    cancel(namespace, "Graceful")
    status = namespace.finish("long")
    assert status["phase"] == "Canceled"
    assert status["message"] == "canceled by spec.cancel: Graceful"
    assert {name: step["phase"] for name, step in status["steps"].items()} == {
        "work": "Canceled",
        "after": "Canceled",
    }
    assert status["steps"]["work"]["exitCode"] == 1
    assert namespace.read_log("long", "work").splitlines() == ["started", "saved"]


def test_immediate_does_not_wait(namespace: Namespace) -> None:
    start_deaf(namespace, grace=3600)
    cancel(namespace, "Immediate")
    status = namespace.finish("long")
    assert (status["phase"], status["message"]) == ("Canceled", "canceled by spec.cancel: Immediate")


def test_graceful_may_become_immediate_and_nothing_else(namespace: Namespace) -> None:
    # Once the kubelet waits for a grace period, nothing shortens it.
    start_deaf(namespace, grace=10)
    cancel(namespace, "Graceful")
    namespace.wait("runs.longshore.dev/long", "jsonpath={.status.steps.deaf.reason}=RunCanceled")
    cancel(namespace, "Immediate")
    with pytest.raises(CommandError, match="cancel cannot be taken back; only Graceful may become Immediate"):
        cancel(namespace, "Graceful")
    assert namespace.finish("long")["phase"] == "Canceled"


def test_a_step_that_never_started_leaves_no_pod(namespace: Namespace) -> None:
    step = '{name: waits, image: "python:3.12-slim", template: {spec: {nodeSelector: {no/such: node}}}}'
    namespace.apply(write_run("long", f"{{steps: [{step}]}}"))
    namespace.wait("runs.longshore.dev/long", "jsonpath={.status.steps.waits.reason}=Unschedulable")
    cancel(namespace, "Graceful")
    assert namespace.finish("long")["phase"] == "Canceled"
    namespace.kubectl("wait", "pods", "--all", "--for=delete", "--timeout=60s")
    assert namespace.get_pods("long") == []
