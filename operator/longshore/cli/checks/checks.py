"""Owns the checks of manifests before anything is sent: those of the operator, and fields that do not exist."""

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from longshore.api.agents import AgentSpec
from longshore.api.fields import Model
from longshore.api.groups import ConcurrencyGroupSpec
from longshore.api.runs import RunSpec
from longshore.api.workflows import WorkflowSpec
from longshore.cli.checks.documents import Document, Problem
from longshore.cli.checks.mentions import Known, build_known, find_unknown_mentions
from longshore.cli.checks.shells import find_shell_expressions
from longshore.cli.checks.unknowns import describe_unknown, name_items
from longshore.cli.words.suggestions import suggest
from longshore.names import API_VERSION, GROUP, MAX_NAME
from longshore.planning.acceptance.acceptance import check_run, check_workflow, find_invalid_fields, parse_workflow
from longshore.planning.acceptance.unsupported import check_run_support
from longshore.planning.findings import Fault, Finding
from longshore.planning.workflows.crons import check_schedule

SPECS: dict[str, type[Model]] = {
    "Workflow": WorkflowSpec,
    "Run": RunSpec,
    "Agent": AgentSpec,
    "ConcurrencyGroup": ConcurrencyGroupSpec,
}
_INLINE = "spec.workflowSpec"


def is_ours(document: Document) -> bool:
    """Whether a document is of Longshore's API group, in any version."""
    content = document.content
    return isinstance(content, dict) and str(content.get("apiVersion", "")).partition("/")[0] == GROUP


def check_documents(documents: Sequence[Document]) -> list[Problem]:
    """What is wrong with Longshore's objects among the documents; a Run's Workflow is looked up among them."""
    ours = [document for document in documents if is_ours(document)]
    workflows = {name: content.get("spec") for name, content in _list_kind(ours, "Workflow").items()}
    agents = _list_kind(ours, "Agent")
    specified = {name: content for name, content in agents.items() if isinstance(content.get("spec"), dict)}
    known = build_known(specified, _list_kind(ours, "ConcurrencyGroup"))
    return [problem for document in ours for problem in _check_document(document, workflows, known)]


def check_spec(kind: type[Model], raw: Any) -> list[Finding]:
    """What is wrong with the fields of a spec, those that do not exist among it."""
    try:
        kind.model_validate(raw, extra="forbid")
    except ValidationError as error:
        return [name_items(describe_unknown(kind, found), raw) for found in find_invalid_fields(error)]
    return []


def check_run_against(raw: dict[str, Any], workflow: dict[str, Any]) -> list[Finding]:
    """What is wrong with a Run's spec, given its graph; what is wrong with the graph alone is left out."""
    graph = parse_workflow(workflow)
    if isinstance(graph, list) or check_spec(RunSpec, raw):
        return []
    own = set(check_workflow(graph))
    return [finding for finding in check_run(RunSpec.model_validate(raw), graph) if finding not in own]


def _list_kind(documents: Sequence[Document], kind: str) -> dict[str, dict[str, Any]]:
    """The objects of a kind by name."""
    found = (document for document in documents if document.content.get("kind") == kind)
    return {_get_name(document): document.content for document in found}


def _get_name(document: Document) -> str:
    metadata = document.content.get("metadata")
    return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""


def _check_document(document: Document, workflows: dict[str, Any], known: Known) -> Iterator[Problem]:
    content = document.content
    if content["apiVersion"] != API_VERSION:
        yield document.complain("apiVersion", f"there is no version {content['apiVersion']!r}; use {API_VERSION}")
        return
    kind = content.get("kind")
    if kind not in SPECS:
        hint = suggest(str(kind), SPECS) or f"; there are: {', '.join(SPECS)}"
        yield document.complain("kind", f"there is no kind {kind!r}{hint}")
        return
    yield from _check_metadata(document)
    if not isinstance(content.get("spec"), dict):
        yield document.complain("spec", "is required, and has to be an object")
        return
    for finding in _find(kind, content["spec"], workflows):
        yield document.complain(finding.field, finding.message)
    for field, message in _find_warnings(kind, content["spec"], known):
        yield document.complain(field, message, is_warning=True)


def _check_metadata(document: Document) -> Iterator[Problem]:
    metadata = document.content.get("metadata")
    named = isinstance(metadata, dict) and (metadata.get("name") or metadata.get("generateName"))
    if not named:
        yield document.complain("metadata", "name is required")
    elif not isinstance(named, str):
        yield document.complain("metadata.name", f"{named!r} is no string; quote it")
    elif len(named) > MAX_NAME:
        yield document.complain("metadata.name", f"has {len(named)} characters of at most {MAX_NAME}")


def _find(kind: str, spec: dict[str, Any], workflows: dict[str, Any]) -> Iterator[Finding]:
    yield from check_spec(SPECS[kind], spec)
    if kind == "Workflow":
        yield from _check_graph(spec, "spec")
        yield from _check_schedule(spec)
    if kind != "Run":
        return
    given = [name for name in ("workflowRef", "workflowSpec") if spec.get(name) is not None]
    if len(given) != 1:
        yield Finding(Fault.SCHEMA, "spec", "set exactly one of workflowRef and workflowSpec")
        return
    graph = spec[given[0]]
    if given == ["workflowRef"]:
        graph = workflows.get(graph.get("name", "")) if isinstance(graph, dict) else None
    elif isinstance(graph, dict):
        yield from _check_graph(graph, _INLINE)
    if isinstance(graph, dict):
        yield from check_run_against(spec, graph)
    elif not check_spec(RunSpec, spec):
        yield from check_run_support(RunSpec.model_validate(spec))


def _check_graph(raw: dict[str, Any], prefix: str) -> Iterator[Finding]:
    """What only the whole graph can tell; its fields were checked before."""
    graph = parse_workflow(raw)
    if isinstance(graph, list):
        return
    for finding in check_workflow(graph):
        yield Finding(finding.fault, prefix + finding.field.removeprefix("spec"), finding.message)


def _check_schedule(raw: dict[str, Any]) -> Iterator[Finding]:
    """A schedule is a Workflow's alone: in the graph of a Run it says nothing."""
    graph = parse_workflow(raw)
    if isinstance(graph, WorkflowSpec):
        yield from check_schedule(graph)


def _find_warnings(kind: str, spec: dict[str, Any], known: Known) -> Iterator[tuple[str, str]]:
    raw, prefix = (spec, "spec") if kind == "Workflow" else (spec.get("workflowSpec"), _INLINE)
    graph = parse_workflow(raw) if isinstance(raw, dict) and kind in {"Workflow", "Run"} else []
    if isinstance(graph, WorkflowSpec):
        yield from find_shell_expressions(graph, prefix)
        yield from find_unknown_mentions(graph, prefix, known)
