"""Owns what is said of the questions that a Run asks: the text, and the command that answers."""

import shlex
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from longshore.cli.views.styles import cut
from longshore.cli.words.questions import OpenQuestion, find_open_questions

MOST_QUESTIONS = 3
MOST_TEXT = 150
"""Characters: two lines of an ordinary terminal."""


def build_questions(run: dict[str, Any], flags: str) -> Iterator[Text]:
    """The lines of the first open questions; `flags` go after the command."""
    questions = find_open_questions(run)
    for question in questions[:MOST_QUESTIONS]:
        text = cut(" ".join(question.text.split()), MOST_TEXT)
        yield Text.assemble("  ", (question.id, "bold"), (" asks: ", "yellow"), text)
        yield Text.assemble(
            ("  next: ", "dim"), (write_answer(run, question, flags), "bold"), (" (or reject)", "dim")
        )
    if len(questions) > MOST_QUESTIONS:
        yield Text(f"  and {len(questions) - MOST_QUESTIONS} more questions", "dim")


def write_answer(run: dict[str, Any], question: OpenQuestion, flags: str) -> str:
    """The command that approves."""
    return f"kubectl longshore approve {run['metadata']['name']} {shlex.quote(question.id)}{flags}"
