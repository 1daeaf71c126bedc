"""Operators and the objects of archives on a real API server: made once, changed with their design."""

from pathlib import Path
from typing import Any

from longshore import names
from longshore.cluster.calls import Selection
from longshore.cluster.resources import CLAIMS, CLUSTER_ROLE_BINDINGS, DEPLOYMENTS, EVENTS, SERVICES
from longshore.errors import NotFoundError
from support.api_server import ApiServer
from support.conditions import eventually
from support.graphs import chain
from support.live_pods import Outcome
from support.worlds import World, build_world

SLOW = {"s1": [Outcome(seconds=2)]}
REVIEWER = "longshore-archive-reviewer"
ARCHIVES: dict[str, Any] = {"archive_enabled": True, "archive_reviewer_role": REVIEWER}


async def find_deployment(world: World) -> dict[str, Any]:
    """The archive's Deployment; empty where there is none."""
    try:
        return await world.admin.get(DEPLOYMENTS, world.namespace, names.ARCHIVE)
    except NotFoundError:
        return {}


async def await_image(world: World, image: str) -> dict[str, Any]:
    """The archive's Deployment, once it is of this image."""
    found: dict[str, Any] = {}

    async def is_made() -> bool:
        found.clear()
        found.update(await find_deployment(world))
        return bool(found) and found["spec"]["template"]["spec"]["containers"][0]["image"] == image

    await eventually(is_made)  # another operator may lead first
    return found


async def test_the_objects_are_made_once_and_upgraded(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, SLOW) as world:
        operator = world.start_operator(**ARCHIVES, archive_image="example/archive:1")
        await world.create_run(chain(2))
        made = await await_image(world, "example/archive:1")
        assert made["spec"]["strategy"] == {"type": "Recreate"}
        binding = await world.admin.get(CLUSTER_ROLE_BINDINGS, None, f"{REVIEWER}-{world.namespace}")
        assert binding["metadata"]["ownerReferences"][0]["name"] == world.namespace
        assert (await world.finish())["phase"] == "Succeeded"
        before = world.proxy.count()
        await world.create_run(chain(2), "second")
        assert (await world.finish("second"))["phase"] == "Succeeded"
        assert world.proxy.count()["get", "deployments"] == before["get", "deployments"]
        operator.kill()
        claim = await world.admin.get(CLAIMS, world.namespace, names.ARCHIVE)
        world.start_operator(**ARCHIVES, archive_image="example/archive:2")
        upgraded = await await_image(world, "example/archive:2")
        assert upgraded["metadata"]["uid"] == made["metadata"]["uid"]
        assert upgraded["metadata"]["generation"] == made["metadata"]["generation"] + 1
        assert (await world.admin.get(CLAIMS, world.namespace, names.ARCHIVE))["metadata"] == claim["metadata"]
        assert {resource for verb, resource in world.proxy.count() if verb == "delete"} <= {"pods", "leases"}


async def test_a_foreign_object_is_left_alone_and_the_run_is_told(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, SLOW) as world:
        theirs = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "archive", "labels": {"app.kubernetes.io/managed-by": "Helm"}},
            "spec": {"ports": [{"port": 80}], "selector": {"app": "theirs"}},
        }
        before = await world.admin.create(SERVICES, world.namespace, theirs)
        world.start_operator(**ARCHIVES)
        await world.create_run(chain(2))
        assert (await world.finish())["phase"] == "Succeeded"
        assert await find_deployment(world) == {}
        assert await world.admin.get(SERVICES, world.namespace, "archive") == before
        [event] = await list_events(world)
        assert event["note"].startswith("Service archive is not Longshore's, so there is no archive: rename it")


async def list_events(world: World) -> list[dict[str, Any]]:
    """What Runs were told of their archive."""
    events = (await world.admin.list(EVENTS, Selection(world.namespace))).items
    return [event for event in events if event["reason"] == "NoArchive"]
