"""Owns single keys from the terminal, without Enter. Must not know what they mean."""

import os
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def take_keys() -> Iterator[Iterator[str]]:
    """The keys as they are typed; afterwards the terminal is as it was. Ctrl-C interrupts as ever."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    try:
        yield _read(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _read(terminal: int) -> Iterator[str]:
    while key := os.read(terminal, 1):
        yield key.decode(errors="replace")
