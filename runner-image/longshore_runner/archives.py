"""The namespace's archive as the pod of a step speaks to it: HTTP with the pod's own token.

Owns the connection and what an answer means. Must not know what is sent or fetched.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from longshore_runner.errors import RunnerError

logger = logging.getLogger(__name__)

SILENCE_SECONDS = 30
"""How long the archive may say nothing within a call."""
FIRST_PAUSE, MAX_PAUSE = 0.5, 8.0
FULL = 507
FINAL = {409, 410, 413, 416, 422, FULL}
"""The same call again would be answered the same."""
Result = TypeVar("Result")
Query = Iterable[tuple[str, str]]
Body = bytes | Iterable[bytes] | None


class ArchiveError(RunnerError):
    """The archive did not do what it was asked for.

    Attributes:
        status: What it answered; 0 where it did not.
        offset: Up to which byte it has the file, where it says so.
    """

    def __init__(self, message: str, status: int = 0, offset: int | None = None) -> None:
        super().__init__(message, "See the log of the archive: kubectl logs deployment/archive")
        self.status = status
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Answer:
    """What the archive answered."""

    response: HTTPResponse

    @property
    def status(self) -> int:
        """Below 400."""
        return self.response.status

    def get_header(self, name: str, default: str) -> str:
        """A header's value."""
        return self.response.headers.get(name, default)

    def read(self, size: int | None = None) -> bytes:
        """So many bytes of the body, or all that is left. Raises ArchiveError, also where the body is cut off."""
        with _as_archive_errors():
            piece = self.response.read(size)
            if size and not piece and self.response.length:
                raise ArchiveError(f"the archive's answer ended {self.response.length} bytes too soon")
            return piece


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive, for one attempt of a step."""

    host: str
    port: int
    token: Path
    """Read for each call: the kubelet writes it anew."""
    prefix: str
    """Of the paths of this attempt."""

    @contextmanager
    def call(
        self, method: str, path: str, query: Query = (), body: Body = None, headers: Mapping[str, str] = {}
    ) -> Iterator[Answer]:
        """Within, the answer to one call; `path` is below the attempt's, or absolute. Raises ArchiveError."""
        connection = HTTPConnection(self.host, self.port, timeout=SILENCE_SECONDS)
        target = (path if path.startswith("/") else f"{self.prefix}/{path}") + _write_query(query)
        try:
            with _as_archive_errors():
                authorization = {"Authorization": f"Bearer {self.token.read_text().strip()}"}
                connection.connect()
                with suppress(ConnectionError):
                    connection.request(method, target, body, {**authorization, **headers})
                # One that refuses may have answered, and closed, before all was sent.
                response = connection.getresponse()
                if response.status >= 400:
                    raise _explain(response)
            yield Answer(response)
        finally:
            connection.close()


def read_archive(environment: Mapping[str, str]) -> Archive:
    """The archive that the LONGSHORE_ variables describe; they are the operator's."""
    address = urlsplit(environment["LONGSHORE_ARCHIVE"])
    names = [environment[f"LONGSHORE_{name}"] for name in ("RUN_UID", "STEP", "ATTEMPT")]
    prefix = "/v1/steps/" + "/".join(quote(name, safe="") for name in names)
    return Archive(address.hostname or "", address.port or 80, Path(environment["LONGSHORE_TOKEN"]), prefix)


def persist(action: Callable[[], Result], deadline: float) -> Result:
    """Do it again and again until it is done, or answered for good, or `deadline` (monotonic) would pass.

    Raises:
        ArchiveError: The last one.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return action()
        except ArchiveError as error:
            if error.status in FINAL or time.monotonic() + pause >= deadline:
                raise
            logger.info("%s; trying again in %.1f s", error, pause)
        time.sleep(pause)
        pause = min(pause * 2, MAX_PAUSE)


@contextmanager
def _as_archive_errors() -> Iterator[None]:
    """Within, what goes wrong on the way is the archive's; it may go well the next time."""
    try:
        yield
    except (OSError, HTTPException) as error:
        raise ArchiveError(f"the archive does not answer ({type(error).__name__}: {error})") from error


def _write_query(query: Query) -> str:
    text = urlencode(list(query))
    return f"?{text}" if text else ""


def _explain(response: HTTPResponse) -> ArchiveError:
    """What an answer says that is none, as problem+json."""
    body = response.read(65536)
    try:
        problem: Any = json.loads(body)
        said = str(problem.get("detail") or problem.get("title") or response.reason)
    except (ValueError, AttributeError):
        said = response.reason
    offset = response.headers.get("Upload-Offset", "")
    return ArchiveError(
        f"the archive says {response.status}: {said}",
        response.status,
        int(offset) if offset.isdecimal() else None,
    )
