"""Owns `submit` as people type it."""

import click

from longshore.cli.words.completers import FILE, SOURCE
from longshore.cli.words.making_options import with_making
from longshore.cli.words.options import with_target
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Making, Waiting


@click.command("submit")
@click.argument("source", type=SOURCE, metavar="FILE|WORKFLOW|-")
@with_making
@click.option(
    "--params-file", type=FILE, metavar="FILE", help="Make a Run for each row of CSV or JSON lines; - is stdin."
)
@with_target
def command(source: str, *, params_file: str | None, making: Making, waiting: Waiting, target: Target) -> int:
    """Run a Workflow, or a file that holds a Workflow or a Run.

    A Workflow's name makes a Run of the Workflow in the cluster. A file with a Run makes that Run, a file with a
    Workflow a Run of it. Such a Run carries the spec of the Workflow in the file: what runs is what the file says,
    and nothing else is left in the cluster, so that one can try a Workflow out before `kubectl apply`.
    All is checked as by `lint` before anything is sent.

    Values of -p are of the type that the Workflow declares; lists and objects are written as JSON.

    With --params-file it is a batch: CSV with the parameters' names in its first line, or a JSON object a line.
    All rows are checked before the first Run is made. The Runs have label longshore.dev/batch; with --name NAME
    they are NAME-1, NAME-2, ..., and the same command again makes those that are missing.
    """
    if params_file is not None:
        from longshore.cli.actions.batches import submit_batch

        return submit_batch(source, params_file, making, waiting, target)
    from longshore.cli.actions.submit import submit

    return submit(source, making, waiting, target)
