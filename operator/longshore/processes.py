"""Owns how a process of ours begins and ends: its settings, signals, exit code, and one line that says why.

Must not know what the process does.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from longshore.errors import LongshoreError
from longshore.telemetry.logs import configure_logs

logger = logging.getLogger(__name__)


class LogSettings(Protocol):
    """What settings say of logs."""

    @property
    def log_format(self) -> Literal["auto", "json", "text"]:
        """auto: text on a terminal, else JSON."""

    @property
    def log_level(self) -> Literal["debug", "info", "warning", "error"]:
        """The least that is logged."""


Settings = TypeVar("Settings", bound=LogSettings)


@dataclass(frozen=True, slots=True)
class Process(Generic[Settings]):
    """A process of ours."""

    name: str
    """Of its command."""
    read_settings: Callable[[], Settings]
    """Raises SettingsError."""
    describe: Callable[[Settings], object]
    """The settings as they may be logged."""
    work: Callable[[Settings], Coroutine[Any, Any, None]]
    """Goes on until it is cancelled. Raises LongshoreError where it can't."""


def run_process(process: Process[Settings]) -> None:
    """Run it until SIGTERM or SIGINT; exit with 1 where it can't go on, with one line that says why."""
    try:
        settings = process.read_settings()
    except LongshoreError as error:
        sys.exit(f"{process.name}: {error}")
    configure_logs(settings.log_format, settings.log_level)
    logger.info("settings: %s", process.describe(settings))
    try:
        asyncio.run(_run_until_told(process.work(settings)))
    except Exception as error:
        cause = _unwrap(error)
        if isinstance(cause, LongshoreError):
            logger.critical("%s: %s", type(cause).__name__, cause)
        else:
            logger.critical("ended by a fault", exc_info=True)
        sys.exit(1)


async def _run_until_told(work: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        logger.info("stopped")


def _unwrap(error: BaseException) -> BaseException:
    """What began it, of errors of tasks that ended together."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
