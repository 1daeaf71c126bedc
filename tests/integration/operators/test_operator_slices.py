"""A fan-out that no status could hold, with a real API server: cut into slices, and an operator that dies."""

import json
from pathlib import Path

from longshore.cluster.resources import RUNS
from support.api_server import ApiServer
from support.graphs import step
from support.live_pods import Outcome
from support.worlds import World, build_world

COUNT, EVERY = 1200, 40
PATHS = ["fan[0:250]", "fan[250:500]", "fan[500:750]", "fan[750:1000]", "fan[1000:1200]"]
GRAPH = {
    "params": [{"name": "many", "type": "List", "default": list(range(COUNT))}],
    "steps": [
        step("list", outputs=["name"]),
        step(
            "fan",
            "list",
            outputs=["out"],
            forEach={"items": "params.many"},
            when=f"each.item % {EVERY} == 0 && steps.list.outputs.name == 'sea'",
        ),
        step("after", "fan", env=[{"name": "OUT", "value": "$(steps.fan.outputs.out[1160])"}]),
    ],
    "outputs": [
        {"name": "count", "value": "size(steps.fan.outputs.out)"},
        {"name": "phases", "value": "[steps.fan.phase[1160], steps.fan.phase[1161]]"},
    ],
}
OUTCOMES = {"list": [Outcome(message="name=sea")], "fan": [Outcome(message="out=1")]}


async def count_starts(world: World, names: list[str]) -> int:
    """How many containers of these Runs were started; fails where an attempt started twice."""
    runs = [await world.admin.get(RUNS, world.namespace, name) for name in names]
    return sum(sum(world.kubelet.count_starts(run["metadata"]["uid"]).values()) for run in runs)


async def test_a_fan_out_of_more_items_than_a_status_holds(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, OUTCOMES) as world:
        async with world.keep_operator():
            await world.create_run(GRAPH, "large")
            await world.reach(PATHS[0], "Succeeded", "large", 60)
            world.operators[-1].kill()
            status = await world.finish("large")
        assert status["phase"] == "Succeeded", status["message"]
        assert status["outputs"] == {"count": COUNT, "phases": ["Succeeded", "Skipped"]}
        assert status["steps"]["fan"]["message"] == f"{COUNT} items"
        assert [path for path in status["steps"] if ":" in path] == sorted(PATHS)
        slices = [status["steps"][path]["run"] for path in PATHS]
        assert await count_starts(world, slices) == COUNT // EVERY
        largest = max(len(json.dumps(run)) for versions in world.history.versions.values() for run in versions)
        assert largest < 512 * 1024


async def test_a_cancel_ends_all_slices(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, {"fan": [Outcome(seconds=600)]}) as world:
        world.start_operator()
        graph = {**GRAPH, "steps": [step("fan", forEach={"items": "params.many"}, when="each.item % 100 == 0")]}
        await world.create_run({"params": GRAPH["params"], "steps": graph["steps"]}, "large")
        running = await world.reach(PATHS[0], "Running", "large", 60)
        await world.cancel("large", "Immediate")
        status = await world.finish("large", 60)
        assert status["phase"] == "Canceled"
        child = await world.finish(running["steps"][PATHS[0]]["run"])
        assert child["phase"] == "Canceled"
        assert "run" not in status["steps"][PATHS[4]]
