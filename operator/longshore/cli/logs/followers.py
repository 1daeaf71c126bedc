"""Owns following the logs of all steps of a Run at once: threads read, one reader gets all lines in turn."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from queue import Queue
from threading import Thread

from longshore.cli.cluster.runs import follow_run
from longshore.cli.cluster.watches import Watch
from longshore.cli.logs.attempts import list_since
from longshore.cli.logs.logbooks import Logbook
from longshore.cli.logs.podlogs import Id, Source, build_query, list_sources

BACKLOG = 10_000
"""Lines that may wait for the reader; beyond it, logs are read more slowly."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a step's log, after its time."""

    source: Source
    text: str


@dataclass(frozen=True, slots=True)
class _Ended:
    """The log of a source has ended; None: the Run has."""

    source: Source | None


_Message = Line | Source | _Ended | Exception


@dataclass(slots=True)
class Follower:
    """Follows one Run, one of its steps or all. Its threads end with the process."""

    logbook: Logbook
    step: str | None
    first: Mapping[str, int]
    """Of steps that have begun, the attempt to begin with: what came before it is left out."""
    _messages: Queue[_Message] = field(default_factory=lambda: Queue(BACKLOG))
    _open: set[Id] = field(default_factory=set)
    _seen: set[Id] = field(default_factory=set)

    @property
    def has_sources(self) -> bool:
        """Whether any step had a log."""
        return bool(self._seen)

    def skip(self, sources: Iterable[Source]) -> None:
        """Leave out logs that were read before."""
        self._seen |= {source.id for source in sources}

    def lines(self) -> Iterator[Line]:
        """Lines as they are written, until the Run has ended and all logs with it. Raises LongshoreError."""
        self._start(self._watch_pods)
        self._start(self._watch_run)
        has_ended = False
        while not (has_ended and not self._open):
            match self._messages.get():
                case Line() as line:
                    yield line
                case Source() as source:
                    self._begin(source)
                case _Ended(None):
                    has_ended = True
                    for source in self._find_missed():
                        self._begin(source)
                case _Ended(Source() as source):
                    self._open.discard(source.id)
                case Exception() as error:
                    raise error

    def _begin(self, source: Source) -> None:
        if source.id in self._seen or source.attempt < self.first.get(source.path, 1):
            return
        self._seen.add(source.id)
        self._open.add(source.id)
        self._start(lambda: self._follow(source))

    def _start(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - whatever it is, the reader must not wait for ever
                self._messages.put(error)

        Thread(target=guarded, daemon=True).start()

    def _watch_pods(self) -> None:
        book = self.logbook
        query = build_query(book.run, self.step, book.part.attempt)
        for event in Watch(book.cluster, query).events():
            for source in [] if event.is_gone else list_sources(event.object, book.part):
                if source.is_of(self.step):
                    self._messages.put(source)

    def _watch_run(self) -> None:
        book = self.logbook
        for run in follow_run(book.cluster, book.run):
            book.run = run
        self._messages.put(_Ended(None))

    def _follow(self, source: Source) -> None:
        for text in self.logbook.follow(source):
            self._messages.put(Line(source, text))
        self._messages.put(_Ended(source))

    def _find_missed(self) -> list[Source]:
        """The logs of which the watch has not told: their pods may have come and gone meanwhile."""
        heard = {(path, attempt) for path, attempt, _ in self._seen}
        book = self.logbook
        return book.find(self.step, set(list_since(book.run, self.step, self.first, book.part)) - heard)
