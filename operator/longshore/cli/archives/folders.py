"""Owns unpacking a folder that comes as tar.gz: files alone, none outside, none larger than the archive lists."""

import hashlib
import io
import shutil
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import IO

from longshore.cli.archives.artifacts import Artifact
from longshore.cli.archives.clients import Archive
from longshore.cli.archives.destinations import build_safe_path, check_links
from longshore.cli.archives.downloads import CHUNK, Advance, build_mismatch, stream_folder
from longshore.errors import ArchiveError

_NO_TAR = (tarfile.TarError, zlib.error, EOFError)


def fetch_folder(archive: Archive, artifact: Artifact, place: Path, advance: Advance) -> None:
    """Write a folder. Until it is whole it lies beside the place; files that are there already are replaced."""
    part = Path(mkdtemp(prefix=".longshore-", suffix=".part", dir=place.parent))
    try:
        listing = dict(_unpack(stream_folder(archive, artifact), part, artifact, advance))
        if _digest(listing) != artifact.sha256:
            raise build_mismatch(artifact)
        check_links(place, map(place.joinpath, listing))
        for path in listing:
            _put(part / path, place / path)
    except _NO_TAR as error:
        raise ArchiveError(f"what came of {artifact.full_name} is no tar.gz, or not all of it: {error}") from error
    finally:
        shutil.rmtree(part)


def _unpack(
    chunks: Iterable[bytes], root: Path, artifact: Artifact, advance: Advance
) -> Iterator[tuple[str, str]]:
    """Write the files of a tar below a folder. Each with its sha256, in hexadecimal."""
    left = artifact.size
    with tarfile.open(fileobj=io.BufferedReader(_Body(chunks)), mode="r|gz") as tar:
        for member in tar:
            if member.isdir():
                continue
            file = tar.extractfile(member) if member.isfile() else None
            if file is None:
                raise ArchiveError(f"{artifact.full_name} holds {member.name!r}, which is no file")
            left -= member.size
            if left < 0:
                raise build_mismatch(artifact)
            path = build_safe_path(member.name.removeprefix("./"))
            yield str(path), _write(file, root / path, advance, is_executable=bool(member.mode & 0o100))


def _write(source: IO[bytes], place: Path, advance: Advance, *, is_executable: bool) -> str:
    digest = hashlib.sha256()
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("xb") as file:
        while chunk := source.read(CHUNK):
            file.write(chunk)
            digest.update(chunk)
            advance(len(chunk))
    if is_executable:
        place.chmod(place.stat().st_mode | 0o111)
    return digest.hexdigest()


def _put(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    source.replace(place)


def _digest(listing: dict[str, str]) -> str:
    """As the archive has it: of the lines that `sha256sum` prints for the files, sorted by path."""
    lines = (f"{listing[path]}  {path}\n" for path in sorted(listing, key=str.encode))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


class _Body(io.RawIOBase):
    """Chunks as a file that is read from its beginning to its end."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = memoryview(chunk)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
