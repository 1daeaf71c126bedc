"""The history of Runs on a real cluster: whole, also of Runs that went while nobody looked."""

import json
import time
from collections import Counter
from typing import Any

from longshore.api.records import EventRecord
from support.archives.runs import fold, summarize
from support.archives.sites import ArchiveSite
from support.namespaces import Namespace, write_run

STEP = 'image: "python:3.12-slim"'
STEPS = ("a", "b", "c", "d")
LINES = 300
LOUD = f"for i in $(seq {LINES}); do echo line $i; sleep 0.01; done"
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


def write_chain(name: str) -> str:
    """A Run of steps that print and leave a file, one after the other."""
    script = f'{LOUD}; echo {name} > "$LONGSHORE_ARTIFACTS/word"'
    steps = [
        {
            "name": step,
            "image": "python:3.12-slim",
            "script": script,
            "needs": [STEPS[index - 1]] if index else [],
            "artifacts": [{"name": "word", "path": "word"}],
        }
        for index, step in enumerate(STEPS)
    ]
    return write_run(name, json.dumps({"steps": steps}))


def count_ends(events: list[EventRecord]) -> Counter[tuple[str | None, int | None]]:
    """How often it is told that an attempt of a step succeeded."""
    ends = [event for event in events if event.type == "StepChanged" and event.data["phase"] == "Succeeded"]
    return Counter((event.step, event.attempt) for event in ends)


def test_runs_during_which_the_archive_was_killed_are_told_of_once_when_they_are_gone(
    archived_namespace: Namespace,
) -> None:
    namespace, site = archived_namespace, ArchiveSite(archived_namespace)
    runs = ("left", "right")
    for run in runs:
        namespace.apply(write_chain(run))
    for step in STEPS[:-1]:
        namespace.wait_for_step("left", step, "Succeeded")
        site.kill()
    statuses = {run: namespace.finish(run) for run in runs}
    namespace.kubectl("wait", "pods", "--selector=longshore.dev/run", "--for=delete", "--timeout=120s")
    namespace.kubectl("delete", "runs.longshore.dev", *runs, "--wait")
    for run in runs:
        events = wait_for_told(namespace, run, "RunDeleted")
        assert [event.id for event in events] == list(range(1, len(events) + 1))
        assert fold(events) == summarize({"status": statuses[run]})
        assert count_ends(events) == {(step, 1): 1 for step in STEPS}
        assert [event.step for event in events if event.type == "ArtifactStored"] == list(STEPS)
        assert "Succeeded" in namespace.longshore("describe", run)
        for step in STEPS:
            assert namespace.read_log(run, step) == "".join(f"line {number + 1}\n" for number in range(LINES))
    assert sorted((record["name"], record["phase"]) for record in list_history(namespace)) == [
        (run, "Succeeded") for run in runs
    ]
