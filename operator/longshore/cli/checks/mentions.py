"""Owns what graphs mention that is not among the same files: Agents, their credentials and tags, groups.

They may be in the cluster, so it is for a warning, and only where the files hold others of the kind.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from longshore.api.agents import AgentSpec
from longshore.api.steps import Concurrency, Step, StepFields
from longshore.api.workflows import WorkflowSpec
from longshore.cli.words.suggestions import suggest
from longshore.planning.acceptance.graphs import resolve_step
from longshore.planning.pools.extensions import resolve_agent

Warnings = Iterator[tuple[str, str]]
"""Fields, and what is to be said of them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the files hold, by name."""

    agents: Mapping[str, AgentSpec] = field(default_factory=dict)
    """With what they take over."""
    groups: frozenset[str] = frozenset()


def build_known(agents: Mapping[str, Mapping[str, Any]], groups: Iterable[str]) -> Known:
    """What files with these Agents, as manifests by name, and groups hold."""
    return Known({name: resolve_agent(raw, agents).spec for name, raw in agents.items()}, frozenset(groups))


def find_unknown_mentions(graph: WorkflowSpec, prefix: str, known: Known) -> Warnings:
    """The fields of a graph that mention what the files do not hold; `prefix` is where it stands."""
    yield from _check_group(f"{prefix}.concurrency", graph.concurrency, known)
    for place, step in _list_places(graph, prefix):
        yield from _check_group(f"{place}.concurrency", step.concurrency, known)
        if known.agents:
            yield from _check_names(f"{place}.agents", "agent", step.agents or (), known.agents)
            yield from _check_tags(f"{place}.requiredTags", step.required_tags or (), known)
            if isinstance(step, Step):
                yield from _check_credentials(f"{place}.credentials", resolve_step(step, graph.defaults), known)


def _list_places(graph: WorkflowSpec, prefix: str) -> Iterator[tuple[str, StepFields]]:
    if graph.defaults is not None:
        yield f"{prefix}.defaults", graph.defaults
    yield from ((f"{prefix}.steps[{step.name}]", step) for step in graph.steps)
    yield from ((f"{prefix}.finally[{step.name}]", step) for step in graph.finally_)


def _check_group(place: str, asked: Concurrency | None, known: Known) -> Warnings:
    if asked is not None and known.groups:
        yield from _check_names(f"{place}.group", "concurrency group", (asked.group,), known.groups)


def _check_names(place: str, noun: str, asked: Iterable[str], known: Collection[str]) -> Warnings:
    for name in asked:
        if name not in known:
            yield place, f"there is no {noun} {name!r} in these files{suggest(name, known)}"


def _check_tags(place: str, asked: Iterable[str], known: Known) -> Warnings:
    """Nodes may have tags that no Agent tells of, so only what looks like a slip is told."""
    tags = {tag for spec in known.agents.values() for tag in spec.tags}
    for name in asked:
        if name not in tags and (hint := suggest(name, tags)):
            yield place, f"no agent in these files has tag {name!r}{hint}"


def _check_credentials(place: str, step: Step, known: Known) -> Warnings:
    """Credentials that no Agent has which the step, after defaults, may have."""
    asked = set(step.agents or ())
    # What is not in the files may have any.
    if not asked or not asked <= known.agents.keys():
        return
    has = {credential.name for name in asked for credential in known.agents[name].credentials}
    for name in step.credentials or ():
        if name not in has:
            yield place, f"none of its agents has credentials {name!r}{suggest(name, has)}"
