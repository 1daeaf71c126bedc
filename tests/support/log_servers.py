"""A stub of the API server's logs: containers that print, rotation as the kubelet does it, and faults."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from longshore.archive.logs.lines import read_time
from longshore.cluster.podlogs import LogCall

Place = tuple[str, str]
"""Pod and container."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """A call is answered with this status."""

    code: int
    message: str = "no"


@dataclass(frozen=True, slots=True)
class Cut:
    """A stream ends after so many bytes, as if all had come."""

    size: int


@dataclass(frozen=True, slots=True)
class Say:
    """In a log's place come words of the kubelet, without a time and an end."""

    words: str = "unable to retrieve container logs for containerd://0"


Fault = Refuse | Cut | Say


@dataclass
class StubLog:
    """The log of a container, in the files that the kubelet has of it; only the newest is served."""

    files: list[bytes] = field(default_factory=lambda: [b""])
    is_over: bool = False
    is_unnoticed: bool = False
    """Whether streams under way stay with their file, as it happens to the kubelet."""
    earlier: bytes | None = None
    """What the container printed before it was started anew, where it was."""
    faults: deque[Fault] = field(default_factory=deque)
    calls: list[LogCall] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def print(self, data: bytes) -> None:
        """The container prints, each line with its time."""
        self.files[-1] += data
        self.wake()

    def rotate(self) -> None:
        """The kubelet begins a new file."""
        self.files.append(b"")
        self.wake()

    def end(self) -> None:
        """The container ends."""
        self.is_over = True
        self.wake()

    def restart(self) -> None:
        """The container is started anew."""
        self.earlier, self.files, self.is_over = self.files[-1], [b""], False
        self.wake()

    def wake(self) -> None:
        """Have streams look for more."""
        self.changed.set()
        self.changed = asyncio.Event()

    def select(self, since: str | None) -> bytes:
        """What the newest file has, of that time or later."""
        return select(self.files[-1], since)

    async def follow(self, call: LogCall) -> AsyncIterator[bytes]:
        """What is there, and what is printed until the container ends; goes on in the next file."""
        files, index = self.files, len(self.files) - 1
        sent = len(files[index])
        if first := self.select(call.since):
            yield first
        while call.is_followed:
            changed = self.changed
            while sent < len(files[index]):
                part = files[index][sent:]
                sent += len(part)
                yield part
            if index + 1 < len(files) and not self.is_unnoticed:
                index, sent = index + 1, 0
            elif self.is_over or files is not self.files:
                return
            else:
                await changed.wait()


class LogServer:
    """Speaks HTTP/1.0, as it is asked to."""

    def __init__(self) -> None:
        self.logs: dict[Place, StubLog] = {}
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one call."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        url = head.split(" ")[1]
        if not urlsplit(url).path.endswith("/log"):
            await self._tell_pod(url.rpartition("/")[2], writer)
            return
        call = parse_call(url)
        log = self.logs.get((call.pod, call.container))
        try:
            if log is None:
                await refuse(writer, Refuse(404, "pods not found"))
            else:
                await serve(log, call, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _tell_pod(self, name: str, writer: asyncio.StreamWriter) -> None:
        """A pod is there while one of its logs is."""
        if not any(pod == name for pod, _ in self.logs):
            await refuse(writer, Refuse(404, "pods not found"))
        else:
            body = json.dumps({"metadata": {"name": name, "uid": f"uid-of-{name}"}})
            writer.write(f"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{body}".encode())
            await writer.drain()
        writer.close()


async def serve(log: StubLog, call: LogCall, writer: asyncio.StreamWriter) -> None:
    """Answer a call, with the next fault."""
    log.calls.append(call)
    fault = log.faults.popleft() if log.faults else None
    if isinstance(fault, Refuse):
        await refuse(writer, fault)
        return
    if call.is_previous and log.earlier is None:
        await refuse(writer, Refuse(400, "previous terminated container not found"))
        return
    writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    await writer.drain()
    if isinstance(fault, Say):
        writer.write(fault.words.encode())
        await writer.drain()
        return
    left = fault.size if fault else None
    async for part in _choose(log, call):
        writer.write(part if left is None else part[:left])
        await writer.drain()
        if left is not None:
            left -= len(part)
            if left <= 0:
                return


async def refuse(writer: asyncio.StreamWriter, fault: Refuse) -> None:
    """Answer with a status."""
    body = b'{"kind":"Status","message":"%s"}' % fault.message.encode()
    writer.write(b"HTTP/1.0 %d No\r\nContent-Length: %d\r\n\r\n%s" % (fault.code, len(body), body))
    await writer.drain()


def select(text: bytes, since: str | None) -> bytes:
    """The lines of that time or later."""
    start = read_time(f"{since} ".encode()) if since else None
    if start is None:
        return text
    return b"".join(line for line in text.splitlines(keepends=True) if (read_time(line + b" ") or 0) >= start)


def parse_call(target: str) -> LogCall:
    """What a request asks for."""
    url = urlsplit(target)
    _, _, _, _, namespace, _, pod, _ = url.path.split("/")
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    return LogCall(
        namespace,
        pod,
        query["container"],
        query.get("sinceTime"),
        is_followed="follow" in query,
        is_previous="previous" in query,
    )


@asynccontextmanager
async def serve_logs() -> AsyncIterator[LogServer]:
    """Within, a server on loopback."""
    logs = LogServer()
    server = await asyncio.start_server(logs.answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    logs.url = f"http://{host}:{port}"
    try:
        yield logs
    finally:
        server.close()


async def _choose(log: StubLog, call: LogCall) -> AsyncIterator[bytes]:
    if call.is_previous:
        yield select(log.earlier or b"", call.since)
        return
    async for part in log.follow(call):
        yield part
