"""Owns what happened to a Run, as the archive's journal has it, and as it goes on. Must not know what it means."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import httpx2

from longshore.cli.archives.clients import Archive, build_path
from longshore.cli.cluster.clusters import Object
from longshore.errors import NoArchiveError, NotFoundError, UnavailableError

PATIENCE = 60.0
"""Seconds for which the archive may be away while it is followed."""
BIRTH = 20.0
"""Seconds that the archive may take to be made, with the first Run, and to learn of a Run."""
PAUSE = 1.0
_TOLD = 204
"""The answer to who asks for more after all was told."""
SILENCE = 60.0
"""Seconds without a word after which the connection is taken to be dead; the archive says something before."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream of server-sent events."""

    id: str
    data: str


def list_events(archive: Archive, uid: str) -> Iterator[Object]:
    """All that has happened so far, in its order."""
    after = 0
    while True:
        page = archive.get(build_path("runs", uid, "events"), {"after": str(after)})
        yield from page["items"]
        if not page.get("next"):
            return
        after = page["next"]


def follow_events(archive: Archive, uid: str) -> Iterator[Object]:
    """All that has happened, then what happens, until the Run has ended; taken up where it broke."""
    last, answered = "", time.monotonic()
    while True:
        try:
            with _open(archive, uid, last) as response:
                if response.status_code == _TOLD:
                    return
                for message in read_messages(response.iter_lines()):
                    last, answered = message.id, time.monotonic()
                    yield json.loads(message.data)
        except (NoArchiveError, NotFoundError):
            if last or time.monotonic() - answered > BIRTH:
                raise
            time.sleep(PAUSE)
        except UnavailableError:
            if time.monotonic() - answered > PATIENCE:
                raise
            time.sleep(PAUSE)


def read_messages(lines: Iterable[str]) -> Iterator[Message]:
    """The messages of a stream; what has no id, such as a comment that keeps it alive, is none.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    """
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line:
            text = value.removeprefix(" ")
            fields[name] = f"{fields['data']}\n{text}" if name == "data" and "data" in fields else text
            continue
        if "data" in fields and "id" in fields:
            yield Message(fields["id"], fields["data"])
        fields = {}


def _open(archive: Archive, uid: str, last: str) -> AbstractContextManager[httpx2.Response]:
    """The stream of what came after the last event."""
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    return archive.stream(build_path("runs", uid, "events"), {"follow": "true"}, headers, silence=SILENCE)
