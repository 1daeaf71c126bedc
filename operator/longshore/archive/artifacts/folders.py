"""Reads folders that a step wrote to. Owns that nothing outside of them is read: no link is followed.

Must not decide what an artifact is. All of it blocks, so it belongs in a thread.
"""

import hashlib
import io
import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from longshore.archive.artifacts.paths import MAX_DEPTH, explain_path
from longshore.archive.artifacts.selections import File
from longshore.errors import ArchiveError

MAX_ENTRIES = 250_000


@dataclass(slots=True)
class Listing:
    """What is in a folder. Paths are relative to it."""

    files: dict[str, os.stat_result] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    """Symbolic links, which are no artifacts."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why what else is there can't be an artifact, and what to do."""


def list_folder(folder: Path) -> Listing:
    """All that is in a folder; nothing where there is none. Raises ArchiveError for more than anyone means."""
    listing = Listing()
    if not folder.is_dir():
        return listing
    for path, found in _walk(folder):
        if stat.S_ISLNK(found.st_mode):
            listing.links.append(path)
        elif problem := _explain(path, found):
            listing.refused[path] = problem
        else:
            listing.files[path] = found
    _refuse_shared(listing)
    return listing


def open_within(folder: Path, path: str) -> io.BufferedReader:
    """The regular file at a path below a folder, to be read. Raises OSError, also where a link is on the way."""
    *parents, name = path.split("/")
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for parent in parents:
            below = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        # Without O_NONBLOCK a pipe that nobody writes to would hold us.
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
    opened = os.fdopen(file, "rb")
    if not stat.S_ISREG(os.fstat(file).st_mode):
        opened.close()
        raise FileNotFoundError(f"{path!r} is no regular file")
    return opened


def hash_file(folder: Path, path: str) -> File:
    """A file with its sha256. Raises OSError."""
    with open_within(folder, path) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        is_executable = bool(os.fstat(file.fileno()).st_mode & stat.S_IXUSR)
        return File(path, file.tell(), sha256, is_executable)


def _walk(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """All but folders, each with what it is itself."""
    seen = 0
    for root, folders, files, at in os.fwalk(folder, follow_symlinks=False):
        prefix = os.path.relpath(root, folder) + "/" if root != str(folder) else ""
        for name in [*folders, *files]:
            found = os.stat(name, dir_fd=at, follow_symlinks=False)
            if not stat.S_ISDIR(found.st_mode):
                seen += 1
                yield f"{prefix}{name}", found
        if seen > MAX_ENTRIES:
            raise ArchiveError(f"there are more than {MAX_ENTRIES} files in $LONGSHORE_ARTIFACTS; pack them")
        if prefix.count("/") > MAX_DEPTH:
            raise ArchiveError(f"folders in $LONGSHORE_ARTIFACTS are nested more than {MAX_DEPTH} deep; pack them")


def _explain(path: str, found: os.stat_result) -> str:
    if not stat.S_ISREG(found.st_mode):
        return "is a socket, a pipe or a device; only files are kept"
    return explain_path(path)


def _refuse_shared(listing: Listing) -> None:
    """Take out files that have other names elsewhere: what is changed there would change here."""
    names = Counter((found.st_dev, found.st_ino) for found in listing.files.values())
    shared = [path for path, found in listing.files.items() if found.st_nlink != names[found.st_dev, found.st_ino]]
    for path in shared:
        del listing.files[path]
        listing.refused[path] = "is a hard link to what lies outside of $LONGSHORE_ARTIFACTS; copy it instead"
