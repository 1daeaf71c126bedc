"""Measures the archive's volume. It blocks, so it belongs in a thread."""

import os
from collections.abc import Iterator
from pathlib import Path

BLOCK = 512
"""Of `st_blocks`, whatever the file system's own are."""


def measure_folders(root: Path) -> dict[str, int]:
    """Bytes on the volume by what lies at its root; what is deleted meanwhile does not count."""
    return {entry.name: _measure(entry) for entry in _scan(root)}


def measure_free(root: Path) -> int:
    """Bytes that are free for whoever is not root."""
    found = os.statvfs(root)
    return found.f_bavail * found.f_frsize


def _measure(entry: os.DirEntry[str]) -> int:
    try:
        size = entry.stat(follow_symlinks=False).st_blocks * BLOCK
        is_folder = entry.is_dir(follow_symlinks=False)
    except OSError:
        return 0
    return size + (sum(map(_measure, _scan(Path(entry.path)))) if is_folder else 0)


def _scan(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return
