"""Owns `artifacts` as people type it."""

import click

from longshore.cli.words.completers import ARTIFACT, RUN, STEP
from longshore.cli.words.options import gather, hand_down, with_target
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Fetching

FORMATS = ("table", "wide", "name", "json", "yaml")
ATTEMPT = click.option(
    "--attempt", type=click.IntRange(1), metavar="N", help="Of this attempt in place of the last that has it."
)


@click.group("artifacts", subcommand_metavar="COMMAND [ARGUMENTS]...", options_metavar="")
@with_target
@click.pass_context
def command(ctx: click.Context, target: Target) -> None:
    """List, fetch and open what steps left.

    Steps declare them as `artifacts`. The archive of the namespace has them, also when pods are gone.
    """
    hand_down(ctx, target, command.commands)


@command.command("list")
@click.argument("run", type=RUN, required=False)
@click.argument("step", type=STEP, required=False)
@click.option(
    "-o", "--output", default="table", type=click.Choice(FORMATS), metavar="FORMAT",
    help="table, wide, name, json or yaml.",
)  # fmt: skip
@with_target
def list_command(run: str | None, step: str | None, *, output: str, target: Target) -> int:
    """List the artifacts of a Run, of all steps or of one.

    Without a name it is the latest Run of the namespace.
    """
    from longshore.cli.actions.artifacts import list_artifacts

    return list_artifacts(run, step, output, target)


@command.command("get")
@click.argument("run", type=RUN)
@click.argument("artifact", type=ARTIFACT, metavar="[STEP/]NAME")
@click.option("-o", "--output", metavar="FILE|DIR|-", help="Where to; -: standard output. Else it is here.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@ATTEMPT
@with_target
@gather(Fetching, "fetching")
def get_command(run: str, artifact: str, *, fetching: Fetching, target: Target) -> None:
    """Fetch artifacts of a Run.

    A file is compared with its sha256, and is there whole or not at all; the same command takes up what was broken
    off. A folder is unpacked, or stays packed where FILE ends with .tar.gz. Several files of one name need a DIR.
    """
    from longshore.cli.actions.artifacts import get_artifacts

    get_artifacts(run, artifact, fetching, target)


@command.command("open")
@click.argument("run", type=RUN)
@click.argument("artifact", type=ARTIFACT, metavar="[STEP/]NAME")
@ATTEMPT
@with_target
def open_command(run: str, artifact: str, *, attempt: int | None, target: Target) -> int:
    """Show an artifact as this desktop does, HTML in a browser.

    It is fetched into a temporary directory first; of a folder its index.html is shown.
    """
    from longshore.cli.actions.artifacts import open_artifact

    return open_artifact(run, artifact, attempt, target)
