"""Owns ConcurrencyGroups: as a table of who holds them, and each with all that is known."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from longshore.cli.reasons.agents import Waiting
from longshore.cli.reasons.groups import advise, describe_state, list_holders, name_holder
from longshore.cli.views.facts import write_fact, write_facts
from longshore.cli.views.lists import write_rows, write_waiting
from longshore.cli.views.screens import build_grid
from longshore.cli.views.styles import write_span

Object = dict[str, Any]
MOST_NAMED = 2
"""How many holders the table names; the rest are counted."""
_WHEN_FULL = {
    "Queue": "who comes waits",
    "Replace": "who comes replaces the oldest holder",
    "ReplaceQueued": "who comes replaces those that wait",
    "Reject": "who comes is rejected",
}


def build_groups(groups: Sequence[Object], now: str, *, with_namespace: bool) -> Table:
    """A line for each group."""
    table = build_grid()
    if with_namespace:
        table.add_column("NAMESPACE", no_wrap=True, overflow="ellipsis", max_width=20)
    table.add_column("GROUP", no_wrap=True, overflow="ellipsis", max_width=24)
    for header in ("LIMIT", "HELD", "QUEUED"):
        table.add_column(header, no_wrap=True)
    # Only these give way where it is narrow.
    table.add_column("STATE", overflow="ellipsis", min_width=8, max_width=32)
    table.add_column("HELD BY", overflow="ellipsis", min_width=8)
    for group in groups:
        place = [group["metadata"]["namespace"]] * with_namespace
        table.add_row(*place, *_list_cells(group, now))
    return table


def build_head(groups: Sequence[Object]) -> Text:
    """How many groups there are, and how many wait for them."""
    queued = sum(group.get("status", {}).get("queued", 0) for group in groups)
    return Text.assemble((f"{len(groups)} groups", "bold"), f": {queued} wait")


def describe_group(group: Object, waiting: Sequence[Waiting], now: str, flags: str = "") -> Iterator[str]:
    """The lines of a group; `waiting` are those that wait for it, `flags` go into the next commands."""
    metadata, spec, holders = group["metadata"], group["spec"], list_holders(group)
    when_full = spec.get("whenFull", "Queue")
    has_keys = any(holder.get("key") for holder in holders)
    yield from write_facts({
        "Name": metadata["name"],
        "Namespace": metadata["namespace"],
        "Limit": f"{spec['limit']}{' for each key' if has_keys else ''}",
        "Order": spec.get("order", "FIFO"),
        "When Full": f"{when_full}: {_WHEN_FULL[when_full]}",
        "State": describe_state(group),
        "Queued": str(group.get("status", {}).get("queued", 0)),
        "Created": metadata.get("creationTimestamp"),
    })  # fmt: skip
    yield from write_rows(
        "Held By",
        ("RUN", "STEP", "ATTEMPT", "KEY", "FOR"),
        [_list_holder(holder, now) for holder in holders],
    )
    yield from write_waiting(waiting, now)
    if not spec["limit"]:
        yield from write_fact("To Go On", advise(group, flags))


def _list_holder(holder: Object, now: str) -> tuple[str, ...]:
    attempt = str(holder["attempt"]) if holder.get("attempt") else ""
    span = write_span(holder["since"], None, now)
    return holder["run"], holder.get("step") or "(whole)", attempt, holder.get("key", ""), span


def _list_cells(group: Object, now: str) -> Iterator[str | Text]:
    status, state = group.get("status", {}), describe_state(group)
    yield group["metadata"]["name"]
    yield str(group["spec"]["limit"])
    yield str(len(list_holders(group)))
    yield str(status.get("queued", 0))
    colour = "yellow" if state.startswith(("full", "paused")) else "green"
    yield Text(state, colour, no_wrap=True, overflow="ellipsis")
    yield Text(_name_holders(group, now), no_wrap=True, overflow="ellipsis")


def _name_holders(group: Object, now: str) -> str:
    holders = list_holders(group)
    named = [f"{name_holder(holder)} {write_span(holder['since'], None, now)}" for holder in holders[:MOST_NAMED]]
    more = f" +{len(holders) - MOST_NAMED}" if len(holders) > MOST_NAMED else ""
    return ", ".join(named) + more
