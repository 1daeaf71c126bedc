"""`kubectl longshore` as a person or a script runs it: arguments in; code, stdout and stderr out."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from dataclasses import dataclass

from support.namespaces import Namespace
from support.terminals import Terminal, build_environment

SECONDS = 180
COLUMNS, LINES = 80, 24


@dataclass(frozen=True, slots=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str = ""


def say(namespace: Namespace, command: str, *arguments: str, stdin: str | None = None) -> Said:
    """Run a command of the plugin in a namespace, without a terminal."""
    done = subprocess.run(
        _build(namespace, command, arguments),
        env=namespace.cluster.environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def begin(namespace: Namespace, command: str, *arguments: str) -> subprocess.Popen[str]:
    """Begin a command whose lines are read as they come."""
    return subprocess.Popen(
        _build(namespace, command, arguments),
        env={**namespace.cluster.environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for_line(namespace: Namespace, run: str, step: str, line: str) -> None:
    """Return once a step has printed a line. A step that runs need not have come to its `trap` yet."""
    with begin(namespace, "logs", run, step, "--follow") as process:
        assert process.stdout is not None
        said = iter(process.stdout.readline, "")
        assert f"{line}\n" in said, f"{run}/{step} ended and never said {line!r}"
        process.terminate()


def show(namespace: Namespace, command: str, *arguments: str) -> Said:
    """Run a command on a terminal of 80 columns and 24 lines; `out` is all that was painted, without colours."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = build_environment(namespace.cluster.environment)
    arguments_ = _build(namespace, command, arguments)
    process = subprocess.Popen(arguments_, env=environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    painted = b"".join(iter(lambda: _read(master), b""))
    os.close(master)
    return Said(process.wait(SECONDS), re.sub(r"\x1b\[[0-9;]*m", "", painted.decode()))


def sit_down(namespace: Namespace, command: str, *arguments: str) -> Terminal:
    """Run a command on a terminal that the test types on."""
    return Terminal(_build(namespace, command, arguments), namespace.cluster.environment, COLUMNS, LINES)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # Linux says so when the last writer has gone.
        return b""


def _build(namespace: Namespace, command: str, arguments: tuple[str, ...]) -> list[str]:
    return ["kubectl", "longshore", command, "--namespace", namespace.name, *arguments]
