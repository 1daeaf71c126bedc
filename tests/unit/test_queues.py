"""When a queue reconciles a key: never two at once, once more for what came meanwhile, later after failures."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from longshore import queues
from longshore.errors import ConflictError, ThrottledError, UnavailableError
from longshore.queues import FIRST_DELAY, LAST_DELAY, Queue, find_backoff


class Recorder:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.depths: list[int] = []
        self.successes = 0
        self.failures: list[str] = []

    def on_depth(self, depth: int) -> None:
        """Keep the depth."""
        self.depths.append(depth)

    def on_reconciled(self, seconds: float) -> None:
        """Count a success."""
        assert seconds >= 0
        self.successes += 1

    def on_failed(self, error: Exception) -> None:
        """Keep the error's class."""
        self.failures.append(type(error).__name__)


class Worker:
    """Reconciles when a test lets it: each key's rounds wait for `permits`, and end with what `results` says."""

    def __init__(self) -> None:
        self.begun: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.at_once = 0
        self.permits = asyncio.Semaphore(0)
        self.results: list[float | Exception | None] = []
        self.news = asyncio.Event()

    async def reconcile(self, key: str) -> float | None:
        """One round."""
        assert self.begun[key] == self.ended[key], "two rounds of one key at once"
        self.begun[key] += 1
        self.at_once = max(self.at_once, self.begun.total() - self.ended.total())
        self.news.set()
        try:
            await self.permits.acquire()
        finally:
            self.ended[key] += 1
            self.news.set()
        result = self.results.pop(0) if self.results else None
        if isinstance(result, Exception):
            raise result
        return result

    async def wait_ended(self, key: str, count: int) -> None:
        """Return when that many rounds have ended."""
        async with asyncio.timeout(5):
            while self.ended[key] < count:
                self.news.clear()
                await self.news.wait()

    async def wait_begun(self, key: str, count: int) -> None:
        """Return when that many rounds have begun."""
        async with asyncio.timeout(5):
            while self.begun[key] < count:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def queue(worker: Worker, recorder: Recorder) -> AsyncIterator[Queue]:
    """A queue that is stopped in the end."""
    queue = Queue(worker.reconcile, lambda key: {"run": key}, recorder)
    yield queue
    await queue.stop()


async def test_an_idle_key_is_reconciled_at_once(queue: Queue, worker: Worker) -> None:
    queue.mark("a")
    await asyncio.sleep(0)
    assert worker.begun == {"a": 1}


@pytest.mark.parametrize("marks", [1, 2, 50])
async def test_marks_during_work_are_one_more_round(queue: Queue, worker: Worker, marks: int) -> None:
    queue.mark("a")
    await worker.wait_begun("a", 1)
    for _ in range(marks):
        queue.mark("a")
    worker.permits.release()
    await worker.wait_begun("a", 2)
    worker.permits.release()
    await worker.wait_ended("a", 2)
    await asyncio.sleep(0)
    assert worker.begun == {"a": 2}


async def test_keys_do_not_wait_for_each_other(queue: Queue, worker: Worker, recorder: Recorder) -> None:
    for key in "abc":
        queue.mark(key)
    await worker.wait_begun("c", 1)
    assert worker.at_once == 3
    assert recorder.depths == [1, 2, 3]


async def test_a_round_may_ask_for_another_after_a_while(queue: Queue, worker: Worker) -> None:
    worker.results = [0.05, None]
    worker.permits = asyncio.Semaphore(2)
    start = time.monotonic()
    queue.mark("a")
    await worker.wait_ended("a", 2)
    assert time.monotonic() - start >= 0.05


async def test_a_mark_comes_before_a_round_that_was_asked_for(queue: Queue, worker: Worker) -> None:
    worker.results = [1000.0, None]
    worker.permits = asyncio.Semaphore(2)
    queue.mark("a")
    await worker.wait_ended("a", 1)
    await asyncio.sleep(0)
    queue.mark("a")
    await worker.wait_ended("a", 2)


async def test_what_is_not_pressing_waits_for_what_is(queue: Queue, worker: Worker) -> None:
    worker.permits = asyncio.Semaphore(9)
    for _ in range(3):
        queue.mark_soon("a")
    await asyncio.sleep(0.01)
    assert worker.begun == {}
    queue.mark("a")
    await worker.wait_ended("a", 1)
    await asyncio.sleep(0.05)
    assert worker.begun == {"a": 1}


