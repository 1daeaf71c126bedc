"""Caches against a model: whatever happens, what is restored is what the first success saved."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.archive.caches import records
from longshore.archive.caches.stores import CacheLimits, CacheStore
from longshore.archive.databases import Database, open_database
from longshore.archive.places import AttemptKey
from support.archives.quotas import FakeQuota

ALL_BYTES = 30
attempts = st.builds(AttemptKey, st.just("u-1"), st.sampled_from(["a", "b"]), st.integers(1, 2))
KEYS = ("k", "k-1", "k-2", "other")
keys = st.sampled_from(KEYS)
operations = st.one_of(
    st.tuples(st.just("offer"), attempts, keys, st.binary(max_size=20)),
    st.tuples(st.just("cut"), attempts, keys, st.binary(max_size=20)),
    st.tuples(st.sampled_from(["commit", "drop"]), attempts, st.just(""), st.just(b"")),
    st.tuples(st.sampled_from(["open", "restart"]), attempts, keys, st.just(b"")),
)


def tell_time() -> Iterator[datetime]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    while True:
        now += timedelta(seconds=1)
        yield now


class Cut(Exception):  # noqa: N818 - it stands for a connection that breaks
    """The sender is gone."""


async def send(content: bytes, *, is_cut: bool) -> AsyncIterator[bytes]:
    yield content
    if is_cut:
        raise Cut


async def list_keys(store: CacheStore) -> set[str]:
    """The keys that can be restored; who looks uses them, as anyone does."""
    found = set()
    for key in KEYS:
        if opened := await store.open(key, ()):
            opened[1].close()
            found.add(key)
    return found


async def check(store: CacheStore, database: Database, folder: Path, committed: dict[str, bytes]) -> None:
    rows = await database.run(records.list_files)
    names = {path.name for path in folder.iterdir()} if folder.exists() else set()  # noqa: ASYNC240
    assert names == rows
    assert await database.run(records.read_size) <= ALL_BYTES
    for key in KEYS:
        if opened := await store.open(key, ()):
            with opened[1] as file:
                assert file.read() == committed[key]


async def play(folder: Path, history: list[tuple[str, AttemptKey, str, bytes]]) -> None:
    clock = tell_time()
    offered: dict[tuple[AttemptKey, str], bytes] = {}
    committed: dict[str, bytes] = {}
    async with open_database(folder / "db") as database:
        store = CacheStore(
            database, folder / "caches", FakeQuota(), CacheLimits(ALL_BYTES, 20), lambda: next(clock)
        )
        for operation, attempt, key, content in history:
            present = await list_keys(store)
            committed = {each: committed[each] for each in present}
            match operation:
                case "offer":
                    if await store.offer(attempt, key, send(content, is_cut=False)):
                        offered[attempt, key] = content
                    else:
                        assert key in present
                case "cut" if key not in present:
                    with suppress(Cut):
                        await store.offer(attempt, key, send(content, is_cut=True))
                case "commit":
                    await store.commit(attempt)
                    for each in [each for each in offered if each[0] == attempt]:
                        committed.setdefault(each[1], offered.pop(each))
                case "drop":
                    await store.drop(attempt)
                    offered = {each: bytes_ for each, bytes_ in offered.items() if each[0] != attempt}
                case "restart":
                    (folder / "caches").mkdir(exist_ok=True)
                    (folder / "caches" / "0.part").write_bytes(b"half")
                    await store.sweep()
            await check(store, database, folder / "caches", committed)


@settings(max_examples=60, deadline=None)
@given(st.lists(operations, max_size=15))
def test_what_is_restored_is_what_the_first_success_saved(
    history: list[tuple[str, AttemptKey, str, bytes]],
) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), history))
