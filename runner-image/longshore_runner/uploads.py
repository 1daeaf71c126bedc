"""Sends what a step leaves to the archive: each file once it no longer changes, the rest when the step has ended.

Owns what was sent already. Must not decide what the lack of a file means: the archive does.
"""

import hashlib
import json
import logging
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from longshore_runner.archives import FULL, Archive, ArchiveError, persist
from longshore_runner.folders import Trace, open_file, trace, walk_files
from longshore_runner.globs import is_declared

logger = logging.getLogger(__name__)

PIECE = 2**18
MOST_LOOKS = 64
"""For how many looks at most a file that changes again and again has to lie still before it is sent once more."""
Found = dict[str, Trace]


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that the archive has."""

    trace: Trace
    sha256: str


@dataclass(slots=True)
class Upload:
    """The files that a step declares, below its folder."""

    archive: Archive
    root: Path
    declared: Sequence[Mapping[str, str]]
    sent: dict[str, Sent] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """By path, why the archive will not have it."""
    _seen: Found = field(default_factory=dict)
    _still: dict[str, int] = field(default_factory=dict)
    """By path, for how many looks a file has not changed."""
    _times: Counter[str] = field(default_factory=Counter)
    """By path, how often a file was sent."""

    def send_settled(self) -> None:
        """Send the files that have not changed since the last look; one that can't be sent waits for the next.

        One that changed after it was sent has to lie still for twice as long each time: one that is written with
        pauses would be sent as a whole after each of them.
        """
        found = self._find()
        self._still = {
            path: self._still.get(path, 0) + 1 if self._seen.get(path) == now else 0 for path, now in found.items()
        }
        self._seen = found
        for path in [path for path in found if self._is_settled(path)]:
            try:
                self._send(path, found[path])
            except (ArchiveError, OSError) as error:
                logger.info("%s: %s", path, error)
                return

    def _is_settled(self, path: str) -> bool:
        return self._still[path] >= min(1 << self._times[path], MOST_LOOKS)

    def finish(self, deadline: float) -> None:
        """Send all the rest, and tell the archive that this was all, with what it did not take: it judges that.

        Raises:
            ArchiveError: It has not got all that it takes by `deadline`.
        """
        while True:
            for path, now in self._find().items():
                self._send_by(path, now, deadline)
            missing = persist(self._complete, deadline)
            if not missing:
                break
            for path in missing:
                self.sent.pop(path, None)
            if time.monotonic() >= deadline:
                raise ArchiveError(f"the archive lacks {len(missing)} files, such as {missing[0]}")

    def _find(self) -> Found:
        """The declared files that the archive has not got as they are, nor refused."""
        found = {path: now for path, now in walk_files(self.root) if is_declared(path, self.declared)}
        return {
            path: now
            for path, now in found.items()
            if path not in self.failed and (path not in self.sent or self.sent[path].trace != now)
        }

    def _send_by(self, path: str, now: Trace, deadline: float) -> None:
        try:
            persist(lambda: self._send(path, now), deadline)
        except ArchiveError as error:
            if error.status == FULL or not error.status:
                raise
            self.failed[path] = str(error)
        except OSError as error:
            self.failed[path] = f"it can't be read: {error.strerror or error}"

    def _send(self, path: str, now: Trace) -> None:
        """Send one file, from where the archive has it. Raises ArchiveError and OSError."""
        with os.fdopen(open_file(self.root, path), "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            if trace(os.fstat(file.fileno())) != now:
                return  # it changes; the next look sends it
            target = f"artifacts/{quote(path)}"
            query = [("size", str(now.size)), ("sha256", sha256)]
            query += [("executable", "true")] if now.is_executable else []
            with self.archive.call("HEAD", target, query) as answer:
                offset = int(answer.get_header("Upload-Offset", "0"))
            if offset < now.size or not now.size:
                file.seek(offset)
                length = {"Content-Length": str(now.size - offset), "Content-Type": "application/octet-stream"}
                body = _read(file.fileno(), now.size - offset)
                with self.archive.call("PUT", target, [*query, ("offset", str(offset))], body, length):
                    pass
        self.sent[path] = Sent(now, sha256)
        self._times[path] += 1
        logger.info("Sent %s, %d bytes", path, now.size)

    def _complete(self) -> list[str]:
        """Tell the archive that this was all; what it still lacks."""
        files = [
            {"path": path, "size": sent.trace.size, "sha256": sent.sha256} for path, sent in self.sent.items()
        ]
        failed = [{"path": path, "message": reason[:1024]} for path, reason in self.failed.items()]
        body = json.dumps({"files": files, "failed": failed}).encode()
        headers = {"Content-Type": "application/json"}
        with self.archive.call("POST", "artifacts/complete", body=body, headers=headers) as answer:
            missing: list[str] = json.loads(answer.read())["missing"]
            return missing


def _read(descriptor: int, left: int) -> Iterator[bytes]:
    """So many bytes from where the file stands. Raises OSError where it has become shorter."""
    while left:
        piece = os.read(descriptor, min(PIECE, left))
        if not piece:
            raise OSError("the file became shorter while it was sent")
        left -= len(piece)
        yield piece
