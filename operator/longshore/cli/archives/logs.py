"""Owns the logs of steps as the archive has them. Must not know whether their pods are there."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from longshore.cli.archives.clients import Archive, build_path
from longshore.cli.cluster.clusters import Object
from longshore.cli.logs.marks import Mark
from longshore.cli.logs.podlogs import Source
from longshore.cli.words.wishes import LogPart
from longshore.errors import UnavailableError
from longshore.names import CHECKOUT_CONTAINER, STEP_CONTAINER

PATIENCE = 60.0
"""Seconds for which the archive may be away while it is followed."""
PAUSE = 1.0
_COMPLETE = "Complete"


def list_archived(archive: Archive, uid: str) -> list[Source]:
    """All containers of a Run of which the archive has a log."""
    items: list[Object] = archive.get(build_path("runs", uid, "logs"))["items"]
    return list(_mark_own(map(_build_source, items)))


def read_archived(archive: Archive, uid: str, source: Source, part: LogPart, mark: Mark) -> Iterator[str]:
    """The lines of a log after a mark, each after its time, as far as there are any."""
    with archive.stream(_build_path(uid, source), _build_parameters(part, mark)) as response:
        yield from mark.take_new(response.iter_lines())


def follow_archived(archive: Archive, uid: str, source: Source, part: LogPart, mark: Mark) -> Iterator[str]:
    """The lines of a log after a mark, each after its time, until it is complete; taken up where it broke."""
    answered = time.monotonic()
    while True:
        parameters = {**_build_parameters(part, mark), "follow": "true"}
        try:
            with archive.stream(_build_path(uid, source), parameters, silence=None) as response:
                for line in mark.take_new(response.iter_lines()):
                    answered = time.monotonic()
                    yield line
        except UnavailableError:
            if time.monotonic() - answered > PATIENCE:
                raise
            time.sleep(PAUSE)
        else:
            return


def _build_source(item: Object) -> Source:
    return Source(
        path=item["step"],
        attempt=item["attempt"],
        pod="",
        container=item["container"],
        is_over=item["state"] == _COMPLETE,
        started=item.get("startTime") or "",
        notes=tuple(map(_describe_gap, item.get("gaps", []))),
    )


def _describe_gap(gap: Object) -> str:
    after = f" after {gap['after']}" if gap.get("after") else ""
    before = f" before {gap['before']}" if gap.get("before") else ""
    return f"lines may be missing{after}{before}: {gap['cause']}"


def _mark_own(sources: Iterable[Source]) -> Iterator[Source]:
    """Each with whether the step itself ran there: in the container of its name where steps shared a pod.

    Where none of these is there a checkout failed, or is all there is so far.
    """
    attempts: defaultdict[tuple[str, int], list[Source]] = defaultdict(list)
    for source in sources:
        attempts[source.path, source.attempt].append(source)
    for (path, _), several in attempts.items():
        names = {source.container for source in several}
        own = next((name for name in (STEP_CONTAINER, path, CHECKOUT_CONTAINER) if name in names), None)
        yield from (replace(source, is_own=source.container == own) for source in several)


def _build_path(uid: str, source: Source) -> str:
    return build_path("runs", uid, "logs", source.path, source.attempt, source.container)


def _build_parameters(part: LogPart, mark: Mark) -> dict[str, str]:
    """What to ask for: once a part was read, what comes after it."""
    wanted = {"timestamps": "true", "since": mark.time} if mark.time else {
        "timestamps": "true",
        "tail": None if part.tail in {None, -1} else part.tail,
        "since": part.since_time or part.since,
    }  # fmt: skip
    return {name: str(value) for name, value in wanted.items() if value is not None}
