"""Owns `reject` as people type it."""

import click

from longshore.cli.words.completers import QUESTION, RUN
from longshore.cli.words.options import with_target
from longshore.cli.words.selections import with_output
from longshore.cli.words.targets import Target


@click.command("reject")
@click.argument("run", type=RUN)
@click.argument("question", type=QUESTION, required=False)
@click.option("--reason", metavar="TEXT", help="Why; it becomes the step's message.")
@with_output
@with_target
def command(run: str, question: str | None, *, reason: str | None, output: str | None, target: Target) -> None:
    """Reject what a Run asks.

    The step that asks then fails, whoever else has approved. QUESTION is its id or step, as `tree` shows it; where
    only one is open it need not be named. The answer is given under your own name and can't be changed.
    """
    from longshore.cli.actions.answers import reject

    reject(run, question, reason, output, target)
