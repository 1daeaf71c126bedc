"""Owns following the logs of all steps of a Run at once: threads read, one reader gets all lines in turn."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from queue import Queue
from threading import Thread

from longshore.cli.clusters import Cluster, Object, Query
from longshore.cli.podlogs import Source, build_query, find_sources, follow_log, list_sources
from longshore.cli.runs import follow_run
from longshore.cli.watches import Watch
from longshore.cli.wishes import LogPart
from longshore.errors import NotFoundError

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

    cluster: Cluster
    run: Object
    step: str | None
    part: LogPart
    _messages: Queue[_Message] = field(default_factory=lambda: Queue(BACKLOG))
    _open: set[tuple[str, str]] = field(default_factory=set)
    _seen: set[tuple[str, str]] = field(default_factory=set)

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
                    for source in self._find_sources():
                        self._begin(source)
                case _Ended(Source() as source):
                    self._open.discard(source.id)
                case Exception() as error:
                    raise error

    def _begin(self, source: Source) -> None:
        if source.id in self._seen:
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

    def _query(self) -> Query:
        return build_query(self.run, self.step, self.part.attempt)

    def _watch_pods(self) -> None:
        for event in Watch(self.cluster, self._query()).events():
            for source in [] if event.is_gone else self._list_wanted(event.object):
                self._messages.put(source)

    def _watch_run(self) -> None:
        for _ in follow_run(self.cluster, self.run):
            pass
        self._messages.put(_Ended(None))

    def _follow(self, source: Source) -> None:
        namespace = self.run["metadata"]["namespace"]
        try:
            for text in follow_log(self.cluster, namespace, source, self.part):
                self._messages.put(Line(source, text))
        except NotFoundError:
            # The pod went while it was read: there is no more to come.
            pass
        self._messages.put(_Ended(source))

    def _list_wanted(self, pod: Object) -> list[Source]:
        return [source for source in list_sources(pod, self.part) if source.is_of(self.step)]

    def _find_sources(self) -> list[Source]:
        return find_sources(self.cluster, self.run, self.step, self.part)
