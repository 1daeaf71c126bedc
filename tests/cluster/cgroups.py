"""Control groups of the nodes: `longshore/node-N`, which the node's kubelet takes for the root."""

from pathlib import Path

from . import processes
from .processes import succeeds

CGROUPS = Path("/sys/fs/cgroup")


def roots() -> list[Path]:
    """Version 1 has a hierarchy for each controller, version 2 one in all."""
    if (CGROUPS / "cgroup.procs").exists():
        return [CGROUPS]
    return [procs.parent for procs in CGROUPS.glob("*/cgroup.procs")]


def add(node: str) -> None:
    """Make the node's groups."""
    for root in roots():
        (root / "longshore" / node).mkdir(parents=True, exist_ok=True)


def remove() -> None:
    """Remove all nodes' groups, once the kernel has reaped their processes."""
    for folder in (root / "longshore" for root in roots()):
        if folder.exists():
            remove_tree(folder)


def remove_tree(folder: Path) -> None:
    """Remove a group and those in it; they must be empty of processes, not of files."""
    processes.wait_for(f"empty {folder}", lambda: succeeds("find", folder, "-depth", "-type", "d", "-delete"))
