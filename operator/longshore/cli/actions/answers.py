"""Owns `approve` and `reject`: a person's answer to a question of a Run, under that person's own name."""

import click

from longshore.cli.clusters import RUNS, Cluster, connect
from longshore.cli.mistakes import MistakeError
from longshore.cli.questions import OpenQuestion, choose_question
from longshore.cli.runs import find_run
from longshore.cli.views.objects import get_full_name
from longshore.cli.wishes import Target
from longshore.planning.questions import APPROVE, REJECT


def approve(name: str, question: str | None, target: Target) -> None:
    """Approve what a Run asks. Raises MistakeError where it is not clear what is meant."""
    _answer(name, question, APPROVE, target)


def reject(name: str, question: str | None, reason: str | None, target: Target) -> None:
    """Reject what a Run asks. Raises MistakeError where it is not clear what is meant."""
    _answer(name, question, f"{REJECT}: {reason}" if reason else REJECT, target)


def _answer(name: str, wanted: str | None, answer: str, target: Target) -> None:
    cluster = connect(target)
    run = find_run(cluster, name)
    question = choose_question(run, wanted)
    user = cluster.get_user()
    send_answer(cluster, run["metadata"]["name"], question, (user, answer))
    done = "approved" if answer == APPROVE else "rejected"
    click.echo(f"{get_full_name(run)} {question.id} {done} by {user}")


def send_answer(cluster: Cluster, run: str, question: OpenQuestion, signed: tuple[str, str]) -> None:
    """Put an answer (user, text) into the Run, unless it is there. Raises MistakeError for a change of mind."""
    user, answer = signed
    given = question.answers.get(user)
    if given is None:
        cluster.patch(RUNS, run, {"spec": {"answers": {question.id: {user: answer}}}})
    elif given != answer:
        raise MistakeError(f"{user} has answered {question.id!r} already: {given}; an answer can't be changed")
