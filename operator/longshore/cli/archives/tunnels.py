"""Owns the way to the archive's loopback port: `kubectl port-forward` as a child. Must not know its use."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Thread
from typing import IO

from longshore.cli.words.targets import Target
from longshore.errors import ArchiveError
from longshore.names import ARCHIVE, ARCHIVE_LOCAL_PORT

_OPENED = re.compile(r"Forwarding from 127\.0\.0\.1:(\d+)")
REMEDY = "ask for `create` on pods/portforward: the role edit has it, and so has longshore-archive-reader"
"""What whoever has the role `view` alone is told."""


@dataclass(slots=True)
class Tunnel:
    """A port of this machine that leads to the archive, for as long as its process runs."""

    port: int
    _process: subprocess.Popen[str]

    @property
    def is_open(self) -> bool:
        """Whether it still leads there; it does not once the archive's pod is another."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it. Doing so twice is no error."""
        self._process.terminate()
        self._process.wait()


def open_tunnel(target: Target, namespace: str) -> Tunnel:
    """A tunnel to the archive of a namespace. Raises ArchiveError, with the remedy."""
    with TemporaryFile("w+") as complaints:
        process = _begin(_build_command(target, namespace), complaints)
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for line in process.stdout:
            if opened := _OPENED.match(line):
                # It says a line for each connection; where nobody reads them, it ends.
                Thread(target=_drain, args=(process.stdout,), daemon=True).start()
                return Tunnel(int(opened[1]), process)
        process.stdout.close()
        process.wait()
        complaints.seek(0)
        raise ArchiveError(_explain(namespace, complaints.read()))


def _build_command(target: Target, namespace: str) -> list[str]:
    given = {"--context": target.context, "--kubeconfig": target.kubeconfig}
    place = [f"{flag}={value}" for flag, value in given.items() if value]
    flags = ["--address=127.0.0.1", "--pod-running-timeout=20s", f"--namespace={namespace}", *place]
    return ["kubectl", "port-forward", f"deployment/{ARCHIVE}", f":{ARCHIVE_LOCAL_PORT}", *flags]


def _begin(command: Sequence[str], complaints: IO[str]) -> subprocess.Popen[str]:
    try:
        # It stays in the process group: Ctrl-C and the end of the terminal end it too.
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, text=True
        )
    except OSError as error:
        raise ArchiveError(f"the archive is reached by kubectl, which can't be run: {error}") from error


def _drain(lines: IO[str]) -> None:
    with lines:
        for _ in lines:
            pass


def _explain(namespace: str, complaint: str) -> str:
    said = complaint.strip().splitlines()[-1:] or ["kubectl port-forward ended"]
    remedy = f"; {REMEDY}" if "forbidden" in said[0] else ""
    return f"cannot reach the archive of namespace {namespace!r}: {said[0].removeprefix('error: ')}{remedy}"