@pytest.mark.parametrize("asked", [None, 1000.0], ids=["nothing", "a late round"])
async def test_what_is_not_pressing_is_done_before_long(
    queue: Queue, worker: Worker, monkeypatch: pytest.MonkeyPatch, asked: float | None
) -> None:
    monkeypatch.setattr(queues, "SOON", 0.05)
    worker.results, worker.permits = [asked], asyncio.Semaphore(9)
    queue.mark("a")
    await worker.wait_ended("a", 1)
    await asyncio.sleep(0)
    queue.mark_soon("a")
    await worker.wait_ended("a", 2)


async def test_what_comes_during_a_round_and_is_not_pressing_is_done_before_long(
    queue: Queue, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "SOON", 0.05)
    queue.mark("a")
    await worker.wait_begun("a", 1)
    queue.mark_soon("a")
    worker.permits.release()
    await worker.wait_ended("a", 1)
    assert worker.begun == {"a": 1}
    worker.permits.release()
    await worker.wait_ended("a", 2)


async def test_what_is_not_pressing_does_not_shorten_a_backoff(queue: Queue, worker: Worker) -> None:
    worker.results, worker.permits = [ThrottledError("x", 1000)], asyncio.Semaphore(9)
    queue.mark("a")
    await worker.wait_ended("a", 1)
    await asyncio.sleep(0)
    queue.mark_soon("a")
    await asyncio.sleep(0.01)
    assert worker.begun == {"a": 1}


FAILURES = [UnavailableError("x"), ConflictError("x"), ValueError("a bug")]


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
async def test_a_failure_is_tried_again(
    queue: Queue, worker: Worker, recorder: Recorder, error: Exception
) -> None:
    worker.results = [error, error, None]
    worker.permits = asyncio.Semaphore(3)
    queue.mark("a")
    await worker.wait_ended("a", 3)
    await asyncio.sleep(0)
    assert recorder.failures == [type(error).__name__] * 2
    assert recorder.successes == 1


@pytest.mark.parametrize("error", [ThrottledError("x", 0.4), UnavailableError("x", 0.4)], ids=repr)
async def test_marks_do_not_shorten_what_the_api_server_asks_for(
    queue: Queue, worker: Worker, error: Exception
) -> None:
    worker.results = [error, None]
    worker.permits = asyncio.Semaphore(9)
    start = time.monotonic()
    queue.mark("a")
    queue.mark("a")
    await worker.wait_ended("a", 1)
    for _ in range(5):
        await asyncio.sleep(0)
        queue.mark("a")
    await worker.wait_ended("a", 2)
    assert time.monotonic() - start >= 0.4


async def test_a_mark_during_a_round_that_fails_waits_for_the_backoff(queue: Queue, worker: Worker) -> None:
    worker.results = [ThrottledError("x", 0.3), None]
    queue.mark("a")
    await worker.wait_begun("a", 1)
    queue.mark("a")
    start = time.monotonic()
    worker.permits.release()
    await worker.wait_begun("a", 2)
    assert time.monotonic() - start >= 0.3


async def test_a_stopped_queue_starts_nothing(queue: Queue, worker: Worker) -> None:
    worker.results = [0.01]
    worker.permits = asyncio.Semaphore(1)
    queue.mark("waits")
    await worker.wait_ended("waits", 1)
    queue.mark("works")
    await worker.wait_begun("works", 1)
    queue.mark("works")
    await queue.stop()
    queue.mark("new")
    await asyncio.sleep(0.05)  # longer than the round that was asked for
    assert worker.begun == {"waits": 1, "works": 1}
    assert worker.ended == worker.begun


async def test_a_finished_key_is_forgotten(queue: Queue, worker: Worker, recorder: Recorder) -> None:
    worker.permits = asyncio.Semaphore(1)
    queue.mark("a")
    await worker.wait_ended("a", 1)
    await asyncio.sleep(0)
    assert queue._works == {}
    assert recorder.depths == [1, 0]


def test_delays_grow_to_a_limit() -> None:
    delays = [find_backoff(failures) for failures in range(1, 40)]
    assert FIRST_DELAY / 2 <= delays[0] <= FIRST_DELAY
    assert all(delay <= LAST_DELAY for delay in delays)
    assert delays[-1] >= LAST_DELAY / 2
