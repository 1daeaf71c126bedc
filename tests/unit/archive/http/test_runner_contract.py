"""The runner's programs against the archive's own HTTP interface, over real sockets: both mean the same."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from longshore.api.archives import PodArtifacts
from longshore.archive.caches.stores import CacheLimits, CacheStore
from longshore.archive.databases import open_database
from longshore.archive.http import caches, inputs, uploads
from longshore.archive.places import AttemptKey
from longshore_runner.archives import Archive, read_archive
from longshore_runner.caches import Cache, restore_cache, save_cache
from longshore_runner.downloads import fetch_inputs
from longshore_runner.uploads import Upload
from support.archives.artifacts import KEY, Keeper, build_artifact, declare, open_keeper
from support.archives.declarations import FakeDeclarations
from support.archives.http import FakeReviewer, Site, run_site
from support.archives.quotas import FakeQuota

LATER = AttemptKey(KEY.run_uid, "test[0]", 2)
DECLARED = declare(build_artifact("out/**", "out"))
CACHE = {"path": "~/.cache", "key": "words 1/ü", "restoreKeys": ["words "]}
FOUND = PodArtifacts.model_validate({
    "transport": "HTTP",
    "caches": [CACHE],
    "inputs": [{"step": KEY.step, "index": 3, "runUid": KEY.run_uid, "path": KEY.step, "attempt": KEY.number}],
})  # fmt: skip


@pytest.fixture
async def keeper(tmp_path: Path) -> AsyncIterator[Keeper]:
    async with open_keeper(tmp_path / "kept", max_bytes=10**6) as keeper:
        yield keeper


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[CacheStore]:
    async with open_database(tmp_path / "db") as database:
        limits = CacheLimits(2 * 2**20, 2**20)
        yield CacheStore(database, tmp_path / "caches", FakeQuota(), limits, lambda: datetime.now(UTC))


@pytest.fixture
def reviewer() -> FakeReviewer:
    return FakeReviewer()


@pytest.fixture
async def site(keeper: Keeper, store: CacheStore, reviewer: FakeReviewer) -> AsyncIterator[Site]:
    declared = FakeDeclarations({KEY: DECLARED, LATER: FOUND})
    routers = (
        uploads.build_router(keeper.intake, declared),
        inputs.build_router(keeper.shelf, declared),
        caches.build_router(store, declared),
    )
    async with run_site(*routers, reviewer=reviewer) as site:
        yield site


def connect(site: Site, reviewer: FakeReviewer, key: AttemptKey, folder: Path) -> Archive:
    """The archive as the pod of an attempt has it."""
    token = folder / f"token-{key.number}"
    token.write_text(reviewer.add_step(key))
    address = urlsplit(site.service)
    return read_archive({
        "LONGSHORE_ARCHIVE": f"http://{address.hostname}:{address.port}",
        "LONGSHORE_TOKEN": str(token),
        "LONGSHORE_RUN_UID": key.run_uid,
        "LONGSHORE_STEP": key.step,
        "LONGSHORE_ATTEMPT": str(key.number),
    })  # fmt: skip


async def test_what_one_step_leaves_another_finds(
    site: Site, keeper: Keeper, reviewer: FakeReviewer, tmp_path: Path
) -> None:
    left, found = tmp_path / "left", tmp_path / "found"
    (left / "out" / "a b").mkdir(parents=True)
    found.mkdir()
    (left / "out" / "a b" / "ünï.sh").write_bytes(b"true\n" * 50_000)
    (left / "out" / "a b" / "ünï.sh").chmod(0o755)
    (left / "out" / "empty").touch()
    (left / "other").touch()
    sender = Upload(
        connect(site, reviewer, KEY, tmp_path), left, [DECLARED.declared[0].to_json() | {"kind": "file"}]
    )
    await asyncio.to_thread(sender.finish, time.monotonic() + 20)
    archived = await keeper.seal(DECLARED)
    assert (archived.artifacts, sender.failed) == ("Stored", {})
    receiver = connect(site, reviewer, LATER, tmp_path)
    await asyncio.to_thread(fetch_inputs, receiver, found, [f"{KEY.step}/3"], time.monotonic() + 20)
    folder = found / KEY.step / "3"
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        "out/a b/ünï.sh",
        "out/empty",
    ]
    assert (folder / "out/a b/ünï.sh").read_bytes() == b"true\n" * 50_000
    assert (folder / "out/a b/ünï.sh").stat().st_mode & 0o777 == 0o555


async def test_a_name_that_can_not_be_is_told_and_judged(
    site: Site, keeper: Keeper, reviewer: FakeReviewer, tmp_path: Path
) -> None:
    left = tmp_path / "left"
    (left / "out").mkdir(parents=True)
    (left / "out" / "fine").touch()
    (left / "out" / "back\\slash").touch()
    sender = Upload(
        connect(site, reviewer, KEY, tmp_path), left, [DECLARED.declared[0].to_json() | {"kind": "file"}]
    )
    await asyncio.to_thread(sender.finish, time.monotonic() + 20)
    assert list(sender.failed) == ["out/back\\slash"]
    archived = await keeper.seal(DECLARED)
    assert (archived.artifacts, archived.missing) == ("Lost", ["out"])


async def test_a_cache_is_saved_and_restored(
    site: Site, store: CacheStore, reviewer: FakeReviewer, tmp_path: Path
) -> None:
    archive = connect(site, reviewer, LATER, tmp_path)
    before, after = tmp_path / "before", tmp_path / "after"
    for root in (before, after):
        root.mkdir()
    (before / "x").mkdir()
    (before / "x" / "list").write_bytes(bytes(range(256)) * 1000)
    cache = Cache("~/.cache", str(CACHE["key"]), ("words ",), before, "x")
    await asyncio.to_thread(save_cache, archive, cache, time.monotonic() + 20)
    await store.commit(LATER)
    again = Cache("~/.cache", str(CACHE["key"]), ("words ",), after, "x")
    await asyncio.to_thread(restore_cache, archive, again, time.monotonic() + 20)
    assert (after / "x" / "list").read_bytes() == bytes(range(256)) * 1000
