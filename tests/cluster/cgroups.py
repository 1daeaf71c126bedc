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


def renew(node: str) -> None:
    """Make the node's groups, empty as those of a machine that boots.

    Groups of pods from before would cost its kubelet many seconds each: it asks the runtime for their containers,
    again and again, before it looks after any pod.
    """
    for folder in (root / "longshore" / node for root in roots()):
        if folder.exists():
            remove_tree(folder)
        folder.mkdir(parents=True)


def remove() -> None:
    """Remove all nodes' groups, once the kernel has reaped their processes."""
    for folder in (root / "longshore" for root in roots()):
        if folder.exists():
            remove_tree(folder)


def remove_tree(folder: Path) -> None:
    """Remove a group and those in it; they must be empty of processes, not of files."""
    processes.wait_for(f"empty {folder}", lambda: succeeds("find", folder, "-depth", "-type", "d", "-delete"))
