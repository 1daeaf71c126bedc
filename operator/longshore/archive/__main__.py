"""The composition root of the archive: reads settings, puts the parts together, ends cleanly."""

import asyncio
import logging
import signal
import sys

from prometheus_client import CollectorRegistry

from longshore.archive.databases import open_database
from longshore.archive.places import Places
from longshore.archive.settings import ArchiveSettings, read_settings
from longshore.errors import LongshoreError
from longshore.telemetry.logs import configure_logs
from longshore.telemetry.probes import serve_probes

logger = logging.getLogger(__name__)


async def operate(settings: ArchiveSettings) -> None:
    """Run the archive until SIGTERM or SIGINT. Raises LongshoreError where it can't go on."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    probes = (settings.host, settings.probes_port)
    places = Places(settings.data)
    async with (
        open_database(places.database),
        serve_probes(probes, CollectorRegistry(), alive=lambda: "", ready=lambda: ""),
    ):
        await stopped.wait()


def main() -> None:
    """Run the archive; exit with 1 where it can't, with one line that says why."""
    try:
        settings = read_settings()
    except LongshoreError as error:
        sys.exit(f"longshore-archive: {error}")
    configure_logs(settings.log_format, settings.log_level)
    logger.info("settings: %s", settings.model_dump(mode="json"))
    try:
        asyncio.run(operate(settings))
    except LongshoreError as error:
        logger.critical("%s: %s", type(error).__name__, error)
        sys.exit(1)
    except Exception:
        logger.critical("ended by a fault", exc_info=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
