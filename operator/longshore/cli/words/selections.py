"""Owns the options by which Runs are selected, and printed once they are changed, as kubectl has them."""

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any

import click

from longshore.cli.words.completers import RUN
from longshore.cli.words.options import Function
from longshore.cli.words.wishes import Selection, Survey


def select_from(kind: str) -> Callable[[Function], Function]:
    """Adds the options that say which of many objects of a kind are meant; `kind` is its plural."""

    def decorate(function: Function) -> Function:
        labels = f"Only {kind} with these labels, as a=b,c!=d."
        function = click.option("-l", "--selector", default="", metavar="LABELS", help=labels)(function)
        return click.option("-A", "--all-namespaces", is_flag=True, help=f"{kind} of all namespaces.")(function)

    return decorate


with_selection = select_from("Runs")


def with_runs(function: Function) -> Function:
    """Adds Runs by name, or else by -l or --all, that are to be changed, as the argument `selection`."""

    @wraps(function)
    def command(*arguments: Any, **values: Any) -> Any:
        selection = Selection(**{field.name: values.pop(field.name) for field in fields(Selection)})
        check_selection(selection)
        return function(*arguments, selection=selection, **values)

    decorated = with_selection(command)
    decorated = click.option("--all", "everything", is_flag=True, help="All Runs that have not ended.")(decorated)
    return click.argument("names", type=RUN, nargs=-1, metavar="[RUN]...")(decorated)


def with_output(function: Function) -> Function:
    """Adds `-o`, by which what was changed is printed in place of a line about it."""
    help_ = "Print the object: name, json or yaml."
    return click.option("-o", "--output", type=click.Choice(["name", "json", "yaml"]), help=help_)(function)


def check_selection(selection: Selection) -> None:
    """Raises UsageError where it is not clear which Runs are meant, as kubectl does."""
    is_any = bool(selection.selector) or selection.everything
    if not selection.names and not is_any:
        raise click.UsageError("name a RUN, or select some by -l or --all")
    if selection.names and (is_any or selection.all_namespaces):
        raise click.UsageError("Runs are named, or selected by -l, --all and -A, not both")


def with_watch(function: Function) -> Function:
    """Adds `-w`, by which a table is kept up to date."""
    help_ = "Keep the table up to date until q or Ctrl-C; without a terminal it is printed once."
    return click.option("-w", "--watch", is_flag=True, help=help_)(function)


def check_survey(survey: Survey, kind: str) -> None:
    """Raises UsageError where named objects are to be selected, or watched as a table."""
    if survey.names and (survey.selector or survey.all_namespaces):
        raise click.UsageError(f"{kind} are named, or selected by -l and -A, not both")
    if survey.names and survey.watch:
        raise click.UsageError(f"--watch shows all {kind}, as a table")
