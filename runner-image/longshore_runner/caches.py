"""Restores a step's caches before it starts, and saves them when it has ended.

Owns which cache is asked for and sent. A cache is a convenience: nothing here makes a step fail.
"""

import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from longshore_runner.archives import Archive, ArchiveError, persist
from longshore_runner.errors import RunnerError
from longshore_runner.folders import make_folder, open_folder
from longshore_runner.tars import pack, unpack

logger = logging.getLogger(__name__)

PIECE = 2**18


@dataclass(frozen=True, slots=True)
class Cache:
    """A directory of the step."""

    path: str
    """As its author spells it."""
    key: str
    prefixes: tuple[str, ...]
    """Of keys that will do, the best first."""
    root: Path
    """The volume."""
    folder: str
    """The directory in it."""


def read_caches(environment: Mapping[str, str]) -> list[Cache]:
    """The caches that the LONGSHORE_CACHE_ variables describe; they are the operator's."""
    found: list[Cache] = []
    while text := environment.get(f"LONGSHORE_CACHE_{len(found)}"):
        raw: dict[str, Any] = json.loads(text)
        root, prefixes = Path(raw["root"]), tuple(raw.get("restoreKeys", ()))
        found.append(Cache(raw["path"], raw["key"], prefixes, root, raw["folder"]))
    return found


def restore_cache(archive: Archive, cache: Cache, deadline: float) -> None:
    """Fill the directory from the key, or else from the newest of a prefix; leave it empty where there is none."""
    query = [("key", cache.key), *(("restore", prefix) for prefix in cache.prefixes)]

    def restore() -> str:
        with archive.call("GET", "caches", query) as answer:
            if answer.status != 200:
                return ""
            unpack(answer, cache.root, cache.folder)
            return unquote(answer.get_header("Cache-Key", cache.key))

    try:
        os.close(make_folder(cache.root, cache.folder))
        key = persist(restore, deadline)
    except (ArchiveError, OSError, ValueError) as error:
        logger.warning("The cache %s was not restored: %s", cache.path, error)
        return
    logger.info("Restored %s from %s" if key else "There is no cache yet for %s%s", cache.path, key)


def save_cache(archive: Archive, cache: Cache, deadline: float) -> None:
    """Send the directory, unless the archive has this key; it counts once the step has succeeded."""

    def save() -> bool:
        with archive.call("HEAD", "caches", [("key", cache.key)]) as answer:
            if answer.status == 200:
                return False
        with archive.call("PUT", "caches", [("key", cache.key)], body=_stream(cache)):
            return True

    try:
        descriptor = open_folder(cache.root, cache.folder)
    except OSError as error:
        logger.info("The cache %s is not saved: %s", cache.path, error.strerror or error)
        return
    os.close(descriptor)
    try:
        is_sent = persist(save, deadline)
    except RunnerError as error:
        logger.warning("The cache %s was not saved: %s", cache.path, error)
        return
    logger.info("Sent the cache %s as %s" if is_sent else "The cache %s is there as %s", cache.path, cache.key)


def _stream(cache: Cache) -> Iterator[bytes]:
    """The directory as a tar.gz while it is made. Raises RunnerError: then the archive does not have it whole."""
    problems: list[Exception] = []
    source, target = os.pipe()

    def write() -> None:
        try:
            with os.fdopen(target, "wb") as file:
                pack(file, cache.root, cache.folder)
        except Exception as error:  # noqa: BLE001 - told in the thread that reads
            problems.append(error)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    with os.fdopen(source, "rb") as file:
        while piece := file.read1(PIECE):
            yield piece
    writer.join()
    if problems:
        raise RunnerError(f"it can't be read: {problems[0]}", "Have the step leave it readable for user 1000.")
