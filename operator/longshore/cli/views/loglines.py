"""Owns how lines of several steps are told apart: by the step's name before each, in its own colour."""

from collections.abc import Sequence

import click

from longshore.cli.views.styles import PALETTE
from longshore.names import get_step_name


def write_name(path: str, attempt: int, container: str) -> str:
    """What stands before a line: a later attempt is marked as `test#2`, a container as `test/database`."""
    return path + (f"#{attempt}" if attempt > 1 else "") + (f"/{container}" if container else "")


class Prefixes:
    """The beginnings of lines. A step has the same colour each time, whatever else is shown.

    `steps` are all of the Run, in order; `names` stand before the lines to come, as far as they are known.
    """

    def __init__(self, steps: Sequence[str], names: Sequence[str]) -> None:
        self._positions = {name: position for position, name in enumerate(steps)}
        self._width = max(map(len, names), default=0)

    def write(self, path: str, attempt: int, container: str, text: str) -> str:
        """The line with its beginning."""
        name = write_name(path, attempt, container)
        # What comes later may be longer; then the lines after it stand as far to the right.
        self._width = max(self._width, len(name))
        return click.style(f"{name:<{self._width}} │ ", fg=self._choose_colour(path)) + text

    def _choose_colour(self, path: str) -> str:
        index = path[len(get_step_name(path)) + 1 : -1]
        position = self._positions.get(get_step_name(path), 0) + int(index if index.isdecimal() else 0)
        return PALETTE[position % len(PALETTE)]
