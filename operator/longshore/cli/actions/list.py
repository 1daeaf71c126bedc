"""Owns `list`: Runs as a table, or as kubectl prints objects."""

import shutil
import sys
from collections.abc import Callable

import click

from longshore.cli.cluster.clusters import RUNS, Cluster, Object, Query, connect
from longshore.cli.cluster.runs import find_run, sort_latest
from longshore.cli.cluster.watches import Watch
from longshore.cli.terminal.clocks import get_now
from longshore.cli.views.objects import write_list, write_object
from longshore.cli.views.tables import COLUMNS, MESSAGE, NAMESPACE, WIDE, fit_table
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Listing

_TABLES = frozenset({"table", "wide"})


def list_runs(listing: Listing, target: Target) -> None:
    """Print Runs, the newest first; with `watch` go on with those that change."""
    cluster = connect(target)
    query, runs, version = _find(cluster, listing)
    if not runs and listing.output in _TABLES:
        place = "any namespace" if listing.all_namespaces else f"namespace {cluster.namespace!r}"
        click.echo(f"there is no run in {place}", err=True)
    if listing.output in {"json", "yaml"} and not listing.watch and len(listing.names) != 1:
        click.echo(write_list(runs, listing.output), nl=False)
    elif runs or listing.watch:
        write = _begin(listing, runs)
        click.echo("".join(map(write, runs)), nl=False)
        if listing.watch:
            for event in Watch(cluster, query, version=version).events():
                click.echo("" if event.is_gone else write(event.object), nl=False)


def _find(cluster: Cluster, listing: Listing) -> tuple[Query, list[Object], str]:
    """What is listed, as it is now, and where to watch on from. Raises NotFoundError."""
    if listing.names:
        runs = [find_run(cluster, name) for name in listing.names]
        query = Query(RUNS, cluster.namespace, fields=f"metadata.name={runs[0]['metadata']['name']}")
        return query, runs, str(runs[0]["metadata"]["resourceVersion"])
    query = Query(RUNS, None if listing.all_namespaces else cluster.namespace, labels=listing.selector)
    runs, version = cluster.list(query)
    return query, sort_latest(runs), version


def _begin(listing: Listing, runs: list[Object]) -> Callable[[Object], str]:
    """Print a table's header where there is one. Returns how a Run is written under it."""
    if listing.output not in _TABLES:
        return lambda run: write_object(run, listing.output)
    columns = [NAMESPACE] * listing.all_namespaces + [*COLUMNS, *WIDE * (listing.output == "wide"), MESSAGE]
    limit = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    table = fit_table(columns, runs, get_now(), limit)
    click.echo(table.write_header(), nl=False)
    return lambda run: table.write_row(run, get_now())
