"""Owns kopf's settings and the one operator that it runs. Must not hold state of ours."""

from typing import Any

import kopf

from longshore.cluster.connections import Connection
from longshore.cluster.sessions import build_session
from longshore.handlers.events import Watched, register_handlers

STREAM_IDLE_SECONDS = 1.0
EXIT_SECONDS = 5.0
"""How long kopf may take to end: a watch of it that swallows its cancellation would keep a leader that is deaf."""


class NoDiffs(kopf.DiffBaseStorage):
    """Compares nothing: no handler of ours asks what has changed, and to find out, kopf copies objects whole."""

    def build(self, **_: Any) -> kopf.BodyEssence:
        """Nothing of an object is compared."""
        return kopf.BodyEssence()

    def fetch(self, **_: Any) -> kopf.BodyEssence | None:
        """Nothing was remembered."""
        return None

    def store(self, **_: Any) -> None:
        """Nothing is to be remembered."""


def build_kopf_settings() -> kopf.OperatorSettings:
    """Have kopf only watch: it writes nothing, and neither pauses nor scans."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.scanning.disabled = True
    settings.persistence.diffbase_storage = NoDiffs()
    settings.process.ultimate_exiting_timeout = EXIT_SECONDS
    settings.queueing.idle_timeout = STREAM_IDLE_SECONDS
    settings.queueing.exit_timeout = 1.0
    settings.watching.chunk_size = 500
    settings.networking.request_timeout = 30
    settings.networking.error_backoffs = (0.1, 0.2, 0.5, 1, 2, 5)
    return settings


async def watch_resources(watched: Watched, connection: Connection, namespaces: tuple[str, ...]) -> None:
    """Watch our kinds until SIGTERM. Returns or raises when a watch can't go on: the process has to end."""

    async def login(**_: Any) -> kopf.AiohttpSession:
        return kopf.AiohttpSession(server=connection.base_url, aiohttp_session=build_session(connection))

    registry = kopf.OperatorRegistry()
    kopf.on.login(id="login", registry=registry)(login)
    register_handlers(registry, watched)
    await kopf.operator(
        registry=registry,
        settings=build_kopf_settings(),
        clusterwide=not namespaces,
        namespaces=namespaces,
    )
