"""HTTP sessions for libraries that make calls of their own, authenticated as we are. Makes no calls."""

import aiohttp

from longshore.cluster.connections import Connection


def build_session(connection: Connection) -> aiohttp.ClientSession:
    """A session whose every request carries the credentials of the moment, which may rotate."""

    async def authenticate(
        request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        request.headers.update(await connection.headers())
        return await handler(request)

    connector = aiohttp.TCPConnector(ssl=connection.ssl_context, limit=0)
    return aiohttp.ClientSession(connector=connector, proxy=connection.proxy, middlewares=(authenticate,))
