"""Owns where things lie on the archive's volumes. Pure; must not touch them.

    archive.db                                         what SQLite keeps
    logs/<run uid>/<step path>/<attempt>/<container>   a log
    artifacts/<run uid>/<step path>/<attempt>/...      files that came over HTTP
    uploads/ caches/                                   see those packages

The claim `artifacts`, where there is one, holds <run uid>/<step path>/<attempt>/, which steps mount by subPath.
"""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_UID = re.compile(r"[0-9a-zA-Z][-0-9a-zA-Z]{0,63}")
_PATH = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\[[0-9]{1,9}(:[0-9]{1,9})?\])?")


@dataclass(frozen=True, slots=True)
class AttemptKey:
    """One attempt of a step. Raises ValueError for what none can be: all of it comes from labels and URLs."""

    run_uid: str
    step: str
    """The step's path, such as `test` or `test[3]`."""
    number: int
    """Counted from 1."""

    def __post_init__(self) -> None:
        is_known = _UID.fullmatch(self.run_uid) and len(self.step) <= 128 and _PATH.fullmatch(self.step)
        if not is_known or not 1 <= self.number < 10**9:
            raise ValueError(f"no attempt: {self.run_uid!r}, {self.step!r}, {self.number!r}")

    @property
    def folder(self) -> PurePosixPath:
        """Where it lies below `logs`, `artifacts`, and in the claim `artifacts`."""
        return PurePosixPath(self.run_uid, self.step, str(self.number))


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of the archive's own volume."""

    root: Path

    @property
    def database(self) -> Path:
        """SQLite's file."""
        return self.root / "archive.db"

    @property
    def logs(self) -> Path:
        """Logs of containers."""
        return self.root / "logs"

    @property
    def artifacts(self) -> Path:
        """Files that came over HTTP."""
        return self.root / "artifacts"

    @property
    def uploads(self) -> Path:
        """Files that are on their way."""
        return self.root / "uploads"

    @property
    def caches(self) -> Path:
        """Directories that steps share between Runs."""
        return self.root / "caches"
