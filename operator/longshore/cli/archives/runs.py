"""Owns Runs as the archive has them, also those that the cluster has no more. Must not print."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from longshore.cli.archives.clients import Archive, build_path
from longshore.cli.cluster.clusters import Cluster, Object
from longshore.cli.cluster.runs import find_run
from longshore.errors import ArchiveError, ForbiddenError, NotFoundError


@dataclass(frozen=True, slots=True)
class Found:
    """A Run, and whence it is."""

    run: Object
    deleted: str | None = None
    """When the cluster lost it, as RFC 3339; None: it is there."""
    secrets: tuple[Object, ...] = ()
    """Which Secrets its attempts had, as far as the archive knows."""


def find_anywhere(cluster: Cluster, archive: Archive, name: str | None) -> Found:
    """The Run of this name or uid, else the latest of the namespace; from the archive where the cluster has none.

    Raises NotFoundError, with a guess at what was meant.
    """
    try:
        return Found(find_run(cluster, name))
    except NotFoundError as error:
        if name is None:
            raise
        try:
            return find_archived(archive, name)
        except (ArchiveError, ForbiddenError, NotFoundError):
            # Why the archive can't tell matters less than that there is no such Run.
            raise error from None


def find_archived(archive: Archive, name: str) -> Found:
    """The newest Run of this name, or the one of this uid. Raises NotFoundError."""
    answer = archive.get(build_path("runs", name.rpartition("/")[2]))
    return Found(answer["run"], answer.get("deleted"), tuple(answer.get("secrets", ())))


def list_archived(archive: Archive, wanted: Mapping[str, str]) -> Iterator[Object]:
    """Runs in short, the newest first: a page is asked for once it is needed."""
    parameters = dict(wanted)
    while True:
        page = archive.get(build_path("runs"), parameters)
        yield from page["items"]
        if not page.get("next"):
            return
        parameters["cursor"] = page["next"]
