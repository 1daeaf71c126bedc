"""Files below a folder that others may have made: no link is ever followed, so nothing outside is read or written.

Owns how such a folder is walked, read and filled. Must not know what the files are.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ENTER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Trace:
    """By what a file is known to have changed."""

    size: int
    changed: int
    inode: int
    is_executable: bool


def walk_files(root: Path) -> Iterator[tuple[str, Trace]]:
    """The regular files below a folder, by their path in it; what goes while it is looked at is left out."""
    for folder, _, names, descriptor in os.fwalk(root, follow_symlinks=False, onerror=None):
        for name in names:
            try:
                status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode):
                yield str((Path(folder) / name).relative_to(root)), trace(status)


def trace(status: os.stat_result) -> Trace:
    """By what the file of this status is known."""
    return Trace(status.st_size, status.st_mtime_ns, status.st_ino, bool(status.st_mode & 0o100))


def open_folder(root: Path, path: str) -> int:
    """A descriptor of a folder below `root`. Raises OSError, also where a link is on the way."""
    names, descriptor = _split(path), os.open(root, _ENTER)
    for name in names:
        descriptor = _step(descriptor, name)
    return descriptor


def make_folder(root: Path, path: str) -> int:
    """A descriptor of a folder below `root`, which is made where it is missing. Raises OSError."""
    names, descriptor = _split(path), os.open(root, _ENTER)
    for name in names:
        try:
            os.mkdir(name, dir_fd=descriptor)
        except FileExistsError:
            pass
        except OSError:
            os.close(descriptor)
            raise
        descriptor = _step(descriptor, name)
    return descriptor


def open_file(root: Path, path: str) -> int:
    """A descriptor of a regular file below `root`, to be read. Raises OSError."""
    folder, _, name = path.rpartition("/")
    descriptor = open_folder(root, folder)
    try:
        file = os.open(name, _READ, dir_fd=descriptor)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(f"{path} is no regular file")
    return file


def make_file(root: Path, path: str, mode: int) -> int:
    """A descriptor of a new file below `root`, to be written; what was there before goes. Raises OSError."""
    folder, _, name = path.rpartition("/")
    descriptor = make_folder(root, folder)
    try:
        remove(name, descriptor)
        return os.open(name, _MAKE, mode, dir_fd=descriptor)
    finally:
        os.close(descriptor)


def remove(name: str, folder: int) -> None:
    """Remove what has this name in an open folder, unless it is a folder too. Raises OSError."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return


def _step(descriptor: int, name: str) -> int:
    try:
        return os.open(name, _ENTER, dir_fd=descriptor)
    finally:
        os.close(descriptor)


def _split(path: str) -> list[str]:
    """The names of a relative path. Raises OSError for one that leads out."""
    names = [name for name in path.split("/") if name not in {"", "."}]
    if path.startswith("/") or ".." in names:
        raise OSError(f"{path!r} leads out of its folder")
    return names
