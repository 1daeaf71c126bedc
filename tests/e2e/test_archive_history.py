"""The history of Runs on a real cluster: whole, also of Runs that went while nobody looked."""

import json
import time
from typing import Any

from longshore.api.records import EventRecord
from support.archives.runs import fold
from support.namespaces import Namespace, write_run

STEP = 'image: "python:3.12-slim"'
ARCHIVES = "--selector=app.kubernetes.io/component=archive"


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
