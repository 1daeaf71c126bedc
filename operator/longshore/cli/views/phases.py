"""Owns what is said of a Run's phase, also where no operator has given it one."""

from typing import Any

from longshore.names import CONTROLLER


def write_phase(run: dict[str, Any]) -> str:
    """The Run's phase, else why it has none."""
    phase: str = run.get("status", {}).get("phase", "")
    return phase or write_manager(run) or "not seen by an operator yet"


def write_manager(run: dict[str, Any]) -> str:
    """Whose the Run is, where Longshore leaves it to another controller; else empty."""
    manager = run["spec"].get("managedBy", CONTROLLER)
    return "" if manager == CONTROLLER else f"left to {manager}"
