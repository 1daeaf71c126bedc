"""Owns the files of caches on the volume. All of it blocks, so it belongs in a thread. Must not know keys.

A file's name is made of chance, so that nothing a step says becomes a path. What is in it is never unpacked.
"""

import errno
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from longshore.errors import ArchiveError, StorageFullError

PARTIAL = ".part"
FULL = "there is no room on the archive's volume; make the claim larger, or shorten what is kept"


class CacheFiles:
    """The folder of all caches."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self) -> Path:
        """A path for a new file, which does not count until it is finished."""
        with suppress(FileExistsError):
            self._folder.mkdir(parents=True)
        return self._folder / f"{secrets.token_hex(16)}{PARTIAL}"

    def append(self, partial: Path, content: bytes) -> None:
        """Write on. Raises StorageFullError."""
        try:
            with partial.open("ab") as file:
                file.write(content)
        except OSError as error:
            raise _explain(error) from error

    def finish(self, partial: Path) -> str:
        """Have all of it on the volume for good; the file's name. Raises StorageFullError."""
        whole = partial.with_suffix("")
        try:
            _sync(partial, os.O_RDONLY)
            partial.rename(whole)
            _sync(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise _explain(error) from error
        return whole.name

    def open(self, name: str) -> BinaryIO | None:
        """A file to be read, also while it is evicted; None where it is gone."""
        try:
            return (self._folder / name).open("rb")
        except FileNotFoundError:
            return None

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that no row names."""
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def list(self) -> list[str]:
        """The names of all files, begun ones too."""
        try:
            return [path.name for path in self._folder.iterdir()]
        except FileNotFoundError:
            return []


def _sync(path: Path, flags: int) -> None:
    file = os.open(path, flags)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _explain(error: OSError) -> ArchiveError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageFullError(FULL)
    return ArchiveError(f"the archive's volume: {error.strerror or error}")
