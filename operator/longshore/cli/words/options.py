"""Owns the options that several commands share, as kubectl has them, and the types of their values."""

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from functools import wraps
from typing import Any

import click

from longshore.cli.words.completers import CONTEXT, FILE, NAMESPACE
from longshore.cli.words.targets import Target

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


def hand_down(ctx: click.Context, target: Target, commands: Iterable[str]) -> None:
    """Have commands of a command take over where it is pointed at, unless they are told otherwise."""
    given = {name: value for name, value in asdict(target).items() if value}
    ctx.default_map = dict.fromkeys(commands, given)
