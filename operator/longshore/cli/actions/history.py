"""Owns `history`: Runs that have ended, also those that the cluster has no more."""

import shutil
import sys
from datetime import timedelta
from itertools import islice

import click

from longshore.cli.archives.clients import open_archive
from longshore.cli.archives.runs import list_archived
from longshore.cli.cluster.clusters import Object, connect
from longshore.cli.terminal.clocks import get_now
from longshore.cli.views.objects import write_value
from longshore.cli.views.pasts import COLUMNS, MESSAGE, WIDE
from longshore.cli.views.tables import fit_table
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Recalling
from longshore.names import GROUP
from longshore.planning.times import parse_time, write_time


def show_history(recalling: Recalling, target: Target) -> None:
    """Print Runs of the past, the newest first."""
    cluster = connect(target)
    with open_archive(cluster, target) as archive:
        past = (run for run in list_archived(archive, _build_filter(recalling)) if _is_past(run))
        runs = list(islice(past, recalling.limit or None))
    if recalling.output in {"json", "yaml"}:
        click.echo(write_value({"items": runs}, recalling.output), nl=False)
    elif recalling.output == "name":
        click.echo("".join(f"run.{GROUP}/{run['name']}\n" for run in runs), nl=False)
    elif runs:
        _print_table(runs, is_wide=recalling.output == "wide")
    else:
        click.echo(f"no such run of namespace {cluster.namespace!r} is in its archive", err=True)


def _build_filter(recalling: Recalling) -> dict[str, str]:
    """What the archive is to leave out."""
    since = recalling.since
    wanted = {
        "phase": recalling.phase,
        "workflow": recalling.workflow,
        "since": None if since is None else write_time(parse_time(get_now()) - timedelta(seconds=since)),
    }
    return {name: value for name, value in wanted.items() if value}


def _is_past(run: Object) -> bool:
    return bool(run.get("finished") or run.get("deleted"))


def _print_table(runs: list[Object], *, is_wide: bool) -> None:
    now = get_now()
    limit = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    table = fit_table([*COLUMNS, *WIDE * is_wide, MESSAGE], runs, now, limit)
    click.echo(table.write_header() + "".join(table.write_row(run, now) for run in runs), nl=False)
