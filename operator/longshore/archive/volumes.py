"""Owns whether the archive's volumes can be written. Must not make them so."""

import errno
import tempfile
from pathlib import Path

from longshore.archive.settings import ArchiveSettings
from longshore.names import ARCHIVE, ARTIFACTS_CLAIM

_DENIED = {errno.EACCES, errno.EPERM}
_REMEDY = "; annotate the namespace longshore.dev/archive=volumePermissions=true"
_FULL = {errno.ENOSPC, errno.EDQUOT}


def find_volume_problem(settings: ArchiveSettings) -> str:
    """Which claim can't be written and what to do; empty where all can. Blocks for as long as a volume does."""
    claims = {ARCHIVE: settings.data} | ({ARTIFACTS_CLAIM: settings.artifacts} if settings.artifacts else {})
    return next(filter(None, (_explain(claim, folder) for claim, folder in claims.items())), "")


def _explain(claim: str, folder: Path) -> str:
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".longshore-"):
            return ""
    except OSError as error:
        if error.errno in _FULL:
            return ""  # it can be read all the same; who writes says so
        remedy = _REMEDY if error.errno in _DENIED else ""
        return f"the volume of claim {claim} can't be written by user 1000: {error.strerror}{remedy}"
