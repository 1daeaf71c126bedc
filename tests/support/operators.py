"""Operators as processes of their own, to start, signal and kill. Must not know what they work on.

Each is forked from a server that has imported the package once, since that takes two seconds of CPU; it then runs
the program's own `main`.
"""

import asyncio
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from support.api_server import find_free_port
from support.conditions import PATIENCE

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["longshore.__main__"])
POLL_SECONDS = 0.02


def build_environment(kubeconfig: Path, settings: dict[str, object]) -> dict[str, str]:
    """The environment of an operator with these settings; lists are tuples of strings."""
    given = {"log_format": "json", "http_host": "127.0.0.1", "http_port": find_free_port(), **settings}
    written = {
        f"LONGSHORE_{name.upper()}": json.dumps(value) if isinstance(value, (list, tuple)) else str(value)
        for name, value in given.items()
    }
    return written | {"KUBECONFIG": str(kubeconfig)}


class Operator:
    """An operator's process."""

    def __init__(self, kubeconfig: Path, log: Path, **settings: object) -> None:
        self._environment = build_environment(kubeconfig, settings)
        self._log = log
        self._process = _CONTEXT.Process(target=_operate, args=(self._environment, log), daemon=True)

    def start(self) -> None:
        """Start it."""
        self._process.start()

    def kill(self) -> None:
        """SIGKILL, as a power cut."""
        self._process.kill()

    def terminate(self) -> None:
        """SIGTERM, as the kubelet."""
        self._process.terminate()

    def pause(self) -> None:
        """Stop it where it stands, as a machine that hangs."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    @property
    def has_led(self) -> bool:
        """Whether it ever led."""
        return self.has_logged("leading as")

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: ended by a signal."""
        return self._process.exitcode

    def read_log(self) -> list[dict[str, Any]]:
        """Its log, a dict a line."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def has_logged(self, text: str) -> bool:
        """Whether a message of its log holds the text."""
        return any(text in line["message"] for line in self.read_log())

    async def wait_exit(self, seconds: float = PATIENCE) -> int:
        """Its exit code once it has ended; TimeoutError where it takes longer."""
        await wait_for(lambda: self.exit_code is not None, seconds)
        return self._process.exitcode or 0

    async def get(self, path: str) -> tuple[int, str]:
        """Code and text that it answers over HTTP; code 0 where it does not answer."""
        url = f"http://127.0.0.1:{self._environment['LONGSHORE_HTTP_PORT']}{path}"
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as response:
                return response.status, await response.text()
        except aiohttp.ClientError as error:
            return 0, str(error)

    def _send(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def end(self) -> None:
        """Kill it if it runs, and forget it."""
        if self._process.pid is not None:
            self._process.kill()
            self._process.join()


async def wait_for(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Return once `holds()` is true. Raises TimeoutError."""
    async with asyncio.timeout(min(seconds, 1e6)):
        while not holds():  # noqa: ASYNC110 - a process tells nobody
            await asyncio.sleep(POLL_SECONDS)


def _operate(environment: dict[str, str], log: Path) -> None:
    """The process."""
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    for name in [name for name in os.environ if name.startswith(("LONGSHORE_", "KUBERNETES_"))]:
        del os.environ[name]
    os.environ.update(environment)
    from longshore.__main__ import main

    main()
