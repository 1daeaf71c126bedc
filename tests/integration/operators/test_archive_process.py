"""The archive as a process before a real API server: it gets ready or says why not, knows Runs, and ends well."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from longshore.cluster.resources import RUNS
from longshore.names import API_VERSION
from support.api_server import ApiServer, find_free_port
from support.conditions import PROMPT, eventually
from support.worlds import build_world

RUN = {
    "apiVersion": API_VERSION,
    "kind": "Run",
    "metadata": {"name": "known"},
    "spec": {"workflowSpec": {"steps": [{"name": "one", "image": "busybox:1"}]}},
}


class Process:
    """An archive's process."""

    def __init__(self, process: asyncio.subprocess.Process, probes: int, local: int) -> None:
        self._process = process
        self._probes = f"http://127.0.0.1:{probes}"
        self._local = f"http://127.0.0.1:{local}/v1"

    async def ask(self, path: str) -> Any:
        """What it answers by loopback; None where it does not answer."""
        return await self._get(self._local + path, lambda response: response.json())

    async def read_problem(self) -> str | None:
        """Why it is not ready, or `ok`; None where it does not answer."""
        problem: str | None = await self._get(f"{self._probes}/readyz", lambda response: response.text())
        return problem

    async def end(self) -> int:
        """SIGTERM; its exit code. Raises TimeoutError where it takes its time."""
        self._process.terminate()
        async with asyncio.timeout(PROMPT):
            return await self._process.wait()

    @staticmethod
    async def _get(url: str, read: Any) -> Any:
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as response:
                return await read(response)
        except aiohttp.ClientConnectionError:
            return None


@asynccontextmanager
async def start_archive(kubeconfig: Path, namespace: str, data: Path) -> AsyncIterator[Process]:
    """An archive of a namespace; it is killed in the end, where it still runs."""
    ports = {name: find_free_port() for name in ("PORT", "LOCAL_PORT", "PROBES_PORT")}
    given = {"NAMESPACE": namespace, "DATA": data, "HOST": "127.0.0.1", **ports}
    environment = {f"LONGSHORE_ARCHIVE_{name}": str(value) for name, value in given.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "longshore.archive", env=os.environ | environment | {"KUBECONFIG": str(kubeconfig)}
    )
    try:
        yield Process(process, ports["PROBES_PORT"], ports["LOCAL_PORT"])
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_knows_runs_goes_on_after_a_restart_and_ends_by_sigterm(
    api_server: ApiServer, tmp_path: Path
) -> None:
    async with build_world(api_server, tmp_path) as world:
        await world.admin.create(RUNS, world.namespace, RUN)
        kubeconfig = api_server.kubeconfig()
        for is_there in (True, False):
            async with start_archive(kubeconfig, world.namespace, tmp_path) as archive:

                async def is_ready() -> bool:
                    return await archive.read_problem() == "ok\n"

                await eventually(is_ready)
                [run] = (await archive.ask("/runs"))["items"]
                assert (run["name"], "deleted" in run) == ("known", not is_there)
                assert await archive.end() == 0
            if is_there:
                uid = (await world.admin.get(RUNS, world.namespace, "known"))["metadata"]["uid"]
                await world.admin.delete(RUNS, world.namespace, "known", uid)


async def test_a_volume_that_can_not_be_written_is_named_until_it_can(
    api_server: ApiServer, tmp_path: Path
) -> None:
    missing = tmp_path / "missing"
    async with start_archive(api_server.kubeconfig(), "default", missing) as archive:

        async def is_named() -> bool:
            return "the volume of claim archive can't be written" in (await archive.read_problem() or "")

        async def is_ready() -> bool:
            return await archive.read_problem() == "ok\n"

        await eventually(is_named)
        missing.mkdir()
        await eventually(is_ready)
