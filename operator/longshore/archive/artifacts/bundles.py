"""Makes a tar.gz of many files, a piece at a time. The same files make the same bytes. It blocks.

Must not hold more than a piece, and tells nothing of the archive: no owners, no times.
"""

import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from longshore.archive.artifacts.paths import build_relative
from longshore.archive.artifacts.selections import File
from longshore.errors import ArchiveError

PIECE = 2**18
_LEVEL = 1
"""It is made anew for each reader: what it costs us matters more than some bytes on the way."""
_GZIP = 16 + zlib.MAX_WBITS
_END = bytes(2 * tarfile.BLOCKSIZE)

Opener = Callable[[File], BinaryIO]


def pack(files: Sequence[File], folder: str, open_file: Opener) -> Iterator[bytes]:
    """A tar.gz of files that lie in a folder, by their paths in it. Raises ArchiveError for one that changed."""
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
    for file in sorted(files, key=lambda file: file.path.encode()):
        yield from filter(None, map(packer.compress, _list_pieces(file, folder, open_file)))
    yield packer.compress(_END) + packer.flush()


def _list_pieces(file: File, folder: str, open_file: Opener) -> Iterator[bytes]:
    """One file's part of the tar."""
    yield _build_head(file, folder)
    with open_file(file) as content:
        size = 0
        while piece := content.read(min(PIECE, file.size - size)):
            size += len(piece)
            yield piece
    if size != file.size:
        raise ArchiveError(f"{file.path!a} has {size} bytes, and had {file.size}")
    yield bytes(-size % tarfile.BLOCKSIZE)


def _build_head(file: File, folder: str) -> bytes:
    entry = tarfile.TarInfo(build_relative(file.path, folder))
    entry.size, entry.mode = file.size, 0o755 if file.is_executable else 0o644
    return entry.tobuf(tarfile.PAX_FORMAT)
