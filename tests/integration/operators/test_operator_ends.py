"""How an operator's process ends: by a signal, well and in time; by a setting that is wrong, with its name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from longshore.cluster.resources import LEASES
from support.api_server import ApiServer
from support.conditions import PROMPT, eventually
from support.graphs import chain
from support.live_pods import Outcome
from support.operators import Operator, wait_for
from support.worlds import World, build_world

SLOW = {"s1": [Outcome(seconds=1)]}


async def read_holder(world: World) -> str:
    """Who holds the Lease; empty: nobody."""
    lease = await world.admin.get(LEASES, world.namespace, "longshore-operator")
    return str(lease["spec"]["holderIdentity"])


async def lead(world: World) -> Operator:
    """An operator that leads and waits for work."""
    operator = world.start_operator()
    await wait_for(lambda: ("watch", "workflows") in world.proxy.count())
    return operator


async def test_a_signal_to_an_idle_leader(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        operator = await lead(world)
        assert await read_holder(world) == "operator-0"
        operator.terminate()
        assert await operator.wait_exit(PROMPT) == 0
        assert await read_holder(world) == ""
        assert not any(line["level"] in {"warning", "error", "critical"} for line in operator.read_log())


async def test_a_signal_while_a_run_is_under_way(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, SLOW) as world:
        operator = await lead(world)
        run = await world.create_run(chain(2))
        await world.reach("s1", "Pending")
        operator.terminate()
        assert await operator.wait_exit(PROMPT) == 0
        assert await read_holder(world) == ""
        world.start_operator()
        status = await world.finish()
        assert status["phase"] == "Succeeded"
        world.check_attempts(run, status)


async def test_a_signal_while_calls_hang(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path, SLOW) as world:
        operator = await lead(world)
        async with world.proxy.stopped():
            operator.terminate()
            assert await operator.wait_exit(PROMPT) == 0


async def test_a_signal_before_leadership(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world:
        await lead(world)
        second = world.start_operator()
        looks = world.proxy.count()["get", "leases"]
        await wait_for(lambda: world.proxy.count()["get", "leases"] > looks)
        second.terminate()
        assert await second.wait_exit(PROMPT) == 0
        assert await read_holder(world) == "operator-0"


async def test_a_signal_before_the_api_server_answers(api_server: ApiServer, tmp_path: Path) -> None:
    async with build_world(api_server, tmp_path) as world, world.proxy.stopped():
        operator = world.start_operator()
        await eventually(lambda: is_starting(operator))
        operator.terminate()
        assert await operator.wait_exit(PROMPT) == 0


async def is_starting(operator: Operator) -> bool:
    """Whether the operator says that it is not ready yet."""
    return await operator.get("/readyz") == (503, "starting\n")


WRONG = {
    "a port that is none": ({"LONGSHORE_HTTP_PORT": "http"}, "http_port (LONGSHORE_HTTP_PORT): Input should be"),
    "a file that is not there": ({"LONGSHORE_CONFIG": "/nowhere"}, "LONGSHORE_CONFIG: /nowhere can't be read"),
    "a kubeconfig that is not there": ({"KUBECONFIG": "/nowhere"}, "SettingsError: kubeconfig: "),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_a_line(name: str, tmp_path: Path) -> None:
    environment, message = WRONG[name]
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("LONGSHORE_", "KUBE"))}
    done = subprocess.run(
        [sys.executable, "-m", "longshore"],
        env={**inherited, "HOME": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
