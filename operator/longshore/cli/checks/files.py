"""Owns reading manifests from files, directories and standard input."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from longshore.cli.words.mistakes import MistakeError

SUFFIXES = frozenset({".yaml", ".yml", ".json"})


def read_files(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Name and text of each file, those in directories too; `-` is standard input. Raises MistakeError."""
    for name in names:
        if name != "-" and Path(name).is_dir():
            paths = sorted(path for path in Path(name).rglob("*") if path.suffix in SUFFIXES and path.is_file())
            if not paths:
                raise MistakeError(f"directory {name!r} has no file that ends with .yaml, .yml or .json")
            yield from ((str(path), _read(path)) for path in paths)
        else:
            yield read_file(name)


def read_file(name: str) -> tuple[str, str]:
    """Name and text of one file; `-` is standard input. Raises MistakeError."""
    return ("<stdin>", sys.stdin.read()) if name == "-" else (name, _read(Path(name)))


def is_file(name: str) -> bool:
    """Whether a word means a file, which need not exist, and not an object's name."""
    return name == "-" or Path(name).suffix in SUFFIXES or "/" in name or Path(name).is_file()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text in UTF-8"
        raise MistakeError(f"cannot read {str(path)!r}: {reason}") from error
