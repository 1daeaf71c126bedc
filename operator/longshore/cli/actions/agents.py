"""Owns `agents`: those of a namespace as a table, or one with all that is known."""

import click

from longshore.cli.actions.overviews import Extent, Kind, say_place, show_overview
from longshore.cli.cluster.clusters import AGENTS, RUNS, Cluster, Query, connect
from longshore.cli.cluster.lookups import find_named, list_readable
from longshore.cli.reasons.agents import fill_agents, list_waiting
from longshore.cli.terminal.clocks import get_now
from longshore.cli.terminal.screens import build_console, show_descriptions
from longshore.cli.views.agents import describe_agent
from longshore.cli.views.objects import sort_by_name
from longshore.cli.views.pools import build_head, build_pool
from longshore.cli.words.targets import Target
from longshore.cli.words.wishes import Survey
from longshore.names import BUILT_IN_AGENT


def show_agents(survey: Survey, target: Target) -> None:
    """Show Agents: named ones in detail, else all as a table, live where that is wished."""
    cluster, is_wide = connect(target), survey.all_namespaces
    if survey.names:
        _describe(cluster, survey.names, target.flags)
        return
    console = build_console()
    kind = Kind(
        AGENTS,
        lambda agents: build_pool(fill_agents(agents, agents), console.width, with_namespace=is_wide),
        build_head,
        sort_by_name,
    )
    extent = Extent(None if is_wide else cluster.namespace, survey.selector, survey.watch)
    if not show_overview(cluster, console, kind, extent):
        place = say_place(cluster, all_namespaces=is_wide)
        click.echo(f"there is no agent in {place}; its first Run makes {BUILT_IN_AGENT!r}", err=True)


def _describe(cluster: Cluster, names: tuple[str, ...], flags: str) -> None:
    found = [find_named(cluster, AGENTS, "agent", name) for name in names]
    agents = fill_agents(found, list_readable(cluster, Query(AGENTS, cluster.namespace)))
    runs = list_readable(cluster, Query(RUNS, cluster.namespace))
    show_descriptions(describe_agent(agent, list_waiting(runs, agent), get_now(), flags) for agent in agents)
