"""Owns `approve` and `reject`: a person's answer to a question of a Run, under that person's own name."""

import click

from longshore.cli.cluster.clusters import RUNS, Cluster, Object, connect
from longshore.cli.cluster.runs import find_run
from longshore.cli.views.objects import get_full_name, write_object
from longshore.cli.words.mistakes import MistakeError
from longshore.cli.words.questions import OpenQuestion, choose_question
from longshore.cli.words.targets import Target
from longshore.planning.steps.questions import APPROVE, REJECT


def approve(name: str, question: str | None, output: str | None, target: Target) -> None:
    """Approve what a Run asks. Raises MistakeError where it is not clear what is meant."""
    _answer(name, question, APPROVE, output, connect(target))


def reject(name: str, question: str | None, reason: str | None, output: str | None, target: Target) -> None:
    """Reject what a Run asks. Raises MistakeError where it is not clear what is meant."""
    _answer(name, question, f"{REJECT}: {reason}" if reason else REJECT, output, connect(target))


def send_answer(cluster: Cluster, run: Object, question: OpenQuestion, signed: tuple[str, str]) -> Object:
    """The Run with an answer (user, text), which may be there. Raises MistakeError for a change of mind."""
    user, answer = signed
    given = question.answers.get(user)
    if given is None:
        return cluster.patch(RUNS, run["metadata"]["name"], {"spec": {"answers": {question.id: {user: answer}}}})
    if given != answer:
        raise MistakeError(f"{user} has answered {question.id!r} already: {given}; an answer can't be changed")
    return run


def _answer(name: str, wanted: str | None, answer: str, output: str | None, cluster: Cluster) -> None:
    run = find_run(cluster, name)
    question, user = choose_question(run, wanted), cluster.get_user()
    run = send_answer(cluster, run, question, (user, answer))
    done = "approved" if answer == APPROVE else "rejected"
    said = f"{get_full_name(run)} {question.id} {done} by {user}\n"
    click.echo(write_object(run, output) if output else said, nl=False)
