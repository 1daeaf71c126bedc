"""What a step asks for and is nowhere: the Run says what to do, and goes on by itself once that is done."""

from pathlib import Path
from typing import Any

import pytest
from longshore.cluster.resources import AGENTS, GROUPS, Object, Resource
from longshore.names import API_VERSION
from support.api_server import ApiServer
from support.graphs import step
from support.worlds import World, build_world

FORGE = {"credentials": [{"name": "forge", "secretRef": {"name": "forge"}}]}


async def create(world: World, resource: Resource, kind: str, name: str, **spec: Any) -> None:
    """An object of one of our kinds."""
    obj = {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}
    await world.admin.create(resource, world.namespace, obj)


async def await_reason(world: World, reason: str, message: str) -> Object:
    """The status of the Run once its step says so. Raises TimeoutError."""

    def says(status: Object) -> bool:
        told = status.get("steps", {}).get("a", {})
        said: str = told.get("message", "")
        return told.get("reason") == reason and said.startswith(message)

    return await world.history.wait("run", says, 30)


async def check_mended(world: World) -> None:
    """The Run goes on by itself, and its step began once."""
    status = await world.finish()
    assert (status["phase"], status["steps"]["a"]["attempt"]) == ("Succeeded", 1), status


async def test_a_group_that_is_not_there(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        world.start_operator()
        await world.create_run({"steps": [step("a", concurrency={"group": "doors"})]})
        message = "waits for group doors, which is not there: create it"
        status = await await_reason(world, "AwaitingGroup", message)
        what = message.removeprefix("waits for ")
        assert status["message"] == f"step 'a' waits (AwaitingGroup): {what}"
        assert world.kubelet.starts == []
        await create(world, GROUPS, "ConcurrencyGroup", "doors", limit=1)
        await check_mended(world)


async def test_a_group_of_a_whole_run_that_is_not_there(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        world.start_operator()
        await world.create_run({"steps": [step("a")], "concurrency": {"group": "doors"}})
        message = "waits for group doors, which is not there: create it"
        status = await world.history.wait("run", lambda status: status.get("message") == message, 30)
        [admitted] = [entry for entry in status["conditions"] if entry["type"] == "Admitted"]
        assert (status["phase"], admitted["status"], admitted["reason"], admitted["message"]) == (
            "Queued", "False", "AwaitingGroup", message,
        )  # fmt: skip
        await create(world, GROUPS, "ConcurrencyGroup", "doors", limit=1)
        await check_mended(world)


@pytest.mark.parametrize("names", [["gpu"], ["gpu", "tpu"]])
async def test_agents_that_are_not_there(api_server: ApiServer, tmp_path: Path, names: list[str]) -> None:
    async with build_world(api_server, tmp_path) as world:
        world.start_operator()
        await world.create_run({"steps": [step("a", agents=names)]})
        which = "gpu not there: create it" if len(names) == 1 else "agents [gpu, tpu] not there: create one"
        status = await await_reason(world, "AwaitingAgent", f"waits: {which}")
        assert status["message"] == f"step 'a' waits (AwaitingAgent): {which}"
        await create(world, AGENTS, "Agent", names[-1])
        await check_mended(world)


async def test_credentials_that_no_agent_has(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        world.start_operator()
        await create(world, AGENTS, "Agent", "builder")
        await world.create_run({"steps": [step("a", agents=["builder"], credentials=["forge"])]})
        what = "builder without credentials forge: add them to its spec.credentials"
        await await_reason(world, "AwaitingAgent", f"waits: {what}")
        assert world.kubelet.starts == []
        await world.admin.patch(AGENTS, world.namespace, "builder", {"spec": FORGE})
        await check_mended(world)


async def test_credentials_without_agents_are_refused(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        world.start_operator()
        await world.create_run({"steps": [step("a", credentials=["forge"])]})
        status = await world.finish()
        [accepted] = [entry for entry in status["conditions"] if entry["type"] == "Accepted"]
        assert (status["phase"], accepted["status"]) == ("Failed", "False")
        assert accepted["message"].startswith("spec.steps[a].credentials: ")
        assert "agents" in accepted["message"]
