"""Owns which logs belong to a Run: those of its own steps, and of the Runs that its steps made. Reads none."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from longshore.cli.archives.runs import find_anywhere
from longshore.cli.logs.attempts import list_attempts
from longshore.cli.logs.logbooks import Logbook
from longshore.cli.logs.podlogs import Source, pick
from longshore.cli.words.paths import choose_paths
from longshore.errors import NotFoundError
from longshore.names import is_slice


@dataclass(frozen=True, slots=True)
class Chapter:
    """The logs of one Run that are meant."""

    logbook: Logbook
    prefix: str
    """What stands before the names of its steps: `deploy/`; empty: it is the Run that was asked for."""
    paths: list[str]
    """The steps that are meant."""
    sources: list[Source]
    """Their logs that there are."""

    @property
    def run_name(self) -> str:
        """The Run's."""
        return str(self.logbook.run["metadata"]["name"])

    def name(self, source: Source) -> Source:
        """The log as it is called among those of all Runs."""
        return replace(source, path=f"{self.prefix}{source.path}")

    def narrow(self, sources: list[Source]) -> "Chapter":
        """The same with fewer logs."""
        return replace(self, sources=sources)

    def list_names(self, runs: Container[str]) -> list[str]:
        """What the steps are called among those of all Runs; not those whose logs are a chapter of their own."""
        return [f"{self.prefix}{path}" for path in self.paths if self.get_child(path) not in runs]

    def list_silent(self, runs: Container[str]) -> list[str]:
        """The steps of which there is nothing to read, neither here nor in the chapters of these Runs."""
        heard = {source.path for source in self.sources}
        return [path for path in self.paths if path not in heard and self.get_child(path) not in runs]

    def get_child(self, path: str) -> str | None:
        """The name of the Run that a step made, where it made one."""
        step = self.logbook.run.get("status", {}).get("steps", {}).get(path, {})
        name: str | None = step.get("run")
        return name


def open_chapter(logbook: Logbook, step: str | None, prefix: str = "") -> Chapter:
    """A Run, and the logs of its steps or of one. Raises MistakeError where it has no such step."""
    paths = choose_paths(logbook.run, step)
    attempts = list(list_attempts(logbook.run, paths, logbook.part))
    return Chapter(logbook, prefix, paths, pick(logbook.find(step, attempts), attempts, logbook.part))


def open_chapters(logbook: Logbook, step: str | None) -> list[Chapter]:
    """A Run with its child Runs, and theirs. Where an attempt is asked for it is of the Run's own steps."""
    first = open_chapter(logbook, step)
    has_children = logbook.part.attempt is None and not logbook.part.previous
    return [first, *(_open_children(first) if has_children else ())]


def build_prefix(path: str) -> str:
    """What stands before the names of a child Run's steps; items that it carries have their names already."""
    return "" if is_slice(path) else f"{path}/"


def _open_children(parent: Chapter) -> Iterator[Chapter]:
    book = parent.logbook
    for path in parent.paths:
        if (name := parent.get_child(path)) is None:
            continue
        try:
            run = find_anywhere(book.cluster, book.archive, name).run
        except NotFoundError:
            continue
        child = open_chapter(replace(book, run=run), None, f"{parent.prefix}{build_prefix(path)}")
        yield from chain([child], _open_children(child))
