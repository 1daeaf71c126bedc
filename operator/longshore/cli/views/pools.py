"""Owns Agents as a table: whether they take steps, how full they are, what runs there."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from longshore.cli.reasons.agents import find_condition, is_ready
from longshore.cli.views.screens import build_grid

Object = dict[str, Any]
_FACTS = ("NAMESPACE", "AGENT", "READY", "LOAD", "QUEUED", "NODES")
_LISTS = ("TAGS", "CREDS", "RUNS NOW")
"""Of these a column is left out where no Agent has any; they alone are cut where it is narrow."""
_SPARED = ("CREDS", "TAGS")
"""Which of them give way first, so that there is room for what runs."""
LEAST_ROOM = 16
"""Characters for what runs."""
MOST_NAMED = 3
"""How many of the steps that run are named; how many there are the load says."""
WIDEST = 24
_GAP = 2


def build_pool(agents: Sequence[Object], width: int, *, with_namespace: bool) -> Table:
    """A line for each Agent, on a terminal of so many columns."""
    shown = [_list_cells(agent) for agent in agents]
    facts = _FACTS if with_namespace else _FACTS[1:]
    kept = _choose_lists(shown, facts, width)
    table = build_grid()
    for header in facts:
        table.add_column(header, no_wrap=True, overflow="ellipsis", max_width=WIDEST)
    for header in kept:
        table.add_column(header, overflow="ellipsis", min_width=len(header), max_width=60)
    for agent, cells in zip(agents, shown, strict=True):
        row = {header: Text(cell, no_wrap=True, overflow="ellipsis") for header, cell in cells.items()}
        row["READY"] = write_readiness(agent)
        table.add_row(*(row[header] for header in (*facts, *kept)))
    return table


def _choose_lists(shown: Sequence[Mapping[str, str]], facts: Sequence[str], width: int) -> list[str]:
    """The columns that there is something in and room for."""
    kept = [header for header in _LISTS if any(cells[header] for cells in shown)]
    spans = {
        header: min(WIDEST, max([len(header), *(len(cells[header]) for cells in shown)])) + _GAP
        for header in (*facts, *kept)
    }
    for header in _SPARED:
        taken = sum(spans[other] for other in (*facts, *kept) if other != "RUNS NOW")
        if header in kept and taken + LEAST_ROOM > width:
            kept.remove(header)
    return kept


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


def _list_cells(agent: Object) -> dict[str, str]:
    metadata, spec, status = agent["metadata"], agent["spec"], agent.get("status", {})
    current = [f"{step['run']}/{step['step']}" for step in status.get("current", ())]
    more = ", …" if len(current) > MOST_NAMED else ""
    return {
        "NAMESPACE": metadata["namespace"],
        "AGENT": metadata["name"],
        "READY": write_readiness(agent).plain,
        "LOAD": write_load(agent),
        "QUEUED": str(status.get("queued", 0)),
        "NODES": status.get("readyNodes", ""),
        "TAGS": ",".join(spec.get("tags", ())),
        "CREDS": ",".join(credential["name"] for credential in spec.get("credentials", ())),
        "RUNS NOW": f"{', '.join(current[:MOST_NAMED])}{more}",
    }
