"""Owns how a log that is complete is compressed: gzip members of a MiB of text each, so that any part can be read.

The file is what `zcat` reads. Blocking: for a thread. A seal that was cut short is begun anew.
"""

import os
import zlib
from pathlib import Path

from longshore.archive.logs.lines import read_time
from longshore.archive.logs.records import Block

BLOCK = 2**20
LEVEL = 6
_GZIP = zlib.MAX_WBITS + 16


def name_sealed(path: Path) -> Path:
    """Where the compressed log lies."""
    return path.with_name(f"{path.name}.gz")


def seal(path: Path) -> list[Block]:
    """Compress a log beside itself; it stays. Answers its blocks. Raises OSError."""
    part = path.with_name(f"{path.name}.gz.part")
    blocks = []
    with path.open("rb") as text, part.open("wb") as packed:
        offset = 0
        # A block of a line that is cut has the time of the block before.
        time = 0
        while data := text.read(BLOCK):
            # So that blocks begin with a line: but for those longer than a block.
            data += text.readline(BLOCK) if not data.endswith(b"\n") else b""
            time = read_time(data) or time
            blocks.append(Block(offset, packed.tell(), time))
            packed.write(_compress(data))
            offset += len(data)
        packed.flush()
        os.fsync(packed.fileno())
    part.rename(name_sealed(path))
    sync_folder(path.parent)
    return blocks


def sync_folder(path: Path) -> None:
    """Return once the names in a folder are on the volume."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def unpack(packed: bytes) -> bytes:
    """The text of a block."""
    return zlib.decompress(packed, _GZIP)


def _compress(data: bytes) -> bytes:
    compressor = zlib.compressobj(LEVEL, wbits=_GZIP)
    return compressor.compress(data) + compressor.flush()
