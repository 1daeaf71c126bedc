"""CRDs that are not those of the operator: it says so, touches nothing, and goes on once they are mended."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from longshore.api.hashes import SCHEMA_HASHES
from longshore.cluster.schemas import CRDS
from longshore.names import SCHEMA_ANNOTATION
from support.api_server import ApiServer
from support.conditions import eventually
from support.graphs import chain
from support.operators import Operator
from support.worlds import World, build_world

NAME = "runs.longshore.dev"


async def annotate(world: World, schema: str) -> None:
    """Say that the CRD of Runs is of that schema."""
    await world.admin.patch(CRDS, None, NAME, {"metadata": {"annotations": {SCHEMA_ANNOTATION: schema}}})


@asynccontextmanager
async def older_crd(world: World) -> AsyncIterator[None]:
    """Within, the CRD of Runs is of another version."""
    await annotate(world, "0123456789abcdef")
    yield
    await annotate(world, SCHEMA_HASHES[NAME])


async def complains(operator: Operator) -> bool:
    """Whether the operator is not ready, and names the command that helps."""
    code, text = await operator.get("/readyz")
    return code == 503 and NAME in text and "helm upgrade --install longshore" in text


async def is_ready(operator: Operator) -> bool:
    """Whether the operator is ready."""
    return await operator.get("/readyz") == (200, "ok\n")


async def test_older_crds(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        run = await world.create_run(chain(1))
        async with older_crd(world):
            operator = world.start_operator()
            await eventually(lambda: complains(operator))
            assert await operator.get("/healthz") == (200, "ok\n")
            assert operator.has_logged("helm upgrade --install longshore")
            assert {call.resource for call in world.proxy.calls} == {"customresourcedefinitions"}
        await eventually(lambda: is_ready(operator))
        status = await world.finish()
        assert status["phase"] == "Succeeded"
        world.check_attempts(run, status)
        assert operator.exit_code is None
