"""Owns following the logs of all steps of a Run at once, and of the Runs that its steps make.

Threads read, one reader gets all lines in turn.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import Queue
from threading import Thread

from longshore.cli.cluster.clusters import RUNS
from longshore.cli.cluster.runs import follow_run, is_finished
from longshore.cli.cluster.watches import Watch
from longshore.cli.logs.attempts import list_children, list_since
from longshore.cli.logs.chapters import Chapter, build_prefix
from longshore.cli.logs.logbooks import Logbook
from longshore.cli.logs.podlogs import Id, Source, build_query, list_sources
from longshore.errors import NotFoundError

BACKLOG = 10_000
"""Lines that may wait for the reader; beyond it, logs are read more slowly."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a step's log, after its time."""

    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class _Child:
    """A Run that a step made."""

    path: str
    name: str

    @property
    def id(self) -> str:
        """Tells it from all others."""
        return self.name


@dataclass(frozen=True, slots=True)
class _Ended:
    """The log of a source, or those of a child Run, have ended; None: the Run has."""

    source: Source | _Child | None


_Message = Line | Source | _Child | _Ended | Exception


@dataclass(slots=True)
class Follower:
    """Follows one Run, one of its steps or all. Its threads end with the process."""

    logbook: Logbook
    step: str | None
    first: Mapping[str, int]
    """Of steps that have begun, the attempt to begin with: what came before it is left out."""
    known: Mapping[str, Chapter] = field(default_factory=dict)
    """The child Runs that there were at the beginning, by name: what had ended of them was read."""
    _messages: Queue[_Message] = field(default_factory=lambda: Queue(BACKLOG))
    _open: set[Id | str] = field(default_factory=set)
    _seen: set[Id] = field(default_factory=set)
    _adopted: set[str] = field(default_factory=set)
    _children: "dict[str, Follower]" = field(default_factory=dict)

    @property
    def has_sources(self) -> bool:
        """Whether any step had a log."""
        return bool(self._seen) or any(child.has_sources for child in self._children.values())

    def skip(self, sources: Iterable[Source]) -> None:
        """Leave out logs that were read before."""
        self._seen |= {source.id for source in sources}

    def lines(self) -> Iterator[Line]:
        """Lines as they are written, until the Run has ended and all logs with it. Raises LongshoreError."""
        pods = Watch(self.logbook.cluster, build_query(self.logbook.run, self.step, self.logbook.part.attempt))
        self._start(lambda: self._watch_pods(pods))
        self._start(self._watch_run)
        has_ended = False
        while not (has_ended and not self._open):
            match self._messages.get():
                case Line() as line:
                    yield line
                case Source() as source:
                    self._begin(source)
                case _Child() as child:
                    self._adopt(child)
                case _Ended(None):
                    has_ended = True
                    for source in self._find_missed():
                        self._begin(source)
                case _Ended(Source() | _Child() as source):
                    self._open.discard(source.id)
                case Exception() as error:
                    raise error
        pods.end()

    def _begin(self, source: Source) -> None:
        if source.id in self._seen or source.attempt < self.first.get(source.path, 1):
            return
        self._seen.add(source.id)
        self._open.add(source.id)
        self._start(lambda: self._follow(source))

    def _adopt(self, child: _Child) -> None:
        """Follow a child Run, once, unless it had ended before."""
        chapter = self.known.get(child.name)
        is_read = chapter is not None and is_finished(chapter.logbook.run)
        if not is_read and child.id not in self._adopted:
            self._adopted.add(child.id)
            self._open.add(child.id)
            self._start(lambda: self._follow_child(child))

    def _start(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - whatever it is, the reader must not wait for ever
                self._messages.put(error)

        Thread(target=guarded, daemon=True).start()

    def _watch_pods(self, pods: Watch) -> None:
        for event in pods.events():
            for source in [] if event.is_gone else list_sources(event.object, self.logbook.part):
                if source.is_of(self.step):
                    self._messages.put(source)

    def _watch_run(self) -> None:
        book = self.logbook
        for run in follow_run(book.cluster, book.run):
            book.run = run
            for path, name in list_children(run, self.step, book.part):
                self._messages.put(_Child(path, name))
        self._messages.put(_Ended(None))

    def _follow(self, source: Source) -> None:
        for text in self.logbook.follow(source):
            self._messages.put(Line(source, text))
        self._messages.put(_Ended(source))

    def _follow_child(self, child: _Child) -> None:
        with suppress(NotFoundError):  # it was deleted
            follower = self._children[child.name] = self._open_child(child.name)
            for line in follower.lines():
                named = replace(line.source, path=f"{build_prefix(child.path)}{line.source.path}")
                self._messages.put(Line(named, line.text))
        self._messages.put(_Ended(child))

    def _open_child(self, name: str) -> "Follower":
        """Who follows a child Run: from where it was read, or from its beginning. Raises NotFoundError."""
        if (chapter := self.known.get(name)) is not None:
            return open_follower(chapter, None, self.known)
        return Follower(replace(self.logbook, run=self.logbook.cluster.get(RUNS, name)), None, {})

    def _find_missed(self) -> list[Source]:
        """The logs of which the watch has not told: their pods may have come and gone meanwhile."""
        heard = {(path, attempt) for path, attempt, _ in self._seen}
        book = self.logbook
        return book.find(self.step, set(list_since(book.run, self.step, self.first, book.part)) - heard)


def open_follower(chapter: Chapter, step: str | None, known: Mapping[str, Chapter]) -> Follower:
    """Who follows a Run, or one of its steps, after what had ended of it; `known` has its child Runs by name."""
    latest_first = sorted(chapter.sources, key=lambda source: source.attempt, reverse=True)
    first = {source.path: source.attempt for source in latest_first}
    follower = Follower(chapter.logbook, step, first, known)
    follower.skip(source for source in chapter.sources if source.is_over)
    return follower
