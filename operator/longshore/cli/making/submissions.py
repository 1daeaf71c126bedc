"""Owns the Run that `submit` makes out of a file or a Workflow's name. Must not talk to a cluster."""

from collections.abc import Mapping, Sequence
from typing import Any

from longshore.api.runs import RunSpec
from longshore.api.workflows import WorkflowSpec
from longshore.cli.checks.checks import check_documents, check_run_against, check_spec, is_ours
from longshore.cli.checks.documents import Document, Problem, parse_documents
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.wishes import Making
from longshore.names import API_VERSION, MAX_NAME
from longshore.planning.acceptance.acceptance import check_workflow, parse_workflow

Object = dict[str, Any]


def build_reference(workflow: str) -> Object:
    """A Run of a Workflow that is in the cluster."""
    return _build_run(workflow, {"workflowRef": {"name": workflow}})


def read_submission(file: str, text: str) -> tuple[Object | None, list[Problem]]:
    """The Run that a file means, and what is wrong with the file.

    It is the one Run in it, or else a Run of the one Workflow in it. It carries the spec of its Workflow where
    that is in the file, so that what runs is what the file says. Raises MistakeError where it is not clear.
    """
    parsed = parse_documents(file, text)
    documents = [found for found in parsed if isinstance(found, Document)]
    problems = [found for found in parsed if isinstance(found, Problem)] + check_documents(documents)
    if any(not problem.is_warning for problem in problems):
        return None, problems
    return _choose(file, [document.content for document in documents if is_ours(document)]), problems


def name_run(run: Object, making: Making) -> Object:
    """The Run under the name that is wished for."""
    wished = {"name": making.name, "generateName": making.generate_name}
    if not any(wished.values()):
        return run
    if len(making.name or "") > MAX_NAME:
        raise MistakeError(f"--name has {len(making.name or '')} characters of at most {MAX_NAME}")
    kept = {name: value for name, value in run["metadata"].items() if name not in wished}
    return {**run, "metadata": {**kept, **{name: value for name, value in wished.items() if value}}}


def build_batch(
    base: Object, rows: Sequence[Mapping[str, Any]], making: Making, labels: Mapping[str, str]
) -> list[Object]:
    """A Run for each row of parameters. One that has a name lends it, with a number: demo-07 of 12."""
    base = label_run(name_run(base, making), labels)
    name, digits = base["metadata"].get("name"), len(str(len(rows)))
    if name and len(name) + 1 + digits > MAX_NAME:
        raise MistakeError(f"--name has {len(name)} characters of at most {MAX_NAME - 1 - digits} for a batch")
    runs = [{**base, "spec": {**base["spec"], "params": dict(params)}} for params in rows]
    if not name:
        return runs
    return [
        {**run, "metadata": {**run["metadata"], "name": f"{name}-{number:0{digits}}"}}
        for number, run in enumerate(runs, start=1)
    ]


def label_run(run: Object, labels: Mapping[str, str]) -> Object:
    """The Run with these labels before those of its manifest."""
    if not labels:
        return run
    return {**run, "metadata": {**run["metadata"], "labels": {**run["metadata"].get("labels", {}), **labels}}}


def parse_labels(text: str) -> dict[str, str]:
    """The labels in a=b,c=d. Raises MistakeError; what may stand in them the API server knows."""
    pairs = [pair.partition("=") for pair in text.split(",") if pair]
    if wrong := [name + rest for name, equals, rest in pairs if not name or not equals]:
        raise MistakeError(f"-l {wrong[0]!r} is not of the form name=value")
    return {name: value for name, _, value in pairs}


def set_params(run: Object, params: Object) -> Object:
    """The Run with these parameters before those of its manifest."""
    if not params:
        return run
    return {**run, "spec": {**run["spec"], "params": {**run["spec"].get("params", {}), **params}}}


def list_faults(run: Object, workflow: Object | None) -> list[str]:
    """Why an operator would refuse the Run, given the spec of its Workflow, where that is known."""
    findings = list(check_spec(RunSpec, run["spec"]))
    if workflow is not None:
        graph = parse_workflow(workflow)
        findings += check_workflow(graph) if isinstance(graph, WorkflowSpec) else graph
        findings += check_run_against(run["spec"], workflow)
    return [str(finding) for finding in findings]


def _choose(file: str, ours: Sequence[Object]) -> Object:
    runs = [content for content in ours if content["kind"] == "Run"]
    workflows = [content for content in ours if content["kind"] == "Workflow"]
    if len(runs) == 1:
        return _inline(runs[0], workflows)
    if not runs and len(workflows) == 1:
        metadata = workflows[0]["metadata"]
        run = _build_run(metadata.get("name") or metadata["generateName"], {"workflowSpec": workflows[0]["spec"]})
        if metadata.get("namespace"):
            run["metadata"]["namespace"] = metadata["namespace"]
        return run
    held = f"{len(runs)} Runs and {len(workflows)} Workflows"
    raise MistakeError(f"{file!r} holds {held}; a file to submit holds one Run, or else one Workflow")


def _inline(run: Object, workflows: Sequence[Object]) -> Object:
    """The Run with the spec of its Workflow in place of the reference, where that is among these."""
    wanted = run["spec"].get("workflowRef", {}).get("name")
    for workflow in workflows:
        if workflow["metadata"].get("name") == wanted:
            rest = {name: value for name, value in run["spec"].items() if name != "workflowRef"}
            return {**run, "spec": {**rest, "workflowSpec": workflow["spec"]}}
    return run


def _build_run(prefix: str, spec: Object) -> Object:
    metadata = {"generateName": f"{prefix.rstrip('-')}-"}
    return {"apiVersion": API_VERSION, "kind": "Run", "metadata": metadata, "spec": spec}
