"""Owns objects kept as a watch tells of them: threads bring news, one painter takes them in turn."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread

from longshore.cli.cluster.clusters import Object
from longshore.cli.cluster.watches import Event

TICK = 1.0
"""Seconds after which ages are told anew, though nothing has happened."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Somebody has seen enough."""


@dataclass(frozen=True, slots=True)
class Resized:
    """The terminal has another size."""


News = Event | Quit | Resized | Exception


@dataclass(slots=True)
class Board:
    """The objects that are worth a look, and the news about them. Its threads end with the process."""

    is_over: Callable[[Object], bool] = lambda _: False
    """Whether an object is worth no look any more, though it is there."""
    _objects: dict[str, Object] = field(default_factory=dict)
    # Unlike Queue, it may be put to by a signal handler.
    _news: SimpleQueue[News] = field(default_factory=SimpleQueue)

    @property
    def objects(self) -> list[Object]:
        """What there is, in no order."""
        return list(self._objects.values())

    def bring(self, news: Iterable[News]) -> None:
        """Bring news from a thread of its own, until there are no more."""
        Thread(target=self._guard, args=(news,), daemon=True).start()

    @contextmanager
    def heed_signals(self) -> Iterator[None]:
        """Have another size of the terminal be news, and Ctrl-C: as an exception it might end in a callback."""

        def put(number: int, _: object) -> None:
            self._news.put(Quit() if number == signal.SIGINT else Resized())

        before = {number: signal.signal(number, put) for number in (signal.SIGWINCH, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def follow(self, paint: Callable[[], None]) -> None:
        """Paint after all news that are there, and once a second, until somebody quits. Raises LongshoreError."""
        while True:
            for news in self._take():
                match news:
                    case Quit():
                        return
                    case Exception() as error:
                        raise error
                    case Event() as event:
                        self.record(event)
            paint()

    def record(self, event: Event) -> None:
        """An object is as an event says."""
        uid = event.object["metadata"]["uid"]
        if event.is_gone or self.is_over(event.object):
            self._objects.pop(uid, None)
        else:
            self._objects[uid] = event.object

    def _guard(self, news: Iterable[News]) -> None:
        try:
            for item in news:
                self._news.put(item)
        except Exception as error:  # noqa: BLE001 - whatever it is, the painter must not wait for ever
            self._news.put(error)

    def _take(self) -> Iterator[News]:
        """All news there are; the first is waited for."""
        try:
            yield self._news.get(timeout=TICK)
            while True:
                yield self._news.get_nowait()
        except Empty:
            return
