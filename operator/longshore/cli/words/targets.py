"""Owns which cluster and namespace a command means: all commands have one, so it has to be imported quickly."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Which cluster and namespace; None: as the kubeconfig says."""

    namespace: str | None = None
    context: str | None = None
    kubeconfig: str | None = None

    @property
    def flags(self) -> str:
        """What has to follow the next command, so that it means the same cluster and namespace."""
        given = {"-n": self.namespace, "--context": self.context, "--kubeconfig": self.kubeconfig}
        return "".join(f" {flag} {shlex.quote(value)}" for flag, value in given.items() if value)
