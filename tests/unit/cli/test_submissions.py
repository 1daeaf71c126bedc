"""Which Run a file or a name means."""

from typing import Any

import pytest
import yaml
from longshore.cli.making.submissions import build_reference, list_faults, name_run, read_submission, set_params
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.wishes import Making

SPEC = {"params": [{"name": "n", "type": "Integer"}], "steps": [{"name": "a", "image": "x"}]}


def manifest(kind: str, name: str, spec: dict[str, Any], **metadata: str) -> dict[str, Any]:
    head = {"apiVersion": "longshore.dev/v1alpha1", "kind": kind}
    return {**head, "metadata": {"name": name, **metadata}, "spec": spec}


WORKFLOW = manifest("Workflow", "w", SPEC)
REFERENCE = manifest("Run", "r", {"workflowRef": {"name": "w"}, "params": {"n": 1}})
INLINE = manifest("Run", "i", {"workflowSpec": SPEC})
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}


def read(*documents: dict[str, Any]) -> dict[str, Any]:
    run, problems = read_submission("f", yaml.safe_dump_all(documents))
    assert run is not None, problems
    return run


def test_a_name_means_a_workflow_of_the_cluster() -> None:
    run = build_reference("w")
    assert run["metadata"] == {"generateName": "w-"}
    assert run["spec"] == {"workflowRef": {"name": "w"}}


def test_a_run_is_submitted_as_it_is() -> None:
    assert read(CONFIG_MAP, INLINE) == INLINE
    assert read(REFERENCE) == REFERENCE


def test_a_workflow_is_run_without_being_applied() -> None:
    run = read(manifest("Workflow", "w", SPEC, namespace="team"))
    assert (run["kind"], run["spec"]) == ("Run", {"workflowSpec": SPEC})
    assert run["metadata"] == {"generateName": "w-", "namespace": "team"}


def test_a_run_carries_the_workflow_beside_it() -> None:
    run = read(WORKFLOW, REFERENCE)
    assert run["metadata"]["name"] == "r"
    assert run["spec"] == {"workflowSpec": SPEC, "params": {"n": 1}}


@pytest.mark.parametrize(
    ("documents", "held"),
    [
        ([INLINE, REFERENCE], "2 Runs and 0 Workflows"),
        ([WORKFLOW, manifest("Workflow", "v", SPEC)], "0 Runs and 2 Workflows"),
        ([CONFIG_MAP], "0 Runs and 0 Workflows"),
        ([], "0 Runs and 0 Workflows"),
    ],
)
def test_what_is_not_clear(documents: list[dict[str, Any]], held: str) -> None:
    with pytest.raises(MistakeError, match=held):
        read(*documents)


def test_a_file_with_errors_is_not_run() -> None:
    run, problems = read_submission("f", yaml.safe_dump(manifest("Workflow", "w", {"steps": []})))
    assert run is None
    assert [problem.field for problem in problems] == ["spec.steps"]


@pytest.mark.parametrize(
    ("making", "metadata"),
    [
        (Making(), {"name": "i"}),
        (Making(name="x"), {"name": "x"}),
        (Making(generate_name="x-"), {"generateName": "x-"}),
    ],
)
def test_name_run(making: Making, metadata: dict[str, str]) -> None:
    assert name_run(INLINE, making)["metadata"] == metadata


def test_a_name_that_is_too_long() -> None:
    with pytest.raises(MistakeError, match="--name has 64 characters of at most 63"):
        name_run(INLINE, Making(name="x" * 64))


def test_parameters_come_before_those_of_the_manifest() -> None:
    assert set_params(REFERENCE, {"n": 2})["spec"]["params"] == {"n": 2}
    assert set_params(INLINE, {"n": 2})["spec"]["params"] == {"n": 2}
    assert REFERENCE["spec"]["params"] == {"n": 1}


@pytest.mark.parametrize(
    ("run", "workflow", "faults"),
    [
        (REFERENCE, SPEC, []),
        (REFERENCE, None, []),
        (set_params(REFERENCE, {"n": "x"}), SPEC, ['spec.params.n: "x" is not of type Integer']),
        (REFERENCE, {"steps": [{"name": "a"}]}, ["spec.steps[a]: needs exactly one of"]),
    ],
    ids=["good", "unknown Workflow", "wrong value", "a Workflow that is not accepted"],
)
def test_list_faults(run: dict[str, Any], workflow: dict[str, Any] | None, faults: list[str]) -> None:
    found = list_faults(run, workflow)
    assert all(any(line.startswith(fault) for line in found) for fault in faults), found
    assert bool(found) == bool(faults)
