"""Owns where expressions stand in a step, and what each place may read. Must not evaluate any."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from longshore.api.steps import Step
from longshore.errors import ExpressionError
from longshore.names import build_identifier
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.acceptance.services import find_container_texts
from longshore.planning.expressions.expressions import Reference, compile_expression, find_references
from longshore.planning.expressions.fanouts import list_matrix_keys
from longshore.planning.expressions.interpolations import find_expressions, find_texts
from longshore.planning.findings import Fault, Finding

Kind = Literal["bare", "text"]
STEP_FIELDS = ("outputs", "phase", "exitCode")
RETRY_VARIABLES = ("exitCode", "reason", "attempt")
_BINDING = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a step that may hold expressions: bare CEL, or a text with $(CEL)."""

    field: str
    text: str
    kind: Kind

    @property
    def sources(self) -> list[str]:
        """The CEL of this place."""
        return [self.text] if self.kind == "bare" else find_expressions(self.text)


@dataclass(frozen=True, slots=True)
class View:
    """What an expression may read: the outcome of some steps, keys of `each`, in `finally` also run.phase."""

    graph: Graph
    readable: frozenset[str]
    each: tuple[str, ...] = ()
    is_final: bool = False


def find_places(step: Step) -> Iterator[Place]:
    """All fields of a step that hold expressions, but for retry.when, which has variables of its own."""
    if step.when is not None:
        yield Place("when", step.when, "bare")
    if step.workflow is not None:
        for field, text in find_texts(step.workflow.params, "workflow.params"):
            yield Place(field, text, "text")
    if step.approval is not None:
        yield Place("approval.message", step.approval.message, "text")
    if step.concurrency is not None:
        yield Place("concurrency.key", step.concurrency.key, "text")
    yield from _find_container_places(step)


def _find_container_places(step: Step) -> Iterator[Place]:
    for name, text in (("image", step.image), ("workingDir", step.working_dir)):
        if text is not None:
            yield Place(name, text, "text")
    for name, texts in (("command", step.command), ("args", step.args)):
        for index, text in enumerate(texts or ()):
            yield Place(f"{name}[{index}]", text, "text")
    for variable in step.env or ():
        if variable.value is not None:
            yield Place(f"env[{variable.name}]", variable.value, "text")
    if step.memoize is not None:
        yield Place("memoize.key", step.memoize.key, "text")
    for index, cache in enumerate(step.cache or ()):
        yield Place(f"cache[{index}].key", cache.key, "text")
        for number, text in enumerate(cache.restore_keys):
            yield Place(f"cache[{index}].restoreKeys[{number}]", text, "text")
    yield from _find_service_places(step)


def _find_service_places(step: Step) -> Iterator[Place]:
    for service in step.services or ():
        for name, text in find_container_texts(service.container).items():
            yield Place(f"services[{service.name}].container.{name}", text, "text")


def find_step_references(step: Step) -> list[Reference]:
    """What all expressions of a step read."""
    loops = [step.for_each.items if step.for_each else None, step.repeat.until if step.repeat else None]
    sources = [*filter(None, loops), *(source for place in find_places(step) for source in place.sources)]
    return [reference for source in sources for reference in find_references(source)]


def reads_outputs_of(step: Step, name: str) -> bool:
    """Whether an expression of the step reads outputs of the step called `name`."""
    read = (build_identifier(name), "outputs")
    return any(
        reference.root == "steps" and reference.path[:2] == read for reference in find_step_references(step)
    )


def check_step_expressions(prefix: str, step: Step, graph: Graph) -> Iterator[Finding]:
    """What is wrong with the expressions of a step; `prefix` is the step's place in the manifest."""
    view = View(graph, graph.upstream[step.name], list_each_keys(step), step.name in graph.finals)
    for place in find_places(step):
        for source in place.sources:
            yield from check_expression(f"{prefix}.{place.field}", source, view)
    if step.for_each is not None and step.for_each.items:
        yield from check_expression(f"{prefix}.forEach.items", step.for_each.items, replace(view, each=()))
    if step.repeat is not None:
        own = replace(view, readable=view.readable | {step.name})
        yield from check_expression(f"{prefix}.repeat.until", step.repeat.until, own)
    if step.retry and step.retry.when:
        yield from _check_retry(f"{prefix}.retry.when", step.retry.when)


def list_each_keys(step: Step) -> tuple[str, ...]:
    """What `each` holds in the expressions of a step; empty where there is no `each`."""
    if step.for_each is not None:
        return ("index", *(("item",) if step.for_each.items else list_matrix_keys(step.for_each)))
    return ("index",) if step.repeat is not None else ()


def check_expression(field: str, source: str, view: View) -> Iterator[Finding]:
    """What is wrong with one expression, given what it may read."""
    try:
        program = compile_expression(source)
    except ExpressionError as error:
        yield Finding(Fault.EXPRESSION, field, f"{source!r} does not parse: {error}")
        return
    references = find_references(source)
    known = {reference.root for reference in references}
    bound = _bound_names(source)
    for variable in program.variables():
        if variable not in known | bound:
            yield Finding(
                Fault.REFERENCE,
                field,
                f"{variable!r} is unknown; expressions read params, steps, run and workflow",
            )
    for reference in references:
        if message := _explain(reference, view):
            yield Finding(Fault.REFERENCE, field, message)


def _explain(reference: Reference, view: View) -> str | None:
    """Why a reference can't be read, or None."""
    path = reference.path
    match reference.root:
        case "params":
            names = {param.name for param in view.graph.spec.params}
            if not path or path[0] not in names:
                return f"{reference}: there is no such parameter; there are: {_list(names)}"
        case "steps":
            return _explain_step(reference, view)
        case "run" | "workflow":
            is_phase = reference.root == "run" and path == ("phase",) and view.is_final
            if path != ("name",) and not is_phase:
                return f"{reference}: only {reference.root}.name can be read here"
        case _ if not view.each:
            return f"{reference}: each is known in a step with forEach or repeat only"
        case _:
            if not path or path[0] not in view.each:
                return f"{reference}: each has here: {_list(view.each)}"
    return None


def _explain_step(reference: Reference, view: View) -> str | None:
    graph = view.graph
    by_identifier = {build_identifier(name): name for name in graph.steps}
    name = by_identifier.get(reference.path[0]) if reference.path else None
    if name is None:
        return f"{reference}: there is no such step; there are: {_list(by_identifier)}"
    if name not in view.readable:
        return f"{reference}: add {name!r} to needs, near or far, to read it"
    field = reference.path[1] if len(reference.path) > 1 else None
    if field not in STEP_FIELDS:
        return f"{reference}: of a step there are: {_list(STEP_FIELDS)}"
    output = reference.path[2] if field == "outputs" and len(reference.path) > 2 else None
    if output and output not in (declared := graph.steps[name].outputs or []):
        return f"{reference}: step {name!r} declares no such output; it declares: {_list(declared)}"
    return None


def _check_retry(field: str, source: str) -> Iterator[Finding]:
    try:
        unknown = set(compile_expression(source).variables()) - set(RETRY_VARIABLES) - _bound_names(source)
    except ExpressionError as error:
        yield Finding(Fault.EXPRESSION, field, f"{source!r} does not parse: {error}")
        return
    if unknown:
        yield Finding(Fault.REFERENCE, field, f"{_list(unknown)}: only {_list(RETRY_VARIABLES)} can be read here")


def _bound_names(source: str) -> set[str]:
    """Variables that macros bind: the x of list.map(x, ...)."""
    return set(_BINDING.findall(source))


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
