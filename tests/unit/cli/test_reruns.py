"""The Run that `rerun` makes out of an earlier one."""

from typing import Any

import pytest
from longshore.cli.__main__ import run_plugin
from longshore.cli.making.reruns import build_rerun, check_step
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.wishes import Beginning

GRAPH = {"steps": [{"name": "build"}, {"name": "test"}], "finally": [{"name": "report"}]}


def earlier(
    phase: str | None = "Failed", *, metadata: dict[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    status = {"status": {"phase": phase}} if phase else {}
    return {"metadata": {"name": "nightly-x7k2p", "uid": "u", **(metadata or {})}, "spec": spec, **status}


@pytest.mark.parametrize(
    ("beginning", "rerun"),
    [
        (Beginning(), {"from": "Failed"}),
        (Beginning(place="all"), {"from": "All"}),
        (Beginning(step="test"), {"from": "Step", "step": "test"}),
        (Beginning(place="step", step="test"), {"from": "Step", "step": "test"}),
    ],
)
def test_where_it_begins(beginning: Beginning, rerun: dict[str, str]) -> None:
    assert build_rerun(earlier(), beginning)["spec"] == {"rerun": {"run": "nightly-x7k2p", **rerun}}


def test_what_is_copied_is_what_runs_and_how_and_not_what_became_of_it() -> None:
    kept: dict[str, Any] = {"workflowRef": {"name": "nightly"}, "params": {"n": 1}, "priority": 3}
    left: dict[str, Any] = {
        "cancel": "Graceful",
        "suspend": True,
        "answers": {"a": {}},
        "createdBy": "me",
        "rerun": {"run": "a"},
    }
    run = build_rerun(earlier(**kept, **left), Beginning())
    assert run["spec"] == {**kept, "rerun": {"run": "nightly-x7k2p", "from": "Failed"}}
    assert set(run) == {"apiVersion", "kind", "metadata", "spec"}


@pytest.mark.parametrize(
    ("metadata", "prefix"), [({"generateName": "nightly-"}, "nightly-"), ({}, "nightly-x7k2p-")]
)
def test_the_name_begins_as_that_of_the_earlier_one(metadata: dict[str, str], prefix: str) -> None:
    assert build_rerun(earlier(metadata=metadata), Beginning())["metadata"] == {"generateName": prefix}


@pytest.mark.parametrize(
    ("phase", "said"), [("Running", "Running"), ("Queued", "Queued"), (None, "not seen by an operator yet")]
)
def test_a_run_that_goes_on(phase: str | None, said: str) -> None:
    message = rf"run 'nightly-x7k2p' has not ended \({said}\); wait for its end, or cancel it"
    with pytest.raises(MistakeError, match=message):
        build_rerun(earlier(phase), Beginning())


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("tset", "there is no step 'tset'; did you mean 'test'?"),
        ("x", "there is no step 'x'; there are: build, test, report"),
    ],
)
def test_a_step_that_is_not_there(step: str, message: str) -> None:
    run = build_rerun(earlier(), Beginning(step=step))
    with pytest.raises(MistakeError) as caught:
        check_step(run, GRAPH)
    assert caught.value.message == message


@pytest.mark.parametrize(("step", "graph"), [("report", GRAPH), (None, GRAPH), ("anything", None)])
def test_a_step_that_may_be(step: str | None, graph: dict[str, Any] | None) -> None:
    check_step(build_rerun(earlier(), Beginning(step=step)), graph)


@pytest.mark.parametrize(
    "arguments", [["--from", "step"], ["--from", "all", "--step", "a"], ["--from", "failed", "--step", "a"]]
)
def test_options_that_do_not_go_together(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_plugin(["rerun", "x", *arguments]) == 2
    assert "error: --from step and --step go together; --step alone will do" in capsys.readouterr().err
