"""Owns the options that several commands share, as kubectl has them, and the types of their values."""

import re
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any

import click

from longshore.cli.completers import CONTEXT, FILE, NAMESPACE
from longshore.cli.targets import Target
from longshore.cli.wishes import Making, Waiting

Function = Callable[..., Any]
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Duration(click.ParamType[int]):
    """Whole seconds, written as 90, 90s, 5m, 1h30m."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of seconds."""
        if isinstance(value, int):
            return value
        if re.fullmatch(r"\d+", value):
            return int(value)
        if not re.fullmatch(r"(\d+[smhd])+", value):
            self.fail(f"{value!r} is no duration; write 90s, 5m or 1h30m", param, ctx)
        return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", value))


class StepDuration(click.ParamType[tuple[str, int]]):
    """A step and how long it takes, written as build=30s."""

    name = "step duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """The step and a number of seconds."""
        step, is_assigned, text = value.rpartition("=")
        if not step or not is_assigned:
            self.fail(f"{value!r} is not of the form STEP=30s", param, ctx)
        return step, Duration().convert(text, param, ctx)


def gather(kind: type[Any], argument: str) -> Callable[[Function], Function]:
    """Hands a command the options that are fields of the dataclass `kind` as one `argument`."""

    def decorate(function: Function) -> Function:
        @wraps(function)
        def command(*arguments: Any, **values: Any) -> Any:
            picked = {field.name: values.pop(field.name) for field in fields(kind)}
            return function(*arguments, **values, **{argument: kind(**picked)})

        return command

    return decorate


def with_target(function: Function) -> Function:
    """Adds the options that say which cluster and namespace, as the argument `target`."""
    function = gather(Target, "target")(function)
    function = click.option("--kubeconfig", type=FILE, metavar="FILE", help="Path of the kubeconfig.")(function)
    function = click.option("--context", type=CONTEXT, metavar="NAME", help="Context of the kubeconfig.")(function)
    return click.option("-n", "--namespace", type=NAMESPACE, metavar="NAME", help="Namespace.")(function)


def with_selection(function: Function) -> Function:
    """Adds the options that say which of many Runs are meant, as kubectl has them."""
    function = click.option(
        "-l", "--selector", default="", metavar="LABELS", help="Only Runs with these labels, as a=b,c!=d."
    )(function)
    return click.option("-A", "--all-namespaces", is_flag=True, help="Runs of all namespaces.")(function)


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
