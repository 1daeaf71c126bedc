"""Owns the making of one Run: what is said of it, and the wait for its end. Must not decide what is run."""

import sys

import click

from longshore.cli.cluster.clusters import Cluster, Object
from longshore.cli.cluster.runs import follow_run
from longshore.cli.making.makers import create_run
from longshore.cli.terminal.outcomes import show_outcome, watch_outcome
from longshore.cli.terminal.screens import build_console
from longshore.cli.views.objects import write_made
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Making, Waiting
from longshore.errors import AlreadyExistsError


def make_run(cluster: Cluster, run: Object, making: Making, waiting: Waiting, target: Target) -> int:
    """Make a Run, and wait for it where that is wished. Returns 0, or its outcome as the exit code."""
    made = _create(cluster, run, making)
    click.echo(write_made(made, making.dry_run, waiting.output), nl=False)
    if making.dry_run != "none":
        return 0
    if waiting.watch or waiting.wait:
        return _await(cluster, made, waiting, target)
    if waiting.output is None and sys.stdout.isatty():
        click.echo(f"next: kubectl longshore watch {made['metadata']['name']}{target.flags}", err=True)
    return 0


def _create(cluster: Cluster, run: Object, making: Making) -> Object:
    try:
        return create_run(cluster, run, making.dry_run)
    except AlreadyExistsError as error:
        prefix = f"{run['metadata'].get('name', 'run')}-"
        raise AlreadyExistsError(f"{error}; add --generate-name {prefix} for another one") from error


def _await(cluster: Cluster, run: Object, waiting: Waiting, target: Target) -> int:
    """Wait for the end. With -o stdout holds the object alone, so the rest goes to stderr."""
    console = build_console(stderr=waiting.output is not None)
    runs = follow_run(cluster, run, waiting.timeout)
    try:
        if waiting.watch:
            return watch_outcome(console, cluster, runs, target.flags)
        return show_outcome(console, cluster, list(runs)[-1], target.flags)
    except KeyboardInterrupt:
        cancel = f"kubectl longshore cancel {run['metadata']['name']}{target.flags}"
        click.echo(f"the run goes on; to end it: {cancel}", err=True)
        raise
