# ruff: noqa: INP001 - a program of one file, which a pod gets as a ConfigMap
"""Serves the bare repositories below a folder over smart HTTP, read-only: `git http-backend` behind http.server.

python3 server.py FOLDER PORT
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class GitHandler(BaseHTTPRequestHandler):
    """Hands each request to `git http-backend`, as a web server with CGI does."""

    def do_GET(self) -> None:
        """Answer a request."""
        path, _, query = self.path.partition("?")
        variables = {
            "GIT_PROJECT_ROOT": sys.argv[1],
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with tempfile.TemporaryFile() as answer:  # a clone may be larger than memory
            command = ["git", "http-backend"]
            subprocess.run(command, env=os.environ | variables, input=body, stdout=answer, check=True)
            answer.seek(0)
            headers = iter(answer.readline, b"\r\n")
            fields = [line.decode().rstrip().split(": ", 1) for line in headers]
            self.send_response(next((int(value[:3]) for name, value in fields if name == "Status"), 200))
            for name, value in fields:
                self.send_header(name, value)
            self.end_headers()
            shutil.copyfileobj(answer, self.wfile)

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    ThreadingHTTPServer(("", int(sys.argv[2])), GitHandler).serve_forever()
