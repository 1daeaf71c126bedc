"""Git servers on loopback: `git http-backend` behind Python's HTTP server, and OpenSSH's sshd.

Owns their processes and ports. Must not know the runner.
"""

import base64
import contextlib
import getpass
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Behaviour:
    """How an HTTP server treats its clients.

    Attributes:
        password: What user `reader` must give; empty for a public server.
        protocol: The newest version of git's protocol; 0 refuses to serve commits that no ref names.
        failures: How many of the next requests are answered 503.
        silent: Whether requests are never answered.
        requests: The Authorization headers of the requests so far.
        asked: Set by the first request.
        ended: Set when the server ends: silence is over.
    """

    password: str = ""
    protocol: int = 2
    failures: int = 0
    silent: bool = False
    requests: list[str] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class GitServer(ThreadingHTTPServer):
    """Serves the bare repositories below a folder."""

    daemon_threads = True

    def __init__(self, root: Path, behaviour: Behaviour) -> None:
        self.root, self.behaviour = root, behaviour
        super().__init__(("127.0.0.1", 0), GitHandler)

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_port}"


class GitHandler(BaseHTTPRequestHandler):
    """Hands each request to `git http-backend`, as a web server with CGI does."""

    server: GitServer

    def do_GET(self) -> None:
        """Answer a request."""
        behaviour = self.server.behaviour
        behaviour.requests.append(self.headers.get("Authorization", ""))
        behaviour.asked.set()
        if behaviour.silent:
            behaviour.ended.wait()
        elif behaviour.failures:
            behaviour.failures -= 1
            self.send_error(503)
        elif not self._is_authorized():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._run_backend()

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
        """Keep quiet."""

    def _is_authorized(self) -> bool:
        password = self.server.behaviour.password
        expected = base64.b64encode(f"reader:{password}".encode()).decode()
        return not password or self.headers.get("Authorization") == f"Basic {expected}"

    def _run_backend(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        variables = {
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        if self.server.behaviour.protocol:
            variables["GIT_PROTOCOL"] = self.headers.get("Git-Protocol", "")
        done = subprocess.run(
            ["git", "http-backend"], env=os.environ | variables, input=body, capture_output=True, check=False
        )
        self._send(done.stdout)

    def _send(self, answer: bytes) -> None:
        head, _, body = answer.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().splitlines()]
        self.send_response(next((int(value.split()[0]) for name, value in headers if name == "Status"), 200))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextlib.contextmanager
def serve_http(root: Path, behaviour: Behaviour) -> Iterator[GitServer]:
    """Run an HTTP server until the block ends."""
    server = GitServer(root, behaviour)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        behaviour.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class SshServer:
    """An sshd that lets one key in.

    Attributes:
        url: Its address with the user's name; a repository's absolute path follows.
        known_hosts: The line of its host key.
        private_key: The key that it accepts.
    """

    url: str
    known_hosts: str
    private_key: str


def make_key(file: Path, passphrase: str = "") -> str:
    """Make an ssh key pair, with `.pub` beside it; returns the private key."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", str(file)]
    subprocess.run(command, check=True)
    return file.read_text()


@contextlib.contextmanager
def serve_ssh(folder: Path) -> Iterator[SshServer]:
    """Run sshd until the block ends; its keys are made in a folder."""
    make_key(folder / "host")
    private_key = make_key(folder / "user")
    port = _free_port()
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
        "PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where sshd, as root, puts away its privileges
    command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        log = process.stderr or ()
        if not any("Server listening" in line for line in log):
            raise RuntimeError("sshd did not start")
        host_key = (folder / "host.pub").read_text()
        try:
            yield SshServer(
                f"ssh://{getpass.getuser()}@127.0.0.1:{port}", f"[127.0.0.1]:{port} {host_key}", private_key
            )
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
