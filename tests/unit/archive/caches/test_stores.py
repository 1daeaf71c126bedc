"""Caches by key: what is found, what an attempt's end does, what a crash leaves."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from longshore.archive.caches import stores
from longshore.archive.caches.stores import OFFER_AGE, CacheLimits, CacheStore
from longshore.archive.databases import Database, open_database
from longshore.archive.places import AttemptKey
from longshore.errors import StorageFullError, TooLargeError
from support.archives.quotas import FakeQuota

ONE, TWO = AttemptKey("u-1", "build", 1), AttemptKey("u-2", "build", 1)


class Clock:
    """Each look at it is a second later."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time now."""
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quota() -> FakeQuota:
    return FakeQuota()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with open_database(tmp_path / "db") as database:
        yield database


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "caches"


@pytest.fixture
def store(database: Database, folder: Path, quota: FakeQuota, clock: Clock) -> CacheStore:
    return CacheStore(database, folder, quota, CacheLimits(100, 50), clock)


async def send(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def count(folder: Path) -> int:
    return len(list(folder.iterdir()))


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


async def save(store: CacheStore, key: str, content: bytes, attempt: AttemptKey = ONE) -> None:
    await store.offer(attempt, key, send(content))
    await store.commit(attempt)


async def read(store: CacheStore, key: str, *prefixes: str) -> tuple[str, bytes] | None:
    if opened := await store.open(key, prefixes):
        cache, file = opened
        with file:
            return cache.key, file.read()
    return None


async def restore(store: CacheStore, key: str, *prefixes: str) -> tuple[str, bytes] | None:
    """As a step does before it starts."""
    await store.wait_for(key, prefixes)
    return await read(store, key, *prefixes)


@pytest.mark.parametrize(("key", "prefixes"), [("pip-1", ()), ("pip-2", ("apt-", "pip-"))])
async def test_what_an_attempt_saves_is_waited_for(store: CacheStore, key: str, prefixes: tuple[str, ...]) -> None:
    await save(store, "pip-0", b"old")
    store.expect(TWO, ["pip-1"])
    async with asyncio.TaskGroup() as group:
        found = group.create_task(restore(store, key, *prefixes))
        await store.offer(TWO, "pip-1", send(b"new"))
        await store.drop(ONE)  # of another attempt
        assert not found.done()
        await store.commit(TWO)
    assert found.result() == ("pip-1", b"new")


async def test_what_was_saved_in_vain_is_not_waited_for(store: CacheStore) -> None:
    store.expect(TWO, ["pip-1"])
    async with asyncio.TaskGroup() as group:
        found = group.create_task(restore(store, "pip-1"))
        await store.drop(TWO)
    assert found.result() is None


async def test_an_attempt_that_comes_to_no_end_is_not_waited_for_long(
    store: CacheStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await save(store, "pip-0", b"old")
    store.expect(TWO, ["pip-1"])
    clock.now += timedelta(seconds=10)
    store.expect(TWO, ["pip-1"])
    monkeypatch.setattr(stores, "PATIENCE", timedelta(seconds=0.05))
    assert await restore(store, "pip-1", "pip-") == ("pip-0", b"old")
    monkeypatch.setattr(stores, "PATIENCE", timedelta(seconds=10))
    async with asyncio.timeout(5):
        assert await restore(store, "pip-1", "pip-") == ("pip-0", b"old")


async def test_other_keys_are_not_waited_for(store: CacheStore) -> None:
    await save(store, "pip-1", b"old")
    store.expect(TWO, ["pip-1", "pip-2"])
    async with asyncio.timeout(5):
        assert await restore(store, "apt-1", "apt-") is None
        assert await restore(store, "pip-1", "pip-") == ("pip-1", b"old")


async def test_what_a_success_saved_is_restored(store: CacheStore, folder: Path) -> None:
    assert await store.offer(ONE, "pip-1", send(b"one ", b"two")) is True
    assert await read(store, "pip-1") is None
    await store.commit(ONE)
    await store.commit(ONE)
    assert await read(store, "pip-1") == ("pip-1", b"one two")
    assert count(folder) == 1


async def test_what_a_failure_saved_goes(store: CacheStore, folder: Path) -> None:
    await store.offer(ONE, "pip-1", send(b"x"))
    await store.drop(ONE)
    await store.commit(ONE)
    assert await read(store, "pip-1") is None
    assert count(folder) == 0


async def test_the_first_success_wins(store: CacheStore, folder: Path) -> None:
    await store.offer(ONE, "k", send(b"one"))
    await store.offer(TWO, "k", send(b"two"))
    await store.commit(TWO)
    await store.commit(ONE)
    assert await read(store, "k") == ("k", b"two")
    assert await store.offer(ONE, "k", send(b"three")) is False
    assert count(folder) == 1


async def test_the_last_word_of_an_attempt_counts(store: CacheStore, folder: Path) -> None:
    await store.offer(ONE, "k", send(b"one"))
    await store.offer(ONE, "k", send(b"two"))
    await store.commit(ONE)
    assert await read(store, "k") == ("k", b"two")
    assert count(folder) == 1


@pytest.mark.parametrize(
    ("key", "prefixes", "found"),
    [
        ("pip-linux-2", (), "pip-linux-2"),
        ("pip-linux-9", (), None),
        ("pip-linux-9", ("pip-linux-",), "pip-linux-3"),
        ("pip-linux-9", ("pip-mac-", "pip-"), "pip-%"),
        ("pip-linux-9", ("npm-",), None),
        ("pip-linux-2", ("pip-",), "pip-linux-2"),
        ("pip-linux-9", ("PIP-",), None),
        ("x", ("pip-%",), "pip-%"),
        ("x", ("pip_",), None),
        ("x", ("",), "pip-%"),
    ],
)
async def test_which_is_found(store: CacheStore, key: str, prefixes: tuple[str, ...], found: str | None) -> None:
    for number, each in enumerate(("pip-linux-2", "pip-linux-3", "pip-%"), 1):
        await save(store, each, each.encode(), AttemptKey("u-1", "build", number))
    assert await read(store, key, *prefixes) == (found and (found, found.encode()))


async def test_those_go_that_nobody_has_used_for_longest(store: CacheStore, folder: Path) -> None:
    for key in ("a", "b"):
        await save(store, key, bytes(40))
    await read(store, "a")
    await save(store, "c", bytes(40))
    assert [await read(store, key) is not None for key in "abc"] == [True, False, True]
    assert count(folder) == 2


async def test_a_cache_that_is_read_while_it_goes(store: CacheStore) -> None:
    await save(store, "a", b"content")
    opened = await store.open("a", ())
    await store.relieve(1)
    assert opened is not None
    with opened[1] as file:
        assert file.read() == b"content"
    assert await read(store, "a") is None


@pytest.mark.parametrize(("size", "error"), [(51, TooLargeError), (20, StorageFullError)])
async def test_what_does_not_fit_leaves_nothing(
    store: CacheStore, quota: FakeQuota, folder: Path, size: int, error: type[Exception]
) -> None:
    quota.room = 10
    with pytest.raises(error):
        await store.offer(ONE, "k", send(bytes(size)))
    await store.commit(ONE)
    assert await read(store, "k") is None
    assert count(folder) == 0


async def test_a_sender_that_leaves_leaves_nothing(store: CacheStore, folder: Path) -> None:
    async def leave() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await store.offer(ONE, "k", leave())
    assert count(folder) == 0


async def test_what_a_crash_left_goes(store: CacheStore, folder: Path) -> None:
    await save(store, "kept", b"x")
    await store.offer(TWO, "offered", send(b"y"))
    (folder / "0123.part").touch()
    (folder / "4567").touch()
    await store.sweep()
    assert count(folder) == 2
    await store.commit(TWO)
    assert await read(store, "offered") == ("offered", b"y")


async def test_a_sweep_spares_what_is_under_way(
    store: CacheStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.archive.caches.stores.PIECE", 10)

    async def sweep_between() -> AsyncIterator[bytes]:
        yield bytes(20)
        await store.sweep()
        yield bytes(20)

    await save(store, "other", b"x", TWO)
    await store.offer(ONE, "k", sweep_between())
    await store.sweep()
    await store.commit(ONE)
    assert await read(store, "k") == ("k", bytes(40))
    assert count(folder) == 2


async def test_an_attempt_of_which_nobody_tells(store: CacheStore, clock: Clock, folder: Path) -> None:
    await store.offer(ONE, "k", send(b"x"))
    await store.sweep()
    assert count(folder) == 1
    clock.now += OFFER_AGE
    await store.sweep()
    assert count(folder) == 0


async def test_a_file_that_somebody_deleted(store: CacheStore, folder: Path) -> None:
    await save(store, "k", b"x")
    empty(folder)
    assert await read(store, "k") is None
