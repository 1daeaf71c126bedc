"""Owns what an Agent has from the Agent that it extends. Must not look for nodes, nor at what runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from longshore.api.agents import AgentSpec
from longshore.planning.acceptance.acceptance import find_invalid_fields
from longshore.planning.acceptance.templates import check_template
from longshore.planning.findings import write_message

OWN_FIELDS = frozenset({"extends", "enabled", "drain"})
"""What an Agent says of itself alone."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """An Agent's spec with what it takes over, or why it can't be told."""

    spec: AgentSpec
    reason: str = ""
    """Of condition Ready; empty: nothing is wrong."""
    message: str = ""
    """What is wrong and what helps, for people."""


def resolve_agent(raw: Mapping[str, Any], agents: Mapping[str, Mapping[str, Any]]) -> Resolution:
    """What an Agent has; `agents` are all of its namespace by name, as the API server has them.

    A field that the Agent has itself wins as a whole: lists and maps are not mixed.
    """
    own = raw.get("spec", {})
    base_name = own.get("extends")
    if base_name is None:
        return _parse(own)
    base = agents.get(base_name)
    if base is None:
        message = f"extends {base_name}, which is not there: make that Agent, or remove spec.extends"
        return Resolution(_parse(own).spec, "ExtendsMissing", message)
    taken = base.get("spec", {})
    if further := taken.get("extends"):
        message = f"extends {base_name}, which extends {further} itself: one level is possible"
        return Resolution(_parse(own).spec, "ExtendsChain", message)
    return _parse({name: value for name, value in taken.items() if name not in OWN_FIELDS} | own)


def _parse(spec: Mapping[str, Any]) -> Resolution:
    try:
        parsed = AgentSpec.model_validate(spec)
    except ValidationError as error:
        return Resolution(AgentSpec(), "InvalidField", write_message(find_invalid_fields(error)))
    findings = list(check_template("spec", parsed.template))
    return Resolution(parsed, "InvalidField", write_message(findings)) if findings else Resolution(parsed)
