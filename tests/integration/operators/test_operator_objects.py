"""Runs, Workflows and namespaces that come late, change or go while a Run is under way."""

from pathlib import Path

from longshore.cluster.resources import PODS, RUNS, WORKFLOWS
from support.api_server import ApiServer
from support.graphs import chain, read_ends, step
from support.live_pods import Outcome
from support.operators import Operator, wait_for
from support.worlds import NAMESPACES, World, build_world

SLOW = {"s1": [Outcome(seconds=1)]}
FLOW = {"name": "flow"}


async def settle(world: World) -> None:
    """Return once the operator has had time for a whole other Run."""
    await world.create_run(chain(2), "later")
    assert (await world.finish("later"))["phase"] == "Succeeded"


def check_calm(operator: Operator) -> None:
    """Fails where the operator ended, or met what it did not expect."""
    assert operator.exit_code is None
    assert not [line for line in operator.read_log() if "exception" in line]


async def test_a_run_that_is_deleted(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, SLOW) as world:
        operator = world.start_operator()
        run = await world.create_run(chain(2))
        await world.reach("s1", "Pending")
        await wait_for(lambda: bool(world.kubelet.starts))
        await world.admin.delete(RUNS, world.namespace, "run", run["metadata"]["uid"])
        await settle(world)
        assert world.kubelet.count_starts(run["metadata"]["uid"]) == {("s1", 1): 1}
        check_calm(operator)


async def test_a_run_that_is_made_anew_under_its_name(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, SLOW) as world:
        operator = world.start_operator()
        first = await world.create_run(chain(2))
        await wait_for(lambda: bool(world.kubelet.starts))
        await world.admin.delete(RUNS, world.namespace, "run", first["metadata"]["uid"])
        second = await world.admin.create(RUNS, world.namespace, {
            "apiVersion": first["apiVersion"], "kind": "Run", "metadata": {"name": "run"}, "spec": first["spec"],
        })  # fmt: skip
        await wait_for(lambda: world.kubelet.count_starts(second["metadata"]["uid"]).total() == 2)
        status = await world.finish()
        assert read_ends(status) == {"s1": ("Succeeded", 1), "s2": ("Succeeded", 1)}
        check_calm(operator)


async def test_a_namespace_that_is_deleted(api_server: ApiServer, tmp_path: Path) -> None:
    """Without a namespace controller, the test deletes what is in it, as that does."""
    async with build_world(api_server, tmp_path, SLOW) as world:
        operator = world.start_operator()
        run = await world.create_run(chain(2))
        await wait_for(lambda: bool(world.kubelet.starts))
        namespace = await world.admin.get(NAMESPACES, None, world.namespace)
        await world.admin.delete(NAMESPACES, None, world.namespace, namespace["metadata"]["uid"])
        waiting = await world.history.wait(
            "run", lambda status: status.get("steps", {}).get("s2", {}).get("reason") == "AwaitingQuota"
        )
        assert "being terminated" in waiting["message"]
        await world.admin.delete(RUNS, world.namespace, "run", run["metadata"]["uid"])
        await wait_for(lambda: "run" in world.history.deleted)
        assert world.kubelet.count_starts(run["metadata"]["uid"]) == {("s1", 1): 1}
        check_calm(operator)


async def test_a_workflow_that_is_deleted_under_its_run(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, SLOW) as world:
        operator = world.start_operator()
        workflow = await world.create_workflow(chain(2))
        run = await world.create_run(workflowRef=FLOW)
        await world.reach("s1", "Pending")
        await world.admin.delete(WORKFLOWS, world.namespace, "flow", workflow["metadata"]["uid"])
        status = await world.finish()
        assert read_ends(status) == {"s1": ("Succeeded", 1), "s2": ("Succeeded", 1)}
        world.check_attempts(run, status)
        check_calm(operator)


async def test_a_workflow_that_changes_under_its_run(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, SLOW) as world:
        world.start_operator()
        await world.create_workflow(chain(2))
        await world.create_run(workflowRef=FLOW)
        await world.reach("s1", "Pending")
        changed = {"spec": {"steps": [step("s1"), {**step("s2", "s1"), "image": "example/other:2"}]}}
        await world.admin.patch(WORKFLOWS, world.namespace, "flow", changed)
        status = await world.finish()
        assert read_ends(status) == {"s1": ("Succeeded", 1), "s2": ("Succeeded", 1)}
        pod = await world.admin.get(PODS, world.namespace, status["steps"]["s2"]["pod"])
        assert pod["spec"]["containers"][0]["image"] == "example/step:1"
        await world.create_run(name="second", workflowRef=FLOW)
        second = await world.finish("second")
        pod = await world.admin.get(PODS, world.namespace, second["steps"]["s2"]["pod"])
        assert pod["spec"]["containers"][0]["image"] == "example/other:2"


async def test_a_run_that_comes_before_its_workflow(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        world.start_operator()
        run = await world.create_run(workflowRef=FLOW)
        waiting = await world.history.wait("run", lambda status: "message" in status)
        assert "there is no Workflow 'flow'" in waiting["message"]
        await world.create_workflow(chain(2))
        status = await world.finish()
        assert status["phase"] == "Succeeded"
        world.check_attempts(run, status)


async def test_a_graph_that_can_not_run_fails_without_a_pod(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        operator = world.start_operator()
        await world.create_run({"steps": [step("a", "b"), step("b", "a")]})
        status = await world.finish()
        accepted = next(entry for entry in status["conditions"] if entry["type"] == "Accepted")
        assert (status["phase"], accepted["status"]) == ("Failed", "False")
        assert "a cycle" in accepted["message"]
        assert ("create", "pods") not in world.proxy.count()
        check_calm(operator)
