"""A real cluster for end-to-end tests and the demo: the commands that see it, found or made by tests/cluster.

Must not know what runs on it.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tests/cluster/cluster"
# `cluster up` prints a line for a shell, so a shell reads it.
_READ_UP = f'line=$("{TOOL}" up) && eval "$line" && printf "%s\\n" "$KUBECONFIG" "$PATH"'


class CommandError(Exception):
    """A command failed; the message has the command and what it said."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that answers. Commands run with its kubeconfig, and find kubectl, helm and the plugin."""

    environment: Mapping[str, str] = field(repr=False)

    @property
    def kubeconfig(self) -> str:
        """The value of KUBECONFIG."""
        return self.environment["KUBECONFIG"]

    def run(self, *command: str | Path, stdin: str | None = None) -> str:
        """The standard output of a command. Raises CommandError with all that one said which fails."""
        done = subprocess.run(
            command, env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise CommandError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}".rstrip())
        return done.stdout

    def kubectl(self, *arguments: str | Path, stdin: str | None = None) -> str:
        """The standard output of kubectl."""
        return self.run("kubectl", *arguments, stdin=stdin)

    def helm(self, *arguments: str | Path) -> str:
        """The standard output of helm."""
        return self.run("helm", *arguments)


def find_cluster() -> Cluster:
    """The cluster of KUBECONFIG where that answers, else one that is made. Raises CommandError."""
    done = subprocess.run(["bash", "-c", _READ_UP], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise CommandError("there is no cluster, and none could be made: see above")
    kubeconfig, path = done.stdout.splitlines()
    plugin = ROOT / ".venv/bin"
    return Cluster(os.environ | {"KUBECONFIG": kubeconfig, "PATH": f"{plugin}:{path}"})
