"""Owns what may stand in a step's services: names, fields that belong to Longshore, places for expressions.

The rest of a container is for the API server to judge. Must not build any.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from longshore.api.steps import Step
from longshore.names import (
    ARTIFACTS_CONTAINER,
    CHECKOUT_CONTAINER,
    DEBUG_CONTAINER,
    INPUTS_CONTAINER,
    STEP_CONTAINER,
)
from longshore.planning.findings import Fault, Finding

RESERVED = frozenset({
    STEP_CONTAINER, CHECKOUT_CONTAINER, DEBUG_CONTAINER, INPUTS_CONTAINER, ARTIFACTS_CONTAINER,
})  # fmt: skip
UNEXPANDED = ("image", "workingDir")
"""The texts with expressions that the kubelet takes as they are; in all others it expands $(VAR) and $$."""
_OWNED = ("name", "restartPolicy")

Change = Callable[[str, str], str]
"""Gives the new text for a field and its text."""


def check_services(prefix: str, step: Step) -> Iterator[Finding]:
    """What is wrong with the services of a step."""
    names: set[str] = set()
    for service in step.services or ():
        field = f"{prefix}.services[{service.name}]"
        if service.name in RESERVED:
            yield _finding(f"{field}.name", "is a container of Longshore's own; choose another name")
        if service.name in names:
            yield _finding(f"{field}.name", "two services have this name; rename one")
        names.add(service.name)
        for name in _OWNED:
            if name in service.container:
                yield _finding(f"{field}.container.{name}", "belongs to Longshore; remove it")
        if not isinstance(service.container.get("image"), str):
            yield _finding(f"{field}.container.image", "is required, and has to be a string")


def map_texts(container: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """The container with each text changed that may hold expressions; what has another shape stays."""
    changed = dict(container)
    for name in UNEXPANDED:
        if isinstance(text := container.get(name), str):
            changed[name] = change(name, text)
    for name in ("command", "args"):
        if isinstance(texts := container.get(name), list):
            changed[name] = [_change(f"{name}[{index}]", text, change) for index, text in enumerate(texts)]
    if isinstance(variables := container.get("env"), list):
        changed["env"] = [_map_variable(variable, change) for variable in variables]
    return changed


def find_container_texts(container: Mapping[str, Any]) -> dict[str, str]:
    """By field, the texts of a container that may hold expressions."""
    found: dict[str, str] = {}

    def note(field: str, text: str) -> str:
        found[field] = text
        return text

    map_texts(container, note)
    return found


def _map_variable(variable: Any, change: Change) -> Any:
    match variable:
        case {"name": str(name), "value": str(value)}:
            return {**variable, "value": change(f"env[{name}]", value)}
        case _:
            return variable


def _change(field: str, text: Any, change: Change) -> Any:
    return change(field, text) if isinstance(text, str) else text


def _finding(field: str, message: str) -> Finding:
    return Finding(Fault.STEP, field, message)
