"""Owns where each log lies below the folder of logs. Must not read any."""

from pathlib import Path

from longshore.archive.logs.containers import LogKey
from longshore.archive.places import AttemptKey


def find_path(root: Path, key: LogKey) -> Path:
    """Where the text of a log lies."""
    return root / key.attempt.folder / key.container


def find_run(root: Path, run_uid: str) -> Path:
    """Where all logs of a Run lie."""
    return root / AttemptKey(run_uid, "any", 1).run_uid


def read_path(root: Path, path: Path) -> LogKey:
    """The log whose text lies there. Raises ValueError."""
    run_uid, step, number, container = path.relative_to(root).parts
    return LogKey(AttemptKey(run_uid, step, int(number)), container)


def list_sealed(root: Path) -> list[Path]:
    """The texts beside which a compressed file lies."""
    texts = (packed.with_suffix("") for packed in root.glob("*/*/*/*.gz"))
    return [path for path in texts if path.exists()]
