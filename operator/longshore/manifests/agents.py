"""Owns the Agent that each namespace with Runs has. Must not know when it is made."""

from typing import Any

from longshore import names


def build_built_in(namespace: str) -> dict[str, Any]:
    """The Agent `built-in`: every node that needs no toleration, without a limit. It belongs to nobody."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": "Agent",
        "metadata": {
            "name": names.BUILT_IN_AGENT,
            "namespace": namespace,
            "labels": {names.MANAGED_BY: names.MANAGER},
        },
        "spec": {"enabled": True},
    }
