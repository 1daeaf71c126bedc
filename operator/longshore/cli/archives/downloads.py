"""Owns bringing an artifact here, whole or not at all: taken up where it broke, compared with its sha256."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from longshore.cli.archives.artifacts import Artifact
from longshore.cli.archives.clients import Archive
from longshore.errors import ArchiveError, UnavailableError

PATIENCE = 60.0
"""Seconds without a byte after which it is given up."""
PAUSE = 1.0
CHUNK = 1 << 20
Advance = Callable[[int], None]
"""Told how many more bytes are here."""


def fetch_file(archive: Archive, artifact: Artifact, place: Path, advance: Advance) -> None:
    """Write a file. Until it is whole it lies beside the place, and is taken up by the next one who asks."""
    part = place.with_name(f".{artifact.sha256[:16]}.part")
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666), "r+b") as file:
        digest = _digest_beginning(file, artifact.size, advance)
        for chunk in read_content(archive, artifact, file.tell()):
            file.write(chunk)
            digest.update(chunk)
            advance(len(chunk))
    if digest.hexdigest() != artifact.sha256:
        part.unlink()
        raise build_mismatch(artifact)
    part.replace(place)


def write_file(archive: Archive, artifact: Artifact, file: BinaryIO, advance: Advance) -> None:
    """Write the content to where nothing can be taken back. Raises ArchiveError at the end if it was wrong."""
    digest = hashlib.sha256()
    for chunk in read_content(archive, artifact):
        file.write(chunk)
        digest.update(chunk)
        advance(len(chunk))
    if digest.hexdigest() != artifact.sha256:
        raise build_mismatch(artifact)


def read_content(archive: Archive, artifact: Artifact, start: int = 0) -> Iterator[bytes]:
    """The content of a file from a byte on, through broken connections."""
    position, moved = start, time.monotonic()
    while position < artifact.size:
        try:
            for chunk in _stream(archive, artifact, position):
                position, moved = position + len(chunk), time.monotonic()
                yield chunk
        except UnavailableError:
            if time.monotonic() - moved > PATIENCE:
                raise
            time.sleep(PAUSE)


def write_folder(archive: Archive, artifact: Artifact, file: BinaryIO) -> None:
    """Write a folder as the tar.gz as which it comes."""
    file.writelines(stream_folder(archive, artifact))


def stream_folder(archive: Archive, artifact: Artifact) -> Iterator[bytes]:
    """A folder as tar.gz, from its beginning; the archive makes it on the way, so it can't be taken up."""
    with archive.stream(artifact.content_path, headers={"Accept-Encoding": "identity"}) as response:
        yield from response.iter_raw()


def build_mismatch(artifact: Artifact) -> ArchiveError:
    """The error for content that is not what the archive lists."""
    return ArchiveError(f"what came of {artifact.full_name} does not have the sha256 {artifact.sha256}; try again")


def _stream(archive: Archive, artifact: Artifact, position: int) -> Iterator[bytes]:
    headers = {"Accept-Encoding": "identity", "Range": f"bytes={position}-"}
    with archive.stream(artifact.content_path, headers=headers) as response:
        if position and response.status_code != 206:
            raise ArchiveError(f"the archive does not send {artifact.full_name} from byte {position} on")
        left = artifact.size - position
        for chunk in response.iter_raw():
            left -= len(chunk)
            if left < 0:
                raise build_mismatch(artifact)
            yield chunk
    if left:
        raise UnavailableError(f"{artifact.full_name} ended {left} bytes early")


def _digest_beginning(file: BinaryIO, size: int, advance: Advance) -> "hashlib._Hash":
    """The sha256 of what is here already; afterwards the file stands at its end."""
    digest = hashlib.sha256()
    file.truncate(min(size, os.fstat(file.fileno()).st_size))
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        advance(len(chunk))
    return digest
