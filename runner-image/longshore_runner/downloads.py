"""Fetches what other steps left into a step's own folder, before it starts.

Owns the folder's shape: `<step>/<path>`, of a fan-out `<step>/<item>/<path>`. Must not know who left it.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from longshore_runner.archives import Archive, ArchiveError, persist
from longshore_runner.folders import make_file, make_folder

logger = logging.getLogger(__name__)

PIECE = 2**18


def fetch_inputs(archive: Archive, root: Path, folders: Iterable[str], deadline: float) -> None:
    """Fetch all inputs. A folder is there also for a step that left nothing.

    Raises:
        ArchiveError: Something could not be had by `deadline`.
        OSError: There is no room.
    """
    for folder in folders:
        os.close(make_folder(root, folder))
    for file in persist(lambda: _list_files(archive), deadline):
        path = "/".join(str(part) for part in (file["step"], file.get("index"), file["path"]) if part is not None)
        persist(lambda file=file, path=path: _fetch(archive, root, path, file), deadline)  # type: ignore[misc]
        logger.info("Fetched %s, %d bytes", path, file["size"])


def _list_files(archive: Archive) -> list[dict[str, Any]]:
    with archive.call("GET", "inputs") as answer:
        files: list[dict[str, Any]] = json.loads(answer.read())["files"]
        return files


def _fetch(archive: Archive, root: Path, path: str, file: Mapping[str, Any]) -> None:
    """Fetch one file whole; what was cut off begins anew. Raises ArchiveError and OSError."""
    digest = hashlib.sha256()
    mode = 0o555 if file["executable"] else 0o444
    with archive.call("GET", file["url"]) as answer, os.fdopen(make_file(root, path, mode), "wb") as written:
        while piece := answer.read(PIECE):
            digest.update(piece)
            written.write(piece)
    if digest.hexdigest() != file["sha256"]:
        raise ArchiveError(f"{path} came damaged")
