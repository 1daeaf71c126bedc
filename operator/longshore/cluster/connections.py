"""Where the API server is and how to prove who calls, following tokens that rotate. Makes no API calls.

kubernetes.aio reads the kubeconfig or the pod's service account, runs credential plugins and refreshes tokens.
"""

import logging
import os
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from kubernetes.aio.client import Configuration
from kubernetes.aio.client.rest import RESTClientObject
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from longshore.errors import SettingsError

logger = logging.getLogger(__name__)
Load: TypeAlias = Callable[[], Awaitable[None]]


class Connection:
    """Address, TLS and credentials of one API server. `load` reads the credentials into `configuration` anew."""

    def __init__(self, configuration: Configuration, load: Load, max_age: float = 60) -> None:
        self._configuration = configuration
        self.base_url: str = configuration.host
        self.proxy: str | None = configuration.proxy
        self.server_hostname: str | None = configuration.tls_server_name
        self.ssl_context: ssl.SSLContext = RESTClientObject(configuration).ssl_context
        self._load = load
        self._max_age = max_age
        self._loaded_at = time.monotonic()

    async def headers(self) -> dict[str, str]:
        """The headers that authenticate a call; credentials older than `max_age` seconds are read anew."""
        if time.monotonic() - self._loaded_at > self._max_age:
            await self._reload()
        token = self._configuration.api_key.get("BearerToken")
        return {"Authorization": token} if token else {}

    async def renew(self, refused: dict[str, str]) -> bool:
        """Whether there are other headers now than those that the API server refused."""
        if await self.headers() == refused:
            await self._reload()
        return await self.headers() != refused

    async def _reload(self) -> None:
        # Set first, so that calls made meanwhile go on with the old token instead of loading too.
        self._loaded_at = time.monotonic()
        try:
            await self._load()
        except (ConfigException, OSError) as error:
            logger.warning("credentials could not be read anew: %s", error)


async def connect(kubeconfig: Path | None = None, context: str | None = None) -> Connection:
    """Connect by `kubeconfig`, or in a pod as its service account, or by $KUBECONFIG or ~/.kube/config.

    Raises SettingsError where that is missing or wrong.
    """
    try:
        if kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ:
            return await connect_in_cluster()
        default = os.environ.get("KUBECONFIG") or "~/.kube/config"
        return await connect_by_kubeconfig(str(kubeconfig or default), context)
    except (ConfigException, OSError, ValueError) as error:
        raise SettingsError(f"kubeconfig: {error}") from error


async def connect_in_cluster() -> Connection:
    """Connect as the pod's service account, whose token the kubelet rotates."""
    configuration = Configuration()

    async def load() -> None:
        load_incluster_config(configuration, try_refresh_token=False)  # type: ignore[no-untyped-call]

    await load()
    return Connection(configuration, load)


async def connect_by_kubeconfig(files: str, context: str | None) -> Connection:
    """Connect as the user of `context`, or of the current one."""
    configuration = Configuration()
    loader = await load_kube_config(  # type: ignore[no-untyped-call]
        files, context, client_configuration=configuration, persist_config=False
    )

    async def load() -> None:
        await loader.load_and_set(configuration)

    return Connection(configuration, load)
