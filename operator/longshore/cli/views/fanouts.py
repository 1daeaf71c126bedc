"""Owns how fan-outs are folded: which have too many items to show each, and what is said in their place."""

from collections import Counter, defaultdict
from collections.abc import Container, Mapping
from typing import Any

from longshore.names import get_step_name

MOST_ITEMS = 20
"""A fan-out of more items is told by counts."""
_ORDER = ("Succeeded", "Skipped", "Failed", "Canceled", "Running", "Pending")


def count_folded(steps: Mapping[str, Any]) -> dict[str, str]:
    """Of each fan-out that is folded, by its step: `30 items: 12 Succeeded, 18 Pending`."""
    phases: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path, step in steps.items():
        if is_item(path):
            phases[get_step_name(path)][step.get("phase", "Pending")] += 1
    return {name: _write(counts) for name, counts in phases.items() if counts.total() > MOST_ITEMS}


def is_item(path: str) -> bool:
    """Whether a path is of an item of a fan-out."""
    return path != get_step_name(path)


def is_hidden(path: str, folded: Container[str]) -> bool:
    """Whether a path is of an item that is not shown by itself."""
    return is_item(path) and get_step_name(path) in folded


def _write(counts: Counter[str]) -> str:
    parts = [f"{counts[phase]} {phase}" for phase in _ORDER if counts[phase]]
    return f"{counts.total()} items: {', '.join(parts)}"
