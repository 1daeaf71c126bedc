"""The runner as a pod runs it: its environment, its mounts, and what comes out.

Owns the init container's contract. Must not know any server.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RUNNER = Path(__file__).parents[3] / "runner-image"


@dataclass(frozen=True)
class Outcome:
    """How a checkout ended; `message` is the termination message."""

    code: int
    stdout: str
    stderr: str
    message: str

    @property
    def commit(self) -> str:
        """The commit that a successful checkout reports."""
        assert self.code == 0, self.stderr
        return str(json.loads(self.message)["commit"])


@dataclass(frozen=True)
class Pod:
    """The init container's surroundings: a volume, a home, a Secret's mount, a termination log."""

    folder: Path

    @property
    def checkout(self) -> Path:
        """Where the source goes."""
        return self.folder / "volume/source"

    @property
    def home(self) -> Path:
        """The user's home, which the step shares."""
        return self.folder / "home"

    def mount(self, **values: str) -> Mapping[str, str]:
        """Mount a Secret, as Kubernetes does: keys are links into a hidden folder. Hyphens are underscores."""
        data = self.folder / "secret/..data"
        data.mkdir(parents=True)
        for name, value in values.items():
            key = name.replace("ssh_", "ssh-")
            (data / key).write_text(value)
            (data.parent / key).symlink_to(f"..data/{key}")
        return {"SOURCE_CREDENTIALS": str(data.parent)}

    def start(self, url: str, variables: Mapping[str, str]) -> subprocess.Popen[str]:
        """Start a checkout."""
        self.home.mkdir(exist_ok=True)
        contract = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(RUNNER),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TERMINATION_MESSAGE_PATH": str(self.folder / "termination-log"),
            "SOURCE_URL": url,
            "SOURCE_PATH": str(self.checkout),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "longshore_runner", "checkout"],
            env=contract | dict(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, url: str, **variables: str) -> Outcome:
        """Run a checkout to its end."""
        with self.start(url, variables) as process:
            stdout, stderr = process.communicate()
        log = self.folder / "termination-log"
        return Outcome(process.returncode, stdout, stderr, log.read_text() if log.exists() else "")
