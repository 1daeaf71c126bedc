"""The history of Runs on a real cluster: whole however often the archive is killed, also of Runs that went."""

import json
import time
from typing import Any

from longshore.api.records import EventRecord
from support.archive.runs import fold, summarize
from support.namespaces import Namespace, write_run

STEP = 'image: "python:3.12-slim"'
FLAKY = 'sleep 1; test "$LONGSHORE_ATTEMPT" = 2'
GRAPH = (
    f"{{steps: [{{name: many, {STEP}, forEach: {{items: '[1, 2, 3, 4, 5, 6]', maxParallel: 3}}, script: sleep 2}},"
    f" {{name: flaky, {STEP}, retry: {{limit: 1, backoff: {{seconds: 1}}}}, script: '{FLAKY}'}},"
    " {name: gate, needs: [many, flaky], approval: {message: 'Go on?'}},"
    f" {{name: count, {STEP}, needs: [gate], outputs: [total], script: 'echo total=42 > $LONGSHORE_OUTPUT'}}],"
    " outputs: [{name: total, value: steps.count.outputs.total}]}"
)
ARCHIVES = "--selector=app.kubernetes.io/component=archive"


def kill_archive(namespace: Namespace) -> None:
    """Have its pod killed without a word, and another come up in its place."""
    namespace.kubectl("wait", "deployment/archive", "--for=create", "--timeout=60s")
    namespace.kubectl("delete", "pods", ARCHIVES, "--grace-period=0", "--force")


def read_events(namespace: Namespace, run: str) -> list[EventRecord]:
    """What the plugin tells of a Run."""
    items = json.loads(namespace.longshore("events", run, "--output=json"))["items"]
    return [EventRecord.model_validate(item) for item in items]


def wait_for_told(namespace: Namespace, run: str, kind: str) -> list[EventRecord]:
    """The events of a Run, once one of this type is among them."""
    deadline = time.monotonic() + 60
    while kind not in {event.type for event in read_events(namespace, run)}:
        assert time.monotonic() < deadline, f"there is no {kind}"
        time.sleep(1)
    return read_events(namespace, run)


def list_history(namespace: Namespace) -> list[dict[str, Any]]:
    """Runs of the past."""
    found: list[dict[str, Any]] = json.loads(namespace.longshore("history", "--output=json"))["items"]
    return found


def test_what_happened_is_told_once_and_in_order_whatever_happens_to_the_archive(
    archived_namespace: Namespace,
) -> None:
    archived_namespace.apply(write_run("busy", GRAPH))
    kill_archive(archived_namespace)
    archived_namespace.wait_for_step("busy", "flaky", "Running")
    kill_archive(archived_namespace)
    archived_namespace.wait("runs.longshore.dev/busy", "jsonpath={.status.steps.gate.reason}=AwaitingInput")
    kill_archive(archived_namespace)
    archived_namespace.longshore("approve", "busy", "gate")
    assert archived_namespace.finish("busy")["phase"] == "Succeeded"

    events = wait_for_told(archived_namespace, "busy", "RunOutputs")
    assert [event.id for event in events] == list(range(1, len(events) + 1))
    run = archived_namespace.get("runs.longshore.dev/busy")
    assert fold(events) == summarize(run)
    kinds = [event.type for event in events]
    for once in ("RunCreated", "QuestionAsked", "AnswerGiven", "RunOutputs"):
        assert kinds.count(once) == 1, kinds
    assert {event.attempt for event in events if event.step == "flaky"} >= {2}
    assert [event.data for event in events if event.type == "RunOutputs"] == [{"outputs": {"total": "42"}}]

    archived_namespace.kubectl("delete", "runs.longshore.dev/busy", "--wait")
    later = wait_for_told(archived_namespace, "busy", "RunDeleted")
    assert later[: len(events)] == events
    [record] = list_history(archived_namespace)
    assert (record["name"], record["phase"], record["progress"]) == (
        "busy",
        "Succeeded",
        run["status"]["progress"],
    )
    assert record["deleted"]


def test_a_run_that_goes_while_the_archive_is_down_is_told_of_when_it_is_back(
    archived_namespace: Namespace,
) -> None:
    archived_namespace.apply(write_run("brief", f"{{steps: [{{name: one, {STEP}, script: echo 1}}]}}"))
    assert archived_namespace.finish("brief")["phase"] == "Succeeded"
    before = wait_for_told(archived_namespace, "brief", "RunPhaseChanged")
    uid = archived_namespace.get("runs.longshore.dev/brief")["metadata"]["uid"]
    archived_namespace.kubectl("scale", "deployment/archive", "--replicas=0")
    archived_namespace.kubectl("wait", "pods", ARCHIVES, "--for=delete", "--timeout=60s")
    archived_namespace.kubectl("delete", "runs.longshore.dev/brief", "--wait")
    after = wait_for_told(archived_namespace, "brief", "RunDeleted")
    assert after[: len(before)] == before
    assert fold(after)[0] == "Succeeded"
    assert [record["uid"] for record in list_history(archived_namespace)] == [uid]
