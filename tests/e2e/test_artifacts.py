"""Files of steps on a real cluster, by either transport: handed on, kept, counted, and missed where none are."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from support.namespaces import Namespace, annotate_archive

IMAGE = "python:3.12-slim"
REPORT = "<testsuite><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>"


def write(name: str, *steps: dict[str, Any]) -> str:
    run = {"apiVersion": "longshore.dev/v1alpha1", "kind": "Run", "metadata": {"name": name}}
    filled = [{"image": IMAGE, **step} for step in steps]
    return json.dumps({**run, "spec": {"workflowSpec": {"steps": filled}}})


@pytest.fixture(scope="module", params=["HTTP", "Mount"])
def archived(request: pytest.FixtureRequest, new_archived_namespace: Callable[[str], Namespace]) -> Namespace:
    """A namespace with an archive, for all of these: one where files travel over HTTP, one where by mount."""
    namespace = new_archived_namespace(f"artifacts-{request.param.lower()}")
    annotate_archive(namespace, {"artifacts": {"transport": request.param}})
    return namespace


def test_files_go_from_step_to_step_and_are_read_only_there(archived: Namespace) -> None:
    make = 'mkdir "$LONGSHORE_ARTIFACTS/bin"; cd "$LONGSHORE_ARTIFACTS/bin"; echo "echo hello" > run; chmod +x run'
    use = 'sh "$LONGSHORE_INPUTS/make/bin/run"; ! touch "$LONGSHORE_INPUTS/make/bin/run"'
    archived.apply(
        write(
            "chain",
            {"name": "make", "script": make, "artifacts": [{"name": "bin", "path": "bin/**"}]},
            {"name": "use", "script": use, "needs": ["make"]},
        )
    )
    status = archived.finish("chain")
    assert (status["phase"], status.get("message")) == ("Succeeded", None)


def test_a_declared_file_that_is_not_there_fails_the_step_and_an_optional_one_does_not(
    archived: Namespace,
) -> None:
    artifacts = [{"name": "there", "path": "a"}, {"name": "maybe", "path": "b", "optional": True}]
    wanted = [*artifacts, {"name": "report", "path": "*.xml"}]
    archived.apply(
        write(
            "missing",
            {"name": "some", "script": 'touch "$LONGSHORE_ARTIFACTS/a"', "artifacts": artifacts},
            {"name": "none", "script": 'touch "$LONGSHORE_ARTIFACTS/a"', "artifacts": wanted},
        )
    )
    steps = archived.finish("missing")["steps"]
    assert (steps["some"]["phase"], steps["none"]["phase"]) == ("Succeeded", "Failed")
    assert (steps["none"]["reason"], steps["none"]["exitCode"]) == ("ArtifactLost", 0)
    assert "*.xml" in steps["none"]["message"]


def test_counts_of_a_failed_step_show_in_its_status(archived: Namespace) -> None:
    script = f'echo "{REPORT}" > "$LONGSHORE_ARTIFACTS/r.xml"; exit 3'
    junit = [{"name": "report", "path": "*.xml", "kind": "junit"}]
    archived.apply(write("counts", {"name": "test", "script": script, "artifacts": junit}))
    test = archived.finish("counts")["steps"]["test"]
    assert (test["phase"], test["reason"], test["exitCode"]) == ("Failed", "Error", 3)
    assert (test["tests"]["passed"], test["tests"]["failed"]) == (1, 1)


def test_a_second_run_finds_the_cache_of_the_first(archived: Namespace) -> None:
    cache = [{"path": "~/.cache/words", "key": "words-$(run.name)", "restoreKeys": ["words-"]}]
    archived.apply(write("first", {"name": "a", "script": "echo buoy > ~/.cache/words/list", "cache": cache}))
    assert archived.finish("first")["phase"] == "Succeeded"
    archived.apply(write("second", {"name": "a", "script": "grep buoy ~/.cache/words/list", "cache": cache}))
    assert archived.finish("second")["phase"] == "Succeeded"


def test_a_step_that_ignores_sigterm_is_killed_and_what_it_sent_is_kept(archived: Namespace) -> None:
    script = "trap '' TERM; echo early > \"$LONGSHORE_ARTIFACTS/early\"; while true; do sleep 1; done"
    artifacts = [{"name": "early", "path": "early"}]
    fields = {"activeDeadlineSeconds": 8, "gracePeriodSeconds": 3, "artifacts": artifacts}
    archived.apply(write("deaf", {"name": "test", "script": script, **fields}))
    test = archived.finish("deaf")["steps"]["test"]
    assert (test["phase"], test["reason"]) == ("Failed", "DeadlineExceeded")
    listed = json.loads(archived.longshore("artifacts", "list", "deaf", "--output=json"))["items"]
    assert [(item["step"], item["path"]) for item in listed] == [("test", "early")]


def test_without_an_archive_it_is_refused_by_name(namespace: Namespace) -> None:
    namespace.apply(write("alone", {"name": "a", "script": "true", "artifacts": [{"name": "x", "path": "x"}]}))
    status = namespace.finish("alone")
    assert status["phase"] == "Failed"
    assert "spec.steps[a].artifacts: needs the archive" in status["message"]
