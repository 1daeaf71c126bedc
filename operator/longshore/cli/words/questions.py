"""Owns which questions of a Run are open, and which of them is meant. Must not answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.suggestions import suggest

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that a step waits for, and the answers so far."""

    id: str
    step: str
    """Path of the step that asks."""
    text: str
    answers: dict[str, str]
    """By user."""

    def __str__(self) -> str:
        """As it is listed, in one line."""
        return f"{self.id} ({' '.join(self.text.split())})"


def find_open_questions(run: Object) -> list[OpenQuestion]:
    """The questions that wait for an answer, by their ids."""
    return sorted(_find(run), key=lambda question: question.id)


def choose_question(run: Object, name: str | None) -> OpenQuestion:
    """The open question of this id or step, or the only one. Raises MistakeError, with what there is."""
    run_name, questions = run["metadata"]["name"], find_open_questions(run)
    if not questions:
        raise MistakeError(f"run {run_name!r} asks nothing at present")
    chosen = [question for question in questions if name in {None, question.id, question.step}]
    if len(chosen) == 1:
        return chosen[0]
    asked = "; ".join(map(str, questions))
    if chosen:
        raise MistakeError(f"run {run_name!r} asks {len(chosen)} questions; name one of: {asked}")
    hint = suggest(name or "", [question.id for question in questions]) or f"; there are: {asked}"
    raise MistakeError(f"run {run_name!r} does not ask {name!r}{hint}")


def _find(run: Object) -> Iterator[OpenQuestion]:
    """A step that is tried again asks anew, under an id that counts on: only the last one is open."""
    status = run.get("status", {})
    asked: dict[str, str] = {}
    for name in sorted(status.get("questions", {}), key=lambda name: (len(name), name)):
        asked[status["questions"][name]["step"]] = name
    for step, name in asked.items():
        if status.get("steps", {}).get(step, {}).get("reason") == "AwaitingInput":
            answers = run["spec"].get("answers", {}).get(name, {})
            yield OpenQuestion(name, step, status["questions"][name]["text"], answers)
