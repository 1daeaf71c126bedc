"""Child Runs with a real API server: an operator that is killed, a cancel that goes down, one that runs itself."""

import asyncio
from pathlib import Path
from typing import Any

from longshore.cluster.resources import RUNS, Object
from support.api_server import ApiServer
from support.conditions import PATIENCE
from support.graphs import read_ends, step
from support.live_pods import FOREVER, Outcome
from support.worlds import World, build_world

CHILD = {
    "params": [{"name": "size", "type": "Integer", "default": 1}],
    "steps": [step("first", outputs=["count"]), step("second", "first")],
    "outputs": [{"name": "total", "value": "int(steps.first.outputs.count) + params.size"}],
}
PARENT = {
    "steps": [
        {
            "name": "call",
            "workflow": {"name": "child", "params": {"size": "$(1 + size(run.name))"}},
            "outputs": ["total"],
        },
        step("after", "call", env=[{"name": "TOTAL", "value": "$(steps.call.outputs.total)"}]),
    ],
    "outputs": [{"name": "total", "value": "steps.call.outputs.total"}],
}


def find_child(status: Object, name: str = "call") -> str | None:
    """The name of a step's child Run."""
    child: str | None = status.get("steps", {}).get(name, {}).get("run")
    return child


async def await_child(world: World, run: str, path: str = "call") -> str:
    """The name of the child Run, once it is on record. Raises TimeoutError."""
    status = await world.history.wait(run, lambda status: find_child(status, path) is not None, 30)
    return str(find_child(status, path))


async def list_runs(world: World) -> list[Object]:
    """All Runs there are."""
    async with asyncio.timeout(PATIENCE):
        names = {name for name, versions in world.history.versions.items() if versions}
        return [await world.admin.get(RUNS, world.namespace, name) for name in sorted(names)]


async def test_a_parent_and_its_child_outlive_an_operator_that_is_killed(
    api_server: ApiServer, tmp_path: Path
) -> None:
    outcomes = {"first": [Outcome(message="count=40", seconds=0.5)], "second": [Outcome(seconds=0.5)]}
    async with build_world(api_server, tmp_path, outcomes) as world:
        await world.create_workflow(CHILD, "child")
        async with world.keep_operator():
            run = await world.create_run(PARENT)
            child = await await_child(world, "run")
            world.operators[-1].kill()
            await world.reach("first", "Succeeded", child)
            world.operators[-1].kill()
            status = await world.finish()
        assert read_ends(status) == {"call": ("Succeeded", 1), "after": ("Succeeded", 1)}
        assert (status["phase"], status["outputs"]) == ("Succeeded", {"total": 44})
        made = await list_runs(world)
        assert [found["metadata"]["name"] for found in made] == ["run", child], "no child is made twice"
        for parent_or_child in made:
            ran = parent_or_child["status"]
            ran = {**ran, "steps": {name: entry for name, entry in ran["steps"].items() if "pod" in entry}}
            world.check_attempts(parent_or_child, ran)
        assert made[1]["metadata"]["ownerReferences"][0]["uid"] == run["metadata"]["uid"]


async def test_a_cancel_and_a_suspension_go_down(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, {"first": [FOREVER]}) as world:
        await world.create_workflow(CHILD, "child")
        world.start_operator()
        await world.create_run(PARENT)
        child = await await_child(world, "run")
        await world.reach("first", "Running", child)
        await world.admin.patch(RUNS, world.namespace, "run", {"spec": {"suspend": True, "priority": 0}})
        await world.history.wait(child, lambda status: holds(status, "Suspended"))
        await world.admin.patch(RUNS, world.namespace, "run", {"spec": {"suspend": False}})
        await world.history.wait(child, lambda status: not holds(status, "Suspended"))
        await world.cancel("run", "Graceful")
        status = await world.finish()
        assert (status["phase"], status["steps"]["call"]["reason"]) == ("Canceled", "RunCanceled")
        assert (await world.finish(child))["phase"] == "Canceled"


def holds(status: dict[str, Any], condition: str) -> bool:
    """Whether a condition is true."""
    return any(entry["type"] == condition and entry["status"] == "True" for entry in status.get("conditions", ()))


async def test_a_workflow_that_runs_itself_ends(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        await world.create_workflow({"steps": [{"name": "again", "workflow": {"name": "flow"}}]})
        world.start_operator()
        await world.create_run(name="top", workflowRef={"name": "flow"})
        status = await world.finish("top", 60)
        assert status["phase"] == "Failed"
        assert "does a Workflow run itself?" in status["message"]
        assert len(await list_runs(world)) == 9


async def test_a_workflow_that_is_not_there_is_told_by_the_step(api_server: ApiServer, tmp_path: Path) -> None:
    """That it comes within a minute is waited for; one that lacks a parameter fails at once."""
    async with build_world(api_server, tmp_path) as world:
        await world.create_workflow(
            {**CHILD, "params": [{"name": "env", "type": "String", "required": True}]}, "strict"
        )
        world.start_operator()
        await world.create_run({"steps": [{"name": "call", "workflow": {"name": "strict"}}]}, "lacking")
        await world.create_run({"steps": [{"name": "call", "workflow": {"name": "late"}}]}, "waiting")
        lacking = await world.finish("lacking")
        assert "spec.params.env: is required" in lacking["steps"]["call"]["message"]
        waiting = await world.history.wait(
            "waiting", lambda status: status.get("steps", {}).get("call", {}).get("reason") == "ChildQueued"
        )
        assert "there is no Workflow 'late'" in waiting["steps"]["call"]["message"]
        await world.create_workflow({"steps": [step("only")]}, "late")
        assert (await world.finish("waiting"))["phase"] == "Succeeded"


async def test_a_child_that_is_deleted_is_made_anew(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, {"first": [Outcome(message="count=1", seconds=1)]}) as world:
        await world.create_workflow(CHILD, "child")
        world.start_operator()
        await world.create_run(PARENT)
        child = await await_child(world, "run")
        found = await world.admin.get(RUNS, world.namespace, child)
        await world.admin.delete(RUNS, world.namespace, child, found["metadata"]["uid"])
        status = await world.finish()
        assert (status["phase"], status["steps"]["call"]["infraRetries"]) == ("Succeeded", 1)
