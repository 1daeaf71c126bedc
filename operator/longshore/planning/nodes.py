"""Owns what a node is to us. Must not read nodes, nor choose any: that is the scheduler's."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A node, as far as plans look at it."""

    name: str
    exists: bool = True
    """Whether the API server has it; one that is gone took its pods with it."""
    is_ready: bool = True
    """Whether its kubelet says that it can run pods."""
    is_reachable: bool = True
    """Whether its kubelet says anything."""
