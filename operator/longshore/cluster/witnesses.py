"""Asks the archive of a namespace about pods that are gone, and its room. Decides nothing, and believes nothing.

Whoever may change the namespace may answer in the archive's place. So the token is good for that archive alone, no
redirect is followed, and the answer has a bound.
"""

import time
from dataclasses import dataclass
from typing import Self

import aiohttp

from longshore.cluster.resources import SERVICE_ACCOUNTS, Object
from longshore.cluster.responses import parse_object
from longshore.cluster.transports import Transport
from longshore.errors import NotFoundError, UnavailableError
from longshore.names import build_archive_audience

LONGEST_ANSWER = 2 * 1024 * 1024
"""Bytes; the API server takes no larger object."""
ANSWER_SECONDS = 5.0
TOKEN_SECONDS = 600
"""The shortest that Kubernetes grants."""


@dataclass(frozen=True, slots=True)
class Account:
    """The service account as which archives are asked."""

    namespace: str
    name: str


class ArchiveWitness:
    """Asks archives over HTTP. Made within a running event loop; closed by `async with`.

    `url` has {namespace} where that stands.
    """

    def __init__(self, transport: Transport, account: Account, url: str) -> None:
        self._transport = transport
        self._account = account
        self._url = url
        self._tokens: dict[str, tuple[float, str]] = {}
        limits = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        self._session = aiohttp.ClientSession(timeout=limits, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def recall(self, namespace: str, pod: str) -> Object:
        """The last version of a pod that the archive saw.

        Raises NotFoundError where it saw none, UnavailableError where it does not answer, or not so.
        """
        return await self._ask(namespace, f"pods/{pod}")

    async def measure(self, namespace: str) -> Object:
        """How much room the archive has: a StorageReport, if it says what it should. Raises ClusterError."""
        return await self._ask(namespace, "storage")

    async def _ask(self, namespace: str, path: str) -> Object:
        headers = {"Authorization": f"Bearer {await self._get_token(namespace)}", "User-Agent": "longshore"}
        url = f"{self._url.format(namespace=namespace)}/v1/{path}"
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                body = await _read(response)
        except (aiohttp.ClientError, OSError) as error:
            raise UnavailableError(f"the archive of {namespace}: {error or type(error).__name__}") from error
        if response.status == 404:
            raise NotFoundError(f"the archive of {namespace} knows nothing of {path}")
        if response.status != 200:
            raise UnavailableError(f"the archive of {namespace}: HTTP {response.status}: {body[:200]!r}")
        return parse_object(body)

    async def _get_token(self, namespace: str) -> str:
        expiry, token = self._tokens.get(namespace, (0.0, ""))
        if time.monotonic() >= expiry:
            token = await self._request_token(namespace)
            self._tokens[namespace] = (time.monotonic() + TOKEN_SECONDS / 2, token)
        return token

    async def _request_token(self, namespace: str) -> str:
        spec = {"audiences": [build_archive_audience(namespace)], "expirationSeconds": TOKEN_SECONDS}
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        account = self._account
        answer = await self._transport.create_within(
            SERVICE_ACCOUNTS, account.namespace, account.name, "token", request
        )
        token: str = answer["status"]["token"]
        return token


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The answer. Raises UnavailableError where it is longer than any can be."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > LONGEST_ANSWER:
            raise UnavailableError(f"the answer is longer than {LONGEST_ANSWER} bytes")
    return bytes(body)
