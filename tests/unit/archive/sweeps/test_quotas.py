"""Room is promised until there is none, and made where something can go."""

from pathlib import Path

import pytest
from longshore.archive.sweeps import quotas
from longshore.archive.sweeps.meters import ClaimMeter, StorageMeter
from longshore.archive.sweeps.quotas import Claim, StorageQuota
from longshore.archive.sweeps.volumes import measure_folders
from longshore.errors import StorageFullError
from prometheus_client import CollectorRegistry

MIB = 2**20


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def quota(tmp_path: Path, registry: CollectorRegistry) -> StorageQuota:
    meter = ClaimMeter(StorageMeter(registry), "archive", ("logs",))
    return StorageQuota(Claim("archive", tmp_path, 10 * MIB), meter)


def fill(path: Path, size: int) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(size))


def empty(path: Path) -> None:
    path.unlink(missing_ok=True)


def read(registry: CollectorRegistry, name: str) -> float | None:
    return registry.get_sample_value(f"longshore_archive_{name}", {"claim": "archive"})


async def test_what_is_promised_counts(quota: StorageQuota) -> None:
    await quota.reserve(5 * MIB)
    await quota.reserve(4 * MIB)


async def test_what_is_there_counts(quota: StorageQuota, tmp_path: Path, registry: CollectorRegistry) -> None:
    fill(tmp_path / "logs" / "log", 8 * MIB)
    with pytest.raises(StorageFullError, match="shorten what is kept"):
        await quota.reserve(2 * MIB)
    assert read(registry, "storage_full") == 1
    await quota.reserve(MIB)
    storage = await quota.measure()
    assert read(registry, "storage_used_bytes") == storage.used >= 8 * MIB
    assert read(registry, "storage_total_bytes") == 10 * MIB
    assert registry.get_sample_value("longshore_archive_bytes", {"kind": "logs"}) == pytest.approx(
        8 * MIB, rel=0.01
    )


async def test_a_promise_that_was_not_kept_is_forgotten(quota: StorageQuota) -> None:
    for _ in range(4):
        await quota.reserve(6 * MIB)


async def test_room_is_made_in_order(quota: StorageQuota, tmp_path: Path) -> None:
    asked: list[str] = []
    cache, log = tmp_path / "caches" / "c", tmp_path / "logs" / "log"
    fill(cache, 4 * MIB)
    fill(log, 4 * MIB)

    async def evict(_: int) -> None:
        asked.append("caches")
        empty(cache)

    async def sweep(_: int) -> None:
        asked.append("sweep")
        empty(log)

    quota.add_relief(evict)
    quota.add_relief(sweep)
    await quota.reserve(5 * MIB)
    assert asked == ["caches"]
    await quota.reserve(4 * MIB)
    assert asked == ["caches"]
    fill(cache, 2 * MIB)
    await quota.measure()
    await quota.reserve(7 * MIB)
    assert asked == ["caches", "caches", "sweep"]


async def test_one_that_is_full_is_not_measured_all_the_time(
    quota: StorageQuota, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = 0

    def measure(root: Path) -> dict[str, int]:
        nonlocal measured
        measured += 1
        return measure_folders(root)

    monkeypatch.setattr(quotas, "measure_folders", measure)
    fill(tmp_path / "logs" / "log", 10 * MIB)
    for _ in range(5):
        with pytest.raises(StorageFullError):
            await quota.reserve(MIB)
    assert measured == 2


async def test_what_comes_unasked_is_admitted_up_to_the_quota(
    quota: StorageQuota, tmp_path: Path, registry: CollectorRegistry
) -> None:
    assert await quota.admit(0)
    fill(tmp_path / "run" / "a", 6 * MIB)
    assert await quota.admit(6 * MIB)
    fill(tmp_path / "run" / "b", 6 * MIB)
    assert not await quota.admit(6 * MIB)
    assert read(registry, "storage_full") == 1
    empty(tmp_path / "run" / "b")
    assert await quota.admit(0)


async def test_room_is_made_for_what_came_unasked(quota: StorageQuota, tmp_path: Path) -> None:
    asked: list[int] = []
    old = tmp_path / "run" / "old"

    async def expire(size: int) -> None:
        asked.append(size)
        empty(old)

    quota.add_relief(expire)
    fill(old, 6 * MIB)
    fill(tmp_path / "run" / "new", 6 * MIB)
    assert await quota.admit(6 * MIB)
    assert len(asked) == 1


async def test_a_volume_with_room_is_not_spent(quota: StorageQuota, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not await quota.is_spent()
    monkeypatch.setattr(quotas, "measure_free", lambda _: MIB - 1)
    assert await quota.is_spent()


def test_what_a_link_leads_to_does_not_count(tmp_path: Path) -> None:
    fill(tmp_path / "outside" / "file", MIB)
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "outside")
    assert measure_folders(tmp_path / "root")["link"] < MIB
    assert measure_folders(tmp_path / "nowhere") == {}
