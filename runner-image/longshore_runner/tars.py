"""A directory as a tar.gz, and back. Whoever wrote either may not be trusted: nothing leads out of the directory.

Owns what is taken: folders, regular files, links that stay within. Must not know where the bytes come from.
"""

import gzip
import os
import stat
import tarfile
from pathlib import Path
from typing import IO, Any

from longshore_runner.folders import make_file, make_folder, open_folder, remove

MAX_BYTES = 32 * 2**30
"""Of all files that are unpacked, together."""
MAX_MEMBERS = 1_000_000
PIECE = 2**18


def pack(target: IO[bytes], root: Path, folder: str) -> None:
    """Write a folder's content. Raises OSError."""
    top = open_folder(root, folder)
    try:
        with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=1) as packed, _write(packed) as tar:
            for path, folders, names, descriptor in os.fwalk(".", dir_fd=top, follow_symlinks=False):
                for name in sorted([*folders, *names]):
                    _add(tar, descriptor, name, os.path.normpath(f"{path}/{name}"))
    finally:
        os.close(top)


def unpack(source: Any, root: Path, folder: str) -> None:
    """Fill a folder from what `pack` wrote.

    Raises:
        OSError: There is no room, or a name leads out.
        ValueError: It is no archive, or too large.
    """
    base = make_folder(root, folder)
    os.close(base)
    left = MAX_BYTES
    try:
        with tarfile.open(fileobj=source, mode="r|gz") as tar:
            for number, member in enumerate(tar):
                left -= member.size
                if left < 0 or number >= MAX_MEMBERS:
                    raise ValueError("it has too many bytes or files")
                _extract(tar, member, root, f"{folder}/{member.name}")
    except (tarfile.TarError, EOFError) as error:
        raise ValueError(f"it is damaged: {error}") from error


def _write(target: gzip.GzipFile) -> tarfile.TarFile:
    return tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT)


def _add(tar: tarfile.TarFile, folder: int, name: str, path: str) -> None:
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    entry = tarfile.TarInfo(path)
    entry.mode, entry.mtime = stat.S_IMODE(status.st_mode) & 0o777, int(status.st_mtime)
    if stat.S_ISDIR(status.st_mode):
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
    elif stat.S_ISLNK(status.st_mode):
        entry.type, entry.linkname = tarfile.SYMTYPE, os.readlink(name, dir_fd=folder)
        if _stays_within(path, entry.linkname):
            tar.addfile(entry)
    elif stat.S_ISREG(status.st_mode):
        with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb") as file:
            entry.size = os.fstat(file.fileno()).st_size
            tar.addfile(entry, file)


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, root: Path, path: str) -> None:
    if member.isdir():
        os.close(make_folder(root, path))
    elif member.issym():
        if _stays_within(member.name, member.linkname):
            _link(root, path, member.linkname)
    elif member.isreg() and (content := tar.extractfile(member)):
        with os.fdopen(make_file(root, path, member.mode & 0o777 | 0o600), "wb") as file:
            while piece := content.read(PIECE):
                file.write(piece)
            os.utime(file.fileno(), (member.mtime, member.mtime))


def _link(root: Path, path: str, target: str) -> None:
    parent, _, name = path.rpartition("/")
    folder = make_folder(root, parent)
    try:
        remove(name, folder)
        os.symlink(target, name, dir_fd=folder)
    finally:
        os.close(folder)


def _stays_within(path: str, target: str) -> bool:
    """Whether a link leads to something in the same archive: up first, and no further than to its top."""
    names = [name for name in target.split("/") if name not in {"", "."}]
    ups = next((place for place, name in enumerate(names) if name != ".."), len(names))
    depth = len([name for name in path.split("/") if name not in {"", "."}]) - 1
    return not target.startswith("/") and ".." not in names[ups:] and ups <= depth
