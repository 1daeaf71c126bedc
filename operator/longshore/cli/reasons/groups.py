"""Owns what ConcurrencyGroups are to those who wait: full or paused, held by whom, in whose way.

Pure functions of objects. Must not ask a cluster, or decide who goes next.
"""

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from longshore.api.workflows import WorkflowSpec
from longshore.cli.reasons.agents import Waiting
from longshore.names import get_step_name
from longshore.planning.acceptance.acceptance import parse_workflow
from longshore.planning.acceptance.graphs import build_graph
from longshore.planning.times import parse_time, write_duration

Object = dict[str, Any]
AWAITING = "AwaitingGroup"
MOST_NAMED = 3
"""How many holders a sentence names."""
_KEY = re.compile(r"\d+ held for key (.+?)(?:; |$)")


def list_holders(group: Object) -> list[Object]:
    """Who holds it, the longest first."""
    holders = group.get("status", {}).get("holders", ())
    return sorted(holders, key=lambda holder: (holder["since"], holder["run"], holder.get("step", "")))


def name_holder(holder: Object) -> str:
    """The Run, or its step, as Agents name what they run."""
    return f"{holder['run']}/{holder['step']}" if holder.get("step") else str(holder["run"])


def find_key(message: str) -> str:
    """The key that a message of one who waits names; empty: none."""
    found = _KEY.search(message)
    return found[1] if found else ""


def describe_holders(group: Object, key: str, now: datetime) -> str:
    """Who holds a key of it and for how long, for the end of a sentence; empty: nobody does."""
    holders = [holder for holder in list_holders(group) if holder.get("key", "") == key]
    named = [f"{name_holder(holder)} for {_write_span(holder, now)}" for holder in holders[:MOST_NAMED]]
    more = f" and {len(holders) - MOST_NAMED} more" if len(holders) > MOST_NAMED else ""
    return f"; held by {', '.join(named)}{more}" if named else ""


def describe_state(group: Object) -> str:
    """Whether there is a place, in a few words."""
    limit, holders = group["spec"]["limit"], list_holders(group)
    if limit == 0:
        return f"paused: its limit is 0{f'; {len(holders)} hold it still' if holders else ''}"
    full = sorted(
        key for key, count in Counter(holder.get("key", "") for holder in holders).items() if count >= limit
    )
    if full == [""]:
        return "full"
    if full:
        return f"full for {', '.join(key or 'no key' for key in full)}"
    return "has room" if holders else "free"


def list_waiting(runs: Sequence[Object], name: str) -> list[Waiting]:
    """The steps, and whole Runs, that wait for the group of this name, who waits longest first."""
    found = [waiting for run in runs for group, waiting in _list_waits(run) if group == name]
    return sorted(found, key=lambda waiting: (waiting.since, waiting.name))


def find_group(run: Object, path: str) -> str | None:
    """The group that a step, or for an empty path the whole Run, asks for."""
    spec = parse_workflow(run.get("status", {}).get("workflowSpec") or {})
    if not isinstance(spec, WorkflowSpec):
        return None
    step = build_graph(spec).steps.get(get_step_name(path)) if path else spec
    return step.concurrency.group if step and step.concurrency else None


def advise(group: Object, flags: str) -> str:
    """The command that lets a paused group go on, else the one that tells more of it."""
    name = shlex.quote(group["metadata"]["name"])
    if group["spec"]["limit"]:
        return f"kubectl longshore groups {name}{flags}"
    change = """'{"spec":{"limit":1}}'"""
    return f"kubectl patch concurrencygroups.longshore.dev {name} --type=merge -p {change}{flags}"


def _write_span(holder: Object, now: datetime) -> str:
    return write_duration(now - parse_time(holder["since"]))


def _list_waits(run: Object) -> Iterator[tuple[str | None, Waiting]]:
    name, status = run["metadata"]["name"], run.get("status", {})
    for path, step in status.get("steps", {}).items():
        if step.get("reason") == AWAITING:
            yield find_group(run, path), Waiting(name, path, step.get("queuedTime", ""), step.get("message", ""))
    for condition in status.get("conditions", ()):
        if condition["type"] == "Admitted" and condition["reason"] == AWAITING and condition["status"] == "False":
            since = run["metadata"]["creationTimestamp"]
            yield find_group(run, ""), Waiting(name, "", since, condition.get("message", ""))
