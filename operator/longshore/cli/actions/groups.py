"""Owns `groups`: those of a namespace as a table, or one with all that is known."""

import click

from longshore.cli.actions.overviews import Extent, Kind, say_place, show_overview
from longshore.cli.cluster.clusters import CONCURRENCY_GROUPS, RUNS, Cluster, Query, connect
from longshore.cli.cluster.lookups import find_named, list_readable
from longshore.cli.reasons.groups import list_waiting
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.screens import build_console, show_descriptions
from longshore.cli.views.groups import build_groups, build_head, describe_group
from longshore.cli.views.objects import sort_by_name
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Survey


def show_groups(survey: Survey, target: Target) -> None:
    """Show ConcurrencyGroups: named ones in detail, else all as a table, live where that is wished."""
    cluster, is_wide = connect(target), survey.all_namespaces
    if survey.names:
        _describe(cluster, survey.names, target.flags)
        return
    kind = Kind(
        CONCURRENCY_GROUPS,
        lambda groups: build_groups(groups, get_now(), with_namespace=is_wide),
        build_head,
        sort_by_name,
    )
    extent = Extent(None if is_wide else cluster.namespace, survey.selector, survey.watch)
    if not show_overview(cluster, build_console(), kind, extent):
        click.echo(f"there is no concurrency group in {say_place(cluster, all_namespaces=is_wide)}", err=True)


def _describe(cluster: Cluster, names: tuple[str, ...], flags: str) -> None:
    groups = [find_named(cluster, CONCURRENCY_GROUPS, "concurrency group", name) for name in names]
    runs = list_readable(cluster, Query(RUNS, cluster.namespace))
    show_descriptions(
        describe_group(group, list_waiting(runs, group["metadata"]["name"]), get_now(), flags) for group in groups
    )
