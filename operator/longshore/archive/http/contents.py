"""How a file goes out over HTTP: ranges, tags, and a name that is safe to save it under. Knows no artifacts."""

import io
import os
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.types import Receive, Scope, Send

PIECE = 2**20
BINARY = "application/octet-stream"


class OpenFile(FileResponse):
    """The content of a file that is open, or the range of it that is asked for; closed at the end.

    It is found by its descriptor: whatever becomes of its name, this is the file that was looked at.
    """

    chunk_size = PIECE

    def __init__(self, file: io.BufferedReader, headers: dict[str, str]) -> None:
        number = file.fileno()
        super().__init__(f"/proc/self/fd/{number}", 200, headers, BINARY, stat_result=os.fstat(number))
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self._file:
            await super().__call__(scope, receive, send)


def build_headers(name: str, tag: str) -> dict[str, str]:
    """The headers of content that is saved, never shown: whoever made it may mean to deceive a browser."""
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in name
    )
    return {
        "ETag": tag,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }


def is_known(request: Request, tag: str) -> bool:
    """Whether the caller has this content already."""
    known = [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    return "*" in known or tag.removeprefix("W/") in known


def answer_known(headers: dict[str, str]) -> Response:
    """The answer to whoever has it."""
    return Response(status_code=304, headers=headers)
