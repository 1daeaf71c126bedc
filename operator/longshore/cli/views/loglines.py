"""Owns how lines of several steps are told apart: by the step's name before each, in its own colour."""

from collections.abc import Sequence

import click

from longshore.cli.views.styles import PALETTE


class Prefixes:
    """The beginnings of lines; none where all lines are of one step.

    Items of a fan-out that is followed from before it has any are not among its `paths`.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._width = max(map(len, paths), default=0)
        self._colours = {path: PALETTE[index % len(PALETTE)] for index, path in enumerate(paths)}
        self._is_needed = len(paths) > 1

    def write(self, path: str, attempt: int, text: str) -> str:
        """The line with its beginning; a later attempt is marked as in `test#2`."""
        if not self._is_needed and path in self._colours:
            return text
        name = path if attempt == 1 else f"{path}#{attempt}"
        return click.style(f"{name:<{self._width}} │ ", fg=self._colours.get(path, "white")) + text
