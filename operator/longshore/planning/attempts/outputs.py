"""Owns what a step wrote to $LONGSHORE_OUTPUT: its size, its two forms, its declared names."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from longshore.api.step_statuses import StepReason
from longshore.names import IDENTIFIER

KUBELET_LIMIT = 4096
"""Bytes of one termination message; the kubelet keeps the last ones."""
KUBELET_TOTAL = 12288
"""Bytes of all termination messages of a pod."""
MAX_DEPTH = 64
"""How deep JSON may be nested; much deeper, a status could not be written any more."""
_LINE = re.compile(rf"({IDENTIFIER})=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of an attempt, or what is wrong with them."""

    values: dict[str, Any] = field(default_factory=dict)
    fault: StepReason | None = None
    message: str = ""


def parse_outputs(message: str, declared: Sequence[str], container_count: int) -> Outputs:
    """The outputs in a termination message: one JSON object, or lines of key=value.

    A message at the kubelet's limit has lost its beginning, so it is refused whole.
    """
    limit = min(KUBELET_LIMIT, KUBELET_TOTAL // container_count)
    if not declared:
        return Outputs()
    if len(message.encode()) >= limit:
        text = f"outputs have {limit:,} bytes or more, which is the limit; leave large results as an artifact"
        return Outputs(fault=StepReason.OUTPUTS_TOO_LARGE, message=text)
    values = _parse_json(message) if message.lstrip().startswith("{") else _parse_lines(message)
    if isinstance(values, str):
        return Outputs(fault=StepReason.OUTPUTS_INVALID, message=values)
    if missing := [name for name in declared if name not in values]:
        text = f"the step did not write {', '.join(missing)} to $LONGSHORE_OUTPUT as key=value or as JSON"
        return Outputs(fault=StepReason.OUTPUTS_INVALID, message=text)
    return Outputs({name: values[name] for name in declared})


def _parse_json(message: str) -> dict[str, Any] | str:
    """What the API server would refuse in a status is refused here: it would refuse the whole status."""
    try:
        values: dict[str, Any] = json.loads(
            message, parse_constant=_refuse_constant, parse_float=_parse_float, parse_int=_parse_int
        )
        json.dumps(values, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        return f"outputs begin as JSON but are none: {error}"
    if _is_deeper(values, MAX_DEPTH):
        return f"outputs are nested deeper than {MAX_DEPTH}"
    return values


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


def _parse_float(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text} is too large")
    return value


def _parse_int(text: str) -> int:
    if not -(2**63) <= (value := int(text)) < 2**63:
        raise ValueError(f"{text[:30]} is too large")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(entry, levels - 1) for entry in inner)


def _parse_lines(message: str) -> dict[str, Any] | str:
    values: dict[str, Any] = {}
    # Not splitlines(), which also splits at form feeds and other characters that a value may hold.
    for line in message.split("\n"):
        if match := _LINE.fullmatch(line):
            values[match[1]] = match[2]
        elif line.strip():
            return f"output line {line[:60]!r} is not key=value with a key of [a-z_][a-z0-9_]*"
    return values
