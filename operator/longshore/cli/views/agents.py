"""Owns all that is known of an Agent, as `kubectl describe` would say it."""

from collections.abc import Iterator, Sequence
from typing import Any

from longshore.cli.reasons.agents import Waiting, advise, find_condition, is_wanted
from longshore.cli.views.facts import write_conditions, write_fact, write_facts
from longshore.cli.views.lists import Cells, write_rows, write_waiting
from longshore.cli.views.pools import write_load
from longshore.cli.views.styles import write_span

Object = dict[str, Any]
_NODE_HEADERS = ("NAME", "READY", "ADDRESS", "VERSION", "HEARTBEAT")


def describe_agent(agent: Object, waiting: Sequence[Waiting], now: str, flags: str = "") -> Iterator[str]:
    """The lines of an Agent; `waiting` are the steps that wait for it, `flags` go into the next commands."""
    status = agent.get("status", {})
    yield from write_facts(_list_facts(agent, now))
    others = [condition for condition in status.get("conditions", ()) if condition["type"] != "Ready"]
    yield from write_conditions(others)
    yield from write_rows("Nodes", _NODE_HEADERS, _list_nodes(status, now))
    current = [(step["run"], step["step"]) for step in status.get("current", ())]
    yield from write_rows("Runs Now", ("RUN", "STEP"), current)
    yield from write_waiting(waiting, now)
    if find_condition(agent) and not is_wanted(agent):
        yield from write_fact("To Bring Back", advise(agent, flags))


def _list_facts(agent: Object, now: str) -> dict[str, Any]:
    metadata, spec, status = agent["metadata"], agent["spec"], agent.get("status", {})
    return {
        "Name": metadata["name"],
        "Namespace": metadata["namespace"],
        "Extends": spec.get("extends"),
        "Ready": _write_readiness(agent, now),
        "Enabled": "" if spec.get("enabled", True) else "no: it gets no new steps",
        "Drain": "its steps are moved elsewhere" if spec.get("drain") else "",
        "Priority": spec.get("priority") or "",
        "Load": write_load(agent),
        "Queued": str(status.get("queued", 0)),
        "Ready Nodes": status.get("readyNodes"),
        "Runtime": _write_runtime(spec, status),
        "Tags": ", ".join(spec.get("tags", ())),
        "Node Selector": ", ".join(f"{key}={value}" for key, value in spec.get("nodeSelector", {}).items()),
        "Tolerations": ", ".join(map(_write_toleration, spec.get("tolerations", ()))),
        "Credentials": "\n".join(map(_write_credential, spec.get("credentials", ()))),
        "Created": metadata.get("creationTimestamp"),
    }


def _write_readiness(agent: Object, now: str) -> str:
    condition = find_condition(agent)
    if condition is None:
        return "not known: no operator has seen it yet"
    span = write_span(condition.get("lastTransitionTime"), None, now)
    since = f" (for {span})" if span else ""
    message = f"\n{condition['message']}" if condition.get("message") else ""
    if condition["status"] == "True":
        return f"yes{since}{message}"
    return f"no: {condition['reason']}{since}{message}"


def _write_runtime(spec: Object, status: Object) -> str:
    """What runs its steps, where that is not their own container."""
    runtime = status.get("runtime") or spec.get("runtime", "container")
    model = status.get("model") or (spec.get("model") or {}).get("name")
    return "" if runtime == "container" else f"{runtime}{f' with {model}' if model else ''}"


def _write_credential(credential: Object) -> str:
    return f"{credential['name']} (Secret {credential['secretRef']['name']} as {credential.get('as', 'Env')})"


def _write_toleration(toleration: Object) -> str:
    value = f"={toleration['value']}" if toleration.get("value") else ""
    effect = f":{toleration['effect']}" if toleration.get("effect") else ""
    return f"{toleration.get('key') or 'any'}{value}{effect}"


def _list_nodes(status: Object, now: str) -> list[Cells]:
    return [
        (
            node["name"],
            "yes" if node.get("ready") else node.get("reason") or "no",
            node.get("address", ""),
            node.get("version", ""),
            f"{write_span(node['heartbeat'], None, now)} ago" if node.get("heartbeat") else "",
        )
        for node in status.get("nodes", ())
    ]
