"""An archive on loopback for the programs of the runner: it keeps files in memory, misbehaves as it is told."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

PREFIX = "/v1/steps/uid-1/test%5B0%5D/2/"


@dataclass
class FakeArchive:
    """What it has, and what goes wrong: the first of `faults` befalls the next call, and so on."""

    port: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    partials: dict[str, bytes] = field(default_factory=dict)
    completed: list[dict[str, Any]] = field(default_factory=list)
    inputs: dict[str, bytes] = field(default_factory=dict)
    caches: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    """By path, the status that a PUT is answered with."""
    faults: list[str] = field(default_factory=list)
    """`500`, `507`, `cut`: the connection ends within the body or the answer."""
    calls: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)


@contextmanager
def serve_archive() -> Iterator[FakeArchive]:
    """Within, an archive that listens."""
    archive = FakeArchive()

    class Handler(_Handler):
        kept = archive

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    archive.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield archive
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    kept: FakeArchive

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
        """Say nothing."""

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.close_connection = True
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        self.kept.calls.append(f"{self.command} {unquote(url.path)}")
        self.kept.tokens.add(self.headers.get("Authorization", ""))
        fault = self.kept.faults.pop(0) if self.kept.faults else ""
        if fault.isdecimal():
            self.answer(int(fault), b'{"detail": "it is not well"}')
        elif not url.path.startswith(PREFIX):
            self.answer(404)
        else:
            self.serve(url.path.removeprefix(PREFIX), is_cut=fault == "cut")

    def serve(self, path: str, *, is_cut: bool) -> None:
        kind, _, name = path.partition("/")
        match (self.command, kind, unquote(name)):
            case ("POST", "artifacts", "complete"):
                self.complete()
            case ("HEAD", "artifacts", file):
                self.answer(200, headers={"Upload-Offset": str(len(self.find(file)))})
            case ("PUT", "artifacts", file):
                self.receive(file, is_cut=is_cut)
            case ("GET", "inputs", ""):
                self.answer(200, json.dumps({"files": self.list_inputs()}).encode())
            case ("GET", "inputs", file):
                self.answer(200, self.kept.inputs[file], is_cut=is_cut)
            case (("GET" | "HEAD"), "caches", _):
                self.restore(is_cut=is_cut)
            case ("PUT", "caches", _):
                self.save()

    def find(self, file: str) -> bytes:
        return self.kept.files.get(file, self.kept.partials.get(file, b""))

    def receive(self, file: str, *, is_cut: bool) -> None:
        if status := self.kept.refused.get(file):
            self.answer(status, b'{"detail": "not this one"}')
            return
        offset, length = int(self.query["offset"][0]), int(self.headers["Content-Length"])
        content = self.find(file)[:offset] + self.rfile.read(length // 2 if is_cut else length)
        if is_cut:
            self.kept.partials[file] = content
            return
        assert hashlib.sha256(content).hexdigest() == self.query["sha256"][0]
        self.kept.files[file] = content
        self.answer(204)

    def complete(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        missing = [each["path"] for each in said["files"] if each["path"] not in self.kept.files]
        if not missing:
            self.kept.completed.append(said)
        self.answer(200, json.dumps({"missing": missing}).encode())

    def list_inputs(self) -> list[dict[str, Any]]:
        return [_describe(path, content) for path, content in self.kept.inputs.items()]

    def restore(self, *, is_cut: bool) -> None:
        wanted, prefixes = self.query["key"][0], self.query.get("restore", [])
        found = [key for key in self.kept.caches if key == wanted]
        found += [key for prefix in prefixes for key in self.kept.caches if key.startswith(prefix)]
        if found:
            self.answer(200, self.kept.caches[found[0]], {"Cache-Key": quote(found[0])}, is_cut=is_cut)
        else:
            self.answer(204)

    def save(self) -> None:
        """Take in what comes in chunks; what ends before its last one was cut off."""
        content = b""
        while size := int(self.rfile.readline() or b"-1", 16):
            if size < 0:
                return
            content += self.rfile.read(size)
            self.rfile.readline()
        self.kept.caches[self.query["key"][0]] = content
        self.answer(204)

    def answer(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, *, is_cut: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body)), "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if is_cut else body)


def _describe(path: str, content: bytes) -> dict[str, Any]:
    """A file `<step>/<path>`, or of an item `<step>/<index>/<path>`."""
    step, _, name = path.partition("/")
    index, _, rest = name.partition("/")
    item = {"index": int(index), "path": rest} if index.isdecimal() else {"path": name}
    return {
        "step": step,
        **item,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "executable": name.endswith(".sh"),
        "url": f"{PREFIX}inputs/{quote(path)}",
    }
