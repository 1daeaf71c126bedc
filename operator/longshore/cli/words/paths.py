"""Owns which steps and items of a Run are meant by what people type. Must not know what is done with them."""

from typing import Any

from longshore.cli.views.fanouts import is_item
from longshore.cli.views.rows import list_paths
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.suggestions import suggest
from longshore.names import get_step_name


def choose_paths(run: dict[str, Any], step: str | None) -> list[str]:
    """The steps and items that are meant, in the order of the tree; None: all. Raises MistakeError for none.

    The entry of a fan-out that has items is left out: they have the pods.
    """
    everything = list_paths(run)
    fanned_out = {get_step_name(path) for path in everything if is_item(path)}
    paths = [path for path in everything if path not in fanned_out]
    if step is None:
        return paths
    chosen = [path for path in paths if step in {path, get_step_name(path)}]
    if not chosen:
        hint = suggest(step, paths) or f"; there are: {', '.join(paths) or 'none'}"
        raise MistakeError(f"run {run['metadata']['name']!r} has no step {step!r}{hint}")
    return chosen
