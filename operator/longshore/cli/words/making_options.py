"""Owns the options of commands that make a Run: what it is made of, and what happens then."""

from functools import wraps
from typing import Any

import click

from longshore.cli.words.options import Duration, Function, gather
from longshore.cli.words.wishes import Making, Waiting


def with_making(function: Function) -> Function:
    """Adds the options that say what a Run is made of, and what happens then, as `making` and `waiting`."""

    @wraps(function)
    def command(*arguments: Any, making: Making, waiting: Waiting, **values: Any) -> Any:
        _check_making(making, waiting)
        return function(*arguments, making=making, waiting=waiting, **values)

    decorated = gather(Waiting, "waiting")(gather(Making, "making")(command))
    for option in reversed(_MAKING):
        decorated = option(decorated)
    return decorated


def with_agents(function: Function) -> Function:
    """Adds `--agents`, by which the Agents of the cluster are asked for the steps of a file."""
    help_ = "Ask the cluster which of its Agents could take each step, of a file too."
    return click.option("--agents", is_flag=True, help=help_)(function)


def _check_making(making: Making, waiting: Waiting) -> None:
    if waiting.timeout is not None and not (waiting.wait or waiting.watch):
        raise click.UsageError("--timeout goes with --wait or --watch")
    if making.name and making.generate_name:
        raise click.UsageError("give --name or --generate-name, not both")
    if making.dry_run != "none" and (waiting.wait or waiting.watch):
        raise click.UsageError("--dry-run makes nothing to wait for")


# As help lists them.
_MAKING = (
    click.option(
        "-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated."
    ),
    click.option("--name", help="Name of the Run."),
    click.option("--generate-name", metavar="PREFIX", help="Beginning of its name, in place of a name."),
    click.option("-w", "--watch", is_flag=True, help="Show its steps live until it ends; exit with its outcome."),
    click.option("--wait", is_flag=True, help="Wait until it ends; exit with its outcome."),
    click.option("--timeout", type=Duration(), help="Stop waiting after so long, with exit code 124."),
    click.option(
        "-o", "--output", type=click.Choice(["name", "json", "yaml"]), help="Print the Run that was made."
    ),
    click.option("-l", "--labels", default="", metavar="LABELS", help="Labels of the Run, as a=b,c=d."),
    click.option(
        "--dry-run",
        type=click.Choice(["none", "client", "server"]),
        default="none",
        is_flag=False,
        flag_value="client",
        help="Only print what would be made; server: have the cluster check it.",
    ),
)
