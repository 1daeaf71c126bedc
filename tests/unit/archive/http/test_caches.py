"""Caches over HTTP: a step saves, another one restores, and nobody else does either."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from longshore.api.archives import PodArtifacts
from longshore.archive.caches.stores import CacheLimits, CacheStore
from longshore.archive.databases import open_database
from longshore.archive.http.caches import build_router
from longshore.archive.places import AttemptKey
from support.archives.declarations import FakeDeclarations
from support.archives.http import FakeReviewer, Site, run_site
from support.archives.quotas import FakeQuota

ONE, TWO = AttemptKey("u-1", "build", 1), AttemptKey("u-2", "test[0]", 2)
KEY = "pip läuft/../1"
DECLARED = PodArtifacts.model_validate(
    {"transport": "HTTP", "caches": [{"path": "~/.cache/pip", "key": KEY, "restoreKeys": ["pip "]}]}
)


@pytest.fixture
def quota() -> FakeQuota:
    return FakeQuota()


@pytest.fixture
async def store(tmp_path: Path, quota: FakeQuota) -> AsyncIterator[CacheStore]:
    async with open_database(tmp_path / "db") as database:
        limits = CacheLimits(2 * 2**20, 2**20)
        yield CacheStore(database, tmp_path / "caches", quota, limits, lambda: datetime.now(UTC))


@pytest.fixture
def reviewer() -> FakeReviewer:
    return FakeReviewer()


@pytest.fixture
async def site(store: CacheStore, reviewer: FakeReviewer) -> AsyncIterator[Site]:
    router = build_router(store, FakeDeclarations({ONE: DECLARED, TWO: DECLARED}))
    async with run_site(router, reviewer=reviewer) as site:
        yield site


def url(site: Site, key: AttemptKey) -> str:
    return f"{site.service}/v1/steps/{key.run_uid}/{quote(key.step)}/{key.number}/caches"


async def test_what_one_saves_another_restores(site: Site, store: CacheStore, reviewer: FakeReviewer) -> None:
    token, content = reviewer.add_step(ONE), bytes(range(256)) * 2000
    query = {"key": KEY}
    assert await site.send("GET", url(site, ONE), token, params=query) == (204, "")
    assert await site.send("PUT", url(site, ONE), token, params=query, data=content) == (204, "")
    assert await site.send("GET", url(site, ONE), token, params=query) == (204, "")
    await store.commit(ONE)
    headers = {"Authorization": f"Bearer {reviewer.add_step(TWO)}"}
    async with site.session.get(url(site, TWO), headers=headers, params=query) as response:
        assert await response.read() == content
    assert response.headers["Cache-Key"] == "pip%20l%C3%A4uft/../1"
    async with site.session.head(url(site, TWO), headers=headers, params=query) as response:
        assert (response.status, response.headers["Content-Length"]) == (200, str(len(content)))


async def test_who_restores_waits_for_what_is_being_saved_and_who_saves_does_not(
    site: Site, store: CacheStore, reviewer: FakeReviewer
) -> None:
    store.expect(ONE, [KEY])
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        restored = group.create_task(site.send("GET", url(site, TWO), reviewer.add_step(TWO), params={"key": KEY}))
        token = reviewer.add_step(ONE)
        assert await site.send("HEAD", url(site, ONE), token, params={"key": KEY}) == (204, "")
        assert await site.send("PUT", url(site, ONE), token, params={"key": KEY}, data=b"new") == (204, "")
        assert not restored.done()
        await store.commit(ONE)
    assert restored.result() == (200, "new")


async def test_a_key_that_is_there_takes_the_bytes_and_drops_them(
    site: Site, store: CacheStore, reviewer: FakeReviewer
) -> None:
    token, query = reviewer.add_step(ONE), {"key": KEY}
    for content in (b"first", bytes(2**19)):
        data = BytesIO(content)
        assert await site.send("PUT", url(site, ONE), token, params=query, data=data) == (204, "")
        await store.commit(ONE)
    assert await site.send("GET", url(site, ONE), token, params=query) == (200, "first")


async def test_a_prefix_that_will_do(site: Site, store: CacheStore, reviewer: FakeReviewer) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"old"

    await store.offer(AttemptKey("u-0", "build", 1), "pip 0", content())
    await store.commit(AttemptKey("u-0", "build", 1))
    query = [("key", KEY), ("restore", "npm "), ("restore", "pip ")]
    assert await site.send("GET", url(site, ONE), reviewer.add_step(ONE), params=query[:1]) == (204, "")
    assert await site.send("GET", url(site, ONE), reviewer.add_step(ONE), params=query) == (200, "old")


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_who_gets_nothing(site: Site, reviewer: FakeReviewer, method: str) -> None:
    other = reviewer.add_step(TWO)
    person = reviewer.add_person("ann", "get runs.longshore.dev", "get pods/log")
    tokens = {other: 403, person: 403, "": 401, "garbage": 401}
    for token, code in tokens.items():
        assert (await site.send(method, url(site, ONE), token, params={"key": KEY}))[0] == code
    code, problem = await site.send(method, url(site, TWO), other, params={"key": "another"})
    assert (code, problem["detail"]) == (403, "the step declares no cache of this key; add it to its `cache`")
    assert (await site.send(method, url(site, TWO), other))[0] == 422


async def test_what_does_not_fit(site: Site, reviewer: FakeReviewer, quota: FakeQuota) -> None:
    token, query = reviewer.add_step(ONE), {"key": KEY}
    code, problem = await site.send("PUT", url(site, ONE), token, params=query, data=BytesIO(bytes(2**20 + 1)))
    assert (code, problem["detail"]) == (413, "a cache may have 1048576 bytes; keep less in it")
    quota.room = 9
    assert (await site.send("PUT", url(site, ONE), token, params=query, data=bytes(10)))[0] == 507
