"""A terminal that a test sits at: it types, waits for what is painted, changes the window's size."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Self

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HOME = "\x1b[H"
"""How a program that has the whole screen begins to paint it."""


def build_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a program on a terminal: its size is the window's, whatever a test runner has exported."""
    own = {name: value for name, value in environment.items() if name not in {"COLUMNS", "LINES"}}
    return {**own, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


class Terminal:
    """A program on a terminal of some columns and lines; ends with the `with` block."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], columns: int, lines: int) -> None:
        self._master, slave = pty.openpty()
        self.resize(columns, lines)
        self._process = subprocess.Popen(
            command,
            env=build_environment(environment),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            # So that Ctrl-C reaches it, and a change of size.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - tests have no threads
        )
        os.close(slave)
        self._painted = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        os.close(self._master)

    @property
    def screen(self) -> str:
        """What was painted last, from the top, without colours."""
        return CONTROL.sub("", self._painted.rpartition(HOME)[2]).replace("\r", "")

    def wait_for(self, holds: Callable[[str], object], seconds: float = 120) -> str:
        """The screen, once a condition holds for it. Raises AssertionError after some seconds."""
        end = time.monotonic() + seconds
        while not holds(self.screen):
            ready, _, _ = select.select([self._master], [], [], max(0, end - time.monotonic()))
            assert ready, f"not in {seconds} s on the screen:\n{self.screen}"
            self._painted += os.read(self._master, 65536).decode(errors="replace")
        return self.screen

    def type(self, keys: str) -> None:
        """Type keys, such as q; Ctrl-C is the character 3."""
        os.write(self._master, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def has_echo(self) -> bool:
        """Whether the terminal shows what is typed, as it does when no program has changed that."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    def finish(self, seconds: float = 60) -> int:
        """The exit code, once the program has ended by itself."""
        end = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < end:
            # What is not read may hold the program up.
            if select.select([self._master], [], [], 0.05)[0]:
                with suppress(OSError):
                    self._painted += os.read(self._master, 65536).decode(errors="replace")
        return self._process.wait(1)
