"""Schedules and retention on a real cluster: what kubectl shows, and what becomes of old Runs."""

from collections.abc import Callable
from typing import Any

import pytest
from support.namespaces import Namespace, write_run

STEPS = "[{name: tick, image: 'python:3.12-slim', script: 'true'}]"
WORKFLOW = """
apiVersion: longshore.dev/v1alpha1
kind: Workflow
metadata: {{name: {name}}}
spec: {spec}
"""


@pytest.fixture(scope="module")
def namespace(new_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace for schedules."""
    return new_namespace("schedules")


def apply(namespace: Namespace, name: str, spec: str) -> None:
    namespace.apply(WORKFLOW.format(name=name, spec=spec))


def list_runs(namespace: Namespace, workflow: str) -> list[dict[str, Any]]:
    selector = f"--field-selector=spec.workflowRef.name={workflow}"
    items: list[dict[str, Any]] = namespace.get("runs.longshore.dev", selector)["items"]
    return items


def wait_scheduled(namespace: Namespace, workflow: str, reason: str) -> None:
    path = f'{{.status.conditions[?(@.type=="Scheduled")].reason}}={reason}'
    namespace.wait(f"workflows.longshore.dev/{workflow}", f"jsonpath={path}")


def test_a_schedule_makes_a_run_and_a_suspended_one_none(namespace: Namespace) -> None:
    limits = "successfulRunsHistoryLimit: 0"
    apply(namespace, "ticks", f"{{schedule: {{cron: '* * * * *'}}, steps: {STEPS}}}")
    apply(namespace, "waits", f"{{schedule: {{cron: '* * * * *'}}, suspend: true, steps: {STEPS}}}")
    wait_scheduled(namespace, "ticks", "Scheduled")
    wait_scheduled(namespace, "waits", "Suspended")
    namespace.wait("workflows.longshore.dev/ticks", "jsonpath={.status.lastScheduleTime}")
    (run,) = list_runs(namespace, "ticks")
    name, metadata = run["metadata"]["name"], run["metadata"]
    assert metadata["labels"]["longshore.dev/origin"] == "schedule"
    assert metadata["annotations"]["longshore.dev/scheduled-time"][16:] == ":00+00:00"
    assert "ownerReferences" not in metadata
    assert "createdBy" not in run["spec"]
    assert namespace.finish(name)["phase"] == "Succeeded"
    namespace.wait("workflows.longshore.dev/ticks", "jsonpath={.status.active}=0")
    table = namespace.kubectl("get", "workflows.longshore.dev", "ticks")
    assert "* * * * *" in table
    assert list_runs(namespace, "waits") == []
    # The same test, since each minute is long: the history is cut while the schedule goes on.
    assert namespace.longshore("suspend", "workflow/ticks") == "workflow.longshore.dev/ticks suspended\n"
    wait_scheduled(namespace, "ticks", "Suspended")
    apply(namespace, "ticks", f"{{suspend: true, {limits}, schedule: {{cron: '* * * * *'}}, steps: {STEPS}}}")
    namespace.wait(f"runs.longshore.dev/{name}", "delete")
    assert list_runs(namespace, "ticks") == []


def test_only_the_newest_of_the_history_stay(namespace: Namespace) -> None:
    apply(namespace, "history", f"{{successfulRunsHistoryLimit: 1, steps: {STEPS}}}")
    for name in ("first", "second"):
        namespace.apply(
            f"{{apiVersion: longshore.dev/v1alpha1, kind: Run, metadata: {{name: {name}}},"
            " spec: {workflowRef: {name: history}}}"
        )
        namespace.finish(name)
    namespace.wait("runs.longshore.dev/first", "delete")
    assert [run["metadata"]["name"] for run in list_runs(namespace, "history")] == ["second"]
    namespace.wait("workflows.longshore.dev/history", "jsonpath={.status.lastRun}=second")


def test_a_run_goes_so_long_after_its_end_and_takes_its_pod_along(namespace: Namespace) -> None:
    namespace.apply(write_run("brief", f"{{ttlSecondsAfterFinished: 10, steps: {STEPS}}}"))
    assert namespace.finish("brief")["phase"] == "Succeeded"
    (pod,) = namespace.get_pods("brief")
    namespace.wait("runs.longshore.dev/brief", "delete")
    namespace.wait(f"pods/{pod['metadata']['name']}", "delete")


@pytest.mark.parametrize(
    ("name", "schedule", "message"),
    [
        ("no-day", "{cron: 0 0 30 2 *}", "spec.schedule.cron: '0 0 30 2 *' is no cron expression"),
        (
            "no-zone",
            "{cron: '@daily', timeZone: Mars/Base}",
            "spec.schedule.timeZone: 'Mars/Base' is no time zone",
        ),
    ],
)
def test_a_schedule_that_can_not_be_is_told(namespace: Namespace, name: str, schedule: str, message: str) -> None:
    apply(namespace, name, f"{{schedule: {schedule}, steps: {STEPS}}}")
    namespace.wait(f"workflows.longshore.dev/{name}", "condition=Accepted=False")
    assert message in namespace.kubectl("describe", f"workflows.longshore.dev/{name}")
    wait_scheduled(namespace, name, "NotAccepted")
