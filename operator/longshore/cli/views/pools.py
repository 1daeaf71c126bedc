"""Owns Agents as a table: whether they take steps, how full they are, what runs there."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from longshore.cli.reasons.agents import find_condition, is_ready
from longshore.cli.views.screens import build_grid

Object = dict[str, Any]
_FACTS = ("AGENT", "READY", "LOAD", "QUEUED", "NODES")
_LISTS = ("TAGS", "CREDENTIALS", "RUNS NOW")
"""Of these a column is left out where no Agent has any; they alone are cut where it is narrow."""
_WIDE = frozenset({"TAGS", "CREDENTIALS"})
LEAST_WIDTH = 72
"""Where a terminal is narrower, what an Agent has gives way to what it does."""
MOST_NAMED = 3
"""How many of the steps that run are named; how many there are the load says."""


def build_pool(agents: Sequence[Object], width: int, *, with_namespace: bool) -> Table:
    """A line for each Agent, on a terminal of so many columns."""
    lists = [_list_lists(agent) for agent in agents]
    kept = [
        header
        for header in _LISTS
        if any(found[header] for found in lists) and (width >= LEAST_WIDTH or header not in _WIDE)
    ]
    table = build_grid()
    if with_namespace:
        table.add_column("NAMESPACE", no_wrap=True, overflow="ellipsis", max_width=20)
    for header in _FACTS:
        table.add_column(header, no_wrap=True, overflow="ellipsis", max_width=24)
    for header in kept:
        table.add_column(header, overflow="ellipsis", min_width=len(header), max_width=60)
    for agent, found in zip(agents, lists, strict=True):
        place = [agent["metadata"]["namespace"]] * with_namespace
        cells = [Text(found[header], no_wrap=True, overflow="ellipsis") for header in kept]
        table.add_row(*place, *_list_facts(agent), *cells)
    return table


def build_head(agents: Sequence[Object]) -> Text:
    """How many Agents there are, how many of them take steps, and how many steps run there."""
    ready = sum(map(is_ready, agents))
    active = sum(agent.get("status", {}).get("active", 0) for agent in agents)
    return Text.assemble((f"{len(agents)} agents", "bold"), f": {ready} ready, {active} steps run")


def write_readiness(agent: Object) -> Text:
    """Whether an Agent takes steps, else why not, in a word."""
    condition = find_condition(agent)
    if condition is None:
        return Text("not seen", "dim")
    if condition["status"] == "True":
        return Text("Ready", "green")
    # What people want so is no trouble.
    is_wished = not agent["spec"].get("enabled", True) or agent["spec"].get("drain", False)
    return Text(condition["reason"], "yellow" if is_wished else "red")


def write_load(agent: Object) -> str:
    """How many steps run, of how many at once."""
    status, capacity = agent.get("status", {}), agent["spec"].get("capacity")
    return status.get("load") or f"{status.get('active', 0)}{'' if capacity is None else f'/{capacity}'}"


def _list_facts(agent: Object) -> Iterator[str | Text]:
    status = agent.get("status", {})
    yield agent["metadata"]["name"]
    yield write_readiness(agent)
    yield write_load(agent)
    yield str(status.get("queued", 0))
    yield status.get("readyNodes", "")


def _list_lists(agent: Object) -> dict[str, str]:
    spec, status = agent["spec"], agent.get("status", {})
    current = [f"{step['run']}/{step['step']}" for step in status.get("current", ())]
    more = ", …" if len(current) > MOST_NAMED else ""
    return {
        "TAGS": ",".join(spec.get("tags", ())),
        "CREDENTIALS": ",".join(credential["name"] for credential in spec.get("credentials", ())),
        "RUNS NOW": f"{', '.join(current[:MOST_NAMED])}{more}",
    }
