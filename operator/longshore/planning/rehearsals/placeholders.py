"""Owns what a graph reads that only a real Run can tell: such an expression gives a placeholder for its value.

A placeholder is never a value that could be right. Must not touch what is known: that is evaluated as ever.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from longshore.api.agents import AgentSpec, Credential
from longshore.api.containers import Service
from longshore.api.objects import SecretReference
from longshore.api.runs import SourceStatus
from longshore.api.steps import Step
from longshore.names import BUILT_IN_AGENT
from longshore.planning.acceptance.graphs import Graph
from longshore.planning.acceptance.services import map_texts
from longshore.planning.expressions.expressions import Reference, find_references
from longshore.planning.expressions.interpolations import change_expressions, change_values
from longshore.planning.expressions.references import Place, find_places
from longshore.planning.pools.agents import AgentView, build_demand, find_agent
from longshore.planning.pools.pools import PoolView, lift_limits

COMMIT = SourceStatus.model_construct(commit="<commit of the first checkout>")
"""The commit that later steps check out, whatever the first one finds."""
RUNNER_IMAGE = "<runner image of the operator>"
Change = Callable[[str], str]


def blur_graph(graph: Graph) -> Graph:
    """The graph with placeholders for what is not known, in which conditions hold and loops end at once.

    A list of items that is not known has one item. It reads of other steps what it read before, so that what a
    skipped step does to others stays the same.
    """
    spec = graph.spec.model_copy(update={"outputs": []})
    return replace(graph, spec=spec, steps={name: _blur_step(step) for name, step in graph.steps.items()})


def build_open_pool(graph: Graph, known: Mapping[str, AgentView] | None = None) -> PoolView:
    """The Agents that are known, without their limits; and for what none of them takes one that does."""
    if known is None:
        return _imagine_pool(graph)
    agents, imagined = dict(lift_limits(PoolView(known)).agents), _imagine_pool(graph).agents
    for demand in map(build_demand, graph.steps.values()):
        if find_agent(demand, agents, {}) is None:
            agents |= {name: imagined[name] for name in demand.agents or (BUILT_IN_AGENT,)}
    return PoolView(agents)


def _imagine_pool(graph: Graph) -> PoolView:
    """An Agent for whatever a step asks: those that it names, each with all that is asked of it."""
    asked: dict[str, set[str]] = {BUILT_IN_AGENT: set()}
    for step in graph.steps.values():
        for name in step.agents or ():
            asked.setdefault(name, set()).update(step.credentials or ())
    return PoolView({name: AgentView(name, _imagine_agent(credentials)) for name, credentials in asked.items()})


def _imagine_agent(credentials: Iterable[str]) -> AgentSpec:
    given = [Credential(name=name, secret_ref=SecretReference(name=name)) for name in sorted(credentials)]
    return AgentSpec(credentials=given)


def find_unknowns(step: Step) -> Iterator[Place]:
    """The fields of a step whose value, or part of it, only a real Run can tell."""
    for place in find_places(step):
        if any(_is_unknown(source, step) for source in place.sources):
            yield place


def has_unknown_items(step: Step) -> bool:
    """Whether only a real Run can tell what a step fans out to."""
    items = step.for_each.items if step.for_each else None
    return items is not None and any(_depends_on_steps(reference) for reference in find_references(items))


def _blur_step(step: Step) -> Step:
    def change(source: str) -> str:
        return _blur(source, f"<{source}>") if _is_unknown(source, step) else source

    # Outputs are not known, so none may be missed.
    return step.model_copy(update={"outputs": None, **_blur_texts(step, change), **_blur_loops(step)})


def _blur_texts(step: Step, change: Change) -> dict[str, Any]:
    """The fields that hold texts with expressions."""
    blurred: dict[str, Any] = {
        name: change_values(getattr(step, name), change) for name in ("image", "working_dir", "command", "args")
    }
    if step.env is not None:
        blurred["env"] = [
            variable.model_copy(update={"value": change_values(variable.value, change)}) for variable in step.env
        ]
    if step.services is not None:
        blurred["services"] = [_blur_service(service, change) for service in step.services]
    if step.cache is not None:
        blurred["cache"] = [
            cache.model_copy(
                update={name: change_values(getattr(cache, name), change) for name in ("key", "restore_keys")}
            )
            for cache in step.cache
        ]
    for name, field in (("approval", "message"), ("memoize", "key"), ("workflow", "params")):
        if (part := getattr(step, name)) is not None:
            blurred[name] = part.model_copy(update={field: change_values(getattr(part, field), change)})
    return blurred


def _blur_service(service: Service, change: Change) -> Service:
    def change_field(_: str, text: str) -> str:
        return change_expressions(text, change)

    return service.model_copy(update={"container": map_texts(service.container, change_field)})


def _blur_loops(step: Step) -> dict[str, Any]:
    """The fields that decide whether and how often the step runs."""
    blurred: dict[str, Any] = {}
    if step.when is not None and _is_unknown(step.when, step):
        blurred["when"] = _blur(step.when, answer=True)
    if step.repeat is not None:
        blurred["repeat"] = step.repeat.model_copy(update={"until": "true"})
    if step.for_each is not None and step.for_each.items and has_unknown_items(step):
        items = _blur(step.for_each.items, ["<each.item>"])
        blurred["for_each"] = step.for_each.model_copy(update={"items": items})
    return blurred


def _blur(source: str, answer: Any) -> str:
    """CEL that gives the answer, and reads as much of other steps as the source."""
    reads = sorted({_shorten(found) for found in find_references(source)})
    return f"[{', '.join([json.dumps(answer, ensure_ascii=False), *reads])}][0]"


def _shorten(reference: Reference) -> str:
    """Of steps.a.outputs.b steps.a.outputs, and of each.item.name each.item: what is sure to be there."""
    depth = 2 if reference.root == "steps" else 1
    return ".".join((reference.root, *reference.path[:depth]))


def _is_unknown(source: str, step: Step) -> bool:
    unknown_each = has_unknown_items(step)
    return any(
        _depends_on_steps(reference) or (unknown_each and reference.root == "each")
        for reference in find_references(source)
    )


def _depends_on_steps(reference: Reference) -> bool:
    """Whether a value is known only once steps have run."""
    return reference.root == "steps" or (reference.root == "run" and reference.path == ("phase",))
