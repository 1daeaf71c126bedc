"""Owns tags as a table: which nodes and which Agents have each."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from longshore.cli.cluster.tags import Tag
from longshore.cli.views.screens import build_grid

MOST_NAMED = 5
"""How many nodes, or Agents, are named; the rest are counted."""


def build_tags(tags: Sequence[Tag]) -> Table:
    """A line for each tag."""
    table = build_grid()
    table.add_column("TAG", no_wrap=True)
    table.add_column("NODES", overflow="fold")
    table.add_column("AGENTS", overflow="fold")
    for tag in tags:
        nodes = Text("not known", "dim") if tag.nodes is None else _name(tag.nodes)
        table.add_row(tag.name, nodes, _name(tag.agents))
    return table


def _name(who: Sequence[str]) -> Text:
    if not who:
        return Text("none", "dim")
    more = f" +{len(who) - MOST_NAMED}" if len(who) > MOST_NAMED else ""
    return Text(", ".join(who[:MOST_NAMED]) + more)
