"""Agents under a real operator: without the right to read nodes, through a restart, and as a node goes."""

import secrets
from pathlib import Path
from typing import Any

from longshore.cluster.calls import Selection
from longshore.cluster.resources import AGENTS, EVENTS, NODES, Object
from longshore.errors import NotFoundError
from longshore.names import API_VERSION
from support.api_server import ApiServer
from support.conditions import PATIENCE, eventually
from support.faults import Answer
from support.graphs import chain
from support.planning.nodes import build_node
from support.worlds import World, build_world

SOON = 15
"""Seconds, on a busy machine, in which a node's change is told of."""


async def create_agent(world: World, name: str, **spec: Any) -> None:
    """An Agent of the world's namespace."""
    agent = {"apiVersion": API_VERSION, "kind": "Agent", "metadata": {"name": name}, "spec": spec}
    await world.admin.create(AGENTS, world.namespace, agent)


async def read_ready(world: World, name: str) -> Object:
    """Condition Ready of an Agent; empty where there is none yet."""
    try:
        status = (await world.admin.get(AGENTS, world.namespace, name)).get("status", {})
    except NotFoundError:
        return {}
    return next(iter(status.get("conditions", [])), {})


async def wait_for_reason(world: World, name: str, reason: str, seconds: float = PATIENCE) -> Object:
    """Condition Ready of an Agent once it has this reason."""

    async def has_reason() -> bool:
        return (await read_ready(world, name)).get("reason") == reason

    await eventually(has_reason, seconds)
    return await read_ready(world, name)


async def list_events(world: World) -> list[tuple[str, str]]:
    """Name and reason of all Events about Agents."""
    events = (await world.admin.list(EVENTS, Selection(world.namespace))).items
    return sorted(
        (event["regarding"]["name"], event["reason"]) for event in events if event["regarding"]["kind"] == "Agent"
    )


async def test_nodes_that_may_not_be_read_hold_nothing_up(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        world.proxy.add(Answer(403), "list", "nodes", times=1000)
        world.start_operator()
        await world.create_run(chain(1))
        assert (await world.finish())["phase"] == "Succeeded"
        assert (await wait_for_reason(world, "built-in", "NodesUnknown"))["status"] == "True"


async def test_a_restart_is_no_news_of_agents(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        first = world.start_operator()
        await create_agent(world, "a-small", extends="base", nodeSelector={"there-is": "none"})
        await create_agent(world, "base")
        await wait_for_reason(world, "a-small", "NoNodes")
        before = [("a-small", "AgentOffline"), ("base", "AgentOffline")]

        async def are_told() -> bool:
            return await list_events(world) == before

        await eventually(are_told)
        condition = await read_ready(world, "a-small")
        first.end()
        world.start_operator()
        await create_agent(world, "last", enabled=False)
        await wait_for_reason(world, "last", "Disabled")
        assert [event for event in await list_events(world) if event[0] != "last"] == before
        assert await read_ready(world, "a-small") == condition


async def test_a_node_that_goes_is_told_of_within_seconds(api_server: ApiServer, tmp_path: Path) -> None:
    name = f"node-{secrets.token_hex(4)}"
    node = build_node(name, name)
    async with build_world(api_server, tmp_path) as world:
        metadata = node["metadata"] | {"resourceVersion": None}
        made = await world.admin.create(NODES, None, {"metadata": metadata})
        ready = {"spec": {"taints": None}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
        await world.admin.patch(NODES, None, name, {"spec": ready["spec"]})
        await world.admin.patch(NODES, None, name, {"status": ready["status"]}, "status")
        world.start_operator()
        await create_agent(world, "its", tags=[name])
        assert (await wait_for_reason(world, "its", "Online"))["message"] == "1 of 1 node takes pods"
        lost = {"conditions": [{"type": "Ready", "status": "Unknown"}]}
        await world.admin.patch(NODES, None, name, {"status": lost}, "status")
        told = await wait_for_reason(world, "its", "NodesNotReady", SOON)
        assert told["message"] == f"no node takes pods: {name} is Unreachable"
        await world.admin.delete(NODES, None, name, made["metadata"]["uid"])
        await wait_for_reason(world, "its", "NoNodes", SOON)
