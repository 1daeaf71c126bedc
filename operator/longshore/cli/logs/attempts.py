"""Owns which attempts of steps are meant, as far as a Run tells. Must not know where their logs are."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from longshore.cli.words.wishes import LogPart
from longshore.names import get_step_name

Attempt = tuple[str, int]
"""Path of a step, and the number."""


def list_attempts(run: Mapping[str, Any], paths: Iterable[str], part: LogPart) -> Iterator[Attempt]:
    """The attempts that are meant and may have a log: of each step the last, unless others are asked for."""
    steps = run.get("status", {}).get("steps", {})
    for path in paths:
        numbers = _choose(_find_last(steps.get(path, {})), part)
        yield from ((path, number) for number in numbers)


def explain_lack(step: Mapping[str, Any], part: LogPart) -> str:
    """Why a step has no such attempt as is asked for; empty where it has, or has none at all."""
    last = int(step.get("attempt", 0))
    if part.attempt is not None and 0 < last < part.attempt:
        return f"has no attempt {part.attempt}; the last is {last}"
    if part.previous and last == 1:
        return "has no attempt before the first"
    return ""


def list_since(
    run: Mapping[str, Any], step: str | None, first: Mapping[str, int], part: LogPart
) -> Iterator[Attempt]:
    """The attempts of a step, None: of all, from the `first` ones on, as by now the Run has made them."""
    for path, state in run.get("status", {}).get("steps", {}).items():
        if step in {None, path, get_step_name(path)}:
            numbers = range(first.get(path, 1), _find_last(state) + 1)
            yield from ((path, number) for number in numbers if part.attempt in {None, number})


def list_children(run: Mapping[str, Any], step: str | None, part: LogPart) -> Iterator[tuple[str, str]]:
    """The steps that are Runs of their own, with the names of these; none where an attempt is asked for."""
    if part.attempt is not None or part.previous:
        return
    for path, state in run.get("status", {}).get("steps", {}).items():
        if state.get("run") and step in {None, path, get_step_name(path)}:
            yield path, state["run"]


def _find_last(step: Mapping[str, Any]) -> int:
    """The number of the last attempt that may have a log; 0: there is none, as of a step that is no pod."""
    number = int(step.get("attempt", 0))
    has_begun = bool(step.get("pod")) and step.get("phase") != "Pending"
    return number if has_begun else number - 1 if step.get("phase") == "Pending" and number else 0


def _choose(last: int, part: LogPart) -> range:
    if part.all_attempts:
        return range(1, last + 1)
    if part.attempt is not None:
        return range(part.attempt, min(part.attempt, last) + 1)
    return range(max(last - part.previous, 1), last - part.previous + 1)
