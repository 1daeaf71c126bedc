"""Owns where the log of a step is read: in its pod, and in the archive once that is gone. Must not print."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from longshore.cli.archives.clients import Archive
from longshore.cli.archives.logs import follow_archived, list_archived, read_archived
from longshore.cli.cluster.clusters import Cluster, Object
from longshore.cli.logs.attempts import Attempt
from longshore.cli.logs.marks import Mark
from longshore.cli.logs.podlogs import (
    Source,
    build_query,
    follow_log,
    list_containers,
    list_sources,
    read_log,
)
from longshore.cli.words.wishes import LogPart
from longshore.errors import ArchiveError, ForbiddenError, NotFoundError


@dataclass(slots=True)
class Logbook:
    """The logs of one Run. The archive is asked only for what no pod has."""

    cluster: Cluster
    archive: Archive
    run: Object
    part: LogPart
    trouble: str = ""
    """Why the archive could not be asked; empty: it could, or need not be."""

    @property
    def uid(self) -> str:
        """The Run's."""
        return str(self.run["metadata"]["uid"])

    def find(self, step: str | None, attempts: Collection[Attempt]) -> list[Source]:
        """The logs there are, of a Run or of one of its steps: of these attempts, and of what pods are there.

        Raises NotFoundError where nothing has the container that is asked for.
        """
        pods, _ = self.cluster.list(build_query(self.run, step, self.part.attempt))
        found = [source for pod in pods for source in list_sources(pod, self.part)]
        names = list_containers(pods)
        if set(attempts) - {(source.path, source.attempt) for source in found}:
            archived = self._list_archived()
            names |= {source.container for source in archived}
            found = _add(found, (source for source in archived if _is_wanted(source, self.part)))
        if self.part.container is not None and names and self.part.container not in names:
            known = ", ".join(sorted(names))
            raise NotFoundError(f"there is no container {self.part.container!r}; there are: {known}")
        return [source for source in found if source.is_of(step)]

    def read(self, source: Source) -> Iterator[str]:
        """The lines of a log up to now, each after its time."""
        mark = Mark()
        if source.pod:
            with suppress(NotFoundError):  # it went meanwhile
                lines = read_log(self.cluster, self.run["metadata"]["namespace"], source, self.part)
                yield from mark.take_new(lines)
                return
        yield from read_archived(self.archive, self.uid, source, self.part, mark)

    def follow(self, source: Source) -> Iterator[str]:
        """The lines of a log, each after its time, until its container has ended."""
        mark = Mark()
        if not source.pod:
            yield from follow_archived(self.archive, self.uid, source, self.part, mark)
            return
        try:
            yield from follow_log(self.cluster, self.run["metadata"]["namespace"], source, self.part, mark)
        except NotFoundError:
            # Without an archive a pod goes with its Run, and there is no more to come.
            with suppress(ArchiveError):
                yield from follow_archived(self.archive, self.uid, source, self.part, mark)

    def _list_archived(self) -> list[Source]:
        try:
            return list_archived(self.archive, self.uid)
        except (ArchiveError, ForbiddenError, NotFoundError) as error:
            self.trouble = str(error)
            return []


def _is_wanted(source: Source, part: LogPart) -> bool:
    if part.container is not None:
        return source.container == part.container
    return part.all_containers or source.is_own


def _add(found: list[Source], others: Iterable[Source]) -> list[Source]:
    """All of them, each once; the pod's comes before the archive's."""
    known = {source.id for source in found}
    return [*found, *(source for source in others if source.id not in known)]
