"""The two programs that carry a step's files: `inputs` before it starts, `artifacts` beside it until the pod ends.

Owns their order, patience and exit codes. Must not know how anything is carried.
"""

import contextlib
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from longshore_runner.archives import Archive, read_archive
from longshore_runner.caches import read_caches, restore_cache, save_cache
from longshore_runner.downloads import fetch_inputs
from longshore_runner.errors import RunnerError
from longshore_runner.termination import write_message
from longshore_runner.uploads import Upload

logger = logging.getLogger(__name__)

INPUT_SECONDS = 300
"""How long inputs are tried for: without them the step can't start."""
CACHE_SECONDS = 30
"""How long a cache is tried for: without it the step is merely slower."""
LOOK_SECONDS = 1.0
MARGIN_SECONDS = 2.0
"""Before the kubelet kills, there has to be time to say why."""


def run_inputs(environment: Mapping[str, str]) -> int:
    """Fetch what the step finds when it starts; the termination message says what could not be had.

    Returns:
        The exit code, 0 or 1.
    """
    archive = read_archive(environment)
    try:
        if root := environment.get("LONGSHORE_INPUTS"):
            folders = json.loads(environment["LONGSHORE_INPUT_FOLDERS"])
            fetch_inputs(archive, Path(root), folders, time.monotonic() + INPUT_SECONDS)
    except (RunnerError, OSError) as error:
        return _fail(environment, f"The inputs could not be fetched: {error}")
    for cache in read_caches(environment):
        restore_cache(archive, cache, time.monotonic() + CACHE_SECONDS)
    return 0


def run_artifacts(environment: Mapping[str, str]) -> int:
    """Send what the step leaves until SIGTERM comes, then the rest, then the caches.

    Returns:
        The exit code: 0 where the archive has all that it takes, else 1, and the termination message says why.
    """
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    archive = read_archive(environment)
    upload = _read_upload(environment, archive)
    while not stopped.wait(LOOK_SECONDS):
        if upload:
            upload.send_settled()
    deadline = time.monotonic() + int(environment["LONGSHORE_UPLOAD_SECONDS"]) - MARGIN_SECONDS
    code = _finish(environment, upload, deadline) if upload else 0
    for cache in read_caches(environment):
        save_cache(archive, cache, deadline)
    return code


def _read_upload(environment: Mapping[str, str], archive: Archive) -> Upload | None:
    """What is to be sent; None: the step declares nothing."""
    root = environment.get("LONGSHORE_ARTIFACTS")
    return Upload(archive, Path(root), json.loads(environment["LONGSHORE_DECLARED"])) if root else None


def _finish(environment: Mapping[str, str], upload: Upload, deadline: float) -> int:
    try:
        upload.finish(deadline)
    except (RunnerError, OSError) as error:
        return _fail(environment, str(error))
    for path, reason in upload.failed.items():
        logger.warning("%s was not taken: %s", path, reason)
    logger.info("The archive has %d files", len(upload.sent))
    return 0


def _fail(environment: Mapping[str, str], message: str) -> int:
    sys.stderr.write(f"{message}\n")
    with contextlib.suppress(OSError):
        write_message(environment, message)
    return 1
