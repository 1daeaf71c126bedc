"""Owns where the bytes of artifacts lie on the volumes, and how they are opened and removed. All of it blocks.

What came over HTTP lies as <attempt's folder>/<sha256>, so that no name that a step gives becomes one of ours, and
what is sent twice lies there once. What a step wrote to the claim `artifacts` lies as it wrote it.
"""

import io
import os
import shutil
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from longshore.api.archives import Transport
from longshore.archive.artifacts.folders import open_within
from longshore.archive.artifacts.selections import File
from longshore.archive.places import AttemptKey, Places
from longshore.errors import ArchiveError


@dataclass(frozen=True, slots=True)
class Holdings:
    """The volumes, as far as artifacts are on them."""

    places: Places
    mount: Path | None = None
    """Where the claim `artifacts` is mounted; None: it is not."""

    def get_folder(self, key: AttemptKey, transport: Transport) -> Path:
        """Where the files of an attempt lie. Raises ArchiveError where that volume is not mounted."""
        root = self.places.artifacts if transport == "HTTP" else self.mount
        if root is None:
            raise ArchiveError("the claim `artifacts` is not mounted in the archive: set archive.artifacts again")
        return root / key.folder

    def get_blob(self, key: AttemptKey, sha256: str) -> Path:
        """Where content lies that came over HTTP."""
        return self.places.artifacts / key.folder / sha256

    def get_partial(self, key: AttemptKey, sha256: str) -> Path:
        """Where content lies of which not all has come."""
        return self.places.uploads / key.folder / sha256

    def open(self, key: AttemptKey, transport: Transport, file: File) -> io.BufferedReader:
        """A file's content. Raises ArchiveError where it is not there."""
        name = file.sha256 if transport == "HTTP" else file.path
        try:
            return open_within(self.get_folder(key, transport), name)
        except OSError as error:
            raise ArchiveError(f"{file.path!a} can't be read: {error.strerror or error}") from error

    def clear_uploads(self, key: AttemptKey, kept: AbstractSet[str]) -> None:
        """Remove of a closed attempt what came over HTTP, but for content of these sha256."""
        shutil.rmtree(self.places.uploads / key.folder, ignore_errors=True)
        with suppress(FileNotFoundError):
            for blob in (self.places.artifacts / key.folder).iterdir():
                if blob.name not in kept:
                    blob.unlink(missing_ok=True)

    def remove(self, path: str) -> bool:
        """Remove what is at a path below the volumes' roots, a folder with all in it; whether it is gone."""
        roots = [self.places.artifacts, self.places.uploads, *([self.mount] if self.mount else ())]
        for root in roots:
            with suppress(OSError):
                _remove(root, path)
        return not any(os.path.lexists(root / path) for root in roots)


def _remove(root: Path, path: str) -> None:
    """Remove one; no link on the way is followed."""
    target = root / path
    if ".." in target.parts or target.parent.resolve() != (root.resolve() / path).parent:
        raise NotADirectoryError(path)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink()
