"""An API server that plays a script: for each path the answers in turn, the last one again and again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

import httpx2
from longshore.cli.archives.clients import Archive
from longshore.cli.cluster.clusters import Cluster

NAMESPACE = "team"
RUNS = f"/apis/longshore.dev/v1alpha1/namespaces/{NAMESPACE}/runs"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


@dataclass(frozen=True, slots=True)
class Answer:
    """A code and lines, and how it ends: well, by an error, or only once `held` is set."""

    code: int
    lines: tuple[str, ...]
    error: Exception | None = None
    held: Event | None = None
    content: bytes = b""
    """What comes before the lines."""


class Stream(httpx2.SyncByteStream):
    """The body of an answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        """The lines, then the end."""
        yield from filter(None, (self._answer.content, *(f"{line}\n".encode() for line in self._answer.lines)))
        if self._answer.held:
            self._answer.held.wait()
        if self._answer.error:
            raise self._answer.error


@dataclass(slots=True)
class Script:
    """What is answered, and what was asked: the watches of a path are apart from its lists."""

    answers: dict[str, list[Any]]
    """Answers, and exceptions in place of them."""
    asked: list[httpx2.Request] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def connect(self) -> Cluster:
        """A cluster that plays this script."""
        client = httpx2.Client(base_url="https://api", transport=httpx2.MockTransport(self.respond))
        return Cluster(client, NAMESPACE)

    def open_archive(self) -> Archive:
        """An archive that plays this script."""
        return Archive(ScriptGate(self))

    def parameters(self, number: int) -> dict[str, str]:
        """The query of a request."""
        return dict(self.asked[number].url.params)

    def respond(self, request: httpx2.Request) -> httpx2.Response:
        """The next answer for a path; the last one again and again."""
        """The next answer for a path; of several the last one again and again."""
        path = request.url.path + ("?watch" if "watch" in request.url.params else "")
        with self._lock:
            self.asked.append(request)
            left = self.answers[path]
            answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx2.Response(answer.code, stream=Stream(answer))


@dataclass(slots=True)
class ScriptGate:
    """A way to an archive that plays a script."""

    script: Script
    is_open: bool = False
    opened: int = 0
    """How often it was."""

    def open(self) -> httpx2.Client:
        """A client that plays the script."""
        self.is_open = True
        self.opened += 1
        return httpx2.Client(base_url="http://archive", transport=httpx2.MockTransport(self.script.respond))

    def close(self) -> None:
        """Close the way."""
        self.is_open = False


def answer_content(content: bytes, code: int = 200, error: Exception | None = None) -> Answer:
    """Bytes."""
    return Answer(code, (), error, content=content)


def answer(item: Any) -> Answer:
    """An object."""
    return Answer(200, (json.dumps(item),))


def answer_list(*items: Any, version: str = "10", token: str = "") -> Answer:
    """A page of a list."""
    metadata = {"resourceVersion": version, **({"continue": token} if token else {})}
    return answer({"items": items, "metadata": metadata})


def answer_watch(*events: tuple[str, Any], error: Exception | None = None, held: Event | None = None) -> Answer:
    """The events of a watch."""
    lines = tuple(json.dumps({"type": kind, "object": item}) for kind, item in events)
    return Answer(200, lines, error, held)


def answer_lines(*lines: str, error: Exception | None = None) -> Answer:
    """A log."""
    return Answer(200, lines, error)


def refuse(code: int, message: str = "", name: str = "") -> Answer:
    """A refusal of the API server."""
    return Answer(code, (json.dumps({"code": code, "message": message, "details": {"name": name}}),))
