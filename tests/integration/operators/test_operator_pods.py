"""What others do to pods, and what keeps pods from being made."""

from pathlib import Path
from typing import Any

from longshore.cluster.resources import PODS, Object, Resource
from longshore.names import build_pod_name
from support.api_server import ApiServer
from support.graphs import chain, read_ends, step
from support.live_pods import FOREVER, STUCK, Outcome
from support.worlds import World, build_world

QUOTAS = Resource("", "v1", "resourcequotas")


async def delete_pod(world: World, name: str) -> None:
    """Delete a pod, as people do."""
    pod = await world.admin.get(PODS, world.namespace, name)
    await world.admin.delete(PODS, world.namespace, name, pod["metadata"]["uid"])


def find_step(status: Object, name: str) -> dict[str, Any]:
    """The status of a step."""
    found: dict[str, Any] = status["steps"][name]
    return found


async def test_a_pod_that_is_deleted_is_an_attempt_of_the_infrastructures(
    api_server: ApiServer, tmp_path: Path
) -> None:
    async with build_world(api_server, tmp_path, {"s1": [FOREVER, Outcome()]}) as world:
        world.start_operator()
        run = await world.create_run(chain(2))
        running = await world.reach("s1", "Running")
        await delete_pod(world, find_step(running, "s1")["pod"])
        status = await world.finish()
        assert read_ends(status) == {"s1": ("Succeeded", 2), "s2": ("Succeeded", 1)}
        first = find_step(status, "s1")
        assert (first["retries"], first["infraRetries"]) == (0, 1)
        world.check_attempts(run, status)


async def test_a_pod_that_is_deleted_again_and_again(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, {"s1": [FOREVER]}) as world:
        world.start_operator()
        await world.create_run({"steps": [step("s1", retry={"infraLimit": 0})]})
        running = await world.reach("s1", "Running")
        await delete_pod(world, find_step(running, "s1")["pod"])
        status = await world.finish()
        assert (status["phase"], find_step(status, "s1")["reason"]) == ("Failed", "PodDeleted")


async def test_a_pod_that_is_deleted_before_it_starts(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, {"s1": [STUCK, Outcome()]}) as world:
        world.start_operator()
        await world.create_run(chain(1))
        pending = await world.history.wait("run", lambda status: "pod" in status.get("steps", {}).get("s1", {}))
        await delete_pod(world, find_step(pending, "s1")["pod"])
        status = await world.finish()
        assert read_ends(status) == {"s1": ("Succeeded", 2)}


async def set_quota(world: World, pods: int) -> None:
    """Let there be so many pods. Nothing here counts them down when they go."""
    status = {"status": {"hard": {"pods": str(pods)}}}
    await world.admin.patch(QUOTAS, world.namespace, "few", status, "status")


async def create_quota(world: World, pods: int) -> None:
    """A quota on pods."""
    spec = {"hard": {"pods": str(pods)}}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": spec}
    await world.admin.create(QUOTAS, world.namespace, quota)
    status = {"status": {"hard": {"pods": str(pods)}, "used": {"pods": "0"}}}
    await world.admin.patch(QUOTAS, world.namespace, "few", status, "status")


def has_reason(status: Object, reason: str) -> bool:
    """Whether a step is there for that reason."""
    return any(entry.get("reason") == reason for entry in status.get("steps", {}).values())


async def test_a_quota_keeps_steps_waiting(api_server: ApiServer, tmp_path: Path) -> None:
    """Four are ready, two may run at once, one pod is allowed: none fails, none runs twice."""
    async with build_world(api_server, tmp_path) as world:
        await create_quota(world, 1)
        world.start_operator()
        graph = {"steps": [step(f"s{number}") for number in range(4)], "maxParallelSteps": 2}
        run = await world.create_run(graph)
        status = await world.history.wait("run", lambda status: has_reason(status, "AwaitingQuota"))
        assert "exceeded quota" in status["message"]
        await set_quota(world, 9)
        status = await world.finish()
        assert read_ends(status) == {f"s{number}": ("Succeeded", 1) for number in range(4)}
        world.check_attempts(run, status)


async def test_a_quota_is_not_asked_all_the_time(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        await create_quota(world, 0)
        operator = world.start_operator()
        await world.create_run(chain(1))
        await world.history.wait("run", lambda status: has_reason(status, "AwaitingQuota"))
        other = await world.create_run({"steps": [step("s1", when="false")]}, "other")
        await world.finish("other")
        assert world.proxy.count()["create", "pods"] == 1
        assert other["metadata"]["name"] == "other"
        assert operator.exit_code is None


async def test_a_foreign_pod_of_the_same_name(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, {"s1": [Outcome(seconds=2)]}) as world:
        world.start_operator()
        run = await world.create_run(chain(2))
        name = build_pod_name("run", run["metadata"]["uid"], "s2", 1)
        foreign = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": {"containers": [{"name": "step", "image": "example/other:1"}]},
        }
        await world.admin.create(PODS, world.namespace, foreign)
        status = await world.finish()
        assert read_ends(status) == {"s1": ("Succeeded", 1), "s2": ("Failed", 0)}
        assert find_step(status, "s2")["reason"] == "NameConflict"
        assert name in status["message"]
        pod = await world.admin.get(PODS, world.namespace, name)
        assert "deletionTimestamp" not in pod["metadata"]


async def test_deadlines_and_cancel(api_server: ApiServer, tmp_path: Path) -> None:
    outcomes = {"long": [FOREVER], "stuck": [STUCK]}
    async with build_world(api_server, tmp_path, outcomes) as world:
        world.start_operator()
        await world.create_run({"steps": [step("long", activeDeadlineSeconds=1)]}, "active")
        await world.create_run({"steps": [step("stuck", pendingDeadlineSeconds=1)]}, "pending")
        await world.create_run({"steps": [step("long"), step("stuck"), step("next", "long")]}, "canceled")
        await world.reach("long", "Running", "canceled")
        await world.cancel("canceled", "Graceful")
        active = await world.finish("active")
        pending = await world.finish("pending")
        canceled = await world.finish("canceled")
        assert find_step(active, "long")["reason"] == "DeadlineExceeded"
        assert find_step(pending, "stuck")["reason"] == "PendingDeadlineExceeded"
        assert canceled["phase"] == "Canceled"
        assert {entry["reason"] for entry in canceled["steps"].values()} == {"RunCanceled"}
