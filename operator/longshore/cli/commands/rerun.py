"""Owns `rerun` as people type it."""

import click

from longshore.cli.words.completers import RUN, STEP
from longshore.cli.words.making_options import with_making
from longshore.cli.words.options import gather, with_target
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Beginning, Making, Waiting


@click.command("rerun")
@click.argument("run", type=RUN)
@click.option(
    "--from",
    "place",
    type=click.Choice(["failed", "all", "step"], case_sensitive=False),
    help="Where to begin; absent: at what failed.",
)
@click.option("--step", type=STEP, metavar="STEP", help="Begin at this step: it and all after it run again.")
@with_making
@with_target
@gather(Beginning, "beginning")
def command(run: str, beginning: Beginning, making: Making, waiting: Waiting, target: Target) -> int:
    """Make another go at a Run that has ended.

    It is a new Run of the same Workflow as that is now, with the same parameters; those of -p come before them.
    Steps that succeeded are not run again, and later ones read the outputs that they had; but those run that
    were changed, and all that need what runs. With --from all everything runs.
    """
    if (beginning.choice == "Step") != (beginning.step is not None):
        raise click.UsageError("--from step and --step go together; --step alone will do")
    from longshore.cli.actions.rerun import rerun

    return rerun(run, beginning, making, waiting, target)
