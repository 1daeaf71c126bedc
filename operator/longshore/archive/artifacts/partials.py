"""Writes files that come in parts, so that a whole one is there once all of it is on the volume. It blocks."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longshore.errors import ArchiveError, StorageFullError

FULL = "there is no room on the archive's volume; make the claim larger, or shorten what is kept"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def measure(partial: Path) -> int:
    """How many bytes are here, from the beginning."""
    try:
        return partial.stat().st_size
    except FileNotFoundError:
        return 0


def write_at(partial: Path, offset: int, content: bytes) -> None:
    """Write bytes at their place. Raises StorageFullError: then nothing of the file stays."""
    with _explain(partial):
        partial.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            rest = memoryview(content)
            while rest:
                written = os.pwrite(file, rest, offset)
                rest, offset = rest[written:], offset + written
        finally:
            os.close(file)


def finish(partial: Path, whole: Path, sha256: str) -> bool:
    """Make it whole, on the volume for good; False where its content is another, of which nothing stays."""
    with _explain(partial):
        # Somebody else may have sent the same.
        if not whole.exists():
            with partial.open("rb") as file:
                os.fsync(file.fileno())
                is_right = hashlib.file_digest(file, "sha256").hexdigest() == sha256
            if is_right:
                whole.parent.mkdir(parents=True, exist_ok=True)
                partial.rename(whole)
                _sync_folder(whole.parent)
        partial.unlink(missing_ok=True)
        return whole.exists()


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on the volume."""
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(at)
    finally:
        os.close(at)


@contextmanager
def _explain(partial: Path) -> Iterator[None]:
    """Within, failures of the volume are errors of ours; what can't be finished gives its room back."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise ArchiveError(f"the archive's volume: {error.strerror or error}") from error
        partial.unlink(missing_ok=True)
        raise StorageFullError(FULL) from error
